"""``freeze`` and ``unfreeze``: pin the benchmark, so that nothing is promoted, and let it go again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.errors import Place, UsageError
from speechops.job import Outcome
from speechops.registry.store import Conflict

if TYPE_CHECKING:
    from speechops.job import Job


def run(job: Job) -> Outcome:
    """Pin the benchmark for the reason given. Raises :class:`UsageError` without a reason."""
    if not job.settings.reason:
        raise UsageError(
            "freeze needs a reason.",
            hint="Everyone whose candidate is held up will read it.",
            place=Place(input="reason"),
        )
    return _pin(job, job.settings.reason)


def lift(job: Job) -> Outcome:
    """Let the benchmark move again."""
    return _pin(job, "")


def _pin(job: Job, reason: str) -> Outcome:
    while True:
        pointer = job.registry.benchmark(job.model.name)
        if pointer is None:
            raise UsageError(
                f"The model {job.model.name} has no benchmark to freeze.", hint="Run test-data first."
            )
        name = pointer.benchmark.reference.name
        try:
            if pointer.benchmark.frozen != reason:
                job.registry.move_benchmark(replace(pointer.benchmark, frozen=reason), pointer=pointer)
        except Conflict:
            continue
        return Outcome(
            f"{name} stays the benchmark: {reason}" if reason else f"{name} may be replaced again."
        )
