"""The records of releases in the store: written as soon as the endpoint serves the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.delivery import publication, versions
from speechops.delivery.history import earlier
from speechops.registry.documents import Release, ReleaseKind, is_dirty
from speechops.registry.store import Conflict, tries

if TYPE_CHECKING:
    from speechops.registry.documents import Benchmark
    from speechops.run import Run
    from speechops.speech import Endpoint

UNPUBLISHED = "It has not been published yet."


def is_released(benchmark: Benchmark) -> bool:
    """Whether a commit holds the benchmark's data, so that GitHub can have a release of it."""
    return bool(benchmark.commit) and not is_dirty(benchmark.commit)


def add(run: Run, benchmark: Benchmark, endpoint: Endpoint, approver: str) -> Release | None:
    """Return the release of the benchmark on this endpoint: the last one if that is it, else a new one.

    None if it is not the benchmark any more: another run has promoted a better one meanwhile, or rolled back.
    """
    model = benchmark.reference.id
    for _ in tries(f"the next release of {run.model.name}"):
        version = versions.following(run, model=model)
        releases = run.registry.releases(run.model.name)
        last = releases[-1] if releases else None
        # Asked after the version was chosen: a rollback in between takes the same one, and is a conflict.
        if not _is_benchmark(run, model):
            return None
        if last and last.reference.id == model and last.endpoint == endpoint.id:
            return last
        # A rollback that died has moved the pointer back: this completes it.
        back = earlier(releases, model)
        release = of_benchmark(
            run,
            benchmark,
            version=version,
            endpoint=endpoint.id,
            kind=ReleaseKind.ROLLBACK if back else ReleaseKind.DEPLOY,
            rolled_back_to=back.version if back else "",
            approver=approver,
            owed="" if back or not is_released(benchmark) or not publication.is_wanted(run) else UNPUBLISHED,
        )
        try:
            run.registry.add_release(release)
        except Conflict:
            continue
        return release
    raise AssertionError  # the tries end in a return or an error


def of_benchmark(
    run: Run,
    benchmark: Benchmark,
    *,
    kind: ReleaseKind = ReleaseKind.DEPLOY,
    version: str = "",
    endpoint: str = "",
    rolled_back_to: str = "",
    approver: str = "",
    owed: str = "",
) -> Release:
    """Return the release that the benchmark makes; without version and endpoint before it is deployed."""
    result = run.registry.result_named(benchmark.result)
    return Release(
        version=version,
        model=run.model.name,
        kind=kind,
        created=run.now(),
        run=run.id,
        commit=benchmark.commit,
        endpoint=endpoint,
        reference=benchmark.reference,
        error_rate=benchmark.error_rate,
        outcome=str((result.verdict or {}).get("outcome", "")) if result else "",
        result=benchmark.result,
        rolled_back_to=rolled_back_to,
        approver=approver,
        owed=owed,
    )


def _is_benchmark(run: Run, model: str) -> bool:
    """Whether the pointer still names ``model``."""
    pointer = run.registry.benchmark(run.model.name)
    return pointer is not None and pointer.benchmark.reference.id == model
