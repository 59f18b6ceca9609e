"""Virtual time driven by events: it stands still while a thread works, then jumps to the next sleeper's end.

What a program computes and how busy the machine is takes no time on this clock; what is measured are the
waits that its steps ask for. Linux alone: the kernel says which threads of this process run.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

_TASKS = Path("/proc/self/task")
_LOOK_SECONDS = 0.001  # between two looks at the threads; releases the interpreter's lock
_ASLEEP = "S"


class EventClock:
    """Fulfills :class:`speechops.clock.Clock`, for any number of threads, inside of a ``with``."""

    def __init__(self) -> None:
        self._start = datetime(2026, 1, 7, tzinfo=UTC)
        self._seconds = 0.0
        self._sleepers: list[tuple[float, int, threading.Event]] = []
        self._count = itertools.count()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._driver = threading.Thread(target=self._drive, name="event clock", daemon=True)

    def __enter__(self) -> Self:
        self._driver.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._driver.join()

    def now(self) -> datetime:
        """Return the virtual time of day."""
        return self._start + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        """Return the virtual seconds since the start."""
        return self._seconds

    def sleep(self, seconds: float) -> None:
        """Wait until the virtual time has come."""
        over = threading.Event()
        with self._lock:
            heapq.heappush(self._sleepers, (self._seconds + max(0.0, seconds), next(self._count), over))
        over.wait()

    def _drive(self) -> None:
        seen = self._others()
        while not self._stopped.wait(_LOOK_SECONDS):
            now = self._others()
            if now == seen and all(state == _ASLEEP for state, _ in now.values()):
                self._wake_next()
                time.sleep(_LOOK_SECONDS)
                now = {}
            seen = now

    def _wake_next(self) -> None:
        with self._lock:
            if not self._sleepers:
                return
            self._seconds, _, over = heapq.heappop(self._sleepers)
            over.set()

    def _others(self) -> dict[str, tuple[str, str]]:
        """Return the state of all other threads, and how often each was given a processor so far.

        One that waits for the interpreter's lock seems asleep too, but gets it before the next look, and is
        then counted.
        """
        own = str(threading.get_native_id())
        found = {}
        for task in _TASKS.iterdir():
            if task.name == own:
                continue
            try:
                state = (task / "stat").read_text().rpartition(")")[2].split()[0]
                turns = (task / "schedstat").read_text().split()[2]
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended
            found[task.name] = (state, turns)
        return found
