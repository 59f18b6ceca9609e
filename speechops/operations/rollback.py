"""``rollback``: endpoint and benchmark back to an earlier release; itself a release, so it can be undone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.delivery import publication
from speechops.delivery.lineage import way_here
from speechops.delivery.swaps import Swap
from speechops.errors import DataError, Place, ServiceError, UsageError
from speechops.evaluation import rules
from speechops.job import Outcome, percent
from speechops.operations import deploy
from speechops.registry.documents import Benchmark, Cause, Release, ReleaseKind
from speechops.registry.store import Conflict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.job import Job
    from speechops.operations.deploy import Sample
    from speechops.registry.documents import TestResult
    from speechops.speech import Endpoint


def run(job: Job) -> Outcome:
    """Serve again what an earlier release served, and make its model the benchmark.

    Raises :class:`UsageError` where there is no such release.
    """
    releases = job.registry.releases(job.model.name)
    target = choose(releases, job.settings.to, job.run, deploy.find_endpoint(job))
    try:
        model = job.speech.model(target.reference.id)
    except ServiceError as error:
        raise ServiceError(
            f"The model of release {target.version} cannot be used: {error.message}",
            hint="Name another release with --to.",
            status=error.status,
            code=error.code,
        ) from error
    if model.transcription_until and model.transcription_until <= job.clock.now():
        raise ServiceError(
            f"The model of release {target.version} expired on {model.transcription_until:%Y-%m-%d}: "
            "an endpoint would answer with a base model.",
            hint="Name another release with --to.",
        )
    publication.require_approval(job)
    result = job.registry.result_named(target.result)
    endpoint = deploy.serve(job, target.reference.id, sample(job, result))
    move_benchmark(job, target)
    release = record(job, target, endpoint, releases[-1])
    deploy.settle(job)
    publication.serve_as_latest(job)
    return Outcome(
        f"Release {release.version}: endpoint {endpoint.id} serves {target.reference.name} of release "
        f"{target.version} again ({rules.rate_label(job.model)} {percent(target.error_rate)}).",
        {
            "deployed": "true",
            "endpoint-id": endpoint.id,
            "version": release.version,
            "candidate": target.reference.id,
        },
        result=result,
    )


def sample(job: Job, result: TestResult | None) -> Sample | None:
    """Read the test utterance to try the endpoint with.

    The way back is open without test data too: what is gone back to has been tried and served before.
    """
    try:
        return deploy.sample(job, result)
    except (DataError, UsageError) as error:
        job.console.line(f"The endpoint will not be tried: {error}")
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


def begun(job: Job) -> str:
    """Return when this run was first begun: a rollback recorded since then has done what it is for."""
    records = job.registry.latest_runs(job.model.name, job.settings.operation)
    return min((record.started for record in records if record.id == job.run), default=job.now())


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


def move_benchmark(job: Job, target: Release) -> None:
    """Point the benchmark at the model of ``target``, whatever it points at now."""
    result = job.registry.result_named(target.result)
    while True:
        pointer = job.registry.benchmark(job.model.name)
        if pointer and pointer.benchmark.reference.id == target.reference.id:
            return
        benchmark = Benchmark(
            model=job.model.name,
            reference=target.reference,
            result=target.result,
            error_rate=target.error_rate,
            test=result.test if result else "",
            moved=job.now(),
            run=job.run,
            cause=Cause.TRAIN_DATA,
            previous=pointer.benchmark.reference if pointer else None,
            frozen=pointer.benchmark.frozen if pointer else "",
            condemned=pointer.benchmark.condemned if pointer else (),
        )
        try:
            job.registry.move_benchmark(benchmark, pointer=pointer)
        except Conflict:
            continue
        return


def record(job: Job, target: Release, endpoint: Endpoint, seen: Release) -> Release:
    """Write the rollback as a release, unless the last one is just that.

    Where it was that when this run began (``seen``), and this run had to put its model back, that is a
    release too: the deploy in whose place it comes may be at work, and learns by the version that it is late.
    """
    swap = Swap.of(endpoint)
    done = seen.kind is ReleaseKind.ROLLBACK and seen.created >= begun(job)
    put_back = swap is not None and swap.operation == "rollback" and swap.run == job.run and not done
    while True:
        version = deploy.latest_version(job)
        last = job.registry.releases(job.model.name)[-1]
        same = last.reference.id == target.reference.id and last.endpoint == endpoint.id
        if same and not (put_back and last == seen):
            return last
        release = replace(
            target,
            version=deploy.next_version(version),
            kind=ReleaseKind.ROLLBACK,
            created=job.now(),
            run=job.run,
            endpoint=endpoint.id,
            returns_to=target.version,
        )
        try:
            job.registry.add_release(release)
        except Conflict:
            continue
        return release
