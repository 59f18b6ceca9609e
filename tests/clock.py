"""A clock for tests: time passes only when someone sleeps, and then at once."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Fulfils :class:`speechops.clock.Clock`; may be shared by threads.

    ``sleep`` moves both the time of day and the monotonic time forward and returns at once; ``sleeps`` keeps
    what was asked for, in order. ``advance`` lets time pass without anyone sleeping.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 7, 12, tzinfo=UTC)) -> None:
        self.sleeps: list[float] = []
        self._start = start
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        with self._lock:
            return self._elapsed

    def sleep(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")  # as time.sleep does
        with self._lock:
            self.sleeps.append(seconds)
            self._elapsed += seconds
        time.sleep(0)  # lets other threads run, as a real sleep would

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._elapsed += seconds

    @property
    def slept(self) -> float:
        """The seconds slept in all."""
        with self._lock:
            return sum(self.sleeps)
