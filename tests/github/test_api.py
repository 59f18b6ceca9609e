from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests
import responses

from speechops.errors import PlatformError, UsageError
from speechops.github.api import GitHub
from tests.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.github_api.server import GitHubServer

COMMIT = "a" * 40


def test_github__never_shows_its_token(github: GitHub) -> None:
    assert "job-token" not in repr(github)
    assert "octo-team/speech-data" in repr(github)


@pytest.mark.parametrize("repository", ["", "name", "/name", "owner/", "a/b/c"])
def test_github__wants_owner_and_name(repository: str) -> None:
    with pytest.raises(UsageError, match="owner/name"):
        GitHub(repository, token="t", session=requests.Session(), clock=FakeClock())


def test_login__of_a_job_and_of_a_person(github_client: Callable[..., GitHub]) -> None:
    assert github_client().login() == ""
    assert github_client("person-token").login() == "octocat"


def test_login__that_cannot_be_had(github: GitHub, github_server: GitHubServer) -> None:
    github_server.fail("GET", "/user", 401, content={"message": "Bad credentials"})
    with pytest.raises(PlatformError, match="Bad credentials"):
        github.login()
    assert github.login() == ""


def test_environment__that_cannot_be_read_is_not_taken_for_absent(
    github: GitHub, github_server: GitHubServer
) -> None:
    github_server.fail("GET", "environments", 410)
    with pytest.raises(PlatformError, match="410"):
        github.environment("production")


def test_comments__are_read_from_every_page(github: GitHub, github_server: GitHubServer) -> None:
    for number in range(300):
        github_server.state.add_comment(7, f"comment {number}", login="octocat")
    assert [comment.body for comment in github.comments(7)] == [f"comment {n}" for n in range(300)]
    assert len(github_server.calls) == 3


def test_comments__create_change_delete(github: GitHub, github_server: GitHubServer) -> None:
    made = github.create_comment(7, "one")
    assert github.update_comment(made.id, "two").body == "two"
    github.delete_comment(made.id)
    github.delete_comment(made.id)
    assert github_server.state.comments == []


def test_delete__that_is_refused(github_client: Callable[..., GitHub], github_server: GitHubServer) -> None:
    comment = github_server.state.add_comment(7, "x", login="octocat")
    with pytest.raises(PlatformError, match="403"):
        github_client("fork-token").delete_comment(comment)


def test_errors__of_a_forks_token_name_the_permission(github_client: Callable[..., GitHub]) -> None:
    with pytest.raises(PlatformError) as caught:
        github_client("fork-token").create_comment(7, "hello")
    assert caught.value.status == 403
    assert "Resource not accessible by integration" in caught.value.message
    assert "`permissions: pull-requests: write`" in caught.value.hint
    assert "forks" in caught.value.hint


def test_errors__of_a_wrong_token(github_client: Callable[..., GitHub]) -> None:
    with pytest.raises(PlatformError, match="401 Bad credentials") as caught:
        github_client("other").release(1)
    assert "github-token" in caught.value.hint


def test_errors__repeat_what_github_says_of_each_field(github: GitHub) -> None:
    with pytest.raises(PlatformError, match="422 Validation Failed; body is too long") as caught:
        github.create_comment(7, "x" * 65_537)
    assert caught.value.status == 422
    with pytest.raises(PlatformError, match="Release tag_name invalid"):
        github.create_draft("no such:tag", commit=COMMIT, name="n", body="b")


def test_errors__of_an_absent_thing(github: GitHub) -> None:
    with pytest.raises(PlatformError, match="404 Not Found") as caught:
        github.release(99)
    assert "may not see it" in caught.value.hint
    assert github.environment("production") is None
    assert github.reference("tags/v1.0.0") is None
    assert github.permission("stranger") == "none"


def test_rate_limit__secondary_waits_as_long_as_told(
    github: GitHub, github_server: GitHubServer, github_clock: FakeClock
) -> None:
    github_server.writes_per_minute = 3
    for number in range(5):
        github.create_comment(7, f"comment {number}")
    assert len(github_server.state.comments) == 5
    assert github_clock.sleeps == [60.0]


def test_rate_limit__primary_waits_for_the_reset(
    github: GitHub, github_server: GitHubServer, github_clock: FakeClock
) -> None:
    github_server.remaining = 1
    github_server.reset = github_clock.now().timestamp() + 300
    github.create_comment(7, "one")
    github.create_comment(7, "two")
    assert github_clock.sleeps == [301.0]


def test_rate_limit__waits_by_the_server_s_clock(
    github: GitHub, github_server: GitHubServer, github_clock: FakeClock
) -> None:
    github_server.behind = timedelta(minutes=20)
    github_server.remaining = 1
    github_server.reset = (github_clock.now() - github_server.behind).timestamp() + 300
    github.create_comment(7, "one")
    github.create_comment(7, "two")
    assert github_clock.sleeps == [301.0]


def test_rate_limit__that_ends_too_late_is_an_error_with_the_time(
    github: GitHub, github_server: GitHubServer, github_clock: FakeClock
) -> None:
    github_server.remaining = 0
    github_server.reset = datetime(2026, 1, 7, 13, 0, tzinfo=UTC).timestamp()
    with pytest.raises(PlatformError, match="rate limit exceeded") as caught:
        github.create_comment(7, "one")
    assert "13:00 UTC" in caught.value.hint
    assert github_clock.sleeps == []


def test_rate_limit__without_a_time_grows_from_a_minute_and_ends(
    github: GitHub, github_server: GitHubServer, github_clock: FakeClock
) -> None:
    github_server.fail("POST", "comments", 429, content={"message": "slow down"}, times=99)
    with pytest.raises(PlatformError, match="429 slow down"):
        github.create_comment(7, "one")
    assert github_clock.sleeps == [60.0, 120.0, 240.0, 480.0]


def test_faults__of_the_server_are_outlasted_where_repeating_is_safe(
    github: GitHub, github_server: GitHubServer, github_clock: FakeClock
) -> None:
    github_server.fail("GET", "comments", 502, times=2)
    assert list(github.comments(7)) == []
    assert github_clock.sleeps == [2.0, 4.0]


def test_faults__of_the_server_are_not_repeated_blindly(
    github: GitHub, github_server: GitHubServer, github_clock: FakeClock
) -> None:
    github_server.fail("POST", "comments", 502, late=True)
    with pytest.raises(PlatformError) as caught:
        github.create_comment(7, "one")
    assert caught.value.status == 502
    assert github_clock.sleeps == []
    assert len(github_server.state.comments) == 1


def test_faults__that_stay_end_in_an_error(github: GitHub, github_server: GitHubServer) -> None:
    github_server.fail("GET", "comments", 503, times=99)
    with pytest.raises(PlatformError, match="could not serve GET") as caught:
        list(github.comments(7))
    assert "Run the job again" in caught.value.hint
    assert len(github_server.calls) == 5


@pytest.fixture
def offline() -> GitHub:
    return GitHub("o/r", token="secret-token", session=requests.Session(), clock=FakeClock())


@responses.activate
def test_faults__of_the_connection(offline: GitHub) -> None:
    url = "https://api.github.com/repos/o/r/issues/1/comments"
    responses.get(url, body=requests.ConnectionError("secret-token"))
    with pytest.raises(PlatformError, match="no answer to GET /repos/o/r/issues/1/comments") as caught:
        list(offline.comments(1))
    assert caught.value.status is None
    assert "secret" not in str(caught.value)
    responses.assert_call_count(f"{url}?per_page=100", 5)


@responses.activate
def test_faults__of_the_connection_after_a_write(offline: GitHub) -> None:
    url = "https://api.github.com/repos/o/r/issues/1/comments"
    responses.post(url, body=requests.ReadTimeout())
    with pytest.raises(PlatformError, match=r"no answer to POST .*ReadTimeout"):
        offline.create_comment(1, "x")
    responses.assert_call_count(url, 1)


@responses.activate
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>", "400 Bad Request."),
        (b"[]", "400 Bad Request."),
        (b'{"message": "a\\nb"}', "400 a b."),
        (b'{"message": "m", "errors": ["one", 2, {"message": "three"}]}', "400 m; one; three."),
        (b'{"message": "m", "errors": "x"}', "400 m; x."),
    ],
)
def test_errors__of_any_form_are_one_line(content: bytes, said: str, offline: GitHub) -> None:
    responses.get("https://api.github.com/repos/o/r/releases/1", status=400, body=content)
    with pytest.raises(PlatformError) as caught:
        offline.release(1)
    assert caught.value.message == f"GitHub refused GET /repos/o/r/releases/1: {said}"


def test_sent_text__is_always_encodable(github: GitHub, github_server: GitHubServer) -> None:
    github.create_issue("a\udcff", "b\udcff", labels=["c\udcff"])
    (record,) = github_server.state.issues
    assert (record["title"], record["body"], record["labels"]) == (r"a\udcff", r"b\udcff", [r"c\udcff"])


def test_anonymous__sends_no_token(github_client: Callable[..., GitHub], github_server: GitHubServer) -> None:
    with pytest.raises(PlatformError, match="401"):
        github_client("").release(1)
    assert github_server.state.violations == []


@responses.activate
def test_pages__do_not_lead_the_token_to_another_host(offline: GitHub) -> None:
    responses.get(
        "https://api.github.com/repos/o/r/issues/1/comments",
        json=[],
        headers={"Link": '<https://evil.example/next>; rel="next"'},
    )
    with pytest.raises(PlatformError, match=r"https://evil\.example"):
        list(offline.comments(1))
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize(
    ("api", "uploads"),
    [
        ("https://api.github.com", "https://uploads.github.com"),
        ("https://api.tenant.ghe.com", "https://uploads.tenant.ghe.com"),
        ("https://ghes.example/api/v3", "https://ghes.example/api/uploads"),
    ],
)
def test_uploads__go_to_githubs_own_upload_host_only(api: str, uploads: str) -> None:
    github = GitHub("o/r", token="secret-token", session=requests.Session(), clock=FakeClock(), api_url=api)
    upload, read = f"{uploads}/repos/o/r/releases/5/assets", f"{api}/repos/o/r/releases/5"
    responses.get(read, json=_release(upload + "{?name,label}"))
    responses.post(upload, json=_asset(), status=201)
    made = github.upload_asset(github.release(5), "a b.json", b"{}", content_type="application/json")
    assert made.name == "a b.json"
    assert responses.calls[1].request.url == f"{upload}?name=a+b.json"
    assert responses.calls[1].request.headers["Authorization"] == "Bearer secret-token"
    own = urlsplit(uploads).netloc
    for other in (
        f"http://{own}",
        f"https://{own}.evil.example",
        f"https://{own}:8443",
        "https://uploads.example",
    ):
        responses.replace(responses.GET, read, json=_release(f"{other}/x"))
        with pytest.raises(PlatformError, match=re.escape(f"pointed to {other},")):
            github.upload_asset(github.release(5), "a.json", b"{}", content_type="application/json")


@responses.activate
@pytest.mark.parametrize(
    "answer", [{"body": "<html>"}, {"body": "[" * 100_000}, {"json": [{"id": 1}]}, {"json": ["x"]}]
)
def test_answers__of_another_form_are_an_error(offline: GitHub, answer: dict[str, Any]) -> None:
    responses.get("https://api.github.com/repos/o/r/issues/1/comments", **answer)
    with pytest.raises(PlatformError, match="documented form"):
        list(offline.comments(1))


@responses.activate
def test_redirects__of_a_renamed_repository_are_not_followed_by_writes(offline: GitHub) -> None:
    responses.post(
        "https://api.github.com/repos/o/r/issues/1/comments",
        status=307,
        json={"message": "Moved Permanently"},
        headers={"Location": "https://api.github.com/repositories/1/issues/1/comments"},
    )
    with pytest.raises(PlatformError, match="307") as caught:
        offline.create_comment(1, "x")
    assert "renamed" in caught.value.hint


def test_assets__are_downloaded_without_the_token_and_checked(
    github: GitHub, github_server: GitHubServer
) -> None:
    draft = github.create_draft("v1.0.0", commit=COMMIT, name="n", body="b")
    data = b'{"ENDPOINT_ID": "1"}\n'
    asset = github.upload_asset(draft, "release-endpoints.json", data, content_type="application/json")
    assert github.download_asset(asset, limit=100) == data
    with pytest.raises(PlatformError, match="larger than 5 bytes"):
        github.download_asset(asset, limit=5)
    github_server.state.releases[0]["assets"][0]["content"] = "eA=="
    with pytest.raises(PlatformError, match="does not match its digest"):
        github.download_asset(asset, limit=100)


def test_pull_requests_of__finds_a_forks_by_its_head(github: GitHub, github_server: GitHubServer) -> None:
    state = github_server.state
    state.add_pull_request(1, head="1" * 40)
    state.add_pull_request(2, head="2" * 40, head_repository="fork/speech-data", head_branch="more-data")
    state.add_pull_request(3, head="2" * 40, state="closed")
    (found,) = github.pull_requests_of("2" * 40)
    assert (found.number, found.head_repository) == (2, "fork/speech-data")
    assert github.pull_requests_of("3" * 40) == ()


def test_compare__reads_status_and_files(github: GitHub, github_server: GitHubServer) -> None:
    github_server.state.commits = [
        {"sha": f"{number:040x}", "message": f"Change {number}\n\nWhy", "files": [f"training/{number}.txt"]}
        for number in range(150)
    ]
    compared = github.compare(f"{9:040x}", f"{149:040x}")
    assert compared.status == "ahead"
    assert compared.files[0] == "training/10.txt"
    assert github.compare(f"{9:040x}", f"{3:040x}").status == "behind"


def test_issues__are_opened_found_and_closed(github: GitHub, github_server: GitHubServer) -> None:
    github_server.state.add_pull_request(1, head="1" * 40)
    made = github.create_issue("Model expires", "soon", labels=["speechops"])
    github.create_issue("Another", "x")
    assert [issue.number for issue in github.issues(labels=["speechops"])] == [made.number]
    assert len(list(github.issues())) == 2
    assert github.update_issue(made.number, state="closed", body="done").state == "closed"
    assert list(github.issues(labels=["speechops"])) == []


def test_permission__of_a_collaborator(github: GitHub, github_server: GitHubServer) -> None:
    github_server.state.collaborators["octocat"] = "write"
    assert github.permission("octocat") == "write"


def test_names__are_one_segment_of_the_path(github: GitHub, github_server: GitHubServer) -> None:
    github_server.state.add_environment("prod/west europe", reviewers=["octocat"])
    found = github.environment("prod/west europe")
    assert found is not None
    assert found.reviewers == ("octocat",)
    assert github.environment("../../other") is None


def _release(upload_url: str) -> dict[str, Any]:
    return {
        "id": 5,
        "tag_name": "v1",
        "target_commitish": "main",
        "name": "n",
        "body": "b",
        "draft": True,
        "prerelease": False,
        "published_at": None,
        "html_url": "https://github.com/o/r",
        "upload_url": upload_url,
        "assets": [],
    }


def _asset() -> dict[str, Any]:
    return {"id": 6, "name": "a b.json", "state": "uploaded", "size": 2, "digest": None, "url": "u"}
