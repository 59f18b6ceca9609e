"""``rollback``: endpoint and benchmark back to an earlier release; itself a release, so it can be undone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.errors import Place, ServiceError, UsageError
from speechops.operations import deploy, publication
from speechops.operations.job import Outcome, percent
from speechops.registry.documents import Benchmark, Cause, Release, ReleaseKind
from speechops.registry.store import Conflict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.operations.job import Job


def run(job: Job) -> Outcome:
    """Serve again what an earlier release served, and make its model the benchmark.

    Raises :class:`UsageError` where there is no such release.
    """
    releases = job.registry.releases(job.model.name)
    target = choose(releases, job.settings.to, job.run)
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
    endpoint = deploy.serve(job, target.reference.id, result)
    move_benchmark(job, target)
    release = record(job, target, endpoint.id)
    deploy.settle(job)
    publication.serve_as_latest(job, target.reference.id)
    return Outcome(
        f"Release {release.version}: endpoint {endpoint.id} serves {target.reference.name} of release "
        f"{target.version} again (WER {percent(target.error_rate)}).",
        {
            "deployed": "true",
            "endpoint-id": endpoint.id,
            "version": release.version,
            "candidate": target.reference.id,
        },
        result=result,
    )


def choose(releases: Sequence[Release], to: str, run: str) -> Release:
    """Return the release to go back to: the one named, else the one before what is served now.

    Where the last release is the rollback of this very ``run``, it is the one that the run has gone back to:
    a re-run changes nothing.
    """
    deployed = [release for release in releases if release.kind is ReleaseKind.DEPLOY]
    versions = [release.version for release in deployed]
    if releases and releases[-1].run == run and releases[-1].kind is ReleaseKind.ROLLBACK:
        to = releases[-1].returns_to
    if to:
        named = to.removeprefix("v")
        if named not in versions:
            raise UsageError(
                f"to: there is no release {to!r}.",
                hint=f"Releases are {', '.join(versions)}." if versions else "Nothing was released yet.",
                place=Place(input="to"),
            )
        return deployed[versions.index(named)]
    if not releases:
        raise UsageError("There is no release to go back from.", hint="Run deploy first.")
    served = releases[-1].returns_to or releases[-1].version
    earlier = deployed[: versions.index(served)] if served in versions else []
    if not earlier:
        raise UsageError(
            f"There is no release before {served}.", hint="Name one with --to.", place=Place(input="to")
        )
    return earlier[-1]


def move_benchmark(job: Job, target: Release) -> None:
    """Point the benchmark at the model of ``target``, whatever it points at now."""
    result = job.registry.result_named(target.result)
    while True:
        held = job.registry.benchmark(job.model.name)
        if held and held.benchmark.reference.id == target.reference.id:
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
            previous=held.benchmark.reference if held else None,
            frozen=held.benchmark.frozen if held else "",
            condemned=held.benchmark.condemned if held else (),
        )
        try:
            job.registry.move_benchmark(benchmark, held=held)
        except Conflict:
            continue
        return


def record(job: Job, target: Release, endpoint: str) -> Release:
    """Write the rollback as a release, unless the last one is just that."""
    while True:
        version = deploy.latest_version(job)
        last = job.registry.releases(job.model.name)[-1]
        if last.reference.id == target.reference.id and last.endpoint == endpoint:
            return last
        release = replace(
            target,
            version=deploy.next_version(version),
            kind=ReleaseKind.ROLLBACK,
            created=job.now(),
            run=job.run,
            endpoint=endpoint,
            returns_to=target.version,
        )
        try:
            job.registry.add_release(release)
        except Conflict:
            continue
        return release
