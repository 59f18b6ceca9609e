from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any

import pytest

from speechops.errors import PlatformError
from speechops.github import event as events

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.github.event import Event

A, B, C = "a" * 40, "b" * 40, "c" * 40
ZEROS = "0" * 40
REPOSITORY = {"full_name": "octo-team/speech-data", "default_branch": "main"}
ENVIRONMENT = {
    "GITHUB_REPOSITORY": "octo-team/speech-data",
    "GITHUB_SHA": A,
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_ACTOR": "octocat",
    "GITHUB_RUN_ID": "42",
    "GITHUB_RUN_ATTEMPT": "3",
    "GITHUB_WORKFLOW": "Speech",
    "GITHUB_SERVER_URL": "https://ghes.example",
    "GITHUB_API_URL": "https://ghes.example/api/v3",
}
HEAD = {"sha": B, "ref": "more::data", "repo": {"full_name": "fork/speech-data"}}
PULL_REQUEST = {
    "number": 7,
    "head": HEAD,
    "base": {"sha": C, "ref": "main"},
    "author_association": "CONTRIBUTOR",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def _read(folder: Path, name: str, payload: object, **environment: str) -> Event:
    path = folder / "event.json"
    path.write_text(json.dumps(payload), encoding="utf-8")
    return events.read(path, ENVIRONMENT | {"GITHUB_EVENT_NAME": name} | environment)


def test_read__what_every_event_has(folder: Path) -> None:
    event = _read(folder, "schedule", {"repository": REPOSITORY, "schedule": "0 3 * * *"})
    assert (event.name, event.repository, event.commit, event.branch) == (
        "schedule",
        "octo-team/speech-data",
        A,
        "main",
    )
    assert (event.actor, event.run_id, event.workflow) == ("octocat", 42, "Speech")
    assert event.run_url == "https://ghes.example/octo-team/speech-data/actions/runs/42"
    assert event.default_branch == "main"
    with pytest.raises(FrozenInstanceError):
        event.commit = B  # type: ignore[misc]


def test_read__a_push(folder: Path) -> None:
    event = _read(folder, "push", {"repository": REPOSITORY, "before": B, "after": A})
    assert (event.after, event.base, event.commit) == (A, B, A)
    assert not event.deleted


def test_read__a_first_push_and_a_deletion(folder: Path) -> None:
    created = _read(folder, "push", {"repository": REPOSITORY, "before": ZEROS, "after": A})
    assert (created.base, created.after, created.deleted) == ("", A, False)
    deleted = _read(folder, "push", {"repository": REPOSITORY, "before": A, "after": ZEROS})
    assert (deleted.base, deleted.after, deleted.deleted) == (A, "", True)


@pytest.mark.parametrize("name", ["push", "release"])
def test_read__a_tag(name: str, folder: Path) -> None:
    payload = {"repository": REPOSITORY, "before": ZEROS, "after": A, "action": "published"}
    event = _read(folder, name, payload, GITHUB_REF="refs/tags/BASELINE-2")
    assert (event.tag, event.branch, event.baseline) == ("BASELINE-2", "", name == "push")


@pytest.mark.parametrize(
    "name",
    ["pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"],
)
def test_read__a_pull_request_of_a_fork(name: str, folder: Path) -> None:
    payload = {"repository": REPOSITORY, "action": "opened", "number": 7, "pull_request": PULL_REQUEST}
    event = _read(folder, name, payload, GITHUB_REF="refs/pull/7/merge")
    assert (event.pull_request, event.base, event.commit) == (7, C, B)
    assert (event.head_branch, event.head_repository) == ("more::data", "fork/speech-data")
    assert event.action == "opened"


def test_read__a_workflow_run(folder: Path) -> None:
    run = {
        "id": 99,
        "head_sha": B,
        "head_branch": "more-data",
        "head_repository": {"full_name": "fork/speech-data"},
    }
    event = _read(folder, "workflow_run", {"repository": REPOSITORY, "workflow_run": run})
    assert (event.source_run, event.commit) == (99, B)
    assert event.head_branch == "more-data"


def test_read__a_comment_on_a_pull_request(folder: Path) -> None:
    comment = {"id": 5, "body": "/speech compare", "user": {"login": "dev"}}
    issue = {"number": 7, "pull_request": {"url": "u"}}
    event = _read(folder, "issue_comment", {"repository": REPOSITORY, "issue": issue, "comment": comment})
    assert (event.pull_request, event.comment, event.comment_id, event.actor) == (
        7,
        "/speech compare",
        5,
        "dev",
    )


def test_read__a_comment_on_an_issue(folder: Path) -> None:
    event = _read(folder, "issue_comment", {"issue": {"number": 7}, "comment": {"body": "/speech compare"}})
    assert event.pull_request is None


def test_read__a_merge_group(folder: Path) -> None:
    event = _read(folder, "merge_group", {"merge_group": {"base_sha": B, "head_sha": C}})
    assert event.base == B


@pytest.mark.parametrize(
    "payload",
    [
        {},
        [],
        None,
        {"before": "--upload-pack=x", "after": "HEAD"},
        {"before": A[:-1], "after": A + "\n"},
        {"before": 5, "after": None, "repository": "x"},
    ],
)
def test_read__takes_nothing_but_commits_for_commits(payload: Any, folder: Path) -> None:  # noqa: ANN401
    event = _read(folder, "push", payload, GITHUB_SHA="HEAD")
    assert (event.base, event.after, event.commit) == ("", "", "")


def test_read__without_a_payload_says_what_is_missing(folder: Path) -> None:
    with pytest.raises(PlatformError, match="cannot be read") as caught:
        events.read(folder / "none.json", ENVIRONMENT)
    assert "GITHUB_EVENT_PATH" in caught.value.hint


def test_read__of_another_form(folder: Path) -> None:
    path = folder / "event.json"
    for content in (b"{", b"\xff", b"[" * 100_000):
        path.write_bytes(content)
        with pytest.raises(PlatformError, match="not JSON"):
            events.read(path, ENVIRONMENT)


def test_read__of_an_absurd_size(folder: Path) -> None:
    path = folder / "event.json"
    with path.open("wb") as file:
        file.truncate(65 * 2**20)
    with pytest.raises(PlatformError, match="64 MB"):
        events.read(path, ENVIRONMENT)
