"""The clock of bench.pipeline: it stands still while threads work, and jumps when all of them wait."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench.event_clock import EventClock

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="the clock needs Linux")


def test_sleepers__wake_in_the_order_of_their_times() -> None:
    woken: list[tuple[float, float]] = []
    lock = threading.Lock()

    def sleep(clock: EventClock, seconds: float) -> None:
        for _ in range(3):
            clock.sleep(seconds)
            with lock:
                woken.append((clock.monotonic(), seconds))

    with EventClock() as clock, ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda seconds: sleep(clock, seconds), (300.0, 70.0, 1000.0)))
    expected = sorted((seconds * time, seconds) for seconds in (300.0, 70.0, 1000.0) for time in (1, 2, 3))
    assert woken == expected


def test_work__takes_no_time() -> None:
    with EventClock() as clock, ThreadPoolExecutor(2) as pool:
        other = pool.submit(clock.sleep, 3600.0)
        work = pool.submit(lambda: [sum(range(n % 1000)) for n in range(20_000)] and clock.monotonic())
        assert work.result() == 0.0
        other.result()
        assert clock.monotonic() == 3600.0
