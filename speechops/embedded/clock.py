"""The service's date: a clock that can be moved, because models age and clients must be shown how."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the service needs of a clock."""

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
        """Return the service's time of day."""
        return self._clock.now() + self.offset

    def move_to(self, moment: datetime) -> None:
        """Go on from ``moment``."""
        self.offset = moment - self._clock.now()
