from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from speechops.speech.pacing import Pacer
from tests.clock import FakeClock


def starts(pacer: Pacer, clock: FakeClock, count: int) -> list[float]:
    """Let requests through one after another and note when each began."""
    times = []
    for _ in range(count):
        pacer.wait()
        times.append(clock.monotonic())
    return times


def most_in_window(times: list[float], window: float) -> int:
    return max(sum(start <= other < start + window for other in times) for start in times)


def test_pacer__lets_a_window_s_worth_through_at_once(clock: FakeClock) -> None:
    assert starts(Pacer(clock), clock, 101) == [0.0] * 100 + [10.0]


@given(st.integers(1, 8), st.lists(st.floats(0, 5), min_size=1, max_size=60))
def test_pacer__never_exceeds_its_limit_in_any_window(limit: int, gaps: list[float]) -> None:
    clock = FakeClock()
    pacer = Pacer(clock, limit=limit, window=10.0)
    times = []
    for gap in gaps:
        clock.advance(gap)
        times += starts(pacer, clock, 1)
    assert most_in_window(times, 9.999) <= limit


def test_pacer__halves_once_in_a_window_and_recovers(clock: FakeClock) -> None:
    pacer = Pacer(clock)
    pacer.slow_down(0.0)
    pacer.slow_down(0.0)  # another thread met the same limit
    times = starts(pacer, clock, 200)
    assert times[49] == 0.0
    assert times[50] == 10.0
    gained = [times.count(start) for start in sorted(set(times))]
    assert gained[0] == 50
    assert gained[1] > 50  # by a tenth of the whole for each quiet window
    clock.advance(1_000)
    assert len(set(starts(pacer, clock, 100))) == 1


def test_pacer__pauses_all_requests_as_long_as_the_service_asks(clock: FakeClock) -> None:
    pacer = Pacer(clock)
    starts(pacer, clock, 1)
    pacer.slow_down(7.0)
    assert starts(pacer, clock, 2) == [7.0, 7.0]


def test_pacer__never_stops_altogether(clock: FakeClock) -> None:
    pacer = Pacer(clock)
    for _ in range(50):
        pacer.slow_down(0.0)
        clock.advance(9.99)
    began = clock.monotonic()
    assert starts(pacer, clock, 5)[-1] - began <= 10.0


def test_pacer__is_shared_by_threads(clock: FakeClock) -> None:
    pacer = Pacer(clock, limit=10, window=10.0)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: pacer.wait(), range(40)))
    assert clock.monotonic() >= 30.0
