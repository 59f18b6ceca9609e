"""Fixtures: a running server for one test, and clients of it. A breach of the contract fails the test."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from speechops.github.api import GitHub
from tests.clock import FakeClock
from tests.github_api.contract import Contract
from tests.github_api.server import GitHubServer
from tests.github_api.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DESCRIPTION = Path(__file__).parents[3] / "shared" / "specs" / "github-api-subset.json"


@pytest.fixture(scope="session")
def github_contract() -> Contract | None:
    """GitHub's own description of its API; None where it is not at hand."""
    return Contract.load(DESCRIPTION) if DESCRIPTION.exists() else None


@pytest.fixture
def github_clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def github_server(github_contract: Contract | None, github_clock: FakeClock) -> Iterator[GitHubServer]:
    with GitHubServer(State(), clock=github_clock, contract=github_contract) as server:
        yield server
    assert server.violations == []


@pytest.fixture
def github_client(github_server: GitHubServer, github_clock: FakeClock) -> Iterator[Callable[..., GitHub]]:
    """Make clients: of the job's own token unless another one is named."""
    with ExitStack() as sessions:

        def make(token: str = "job-token") -> GitHub:  # noqa: S107 - invented
            return GitHub(
                github_server.state.repository,
                token=token,
                session=sessions.enter_context(requests.Session()),
                clock=github_clock,
                api_url=github_server.api_url,
            )

        yield make


@pytest.fixture
def github(github_client: Callable[..., GitHub]) -> GitHub:
    return github_client()
