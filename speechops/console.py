"""What users see while an operation works: steps with their time, notes, a table of the result.

Two forms: live progress in a terminal (``rich``), plain lines elsewhere. Steps may overlap, from any thread.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from speechops.errors import StillRunning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from rich.progress import TaskID

    from speechops.clock import Clock


_LEFT = (StillRunning, KeyboardInterrupt)
"""The end of a step whose work continues in the service."""


_HEARTBEAT = 60.0
"""Seconds after which a log repeats that work continues, so that a long training does not look dead."""


class Console(Protocol):
    """Where an operation reports what it does. All text is plain: the console escapes as needed."""

    def step(self, title: str) -> AbstractContextManager[Callable[[str], None]]:
        """Show a piece of work from start to end; the yielded function sets its current state."""
        ...

    def expect(self, duration: str) -> None:
        """Show beside running steps how long such runs usually take; a blank shows nothing."""
        ...

    def line(self, text: str) -> None:
        """Print one line."""
        ...

    def heading(self, text: str) -> None:
        """Begin a part."""
        ...

    def table(
        self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = True
    ) -> None:
        """Show rows under column names; columns after the first are aligned as numbers, or as text."""
        ...


class PlainConsole:
    """Plain lines, for logs and pipes: when a step's state changes, each minute, and when it ends."""

    def __init__(self, write: Callable[[str], None], *, clock: Clock) -> None:
        self._write = write
        self._clock = clock
        self._usual = ""

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Print the step's states as they change, and its end with the seconds it took."""
        began = said = self._clock.monotonic()
        last = ""

        def update(state: str) -> None:
            nonlocal last, said
            now = self._clock.monotonic()
            if state != last:
                last, said = state, now
                self._write(f"  {title}: {state}")
            elif now - said >= _HEARTBEAT:
                said = now
                self._write(f"  {title}: {state} ({(now - began) / 60:.0f} min{self._usual})")

        try:
            yield update
        except BaseException as error:
            end = "left" if isinstance(error, _LEFT) else "failed"
            self._write(f"{end}: {title} ({self._clock.monotonic() - began:.1f} s)")
            raise
        self._write(f"done: {title} ({self._clock.monotonic() - began:.1f} s)")

    def expect(self, duration: str) -> None:
        """Add to each minute's line how long such runs usually take."""
        self._usual = f"; such runs usually take {duration}" if duration else ""

    def line(self, text: str) -> None:
        """Print one line."""
        self._write(text)

    def heading(self, text: str) -> None:
        """Begin a part with an underlined line."""
        self._write(f"\n{text}\n{'-' * len(text)}")

    def table(
        self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = True
    ) -> None:
        """Show the rows as columns of even width."""
        lines = [columns, *rows]
        widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
        self._write(title)
        for line in lines:
            cells = [line[0].ljust(widths[0])]
            rest = zip(line[1:], widths[1:], strict=True)
            cells += [cell.rjust(width) if numbers else cell.ljust(width) for cell, width in rest]
            self._write("  " + "  ".join(cells).rstrip())


@dataclass(frozen=True, slots=True)
class ModelConsole:
    """The console of one model, where several are worked on side by side: its lines begin with its name."""

    model: str
    shared: Console

    def step(self, title: str) -> AbstractContextManager[Callable[[str], None]]:
        """Show a step of this model."""
        return self.shared.step(f"{self.model}: {title}")

    def expect(self, duration: str) -> None:
        """Show nothing: the shared console would add the time to the steps of other models too."""

    def line(self, text: str) -> None:
        """Print one line of this model, or more."""
        self.shared.line("\n".join(f"{self.model}: {line}" for line in text.splitlines()))

    def heading(self, text: str) -> None:
        """Begin a part of this model."""
        self.shared.heading(f"{self.model}: {text}")

    def table(
        self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = True
    ) -> None:
        """Show a table of this model."""
        self.shared.table(f"{self.model}: {title}", columns, rows, numbers=numbers)


class TerminalConsole:
    """Live progress: running steps with a spinner below the lines printed so far.

    Everything passes through ``redact`` first.
    """

    def __init__(self, *, clock: Clock, redact: Callable[[str], str] = str) -> None:
        from rich.console import Console as RichConsole  # noqa: PLC0415 - only where a terminal is
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        self._clock = clock
        self._redact = redact
        self._lock = threading.Lock()
        self._usual = ""
        self._rich = RichConsole(highlight=False)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[state]}", style="dim", markup=False),
            TimeElapsedColumn(),
            TextColumn("{task.fields[usual]}", style="dim", markup=False),
            console=self._rich,
            transient=True,
        )

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Show the step among the running ones, then as a line with the seconds it took."""
        began = self._clock.monotonic()
        with self._lock:
            task = self._progress.add_task(title, total=None, state="", usual=self._usual)
            self._progress.start()
        mark, style = "✗", "red"
        try:
            yield lambda state: self._progress.update(task, state=self._redact(state))
            mark, style = "✓", "green"
        except _LEFT:
            mark, style = "…", "yellow"
            raise
        finally:
            self._end(task)
            self._print(f"{mark} {title}", style, f"{self._clock.monotonic() - began:.1f} s")

    def _end(self, task: TaskID) -> None:
        """Remove a step from the screen; the last one while it is visible, or an empty line would remain."""
        with self._lock:
            if len(self._progress.tasks) == 1:
                self._progress.stop()
            self._progress.remove_task(task)
            if self._progress.tasks:
                self._progress.refresh()

    def _print(self, text: str, style: str, aside: str) -> None:
        from rich.text import Text  # noqa: PLC0415

        self._rich.print(Text.assemble((text, style), "  ", (aside, "dim")))

    def expect(self, duration: str) -> None:
        """Show beside the time of running steps how long such runs usually take."""
        self._usual = f"(usually {duration})" if duration else ""
        with self._lock:
            for task in self._progress.task_ids:
                self._progress.update(task, usual=self._usual)

    def line(self, text: str) -> None:
        """Print one line."""
        self._rich.print(self._redact(text), markup=False, soft_wrap=True)

    def heading(self, text: str) -> None:
        """Begin a part with a rule."""
        from rich.text import Text  # noqa: PLC0415

        self._rich.print()
        self._rich.rule(Text(text, style="bold"), align="left")

    def table(
        self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = True
    ) -> None:
        """Show the rows in a box."""
        from rich import box  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        table = Table(title=Text(title), title_justify="left", box=box.ROUNDED)
        for index, column in enumerate(columns):
            table.add_column(
                Text(column), justify="right" if index and numbers else "left", overflow="fold"
            )  # names differ at their ends
        for row in rows:
            table.add_row(*(Text(self._redact(cell)) for cell in row))
        self._rich.print(table)
