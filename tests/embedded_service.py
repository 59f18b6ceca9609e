"""Fixtures: embedded speech services with the stub engine, each exchange with them judged by the contract.

``service`` is one running service, ``start_service`` starts more of them. Both have an instant engine and a
clock that stands still unless it is moved (``service_clock``, a :class:`FakeClock`: give it to the client
too, and the service ages while the client waits). Options of :func:`speechops.embedded.server.start` are
set by ``@pytest.mark.service(progress=AfterReads(2), key="…")`` or as arguments of ``start_service``.

``@pytest.mark.bad_requests`` lets a test send requests on purpose that the description does not allow.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests import contract
from tests.clock import FakeClock
from tests.kit import server
from tests.kit.progress import Immediate
from tests.stub_engine import StubEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.kit.server import RunningService

PATIENT = Immediate(patience=30.0)
"""Work shows as soon as it is there, and an answer waits for it: the same requests see the same states."""

contract.install()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "service(**options): options of the embedded service of a test")
    config.addinivalue_line("markers", "bad_requests: the test sends requests that break the contract")


def pytest_report_header() -> str:
    return f"contract: {f'every exchange is judged by {contract.SPECS}' if contract.is_on() else _OFF}"


_OFF = "OFF, ../shared/specs is absent"


@pytest.fixture(autouse=True)
def contract_kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fail the test whose exchanges break the contract."""
    report = tmp_path_factory.getbasetemp() / f"contract-{os.getpid()}.txt"
    report.unlink(missing_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(contract.REPORT, str(report))
        if request.node.get_closest_marker("bad_requests"):
            patch.setenv(contract.REQUESTS, "off")
        yield
    if report.exists():
        lines = dict.fromkeys(report.read_text(encoding="utf-8").splitlines())
        pytest.fail("The contract was broken:\n" + "\n".join(lines), pytrace=False)


@pytest.fixture
def service_clock() -> FakeClock:
    """The clock of the service."""
    return FakeClock()


@pytest.fixture
def engine() -> StubEngine:
    """The engine of the service."""
    return StubEngine()


@pytest.fixture
def start_service(
    tmp_path: Path, service_clock: FakeClock, engine: StubEngine
) -> Iterator[Callable[..., RunningService]]:
    """Start services; one after another in the same folder unless they are given their own."""
    with ExitStack() as running:

        def start(folder: Path | None = None, **options: Any) -> RunningService:  # noqa: ANN401
            given = {
                "engine": engine,
                "clock": service_clock,
                "progress": PATIENT,
                **options,
            }
            return running.enter_context(server.start(folder or tmp_path / "service", **given))

        yield start


@pytest.fixture
def service(request: pytest.FixtureRequest, start_service: Callable[..., RunningService]) -> RunningService:
    """A running service."""
    mark = request.node.get_closest_marker("service")
    return start_service(**(mark.kwargs if mark else {}))
