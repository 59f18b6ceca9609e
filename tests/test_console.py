"""What users see while an operation works."""

from __future__ import annotations

import pytest

from speechops.console import PlainConsole, TerminalConsole
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


def test_plain__says_each_minute_how_long_the_run_usually_takes() -> None:
    said: list[str] = []
    clock = FakeClock()
    console = PlainConsole(said.append, clock=clock)
    console.expect("12 min")
    with console.step("train m") as update:
        update("Running")
        clock.advance(60)
        update("Running")
    assert said[1] == "  train m: Running (1 min; the run usually takes 12 min)"


@pytest.mark.parametrize("before", [True, False])
def test_terminal__shows_beside_a_running_step_how_long_the_run_usually_takes(before: bool) -> None:
    console = TerminalConsole(clock=FakeClock())
    if before:
        console.expect("12 min")
    with console.step("train m") as update:
        update("12 of 20")
        if not before:
            console.expect("12 min")
        console._rich.width = 200
        with console._rich.capture() as screen:
            console._rich.print(console._progress.get_renderable())
        text = screen.get()
    assert "train m" in text
    assert "12 of 20" in text
    assert "the run usually takes 12 min" in text
