"""Command files: what a step hands to the runner through files instead of its output.

The format is that of the runner (``FileCommandManager.cs`` in actions/runner).
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from speechops.errors import PlatformError, reason
from speechops.github import text as github_text
from speechops.github.commands import new_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# https://docs.github.com/actions/reference/limits: a job's outputs, in UTF-16; a step's summary, in bytes.
OUTPUT_LIMIT = 2**20
SUMMARY_LIMIT = 2**20

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class CommandFiles:
    """The files of one step. Without a path (outside GitHub) nothing is written."""

    output: Path | None = None
    state: Path | None = None
    summary: Path | None = None
    token: Callable[[], str] = new_token

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> CommandFiles:
        """Return the files that ``GITHUB_OUTPUT`` and its siblings name."""

        def path(name: str) -> Path | None:
            return Path(environment[name]) if environment.get(name) else None

        return cls(path("GITHUB_OUTPUT"), path("GITHUB_STATE"), path("GITHUB_STEP_SUMMARY"))

    def set_output(self, name: str, value: str) -> None:
        """Set an output of the step: a bare string, never JSON of a string.

        Raises :class:`PlatformError` for a value that GitHub would reject.
        """
        if len(value.encode("utf-16-le", "surrogatepass")) > OUTPUT_LIMIT:
            raise PlatformError(
                f"Output {name} is larger than the 1 MB that GitHub allows for the outputs of a job.",
                hint="Read the file that the report names instead, or run fewer models in one job.",
            )
        self._set(self.output, name, value)

    def save_state(self, name: str, value: str) -> None:
        """Save a value for the post step of this action, which reads it as ``STATE_<name>``."""
        self._set(self.state, name, value)

    def add_summary(self, markdown: str, *, pointer: str) -> None:
        """Append to the step's summary; text that does not fit is replaced by ``pointer``.

        GitHub drops a summary above 1 MiB as a whole and leaves the step green.
        """
        if self.summary is None:
            return
        with _explained(self.summary):
            present = self.summary.stat().st_size if self.summary.exists() else 0
        whole = github_text.cut(f"{markdown.rstrip()}\n\n", SUMMARY_LIMIT - present, pointer)
        if present + len(whole.encode()) <= SUMMARY_LIMIT:
            _append(self.summary, whole)

    def _set(self, path: Path | None, name: str, value: str) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a valid name for a value: {name!r}")
        if path is None:
            return
        value = github_text.encodable(value)
        delimiter = self.token()
        while delimiter in value:
            delimiter = self.token()
        _append(path, f"{name}<<{delimiter}\n{value}\n{delimiter}\n")


def _append(path: Path, text: str) -> None:
    with _explained(path), path.open("a", encoding="utf-8", newline="") as file:
        file.write(text)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PlatformError(
            f"{path} cannot be written: {reason(error)}.",
            hint="GITHUB_OUTPUT, GITHUB_STATE and GITHUB_STEP_SUMMARY must name files that the runner "
            "created.",
        ) from error
