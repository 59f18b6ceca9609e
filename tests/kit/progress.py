"""How fast work appears to progress: at once, after some reads, or after some seconds.

The work itself is real and takes its time. A progress model decides how early its result may
appear, so that a client can be shown every state that the real service goes through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from speechops.embedded.conditions import Activity, Conditions
from speechops.embedded.entities import Status

RETRY_AFTER, PATIENCE = Conditions.retry_after, Conditions.patience


class Progress(Protocol):
    """A progress model.

    An answer is held back for work that may end but has not, ``patience`` at most: clients then see the
    result a moment after it is available, and a test with an instant engine sees the same states in each run.
    """

    @property
    def retry_after(self) -> int:
        """The minimum wait that clients see, in seconds."""
        ...

    @property
    def patience(self) -> float:
        """How long an answer may be held back, in seconds."""
        ...

    def stage(self, activity: Activity, *, age: float, reads: int) -> Status:
        """Return the apparent progress of work; ``SUCCEEDED`` shows the real outcome.

        ``age`` is in seconds of the service's clock since the work was requested, ``reads`` how often the
        entity was read since, including this time.
        """
        ...


@dataclass(frozen=True, slots=True)
class Immediate:
    """A result appears as soon as it is available."""

    retry_after: int = RETRY_AFTER
    patience: float = PATIENCE

    def stage(self, activity: Activity, *, age: float, reads: int) -> Status:  # noqa: ARG002
        """Hide nothing."""
        return Status.SUCCEEDED


@dataclass(frozen=True, slots=True)
class AfterReads:
    """A result appears after ``count`` reads that saw it unfinished, the first of them ``NotStarted``."""

    count: int
    retry_after: int = RETRY_AFTER
    patience: float = PATIENCE

    def stage(self, activity: Activity, *, age: float, reads: int) -> Status:  # noqa: ARG002
        """Count."""
        if reads > self.count:
            return Status.SUCCEEDED
        return Status.RUNNING if reads > 1 else Status.NOT_STARTED


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterSeconds:
    """A result appears after so many seconds of the service's clock, or when it is available if later.

    The first twentieth of the time is ``NotStarted``, the rest ``Running``.
    """

    imports: float = 0.0
    training: float = 0.0
    evaluation: float = 0.0
    deployment: float = 0.0
    copy: float = 0.0
    retry_after: int = RETRY_AFTER
    patience: float = PATIENCE

    def stage(self, activity: Activity, *, age: float, reads: int) -> Status:  # noqa: ARG002
        """Check the clock."""
        seconds = {
            Activity.IMPORT: self.imports,
            Activity.TRAINING: self.training,
            Activity.EVALUATION: self.evaluation,
            Activity.DEPLOYMENT: self.deployment,
            Activity.COPY: self.copy,
        }[activity]
        if age >= seconds:
            return Status.SUCCEEDED
        return Status.RUNNING if age >= seconds / 20 else Status.NOT_STARTED
