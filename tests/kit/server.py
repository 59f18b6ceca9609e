"""Starts an embedded service that a test controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from speechops.embedded import server
from speechops.embedded.clock import Clock, SystemClock
from tests.kit.clock import MovableClock
from tests.kit.conditions import KitConditions
from tests.kit.control import Control
from tests.kit.progress import Immediate, Progress

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from speechops.embedded.engine import Engine


class RunningService:
    """A service that answers at ``url`` until it is stopped, and its ``control``."""

    def __init__(self, running: server.RunningService, control: Control) -> None:
        self._running = running
        self.url = running.url
        self.control = control

    def stop(self) -> None:
        """Stop at once. Unfinished work continues at the next start in the same folder."""
        self.control.conditions.stopping.set()
        self._running.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    folder: Path,
    *,
    progress: Progress = Immediate(),  # noqa: B008 - it is frozen
    clock: Clock | None = None,
    engine: Engine | None = None,
    port: int = 0,
    key: str = "",
) -> RunningService:
    """Start a service as :func:`speechops.embedded.server.start` does, under conditions that a test sets."""
    moved = MovableClock(clock or SystemClock(), folder / "clock-offset")
    conditions = KitConditions(moved, progress)
    running = server.start(folder, port=port, engine=engine, clock=moved, key=key, conditions=conditions)
    control = Control(running.service, moved, conditions)
    conditions.change_list = control.disturb_list
    return RunningService(running, control)
