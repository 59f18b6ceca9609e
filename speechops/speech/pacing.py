"""Keeps a client's requests within the limit of a resource: 100 in 10 seconds, shared by all its jobs."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speechops.clock import Clock

LIMIT, WINDOW = 100, 10.0  # requests, seconds; Azure's speech-services-quotas-and-limits.md
_LEAST = 5  # requests in a window, however often the service answers 429


class Pacer:
    """Lets requests through, from any thread, at most ``limit`` in any window of time.

    The service counts the requests of other jobs as well: when it answers 429, the limit is halved, once in a
    window, and for each window without another 429 it grows by a tenth of the whole.
    """

    def __init__(self, clock: Clock, *, limit: int = LIMIT, window: float = WINDOW) -> None:
        self._clock = clock
        self._window = window
        self._most = limit
        self._limit = limit
        self._starts: deque[float] = deque(maxlen=limit)  # of past and promised requests, ascending
        self._not_before = 0.0
        self._changed = clock.monotonic()
        self._halved = self._changed - window
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait for the next free slot and take it."""
        with self._lock:
            now = self._clock.monotonic()
            self._recover(now)
            start = max(now, self._not_before)
            if len(self._starts) >= self._limit:
                start = max(start, self._starts[-self._limit] + self._window)
            if self._starts:
                start = max(start, self._starts[-1])
            self._starts.append(start)
        if start > now:
            self._clock.sleep(start - now)

    def slow_down(self, pause: float) -> None:
        """Slow down, and send nothing for ``pause`` seconds: the service answered 429."""
        with self._lock:
            now = self._clock.monotonic()
            self._recover(now)
            self._not_before = max(self._not_before, now + pause)
            if now - self._halved >= self._window:
                self._limit = max(min(_LEAST, self._most), self._limit // 2)
                self._halved = self._changed = now

    def _recover(self, now: float) -> None:
        quiet = int((now - self._changed) // self._window)
        if quiet > 0:
            self._limit = min(self._most, self._limit + quiet * max(1, self._most // 10))
            self._changed += quiet * self._window
