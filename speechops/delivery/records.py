"""The records of releases in the store: written as soon as the endpoint serves the model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.delivery import copies, publication, versions
from speechops.delivery.history import earlier
from speechops.registry.documents import Delivery, Release, ReleaseKind, is_dirty
from speechops.registry.store import Conflict, tries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.delivery.distribution import Delivered
    from speechops.registry.documents import Benchmark, TargetRelease
    from speechops.run import Run

UNPUBLISHED = "It has not been published yet."


def is_released(benchmark: Benchmark) -> bool:
    """Whether a commit holds the benchmark's data, so that GitHub can have a release of it."""
    return bool(benchmark.commit) and not is_dirty(benchmark.commit)


def add(run: Run, benchmark: Benchmark, delivered: Sequence[Delivered], approver: str) -> Release | None:
    """Return the release of the delivered benchmark: the last one if that is it, else a new one.

    A last release of the same model that is partial is completed by what has been served meanwhile.

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
        if last and (same := continued(run, last, model, delivered)):
            return same
        back = _gone_back_to(run, releases, benchmark)
        release = of_benchmark(
            run,
            benchmark,
            version=version,
            rows=rows_of(delivered),
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


def continued(run: Run, last: Release, model: str, delivered: Sequence[Delivered]) -> Release | None:
    """Return the last release, completed by what is served by now; None if a new one has to be written.

    A target in which the delivery failed now, but had been served, keeps its row.
    """
    if last.reference.id != model:
        return None
    rows = rows_of(delivered)
    if not named(rows) or not last.targets:
        same = not named(rows) and not last.targets and last.endpoint == first_endpoint(rows)
        return last if same else None

    def completed(recorded: Release) -> Release:
        merged = tuple(_row(item, recorded.at(item.row.target)) for item in delivered)
        return replace(recorded, targets=merged, endpoint=first_endpoint(merged))

    return run.registry.update_release(last, completed)


def _row(item: Delivered, recorded: TargetRelease | None) -> TargetRelease:
    """Return the row to record for a target.

    Runs at once may each have made a copy: the one that was recorded first stays, as long as it exists.
    """
    if recorded is None or recorded.state is not Delivery.SERVED:
        return item.row
    if item.row.state is not Delivery.SERVED:
        return recorded
    if item.row.model == recorded.model or copies.is_gone(item.target, recorded.model):
        return item.row
    return replace(item.row, model=recorded.model, expires=recorded.expires)


def rows_of(delivered: Sequence[Delivered]) -> list[TargetRelease]:
    """Return what became of the model in each target."""
    return [item.row for item in delivered]


def named(rows: Sequence[TargetRelease]) -> tuple[TargetRelease, ...]:
    """Return the rows of a release, none if the resource that trains is the one target."""
    return tuple(row for row in rows if row.target)


def first_endpoint(rows: Sequence[TargetRelease]) -> str:
    """Return the endpoint of the first target that has one."""
    return next((row.endpoint for row in rows if row.endpoint), "")


def of_benchmark(
    run: Run,
    benchmark: Benchmark,
    *,
    kind: ReleaseKind = ReleaseKind.DEPLOY,
    version: str = "",
    rows: Sequence[TargetRelease] = (),
    rolled_back_to: str = "",
    approver: str = "",
    owed: str = "",
) -> Release:
    """Return the release that the benchmark makes; without version and rows before it is deployed."""
    result = run.registry.result_named(benchmark.result)
    return Release(
        version=version,
        model=run.model.name,
        kind=kind,
        created=run.now(),
        run=run.id,
        commit=benchmark.commit,
        endpoint=first_endpoint(rows),
        targets=named(rows),
        reference=benchmark.reference,
        error_rate=benchmark.error_rate,
        outcome=result.verdict.outcome if result and result.verdict else "",
        result=benchmark.result,
        rolled_back_to=rolled_back_to,
        approver=approver,
        owed=owed,
    )


def replaced(run: Run, benchmark: Benchmark, tag: str) -> Release | None:
    """Return the release with a tag on GitHub that deployed the benchmark before another model was released.

    None if its deployment is the first with that tag, is repeated, or completes a rollback.
    """
    releases = run.registry.releases(run.model.name)
    model = benchmark.reference.id
    if not releases or releases[-1].reference.id == model or _is_rollback(run, benchmark):
        return None
    known = (release for release in reversed(releases) if release.reference.id == model)
    return next((release for release in known if release.tag == tag), None)


def _gone_back_to(run: Run, releases: Sequence[Release], benchmark: Benchmark) -> Release | None:
    """Return the release that a rollback was going back to when it died, once it had moved the benchmark.

    Its deployment completes that rollback. None if ``train-data`` has promoted the model of an earlier
    release again: that is a deployment like any other, and can be rolled back.
    """
    back = earlier(releases, benchmark.reference.id)
    return back if back and _is_rollback(run, benchmark) else None


def _is_rollback(run: Run, benchmark: Benchmark) -> bool:
    """Whether a rollback made this the benchmark."""
    return bool(run.registry.attempts(run.model.name, "rollback", benchmark.run))


def _is_benchmark(run: Run, model: str) -> bool:
    """Whether the pointer still names ``model``."""
    pointer = run.registry.benchmark(run.model.name)
    return pointer is not None and pointer.benchmark.reference.id == model
