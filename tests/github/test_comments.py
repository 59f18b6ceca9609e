from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.errors import PlatformError
from speechops.github import comments
from speechops.github.text import encodable

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.github.api import GitHub
    from tests.github_api.server import GitHubServer

BOT = "github-actions[bot]"
KEY = "ci / pharmacy en-US"


def _bodies(server: GitHubServer) -> list[str]:
    return [record["body"] for record in server.state.comments]


def test_upsert__creates_once_and_edits_after_that(github: GitHub, github_server: GitHubServer) -> None:
    first = comments.upsert(github, 7, "WER 12.4 %", key=KEY)
    second = comments.upsert(github, 7, "WER 10.9 %", key=KEY)
    assert first.id == second.id
    assert len(_bodies(github_server)) == 1
    assert comments.markdown_of(second) == "WER 10.9 %"


def test_upsert__of_the_same_text_writes_nothing(github: GitHub, github_server: GitHubServer) -> None:
    comments.upsert(github, 7, "same\r\n\n", key=KEY)
    comments.upsert(github, 7, "same", key=KEY)
    assert [call.method for call in github_server.calls if call.method != "GET"] == ["POST"]


def test_upsert__finds_its_comment_among_three_hundred(github: GitHub, github_server: GitHubServer) -> None:
    for number in range(250):
        github_server.state.add_comment(7, f"talk {number}", login="octocat")
    made = comments.upsert(github, 7, "one", key=KEY)
    for number in range(50):
        github_server.state.add_comment(7, f"more {number}", login="octocat")
    assert comments.upsert(github, 7, "two", key=KEY).id == made.id
    assert len(_bodies(github_server)) == 301


def test_upsert__keeps_keys_and_pull_requests_apart(github: GitHub, github_server: GitHubServer) -> None:
    comments.upsert(github, 7, "a", key="pharmacy")
    comments.upsert(github, 7, "b", key="robotics")
    comments.upsert(github, 8, "c", key="pharmacy")
    assert len(_bodies(github_server)) == 3


def test_upsert__does_not_touch_a_copy_by_somebody_else(github: GitHub, github_server: GitHubServer) -> None:
    made = comments.upsert(github, 7, "ours", key=KEY)
    github.delete_comment(made.id)
    github_server.state.add_comment(7, made.body, login="mallory")
    comments.upsert(github, 7, "new", key=KEY)
    assert _bodies(github_server)[0] == made.body
    assert len(_bodies(github_server)) == 2


def test_upsert__is_not_misled_by_a_marker_inside_of_a_report(github: GitHub) -> None:
    other = comments.upsert(github, 7, "x", key="other")
    github.delete_comment(other.id)
    comments.upsert(github, 7, f"transcript:\n{other.body}", key=KEY)
    assert comments.find(github, 7, key="other") is None


def test_upsert__of_two_runs_at_once_leaves_one_comment(
    github_client: Callable[..., GitHub], github_server: GitHubServer
) -> None:
    both_are_about_to_create = threading.Barrier(2, timeout=10)

    def wait(method: str, _path: str) -> None:
        if method == "POST":
            both_are_about_to_create.wait()

    github_server.before.append(wait)
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            comments.upsert(github_client(), 7, f"run {number}", key=KEY, run=number)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion
            failures.append(error)

    runs = [threading.Thread(target=run, args=(number,)) for number in (1, 2)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join()
    assert failures == []
    (body,) = _bodies(github_server)
    assert "run=2" in body


def test_upsert__gives_way_to_a_comment_that_came_first(github: GitHub, github_server: GitHubServer) -> None:
    def rival(method: str, _path: str) -> None:
        if method == "POST":
            github_server.before.clear()
            body = f"<!-- speechops:comment key={_quoted()} run=1 -->\nrival"
            github_server.state.add_comment(7, body, login=BOT)

    github_server.before.append(rival)
    kept = comments.upsert(github, 7, "mine", key=KEY, run=2)
    assert comments.markdown_of(kept) == "mine"
    assert kept.id == github_server.state.comments[0]["id"]
    assert len(_bodies(github_server)) == 1


def test_upsert__of_an_older_run_leaves_the_newer_word(github: GitHub) -> None:
    newer = comments.upsert(github, 7, "newer", key=KEY, run=12)
    assert comments.upsert(github, 7, "older", key=KEY, run=11) == newer


def test_upsert__removes_what_a_killed_run_left_twice(github: GitHub, github_server: GitHubServer) -> None:
    made = comments.upsert(github, 7, "one", key=KEY)
    github_server.state.add_comment(7, made.body, login=BOT)
    comments.upsert(github, 7, "two", key=KEY)
    assert len(_bodies(github_server)) == 1


def test_upsert__with_a_token_whose_name_cannot_be_asked(
    github_client: Callable[..., GitHub], github_server: GitHubServer
) -> None:
    permissions = github_server.state.tokens["job-token"]["permissions"]
    github_server.state.tokens["app-token"] = {"login": "our-app[bot]", "permissions": permissions}
    first = comments.upsert(github_client("app-token"), 7, "one", key=KEY)
    second = comments.upsert(github_client("app-token"), 7, "two", key=KEY)
    assert first.id == second.id
    assert len(_bodies(github_server)) == 1


def test_upsert__cuts_two_hundred_thousand_characters(github: GitHub) -> None:
    rows = "".join(f"| utterance {number} | 12.4 % | 10.9 % |\n" for number in range(5000))
    made = comments.upsert(
        github, 7, f"**better**\n\n| id | a | b |\n|--|--|--|\n{rows}", key=KEY, pointer="Rest: *summary*."
    )
    assert len(made.body) <= comments.LIMIT
    assert made.body.endswith("\n\nRest: *summary*.")
    assert "**better**" in made.body


def test_upsert__of_a_fork_says_what_is_missing(github_client: Callable[..., GitHub]) -> None:
    with pytest.raises(PlatformError) as caught:
        comments.upsert(github_client("fork-token"), 7, "x", key=KEY)
    assert "workflow_run" in caught.value.hint


def test_upsert__survives_a_secondary_rate_limit(github: GitHub, github_server: GitHubServer) -> None:
    github_server.writes_per_minute = 1
    for number in range(3):
        comments.upsert(github, 7, f"state {number}", key=KEY)
    assert len(_bodies(github_server)) == 1


@given(key=st.text(), text=st.text())
def test_marker__holds_any_key_and_ends_where_it_should(key: str, text: str) -> None:
    body = comments._body(text, key=key, run=5, pointer="")
    marker, _, rest = body.partition("\n")
    assert marker.count("-->") == 1
    assert marker.endswith("-->")
    match = comments._MARKER.match(body)
    assert match
    assert match["key"] == comments._quoted(key)
    assert rest == encodable(text.replace("\r\n", "\n").strip())


def _quoted() -> str:
    return comments._quoted(KEY)
