"""Diagnoses: what the doctor reports about one thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speechops.errors import SpeechOpsError


class State(StrEnum):
    """Whether something is as it should be."""

    FINE = "fine"
    WARNING = "warning"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found about one thing, and the step that fixes it, empty if there is nothing to fix."""

    subject: str
    state: State
    found: str
    fix: str = ""

    @classmethod
    def of(cls, subject: str, error: SpeechOpsError) -> Diagnosis:
        """Return the diagnosis that an error gives."""
        return cls(subject, State.WRONG, error.message, error.hint)
