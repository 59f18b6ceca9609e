"""``rollback``: endpoint and benchmark back to an earlier release; itself a release, so it can be undone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.delivery import publication
from speechops.delivery.lineage import way_here
from speechops.delivery.swaps import Swap
from speechops.errors import DataError, Place, ServiceError, UsageError
from speechops.evaluation import rules
from speechops.operations import deploy
from speechops.registry.documents import Benchmark, Cause, Release, ReleaseKind
from speechops.registry.store import Conflict, tries
from speechops.run import Outcome, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.operations.deploy import Sample
    from speechops.registry.documents import TestResult
    from speechops.run import Run
    from speechops.speech import Endpoint


def run(run: Run) -> Outcome:
    """Serve again what an earlier release served, and make its model the benchmark.

    Raises :class:`UsageError` where there is no such release.
    """
    releases = run.registry.releases(run.model.name)
    target = choose(releases, run.settings.to, run.id, deploy.find_endpoint(run))
    try:
        model = run.speech.model(target.reference.id)
    except ServiceError as error:
        raise ServiceError(
            f"The model of release {target.version} cannot be used: {error.message}",
            hint="Name another release with --to.",
            status=error.status,
            code=error.code,
        ) from error
    if model.transcription_until and model.transcription_until <= run.speech.now():
        raise ServiceError(
            f"The model of release {target.version} expired on {model.transcription_until:%Y-%m-%d}: "
            "an endpoint would answer with a base model.",
            hint="Name another release with --to.",
        )
    publication.require_approval(run)
    result = run.registry.result_named(target.result)
    endpoint = deploy.serve(run, target.reference.id, sample(run, result))
    move_benchmark(run, target)
    release = record(run, target, endpoint, releases[-1])
    deploy.settle(run)
    publication.serve_as_latest(run)
    return Outcome(
        f"Release {release.version}: endpoint {endpoint.id} serves {target.reference.name} of release "
        f"{target.version} again ({rules.rate_label(run.model)} {percent(target.error_rate)}).",
        {
            "deployed": "true",
            "endpoint-id": endpoint.id,
            "version": release.version,
            "candidate": target.reference.id,
        },
        result=result,
    )


def sample(run: Run, result: TestResult | None) -> Sample | None:
    """Read the test utterance to try the endpoint with.

    The way back is open without test data too: what is gone back to has been tried and served before.
    """
    try:
        return deploy.sample(run, result)
    except (DataError, UsageError) as error:
        run.console.line(f"The endpoint will not be tried: {error}")
        return None


def choose(releases: Sequence[Release], to: str, run: str, endpoint: Endpoint | None) -> Release:
    """Return the release to go back to: the one named, else the one before what is served now.

    What is served may be recorded nowhere, as a deploy has died or is at work: the last release is the way
    back from that. Where a rollback put it there, of this very ``run`` or one that died before its record,
    it is the one to go back to: a re-run changes nothing. Raises :class:`UsageError` where there is none.
    """
    deployed = [release for release in releases if release.kind is ReleaseKind.DEPLOY]
    if to:
        return named(deployed, to)
    if not releases:
        raise UsageError("There is no release to go back from.", hint="Run deploy first.")
    last, way = releases[-1], way_here(releases)
    if last.run == run and last.kind is ReleaseKind.ROLLBACK:
        return named(deployed, last.returns_to)
    swap = Swap.of(endpoint) if endpoint else None
    served = deploy.serving(endpoint) if endpoint else last.reference.id
    unrecorded = served != last.reference.id
    if swap and swap.operation == "rollback" and (unrecorded or swap.run == run):
        for release in reversed(deployed):
            if release.reference.id == served:
                return release
    if unrecorded:
        return way[-1]
    earlier = [release for release in way if release.reference.id != served]
    if not earlier:
        raise UsageError(
            f"There is no release before {way[-1].version}.",
            hint="Name one with --to.",
            place=Place(input="to"),
        )
    return earlier[-1]


def begun(run: Run) -> str:
    """Return when this run was first begun: a rollback recorded since then has done what it is for."""
    records = run.registry.latest_runs(run.model.name, run.settings.operation, now=run.speech.now())
    return min((record.started for record in records if record.id == run.id), default=run.now())


def named(deployed: Sequence[Release], version: str) -> Release:
    """Return the release with this version. Raises :class:`UsageError` where there is none."""
    for release in deployed:
        if release.version == version.removeprefix("v"):
            return release
    versions = ", ".join(release.version for release in deployed)
    raise UsageError(
        f"to: there is no release {version!r}.",
        hint=f"Releases are {versions}." if versions else "Nothing was released yet.",
        place=Place(input="to"),
    )


def move_benchmark(run: Run, target: Release) -> None:
    """Point the benchmark at the model of ``target``, whatever it points at now."""
    result = run.registry.result_named(target.result)
    for _ in tries(f"the benchmark of {run.model.name}"):
        pointer = run.registry.benchmark(run.model.name)
        if pointer and pointer.benchmark.reference.id == target.reference.id:
            return
        benchmark = Benchmark(
            model=run.model.name,
            reference=target.reference,
            result=target.result,
            error_rate=target.error_rate,
            test=result.test if result else "",
            moved=run.now(),
            run=run.id,
            cause=Cause.TRAIN_DATA,
            previous=pointer.benchmark.reference if pointer else None,
            frozen=pointer.benchmark.frozen if pointer else "",
            pending_deletion=pointer.benchmark.pending_deletion if pointer else (),
        )
        try:
            run.registry.move_benchmark(benchmark, pointer=pointer)
        except Conflict:
            continue
        return
    raise AssertionError  # the tries end in a return or an error


def record(run: Run, target: Release, endpoint: Endpoint, seen: Release) -> Release:
    """Write the rollback as a release, unless the last one is just that.

    Where it was that when this run began (``seen``), and this run had to put its model back, that is a
    release too: the deploy in whose place it comes may be at work, and learns by the version that it is late.
    """
    swap = Swap.of(endpoint)
    done = seen.kind is ReleaseKind.ROLLBACK and seen.created >= begun(run)
    put_back = swap is not None and swap.operation == "rollback" and swap.run == run.id and not done
    for _ in tries(f"the next release of {run.model.name}"):
        version = deploy.latest_version(run)
        last = run.registry.releases(run.model.name)[-1]
        same = last.reference.id == target.reference.id and last.endpoint == endpoint.id
        if same and not (put_back and last == seen):
            return last
        release = replace(
            target,
            version=deploy.next_version(version),
            kind=ReleaseKind.ROLLBACK,
            created=run.now(),
            run=run.id,
            endpoint=endpoint.id,
            returns_to=target.version,
        )
        try:
            run.registry.add_release(release)
        except Conflict:
            continue
        return release
    raise AssertionError  # the tries end in a return or an error
