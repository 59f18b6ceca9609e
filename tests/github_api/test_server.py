from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from speechops.clock import SystemClock
from speechops.github.api import GitHub
from tests.github_api import state as states
from tests.github_api.contract import Contract, Exchange
from tests.github_api.state import State

if TYPE_CHECKING:
    from tests.github_api.server import GitHubServer

ROOT = Path(__file__).parents[2]
HEADERS = {
    "Accept": "application/vnd.github+json",
    "User-Agent": "test",
    "X-GitHub-Api-Version": "2022-11-28",
    "Authorization": "Bearer job-token",
}
COMMENT = Exchange(
    "POST", "/repos/o/r/issues/1/comments", {}, HEADERS, {"body": "x"}, 403, {"message": "Forbidden"}
)


@pytest.fixture
def judge(github_contract: Contract | None) -> Contract:
    if github_contract is None:
        pytest.skip("GitHub's description of its API is not at hand")
    return github_contract


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"path": "/repos/o/r/nothing"}, "not in GitHub's description"),
        ({"method": "PUT"}, "not in GitHub's description"),
        ({"headers": HEADERS | {"Accept": ""}}, None),
        ({"headers": {}}, "header Accept is missing"),
        ({"query": {"pages": "1"}}, "query parameter pages is not known"),
        ({"body": {}}, '"body" is a required property'),
        ({"body": {"body": 1}}, '1 is not of type "string"'),
        ({"body": {"body": "x", "boby": "y"}}, "'boby' was unexpected"),
        ({"body": None}, 'is not of type "object"'),
        ({"status": 200}, "status 200 is not described"),
        ({"status": 201}, '"id" is a required property'),
    ],
)
def test_contract__finds_the_fault(change: dict[str, Any], fault: str | None, judge: Contract) -> None:
    faults = judge.faults(replace(COMMENT, **change))
    assert any(fault in found for found in faults) if fault else faults == []


def test_contract__knows_null_formats_and_limits(judge: Contract) -> None:
    run = {"name": "n", "head_sha": "a", "output": {"title": "t", "summary": "s" * 65_536}}
    exchange = Exchange("POST", "/repos/o/r/check-runs", {}, HEADERS, run, 422, {"message": "x"})
    (fault,) = judge.faults(exchange)
    assert "is longer than 65535 characters" in fault
    run["output"] = {"title": "t", "summary": "s", "annotations": [{}] * 51}
    assert any("has more than 50 items" in found for found in judge.faults(exchange))
    run["output"] = {"title": "t", "summary": "s", "anotations": []}
    assert any("'anotations' was unexpected" in found for found in judge.faults(exchange))


def test_contract__judges_times_and_addresses(judge: Contract, github_server: GitHubServer) -> None:
    record = {"id": 1, "number": 1, "body": "x", "login": "octocat"}
    answer = github_server.answers.comment(record)
    exchange = replace(COMMENT, status=201, answer=answer)
    assert judge.faults(exchange) == []
    for key, value in (("created_at", "yesterday"), ("url", "not an address"), ("id", None)):
        assert len(judge.faults(replace(exchange, answer=answer | {key: value}))) == 1


def test_server__reports_a_breach_and_an_unknown_route(judge: Contract, github_server: GitHubServer) -> None:
    assert isinstance(judge, Contract)
    root = f"{github_server.api_url}/repos/octo-team/speech-data"
    requests.post(f"{root}/issues/1/comments", json={"body": "x", "extra": 1}, headers=HEADERS, timeout=5)
    requests.get(f"{root}/stargazers", headers=HEADERS, timeout=5)
    assert [bool(re.search("extra|stargazers", found)) for found in github_server.violations] == [True] * 3
    github_server.violations.clear()


def test_server__answers_in_full_to_every_route_it_has(github_server: GitHubServer) -> None:
    state = github_server.state
    state.add_environment("production", reviewers=["octocat"], wait_minutes=5, branches="selected")
    state.add_comment(1, "x", login="octocat")
    root = f"{github_server.api_url}/repos/octo-team/speech-data"
    person = HEADERS | {"Authorization": "Bearer person-token"}
    run = {"name": "n", "head_sha": "a" * 40, "conclusion": "success"}
    run_id = requests.post(f"{root}/check-runs", json=run, headers=HEADERS, timeout=5).json()["id"]
    draft = {"tag_name": "v1.0.0"}
    release_id = requests.post(f"{root}/releases", json=draft, headers=HEADERS, timeout=5).json()["id"]
    for path in (
        "",
        "/environments",
        f"/issues/comments/{state.comments[0]['id']}",
        f"/commits/{'a' * 40}/check-runs?check_name=n",
        f"/check-runs/{run_id}/annotations",
        "/releases/latest",
        f"/releases/{release_id}/assets",
        "/tags",
    ):
        answer = requests.get(f"{root}{path}", headers=person, timeout=5)
        assert answer.status_code == 200, path


def test_server__does_not_know_other_repositories(github_server: GitHubServer) -> None:
    answer = requests.get(f"{github_server.api_url}/repos/o/other/releases", headers=HEADERS, timeout=5)
    assert answer.status_code == 404


def test_state__survives_in_its_file(tmp_path: Path) -> None:
    state = State(private=True)
    state.add_comment(7, "text", login="octocat")
    states.save(state, tmp_path / "state.json")
    assert states.load(tmp_path / "state.json") == state
    (tmp_path / "part.json").write_text('{"private": true}')
    assert states.load(tmp_path / "part.json").private
    (tmp_path / "wrong.json").write_text('{"privat": true}')
    with pytest.raises(ValueError, match="unknown privat"):
        states.load(tmp_path / "wrong.json")


def test_main__serves_with_its_state_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text('{"repository": "o/r"}')
    command = [sys.executable, "-m", "tests.github_api", "--state", str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        api_url = process.stdout.readline().strip()
        with requests.Session() as session:
            github = GitHub("o/r", token="job-token", session=session, clock=SystemClock(), api_url=api_url)
            github.create_comment(7, "hello")
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 0
    kept = json.loads(file.read_text())
    assert [record["body"] for record in kept["comments"]] == ["hello"]
    assert kept["violations"] == []


def test_server__refuses_refs_on_commits_whose_workflow_files_are_no_heads(
    github_server: GitHubServer,
) -> None:
    """A person's token may; a job's is told which permissions GitHub would accept."""
    state = github_server.state
    state.commits = [
        {"sha": "a" * 40, "message": "data", "workflows": "old"},
        {"sha": "b" * 40, "message": "workflow", "workflows": "new"},
    ]
    root = f"{github_server.api_url}/repos/octo-team/speech-data"
    person = HEADERS | {"Authorization": "Bearer person-token"}
    for path, body in (
        ("/git/refs", {"ref": "refs/tags/v1", "sha": "a" * 40}),
        ("/releases", {"tag_name": "v2", "target_commitish": "a" * 40, "draft": True}),
    ):
        refused = requests.post(root + path, json=body, headers=HEADERS, timeout=5)
        assert refused.status_code == 403
        accepted = refused.headers["X-Accepted-GitHub-Permissions"]
        assert accepted == "contents=write; contents=write,workflows=write"
        assert requests.post(root + path, json=body, headers=person, timeout=5).status_code == 201


def test_server__ids_of_artifacts_do_not_follow_attempts(github_server: GitHubServer) -> None:
    first = github_server.state.add_artifact("report", 7, attempt=1)
    second = github_server.state.add_artifact("report", 7, attempt=2)
    address = f"{github_server.api_url}/repos/octo-team/speech-data/actions/runs/7/artifacts"
    listed = requests.get(address, headers=HEADERS, timeout=5).json()["artifacts"]
    assert [artifact["id"] for artifact in listed] == [first, second]


def test_server__private_members_look_like_anybody(github_server: GitHubServer) -> None:
    github_server.state.private_members.append("octocat")
    github_server.state.add_pull_request(7, head="a" * 40, author_association="MEMBER")
    address = f"{github_server.api_url}/repos/octo-team/speech-data/pulls/7"
    answer = requests.get(address, headers=HEADERS, timeout=5).json()
    assert answer["author_association"] == "CONTRIBUTOR"
