"""What users see while an operation works."""

from __future__ import annotations

from speechops.console import PlainConsole
from tests.clock import FakeClock


def test_plain__says_each_state_once_and_each_minute_that_work_continues() -> None:
    said: list[str] = []
    clock = FakeClock()
    console = PlainConsole(said.append, clock=clock)
    with console.step("train m") as update:
        for _ in range(13):
            update("Running")
            clock.advance(10)
    assert said == [
        "  train m: Running",
        "  train m: Running (1 min)",
        "  train m: Running (2 min)",
        "done: train m (130.0 s)",
    ]
