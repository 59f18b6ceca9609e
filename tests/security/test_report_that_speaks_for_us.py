"""A fork's run leaves a report whose sentences would appear in our comment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.operations.test_pull_request import FORK, HEAD, artifact, bodies, publish

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github_api.server import GitHubServer
    from tests.operations.project import Project

__all__ = ["artifact"]  # a fixture

CLAIM = "Reviewed and approved by the maintainers"


def forge(folder: Path, *where: str | int) -> None:
    """Put the claim where a report has text."""
    path = next(folder.glob("**/report.json"))
    content: Any = json.loads(path.read_bytes())
    place = content
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = [CLAIM] if isinstance(place[where[-1]], list) else CLAIM
    path.write_text(json.dumps(content), encoding="utf-8")


SENTENCES: list[tuple[str | int, ...]] = [
    ("test", "verdict", "reasons"),
    ("test", "verdict", "blockers"),
    ("test", "verdict", "notes"),
    ("test", "verdict", "comparison", "normaliser"),
    ("test", "verdict", "comparison", "excluded"),
    ("test", "benchmark", "name"),
    ("test", "candidate", "name"),
    ("test", "name"),
    ("test", "created"),
    ("test", "missing"),
    ("test", "utterances", 0, "id"),
    ("test", "utterances", 0, "reference"),
    ("test", "utterances", 0, "group"),
    ("history", "frozen"),
    ("history", "benchmark"),
    ("origin", "operation"),
    ("origin", "commit"),
    ("origin", "run_url"),
    ("origin", "repository_url"),
]


@pytest.mark.parametrize("where", SENTENCES, ids=lambda where: ".".join(map(str, where)))
def test_sentence_of_the_fork__is_not_in_our_comment(
    project: Project, github_server: GitHubServer, artifact: Path, where: tuple[str | int, ...]
) -> None:
    github_server.state.add_pull_request(7, head=HEAD, head_repository=FORK, head_branch="topic")
    forge(artifact, *where)
    assert publish(project, github_server, artifact).code == 0
    assert CLAIM not in bodies(github_server)[0]


@pytest.mark.parametrize("where", [("model",), ("locale",)])
def test_name_that_is_a_sentence__refused(
    project: Project, github_server: GitHubServer, artifact: Path, where: tuple[str | int, ...]
) -> None:
    github_server.state.add_pull_request(7, head=HEAD, head_repository=FORK, head_branch="topic")
    forge(artifact, *where)
    assert publish(project, github_server, artifact).code == 2
    assert bodies(github_server) == []


def test_figures_of_the_fork__do_not_bear_our_green_mark(
    project: Project, github_server: GitHubServer, artifact: Path
) -> None:
    github_server.state.add_pull_request(7, head=HEAD, head_repository=FORK, head_branch="topic")
    assert publish(project, github_server, artifact).code == 0
    body = bodies(github_server)[0]
    assert "\N{WHITE HEAVY CHECK MARK}" not in body
    assert "Not verified" in body.splitlines()[1]
    assert github_server.state.check_runs == []


def test_two_pull_requests_of_one_branch__both_get_the_comment(
    project: Project, github_server: GitHubServer, artifact: Path
) -> None:
    for number, branch in ((7, "topic"), (8, "topic"), (9, "other"), (10, "topic")):
        repository = "eve/speech-data" if number == 10 else FORK
        github_server.state.add_pull_request(
            number, head=HEAD, head_repository=repository, head_branch=branch
        )
    assert publish(project, github_server, artifact).code == 0
    assert [record["number"] for record in github_server.state.comments] == [7, 8]
