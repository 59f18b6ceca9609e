from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.errors import ServiceError, ServiceUnavailable, StillRunning, WorkFailed
from speechops.speech import Dataset, Status, WorkError, wait
from speechops.speech.waiting import interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.clock import FakeClock

DATASET = Dataset(
    id="1234", display_name="train-audio", locale="en-US", kind="Acoustic", status=Status.RUNNING
)


def job(
    clock: FakeClock, seconds: float, end: Dataset, retry_after: float | None = None
) -> Callable[[], Dataset]:
    """Work that is over after some seconds."""
    return lambda: end if clock.monotonic() >= seconds else replace(DATASET, retry_after=retry_after)


DONE = replace(DATASET, status=Status.SUCCEEDED)


def test_wait__asks_before_the_first_sleep(clock: FakeClock) -> None:
    assert wait(lambda: DONE, clock=clock, timeout=10.0) is DONE
    assert clock.sleeps == []


@pytest.mark.parametrize("seconds", [0.5, 5, 60, 600, 1_800, 36_000])
def test_wait__loses_little_time(clock: FakeClock, seconds: float) -> None:
    wait(job(clock, seconds, DONE), clock=clock, timeout=1e6)
    lost = clock.monotonic() - seconds
    assert lost <= max(0.25, min(1.0, 0.1 * seconds), 0.02 * seconds)
    assert lost <= 30.0


@pytest.mark.parametrize(("seconds", "questions"), [(60, 90), (1_800, 260), (36_000, 1_500)])
def test_wait__asks_in_moderation(clock: FakeClock, seconds: float, questions: int) -> None:
    wait(job(clock, seconds, DONE), clock=clock, timeout=1e6)
    assert len(clock.sleeps) <= questions


@given(st.floats(0, 1e6))
def test_interval__is_bounded(elapsed: float) -> None:
    assert 0.25 <= interval(elapsed) <= 30.0
    assert interval(elapsed) <= max(0.25, 0.1 * elapsed)


def test_wait__never_asks_sooner_than_the_service_says(clock: FakeClock) -> None:
    wait(job(clock, 60, DONE, retry_after=20.0), clock=clock, timeout=600.0)
    assert clock.sleeps == [20.0, 20.0, 20.0]


def test_wait__looks_again_at_the_deadline_and_names_what_goes_on(clock: FakeClock) -> None:
    with pytest.raises(StillRunning) as caught:
        wait(job(clock, 1e9, DONE, retry_after=45.0), clock=clock, timeout=100.0)
    assert clock.monotonic() == 100.0
    assert str(caught.value).startswith("The dataset train-audio (1234) is still Running after 100 s.")
    assert "run again" in caught.value.hint


def test_wait__without_patience_asks_once(clock: FakeClock) -> None:
    with pytest.raises(StillRunning, match="after 0 s"):
        wait(lambda: DATASET, clock=clock, timeout=0.0)
    assert clock.sleeps == []


def test_wait__finishes_at_the_deadline(clock: FakeClock) -> None:
    assert wait(job(clock, 100.0, DONE), clock=clock, timeout=100.0) is DONE


def test_wait__failure_has_the_service_s_words_and_the_report(clock: FakeClock) -> None:
    error = WorkError("DataImportFailed", "No valid line.")
    failed = replace(DATASET, status=Status.FAILED, error=error)
    with pytest.raises(WorkFailed) as caught:
        wait(lambda: failed, clock=clock, timeout=1.0, explain=lambda entity: f"Report of {entity.id}.")
    assert caught.value.message == (
        "The dataset train-audio (1234) failed: No valid line. (DataImportFailed) Report of 1234."
    )
    assert caught.value.code == "DataImportFailed"
    assert "speechops validate" in caught.value.hint


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (None, "the service gave no reason"),
        (WorkError("", ""), "the service gave no reason"),
        (WorkError("Strange", ""), "failed: Strange"),
        (WorkError("", "Words alone."), "failed: Words alone."),
    ],
)
def test_wait__failure_without_a_reason_says_so(
    clock: FakeClock, error: WorkError | None, reason: str
) -> None:
    failed = replace(DATASET, status=Status.FAILED, error=error)
    with pytest.raises(WorkFailed) as caught:
        wait(lambda: failed, clock=clock, timeout=1.0)
    assert reason in caught.value.message
    assert caught.value.hint


def test_wait__tells_of_progress(clock: FakeClock) -> None:
    seen = []
    wait(
        job(clock, 0.6, DONE),
        clock=clock,
        timeout=10.0,
        progress=lambda entity, at: seen.append((entity.status, at)),
    )
    assert seen == [("Running", 0.0), ("Running", 0.25), ("Running", 0.5), ("Succeeded", 0.75)]


def answers(*items: Dataset | ServiceError) -> Callable[[], Dataset]:
    left: Iterator[Dataset | ServiceError] = iter(items)

    def read() -> Dataset:
        item = next(left)
        if isinstance(item, ServiceError):
            raise item
        return item

    return read


def test_wait__outlasts_an_outage(clock: FakeClock) -> None:
    gone = ServiceUnavailable("no answer")
    read = answers(DATASET, gone, gone, gone, gone, DATASET, gone, gone, gone, gone, DONE)
    assert wait(read, clock=clock, timeout=100.0) is DONE


def test_wait__gives_up_on_a_long_outage(clock: FakeClock) -> None:
    with pytest.raises(ServiceUnavailable, match="no answer"):
        wait(answers(DATASET, *[ServiceUnavailable("no answer")] * 5), clock=clock, timeout=100.0)


def test_wait__does_not_wait_for_a_service_that_never_answered(clock: FakeClock) -> None:
    with pytest.raises(ServiceUnavailable):
        wait(answers(ServiceUnavailable("no answer"), DONE), clock=clock, timeout=100.0)


def test_wait__work_that_is_gone_is_an_error(clock: FakeClock) -> None:
    with pytest.raises(ServiceError, match="gone"):
        wait(answers(DATASET, ServiceError("gone", status=404)), clock=clock, timeout=100.0)
