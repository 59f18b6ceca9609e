from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import responses

from speechops.speech import ApiVersion, KeyCredential, SpeechClient, open_session
from tests.clock import FakeClock
from tests.speech.service import HOST, KEY


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture(params=list(ApiVersion))
def version(request: pytest.FixtureRequest) -> ApiVersion:
    """Every version of the API in turn."""
    return ApiVersion(request.param)


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


Connect = Callable[..., SpeechClient]


@pytest.fixture
def connect(clock: FakeClock, log: list[str]) -> Connect:
    """Make a client; keyword arguments override what it is made of."""

    def make(version: ApiVersion = ApiVersion.V2025_10_15, **options: object) -> SpeechClient:
        settings: dict[str, object] = {
            "credential": KeyCredential(KEY),
            "session": open_session(),
            "clock": clock,
            "version": version,
            "log": log.append,
        }
        return SpeechClient(HOST, **(settings | options))  # type: ignore[arg-type]

    return make


@pytest.fixture
def client(connect: Connect) -> SpeechClient:
    return connect()
