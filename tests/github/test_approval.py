from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from speechops.errors import PlatformError
from speechops.github import approval

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.github.api import GitHub
    from tests.github_api.server import GitHubServer


def test_read__required_reviewers(github: GitHub, github_server: GitHubServer) -> None:
    github_server.state.add_environment(
        "production", reviewers=["octocat", "hubot"], wait_minutes=30, branches="selected", bypass=False
    )
    protection = approval.read(github, "production")
    assert protection.required
    assert protection.reason == "One of octocat, hubot has to approve."
    environment = protection.environment
    assert environment is not None
    assert (environment.wait_minutes, environment.branches, environment.bypass) == (30, "selected", False)
    approval.require(protection)


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({}, "It has no required reviewers."),
        ({"wait_minutes": 30}, "only a wait of 30 minutes"),
        ({"branches": "protected"}, "only a rule for protected branches"),
        ({"wait_minutes": 5, "branches": "selected"}, "a wait of 5 minutes and a rule for selected branches"),
    ],
)
def test_require__closes_where_no_person_has_to_look(
    rules: dict[str, Any], reason: str, github: GitHub, github_server: GitHubServer
) -> None:
    github_server.state.add_environment("production", **rules)
    protection = approval.read(github, "production")
    assert reason in protection.reason
    with pytest.raises(PlatformError, match="Not deployed: no person has to approve") as caught:
        approval.require(protection)
    for way_out in ("draft release", "workflow_dispatch", "require-approval: false", "Enterprise"):
        assert way_out in caught.value.hint


def test_require__closes_for_an_unknown_environment(github: GitHub) -> None:
    with pytest.raises(PlatformError, match="environment produktion"):
        approval.require(approval.read(github, "produktion"))


def test_require__closes_without_an_environment(github: GitHub, github_server: GitHubServer) -> None:
    with pytest.raises(PlatformError, match="names no environment"):
        approval.require(approval.read(github, ""))
    assert github_server.calls == []


def test_require__closes_where_the_token_may_not_look(
    github_client: Callable[..., GitHub], github_server: GitHubServer
) -> None:
    github_server.state.private = True
    github_server.state.add_environment("production", reviewers=["octocat"])
    github_server.state.tokens["narrow"] = {
        "login": "github-actions[bot]",
        "permissions": {"contents": "read"},
    }
    with pytest.raises(PlatformError, match=r"cannot be read: .*403.*`permissions: actions: read`"):
        approval.require(approval.read(github_client("narrow"), "production"))


def test_require__closes_while_github_is_down(github: GitHub, github_server: GitHubServer) -> None:
    github_server.state.add_environment("production", reviewers=["octocat"])
    github_server.fail("GET", "environments", 503, times=99)
    with pytest.raises(PlatformError, match="cannot be read"):
        approval.require(approval.read(github, "production"))
