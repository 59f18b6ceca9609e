"""A comment has somebody else's data compared with our secrets, or spoils what we said before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.operations.test_pull_request import HEAD, bodies, command, compare, environment, fork

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github_api.server import GitHubServer
    from tests.operations.project import Project

__all__ = ["fork"]  # a fixture


@pytest.mark.parametrize(
    ("body", "who", "why"),
    [
        (f"/speech compare {HEAD}", "reader", "may not request"),
        (f"/speech compare {HEAD}", "stranger", "may not request"),
        (f"/speech compare {HEAD}", "../../user", "may not request"),
        (f"/speech compare {HEAD}", "", "may not request"),
        ("/speech compare", "maintainer", "not a command"),
        (f"/speech compare {HEAD[:7]}", "maintainer", "not a command"),
        (f"/speech compare {HEAD[:39]}", "maintainer", "not a command"),
        (f"/speech compare {HEAD}b", "maintainer", "not a command"),
        (f"/speech compare {HEAD.upper()}", "maintainer", "not a command"),
        (f"/speech compare {HEAD}; rm -rf /", "maintainer", "not a command"),
        (f"Look:\n/speech compare {HEAD}", "maintainer", "not a command"),
        (f"> /speech compare {HEAD}", "maintainer", "not a command"),
        ("/speech compare " + "d" * 40, "maintainer", "The pull request is at"),
        ("/speech compare " + "d" * 64, "maintainer", "The pull request is at"),
        ("/speech compare " + "d" * 63, "maintainer", "not a command"),
        ("", "maintainer", "not a command"),
    ],
)
def test_command_without_the_right__costs_nothing_and_leaves_a_reaction(
    project: Project, github_server: GitHubServer, fork: Path, body: str, who: str, why: str
) -> None:
    answer = command(project, github_server, fork, body, actor=who)
    assert answer.code == 2
    assert why in answer.text
    assert github_server.state.check_runs == []
    assert "train " not in answer.text
    assert [reaction["content"] for reaction in github_server.state.reactions] == ["-1"]


@pytest.mark.parametrize("association", ["OWNER", "MEMBER", "COLLABORATOR", "CONTRIBUTOR"])
@pytest.mark.parametrize("who", ["reader", "stranger"])
def test_association_that_the_event_claims__counts_for_nothing(
    project: Project, github_server: GitHubServer, fork: Path, who: str, association: str
) -> None:
    command(project, github_server, fork, "", actor=who)  # writes the event
    event = project.folder / "event.json"
    payload = json.loads(event.read_text())
    payload["comment"] |= {"author_association": association, "body": f"/speech compare {HEAD}"}
    event.write_text(json.dumps(payload))
    given = environment(project, github_server, GITHUB_EVENT_NAME="issue_comment", GITHUB_ACTOR="maintainer")
    words = ("--data-folder", str(fork), "--github-token", "job-token", "--commit", HEAD)
    answer = project.run("compare", *words, environment=given)
    assert answer.code == 2
    assert f"{who} may not request" in answer.text
    assert github_server.state.check_runs == []


@pytest.mark.parametrize("status", [403, 404, 422, 500])
def test_permission_that_github_does_not_say__refused(
    project: Project, github_server: GitHubServer, fork: Path, status: int
) -> None:
    github_server.fail("GET", "/permission", status, times=99)
    answer = command(project, github_server, fork, f"/speech compare {HEAD}")
    assert answer.code in {1, 2}
    assert "train " not in answer.text
    assert github_server.state.check_runs == []


@pytest.mark.parametrize("action", ["edited", "deleted", ""])
def test_comment_that_was_edited_into_a_command__refused(
    project: Project, github_server: GitHubServer, fork: Path, action: str
) -> None:
    answer = command(project, github_server, fork, f"/speech compare {HEAD}", action=action)
    assert answer.code == 2
    assert github_server.state.check_runs == []


def test_comment_on_an_issue__refused(project: Project, github_server: GitHubServer, fork: Path) -> None:
    answer = command(project, github_server, fork, f"/speech compare {HEAD}", on="assignee")
    assert answer.code == 2
    assert "not a command" in answer.text
    assert "train " not in answer.text


@pytest.mark.parametrize(
    ("body", "who", "reactions"),
    [
        ("/speech compare", "stranger", True),
        (f"/speech compare {HEAD}", "reader", True),
        ("/speech compare " + "d" * 40, "maintainer", True),
        (f"/speech compare {HEAD}", "stranger", False),
    ],
)
def test_refusal__leaves_the_good_comment_alone(
    project: Project, github_server: GitHubServer, fork: Path, body: str, who: str, *, reactions: bool
) -> None:
    assert command(project, github_server, fork, f"/speech compare {HEAD}").code == 0
    good = bodies(github_server)[-1]
    if not reactions:
        github_server.fail("POST", "/reactions", 403, times=99)
    refused = command(project, github_server, fork, body, actor=who)
    assert refused.code == 2
    assert ("No reaction to the comment" in refused.text) is not reactions
    assert bodies(github_server).count(good) == 1
    assert len(bodies(github_server)) == 3  # two commands and the good one


@pytest.mark.parametrize("token", ["", "unknown-token"])
def test_without_a_token_that_may_ask__refused(
    project: Project, github_server: GitHubServer, fork: Path, token: str
) -> None:
    command(project, github_server, fork, f"/speech compare {HEAD}", actor="stranger")  # writes the event
    given = environment(project, github_server, GITHUB_EVENT_NAME="issue_comment")
    answer = project.run("compare", "--data-folder", str(fork), "--github-token", token, environment=given)
    assert answer.code in {1, 2}
    assert "train " not in answer.text
    assert github_server.state.check_runs == []


def test_comment_by_a_person_with_our_marker__is_never_edited(
    project: Project, github_server: GitHubServer
) -> None:
    """Whoever copies our marker into a comment would have us edit it, or take it for what we said."""
    assert compare(project, github_server).code == 0
    ours = bodies(github_server)[0]
    github_server.state.comments.clear()
    github_server.state.add_comment(7, ours, login="mallory")
    assert compare(project, github_server, run=18).code == 0
    assert [record["login"] for record in github_server.state.comments] == ["mallory", "github-actions[bot]"]
    assert bodies(github_server)[0] == ours


@pytest.mark.parametrize("token", ["app-token", "job-token"])
def test_token_of_an_app__edits_the_one_comment_each_time(
    project: Project, github_server: GitHubServer, token: str
) -> None:
    tokens = github_server.state.tokens
    tokens["app-token"] = {**tokens["job-token"], "login": "octo-ci[bot]"}
    seen = []
    for run, mode in ((17, "always"), (18, "always"), (19, "on-regression")):
        assert compare(project, github_server, "--comment", mode, token=token, run=run).code == 0
        seen.append([record["id"] for record in github_server.state.comments])
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) == 1
    assert f"run={19}" in bodies(github_server)[0]
