"""The output of a run: lines for people, plus masks and annotations for the Actions runner.

Everything passes through the redactor before it is printed.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TextIO

from speechops.console import Console, PlainConsole, TerminalConsole
from speechops.errors import Place, SpeechOpsError
from speechops.github.annotation import STEP_LIMIT, Annotation, Level, of_error
from speechops.github.commands import Commands
from speechops.redaction import SHORTEST, Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speechops.clock import Clock
    from speechops.corpus import Finding


@dataclass(slots=True)
class Output:
    """The output of one run; ``in_actions`` tells whether the Actions runner reads ``stream``."""

    stream: TextIO
    clock: Clock
    in_actions: bool
    redact: Redactor = field(default_factory=Redactor)
    _hidden: set[str] = field(default_factory=set, repr=False)
    _findings: Counter[Level] = field(default_factory=Counter)
    _counting: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def commands(self) -> Commands:
        """The runner's commands on the stream."""
        return Commands(self.stream)

    def hide(self, secret: str) -> None:
        """Hide a secret in everything that is printed or written from now on."""
        self._hidden |= set(filter(None, (secret, *map(str.strip, secret.splitlines()))))
        if len(secret) < SHORTEST:
            return
        self.redact.learn(secret)
        if self.in_actions:
            self.commands.mask(secret)

    def masks(self, value: str) -> bool:
        """Whether the runner would silently drop a job output with this value.

        It masks each line of a secret of the repository by itself, however short:
        https://github.com/actions/runner, ``JobExtension.cs``.
        """
        return any(part in value for part in self._hidden)

    @contextlib.contextmanager
    def debugging(self, *, wanted: bool) -> Iterator[None]:
        """Print what the libraries log, without secrets, if debugging is on."""
        if not wanted:
            yield
            return
        log, handler = logging.getLogger(), _Lines(self.say)
        level = log.level
        log.addHandler(handler)
        log.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            log.setLevel(level)
            log.removeHandler(handler)

    def say(self, text: str) -> None:
        """Print one line or more, so that none of it acts as a command."""
        text = self.redact(text)
        if self.in_actions:
            self.commands.write(text)
        else:
            self.stream.write(f"{text}\n")
            self.stream.flush()

    def show(self, error: SpeechOpsError) -> None:
        """Show an error on one line, as an annotation in the Actions runner, and where to read on."""
        if self.in_actions:
            annotation = of_error(error)
            self.commands.annotate(replace(annotation, message=self.redact(annotation.message)))
        else:
            self.say(f"{_where(error.place)}error: {error}")
        self.say(f"SpeechOps documentation: docs/troubleshooting.md#{error.topic}")

    def annotate(self, finding: Finding) -> None:
        """Show a finding at its place."""
        place = Place(file=finding.file, line=finding.line)
        if self.in_actions:
            level = Level[finding.severity.name]
            text = self.redact(f"{finding.message} {finding.advice}")
            self._annotate(Annotation(level, text, title=finding.rule, file=place.file, line=place.line))
        else:
            self.say(
                f"{_where(place)}{finding.severity}: {finding.message} {finding.advice} [{finding.rule}]"
            )

    def warn(self, text: str) -> None:
        """Show a warning about the whole run."""
        if self.in_actions:
            self.commands.annotate(Annotation(Level.WARNING, self.redact(text)))
        else:
            self.say(f"warning: {text}")

    def console(self) -> Console:
        """Return live progress for a terminal, plain lines for everything else."""
        if self.stream.isatty() and not self.in_actions:
            return TerminalConsole(clock=self.clock, redact=self.redact)
        return PlainConsole(self.say, clock=self.clock)

    def _annotate(self, annotation: Annotation) -> None:
        """Annotate the first findings of a level. GitHub drops what exceeds its limit: the log has the rest.

        One slot is reserved for the sentence that says so, one for the error that ends the run.
        """
        with self._counting:
            self._findings[annotation.level] += 1
            number = self._findings[annotation.level]
        if number <= STEP_LIMIT - 2:
            self.commands.annotate(annotation)
            return
        if number == STEP_LIMIT - 1:
            self.commands.annotate(Annotation(annotation.level, "More of this kind are in the log."))
        place = _where(Place(file=annotation.file, line=annotation.line))
        self.commands.write(f"{place}{annotation.level}: {annotation.message} [{annotation.title}]")


class _Lines(logging.Handler):
    """Forwards what libraries log, one line each."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("debug: %(name)s: %(message)s"))
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        self._say(self.format(record))


def _where(place: Place | None) -> str:
    if place is None or not place.file:
        return ""
    return f"{place.file}:{place.line}: " if place.line else f"{place.file}: "
