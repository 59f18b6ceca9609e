"""What users see while an operation works."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import pytest

from speechops.console import PlainConsole, TerminalConsole
from tests.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable


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
    assert said[1] == "  train m: Running (1 min; such runs usually take 12 min)"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Have rich take standard output for a terminal of 60 columns; return what it wrote so far."""
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "60", "LINES": "40"}.items():
        monkeypatch.setenv(name, value)
    written: list[str] = []

    def read() -> str:
        written.append(capsys.readouterr().out)
        return "".join(written)

    return read


def screen(written: str) -> list[str]:
    """Return the lines that a terminal shows after what was written: it knows line feeds, up and erase."""
    lines, row = [""], 0
    for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+", written):
        if part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part.endswith("A") and part[0] == "\x1b":
            row -= int(part[2:-1] or 1)
        elif part.endswith("K"):
            lines[row] = ""
        elif part[0] not in "\x1b\r":
            lines[row] += part
    return [line.rstrip() for line in lines if line.strip()]


@pytest.mark.parametrize("before", [True, False])
def test_terminal__shows_beside_a_running_step_how_long_the_run_usually_takes(
    before: bool, terminal: Callable[[], str]
) -> None:
    console = TerminalConsole(clock=FakeClock())
    if before:
        console.expect("9 min")
    with console.step("train") as update:
        if not before:
            console.expect("9 min")
        update("3 of 20")
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal())
    assert re.search(r"train +3 of 20 +0:00:00 +\(usually 9 min\)", text)


def test_terminal__leaves_one_line_of_each_step(terminal: Callable[[], str]) -> None:
    console = TerminalConsole(clock=FakeClock())
    with console.step("import"), console.step("train") as update:
        update("3 of 20")
    with contextlib.suppress(ValueError), console.step("test"):
        raise ValueError
    console.line("over")
    assert screen(terminal()) == ["✓ train  0.0 s", "✓ import  0.0 s", "✗ test  0.0 s", "over"]


def test_terminal__cuts_no_name_where_it_differs(terminal: Callable[[], str]) -> None:
    names = [f"pharmacy-train-data-614c43c-{end}-of-the-long-names" for end in ("e7671c3c", "61e191cc")]
    TerminalConsole(clock=FakeClock()).table("Models", ("model", *names), [("WER", "22.3 %", "51.6 %")])
    cells = [line.split("\u2502") for line in screen(terminal()) if "\u2502" in line]
    shown = ["".join(column).replace(" ", "") for column in zip(*cells, strict=False)]
    assert all(any(name in column for column in shown) for name in names)
