"""The service's date: a clock that can be moved, to show clients how models age."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the service needs from a clock."""

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""
        return datetime.now(UTC)


class MovableClock:
    """Another clock, ``offset`` ahead of it."""

    def __init__(self, clock: Clock, offset: timedelta = timedelta()) -> None:
        self._clock = clock
        self.offset = offset

    def now(self) -> datetime:
        """Return the service's time."""
        return self._clock.now() + self.offset

    def move_to(self, moment: datetime) -> None:
        """Continue from ``moment``."""
        self.offset = moment - self._clock.now()
