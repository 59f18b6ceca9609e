from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses
from hypothesis import example, given
from hypothesis import strategies as st

from speechops.errors import IdentityError
from speechops.identity.github import IdToken, IdTokens
from tests.clock import FakeClock
from tests.identity.entra import OIDC_TOKEN, SUBJECT, token

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE = "https://pipelines.example/token"
URL = f"{SERVICE}?api-version=2.0"
TOKEN = token({"sub": SUBJECT, "iss": "https://token.actions.githubusercontent.com"})


@pytest.fixture
def github() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def _tokens(clock: FakeClock, learned: list[str] | None = None) -> IdTokens:
    learn = (learned if learned is not None else []).append
    return IdTokens(URL, OIDC_TOKEN, session=requests.Session(), clock=clock, learn=learn)


def test_fetch__asks_for_the_audience_and_learns_the_token(github: responses.RequestsMock) -> None:
    learned: list[str] = []
    github.get(SERVICE, json={"value": TOKEN})
    tokens = _tokens(FakeClock(), learned)
    assert tokens.fetch() == TOKEN
    request = github.calls[0].request
    assert request.url == f"{URL}&audience=api%3A%2F%2FAzureADTokenExchange"
    assert request.headers["Authorization"] == f"Bearer {OIDC_TOKEN}"
    assert learned == [TOKEN]
    assert tokens.last.subject == SUBJECT
    assert TOKEN not in repr(tokens.last)


def test_fetch__busy_at_first__tries_again(github: responses.RequestsMock) -> None:
    clock = FakeClock()
    github.get(SERVICE, status=503)
    github.get(SERVICE, body=requests.ConnectionError("reset"))
    github.get(SERVICE, body="<html>", content_type="text/html")
    github.get(SERVICE, json={"value": TOKEN})
    assert _tokens(clock).fetch() == TOKEN
    assert clock.sleeps == [2, 4, 8]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status": 503}, "status 503"),
        ({"status": 429}, "status 429"),
        ({"json": {"count": 0}}, "an answer without a token"),
        ({"json": ["value"]}, "an answer without a token"),
        ({"body": "<html>"}, "an answer without a token"),
        ({"body": requests.ReadTimeout(f"Bearer {OIDC_TOKEN}")}, "no answer (ReadTimeout)"),
    ],
)
def test_fetch__never_a_token__one_line_after_four_attempts(
    github: responses.RequestsMock, answer: dict[str, Any], reason: str
) -> None:
    github.get(SERVICE, **answer)
    with pytest.raises(IdentityError) as error:
        _tokens(FakeClock()).fetch()
    assert str(error.value).startswith(f"GitHub issued no ID token in 4 attempts: {reason}.")
    assert OIDC_TOKEN not in str(error.value)
    assert len(github.calls) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_fetch__refused__one_line_at_once(github: responses.RequestsMock, status: int) -> None:
    github.get(SERVICE, status=status, json={"message": "no"})
    with pytest.raises(IdentityError, match=rf"refused this job an ID token \(status {status}\)"):
        _tokens(FakeClock()).fetch()


@pytest.mark.parametrize(
    ("claims", "other"),
    [
        (
            {"sub": "repo:o/r:ref:refs/heads/main", "repository_owner_id": "1", "repository_id": "2"},
            "repo:o@1/r@2:ref:refs/heads/main",
        ),
        ({"sub": "repo:o@1/r@2:environment:production"}, "repo:o/r:environment:production"),
        ({"sub": "repo:o@1/r@2:environment:a%3Ab"}, "repo:o/r:environment:a%3Ab"),
        (
            {"sub": "repo:o/r:pull_request", "repository_owner_id": "1", "repository_id": "2"},
            "repo:o@1/r@2:pull_request",
        ),
        ({"sub": "repo:o/r:ref:refs/heads/main"}, ""),
        ({"sub": "job_workflow_ref:o/r/.github/workflows/ci.yml@refs/heads/main"}, ""),
        ({"sub": 7}, ""),
        ({}, ""),
    ],
)
def test_id_token__subject__has_another_form(claims: dict[str, Any], other: str) -> None:
    assert IdToken.read(token(claims)).other_subject == other


@given(st.text() | st.text().map(lambda text: f"a.{text}.c"))
@example("a.W10.c")  # an empty list
@example("a.bnVsbA.c")  # null
def test_id_token__anything__read_without_fail(text: str) -> None:
    assert IdToken.read(text).text == text
