"""Waits for work of the service until it is over or the time-out has passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from speechops.errors import ServiceUnavailable, StillRunning, WorkFailed
from speechops.speech.entities import Entity, Status
from speechops.speech.failures import hint

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.clock import Clock

E = TypeVar("E", bound=Entity)

_LEAST, _MOST = 0.25, 30.0  # seconds between two queries
_EARLY_SHARE, _EARLY_MOST = 0.1, 1.0  # of the time so far, for short work; seconds
_SHARE = 0.02  # of the time so far, for long work
_OUTAGES = 5  # queries in a row, each with its own retries, that may go unanswered


def wait(
    read: Callable[[], E],
    *,
    clock: Clock,
    timeout: float,
    progress: Callable[[E, float], None] = lambda _entity, _elapsed: None,
    explain: Callable[[E], str] = lambda _entity: "",
) -> E:
    """Return the entity that ``read`` returns once its work has succeeded.

    Queries at once, then again after the pause that the service requests, but no sooner than
    :func:`interval` allows. ``progress`` receives each answer and the elapsed seconds. Short outages of the
    service do not end the wait, once it has answered.

    Raises :class:`WorkFailed` with the service's code and message, and what ``explain`` adds to them;
    :class:`StillRunning` if the work outlasts ``timeout`` seconds; and what ``read`` raises.
    """
    began = clock.monotonic()
    entity: E | None = None
    outages = 0
    while True:
        try:
            entity, outages = read(), 0
        except ServiceUnavailable:
            outages += 1
            if entity is None or outages == _OUTAGES:
                raise
        elapsed = clock.monotonic() - began
        progress(entity, elapsed)
        if entity.status is Status.SUCCEEDED:
            return entity
        if entity.status is Status.FAILED:
            raise _failed(entity, explain(entity))
        if elapsed >= timeout:
            raise _still_running(entity, elapsed)
        clock.sleep(min(max(interval(elapsed), entity.retry_after or 0.0), timeout - elapsed))


def interval(elapsed: float) -> float:
    """Return the seconds until the next query, after ``elapsed`` seconds of work.

    On average half an interval is lost after the work is over: a second at most while it is short, 1 % of it
    later on, and 15 seconds at most.
    """
    early = min(_EARLY_SHARE * elapsed, _EARLY_MOST)
    return min(max(_LEAST, early, _SHARE * elapsed), _MOST)


def _failed(entity: Entity, explanation: str) -> WorkFailed:
    error = entity.error
    code = error.code if error else ""
    words = error.message.strip() if error else ""
    reason = f"{words} ({code})" if words and code else words or code or "the service gave no reason"
    message = f"The {entity.noun} {entity.display_name} ({entity.id}) failed: {reason}"
    advice = (
        hint(code, words) or f"Run again to create a new {entity.noun}; if it fails again, ask Azure support."
    )
    return WorkFailed(f"{message} {explanation}".strip(), hint=advice, code=code)


def _still_running(entity: Entity, elapsed: float) -> StillRunning:
    work = f"The {entity.noun} {entity.display_name} ({entity.id})"
    return StillRunning(
        f"{work} is still {entity.status} after {elapsed:.0f} s.",
        hint="It continues and cannot be canceled: run again to resume waiting, or raise max-wait.",
    )
