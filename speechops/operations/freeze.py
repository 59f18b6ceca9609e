"""``freeze`` and ``unfreeze``: pin the benchmark, so that nothing is promoted, and unpin it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.delivery import approval
from speechops.errors import Place, UsageError
from speechops.inputs import REASON
from speechops.registry.store import Conflict, tries
from speechops.run import Outcome

if TYPE_CHECKING:
    from speechops.run import Run


def run(run: Run) -> Outcome:
    """Pin the benchmark for the given reason. Raises :class:`UsageError` without a reason."""
    approval.refuse_event(run)
    if not run.settings[REASON]:
        raise UsageError(
            "freeze needs a reason.",
            hint="Everyone whose candidate is not promoted will read it.",
            place=Place(input="reason"),
        )
    return _pin(run, run.settings[REASON])


def lift(run: Run) -> Outcome:
    """Let the benchmark move again."""
    approval.refuse_event(run)
    return _pin(run, "")


def _pin(run: Run, reason: str) -> Outcome:
    for _ in tries(f"the benchmark of {run.model.name}"):
        pointer = run.registry.benchmark(run.model.name)
        if pointer is None:
            raise UsageError(
                f"The model {run.model.name} has no benchmark to freeze.", hint="Run test-data first."
            )
        name = pointer.benchmark.reference.name
        try:
            if pointer.benchmark.frozen != reason:
                run.registry.move_benchmark(replace(pointer.benchmark, frozen=reason), pointer=pointer)
        except Conflict:
            continue
        return Outcome(
            f"{name} stays the benchmark: {reason}" if reason else f"{name} can be replaced again."
        )
    raise AssertionError  # the tries end in a return or an error
