from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops.errors import PlatformError
from speechops.github import checks
from speechops.github.annotation import Annotation, Level
from speechops.github.checks import Conclusion, Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.github.api import GitHub
    from tests.github_api.server import GitHubServer
    from tests.github_api.state import Record

COMMIT = "a" * 40
NAME = "Speech: pharmacy en-US"


def _run(server: GitHubServer) -> Record:
    (record,) = server.state.check_runs
    return record


def test_check__is_in_progress_before_anything_else(github: GitHub, github_server: GitHubServer) -> None:
    with checks.check(github, NAME, COMMIT, details_url="https://ci.example/1", external_id="42") as check:
        assert _run(github_server)["status"] == "in_progress"
        assert _run(github_server)["external_id"] == "42"
        check.progress("Training", "The candidate trains.")
        assert _run(github_server)["status"] == "in_progress"
        check.complete(Conclusion.SUCCESS, Output("WER 12.4 % → 10.9 % better", "All good.", "| a |"))
    record = _run(github_server)
    assert (record["status"], record["conclusion"]) == ("completed", "success")
    assert record["output"]["title"] == "WER 12.4 % → 10.9 % better"
    assert record["output"]["text"] == "| a |"


@pytest.mark.parametrize(
    ("error", "conclusion"),
    [
        (ValueError("x"), "failure"),
        (PlatformError("x"), "failure"),
        (KeyboardInterrupt(), "cancelled"),
        (SystemExit(143), "cancelled"),
    ],
)
def test_check__is_completed_whatever_ends_the_run(
    error: BaseException, conclusion: str, github: GitHub, github_server: GitHubServer
) -> None:
    with pytest.raises(type(error)), checks.check(github, NAME, COMMIT):
        raise error
    assert _run(github_server)["conclusion"] == conclusion


def test_check__without_a_result_fails(github: GitHub, github_server: GitHubServer) -> None:
    with checks.check(github, NAME, COMMIT):
        pass
    assert _run(github_server)["conclusion"] == "failure"


def test_check__shows_the_first_error_though_it_cannot_be_completed(
    github: GitHub, github_server: GitHubServer
) -> None:
    github_server.fail("PATCH", "check-runs", 503, times=99)
    with pytest.raises(ValueError, match="the reason"), checks.check(github, NAME, COMMIT):
        raise ValueError("the reason")


def test_complete__sends_fifty_annotations_at_a_time_errors_first(
    github: GitHub, github_server: GitHubServer
) -> None:
    annotations = tuple(
        Annotation(
            Level.WARNING if number % 2 else Level.ERROR, f"fault {number}", "Rule", "t.txt", number + 1
        )
        for number in range(120)
    )
    with checks.check(github, NAME, COMMIT) as check:
        check.complete(Conclusion.FAILURE, Output("Faults", "Many.", annotations=annotations))
    record = _run(github_server)
    assert len(record["annotations"]) == 120
    assert [item["annotation_level"] for item in record["annotations"]] == ["failure"] * 60 + ["warning"] * 60
    assert record["annotations"][1] == {
        "path": "t.txt",
        "start_line": 3,
        "end_line": 3,
        "annotation_level": "failure",
        "title": "Rule",
        "message": "fault 2",
    }
    states = [call.body["status"] for call in github_server.calls if call.method == "PATCH"]
    assert states == ["in_progress", "in_progress", "completed"]


def test_complete__bounds_texts_titles_messages_and_numbers(
    github: GitHub, github_server: GitHubServer
) -> None:
    long = "ä" * 100_000
    annotation = Annotation(Level.NOTICE, long, long)
    with checks.check(github, NAME, COMMIT, pointer="See the artifact.") as check:
        check.complete(
            Conclusion.NEUTRAL, Output(f"two\nlines {long}", long, f"{long}\n{long}", (annotation,) * 1200)
        )
    record = _run(github_server)
    assert record["output"]["title"].startswith("two lines ä")
    assert len(record["output"]["title"]) == 255
    assert len(record["output"]["summary"].encode()) <= checks.TEXT_LIMIT
    assert record["output"]["summary"].endswith("See the artifact.\n")
    assert len(record["annotations"]) == checks.ANNOTATIONS_LIMIT
    assert len(record["annotations"][0]["message"].encode()) <= 64 * 1024
    assert record["annotations"][0]["path"] == ".github"


def test_complete_abandoned__after_a_killed_process(github: GitHub, github_server: GitHubServer) -> None:
    run = github.create_check_run(NAME, COMMIT, status="in_progress")
    assert checks.complete_abandoned(github, run.id)
    assert _run(github_server)["conclusion"] == "cancelled"
    assert not checks.complete_abandoned(github, run.id)


def test_check__of_a_forks_token_says_what_is_missing(github_client: Callable[..., GitHub]) -> None:
    with pytest.raises(PlatformError) as caught, checks.check(github_client("fork-token"), NAME, COMMIT):
        pytest.fail("must not begin")
    assert "`permissions: checks: write`" in caught.value.hint
