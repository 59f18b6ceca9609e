"""What was judged, according to the store: the last states of a model that a run completed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from speechops.registry.documents import Ending
from speechops.registry.registry import RECENT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from speechops.registry.documents import Basis, Benchmark, RunRecord
    from speechops.registry.registry import Registry

_ENDINGS = frozenset({Ending.DONE, Ending.NOT_PROMOTED})


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model was last tested, trained and judged with; each None if that never completed.

    ``passed`` is set if the last candidate passed the gate while the benchmark was frozen, and ``frozen`` is
    the reason of today's freeze. ``undeployed`` says that an earlier run's promotion is on no endpoint.
    """

    test: Basis | None = None
    training: Basis | None = None
    judging: Basis | None = None
    passed: bool = False
    frozen: str = ""
    undeployed: str = ""


def read(registry: Registry, model: str, branch: str, *, run: str, now: datetime) -> Judged:
    """Read what was last judged of a model for a branch, or, if that is empty, for any, as of ``now``.

    Verdicts of another branch do not count: its gate may differ. Nor do earlier attempts of
    this run: if all its jobs run again, what it promoted still has to be deployed. Of each operation the
    latest :data:`RECENT` runs are read: a branch that has none among them counts as never judged, which costs
    a run that finds its stored results. Raises :class:`~speechops.errors.StoreError`.
    """
    pointer = registry.benchmark(model)
    test, training = (
        _last(islice(registry.latest_runs(model, operation, now=now), RECENT), branch, run)
        for operation in ("test-data", "train-data")
    )
    judging = max(filter(None, (test, training)), key=lambda record: record.started, default=None)
    return Judged(
        test=test.state.test if test and test.state else None,
        training=training.state.training if training and training.state else None,
        judging=judging.state.judging if judging and judging.state else None,
        passed=training is not None and passed_unpromoted(training),
        frozen=pointer.benchmark.frozen if pointer else "",
        undeployed=undeployed(registry, pointer.benchmark, now=now)
        if pointer and pointer.benchmark.run != run
        else "",
    )


def undeployed(registry: Registry, benchmark: Benchmark, *, now: datetime) -> str:
    """Say that a promoted model is on no endpoint, with the next step.

    Empty if the last release is of it, or if nothing of this model was ever to be deployed. A push does not
    owe the deployment: a person may have refused it.
    """
    if benchmark.reference.base:
        return ""
    released = next(registry.latest_releases(benchmark.model), None)
    if released is not None and released.reference.id == benchmark.reference.id:
        return ""
    attempt = next(registry.latest_runs(benchmark.model, "deploy", now=now), None)
    if released is None and attempt is None:
        return ""
    failed = attempt is not None and attempt.started > benchmark.moved and attempt.ending is Ending.REFUSED
    why = f" ({attempt.message.rstrip('.')})" if attempt and failed and attempt.message else ""
    return (
        f"{benchmark.reference.name} was promoted by run {benchmark.run} and is not deployed{why}. "
        f"Run deploy: approve that job of run {benchmark.run}, or run it again."
    )


def is_judged(record: RunRecord) -> bool:
    """Whether a run completed with a result."""
    return record.ending in _ENDINGS


def passed_unpromoted(record: RunRecord) -> bool:
    """Whether a candidate passed the gate and the benchmark was not moved to it."""
    return record.outputs.get("decision") == "promote" and record.outputs.get("improved") == "false"


def _last(records: Iterable[RunRecord], branch: str, run: str) -> RunRecord | None:
    """Return the last other run that judged committed data of the branch."""
    return next(
        (
            record
            for record in records
            if is_judged(record)
            and record.state is not None
            and record.id != run
            and branch in {"", record.branch}
        ),
        None,
    )
