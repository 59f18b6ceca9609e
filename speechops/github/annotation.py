"""An annotation: one message about the data or the configuration, with the place where it belongs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speechops.errors import SpeechOpsError

# Annotations of each level that a step may make by command: https://docs.github.com/actions/reference/limits
STEP_LIMIT = 10


class Level(StrEnum):
    """The severity; the values are those of the workflow commands and of ``corpus.Severity``."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Annotation:
    """``file`` is relative to the root of the repository, ``line`` counts from 1; both may be missing."""

    level: Level
    message: str
    title: str = ""
    file: str = ""
    line: int | None = None


def of_error(error: SpeechOpsError) -> Annotation:
    """Return the annotation of an error that ended the run."""
    place = error.place
    if place is None:
        return Annotation(Level.ERROR, str(error))
    title = f"Input {place.input}" if place.input else ""
    return Annotation(Level.ERROR, str(error), title, place.file, place.line)
