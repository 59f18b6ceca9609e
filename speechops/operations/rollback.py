"""``rollback``: return endpoint and benchmark to an earlier release; being a release, it can be undone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from speechops.delivery import (
    approval,
    copies,
    distribution,
    endpoint,
    publication,
    records,
    smoke_test,
    versions,
)
from speechops.delivery.deployment import Deployment
from speechops.delivery.endpoint import Target, serving
from speechops.delivery.history import current_line
from speechops.errors import DataError, Place, ServiceError, ServiceUnavailable, UsageError
from speechops.evaluation import rules
from speechops.inputs import TO_VERSION
from speechops.registry.documents import Benchmark, Cause, Delivery, Release, ReleaseKind
from speechops.registry.store import Conflict, tries
from speechops.run import Outcome, percent
from speechops.speech import Model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.delivery.distribution import Delivered
    from speechops.delivery.smoke_test import Sample
    from speechops.registry.documents import TestResult
    from speechops.run import Run


def run(run: Run) -> Outcome:
    """Serve again what an earlier release served, and make its model the benchmark.

    Only needs the records in the store. Raises :class:`UsageError` if the release does not exist.
    """
    approval.refuse_event(run)
    targets = Target.all(run)
    releases = run.registry.releases(run.model.name)
    destination = choose(run, targets, releases, observe(targets, releases))
    _refuse_unusable(run, destination)
    approver = approval.of_person(run)
    result = run.registry.result_named(destination.result)
    delivered = distribution.deliver(targets, destination.reference, _sample(run, result))
    move_benchmark(run, destination)
    release = record(run, destination, delivered, releases[-1], approver)
    distribution.complete(delivered, release)
    warnings = publication.complete(run)
    return Outcome(
        f"Release {release.version}: {distribution.served(release)} {destination.reference.name} of release "
        f"{destination.version} again ({rules.rate_label(run.model)} {percent(destination.error_rate)}).",
        {
            "deployed": "false" if release.unserved else "true",
            "endpoint-id": release.endpoint,
            "version": release.version,
            "candidate": destination.reference.id,
        },
        result=result,
        warnings=warnings,
        error=distribution.failure(delivered, release),
    )


@dataclass(frozen=True, slots=True)
class Observed:
    """What an endpoint serves now: the model as the releases name it, and the note of who deployed it."""

    model: str
    note: Deployment | None = None


def observe(targets: Sequence[Target], releases: Sequence[Release]) -> Observed | None:
    """Return the first endpoint state that differs from the last release, else the first that it names.

    If it names none of these endpoints, the first one's state counts; None if there is none. What a target
    serves is a copy: the model that it was copied from counts. An endpoint that the last release failed to
    reach, or that serves what an earlier one put there, says nothing of the last; one that no release names
    differs from it if a run has deployed there. One of several targets that does not answer is passed over:
    the others can be rolled back without it.
    """
    named: Observed | None = None
    unnamed: Observed | None = None
    unavailable: list[ServiceUnavailable] = []
    last = releases[-1].rows if releases else ()
    for target in targets:
        try:
            served = endpoint.find(target)
        except ServiceUnavailable as error:
            unavailable.append(error)
            continue
        if served is None:
            continue
        model = serving(served)
        found = Observed(_source(target, releases, model), Deployment.of(served))
        row = next((row for row in last if row.endpoint == served.id), None)
        if row:
            if row.model != model:
                return found
            if row.state is Delivery.SERVED:
                named = named or found
        elif not _is_recorded(releases, served.id, found):
            if found.note and found.note.operation != "restore":
                return found
            unnamed = unnamed or found
    if len(unavailable) == len(targets):
        raise unavailable[0]
    return named or unnamed


def _is_recorded(releases: Sequence[Release], identity: str, observed: Observed) -> bool:
    """Whether a release put the model on the endpoint: it names that, or its run left the note there."""
    return any(
        release.reference.id == observed.model
        and (
            any(row.endpoint == identity for row in release.rows)
            or (observed.note is not None and observed.note.run == release.run)
        )
        for release in releases
    )


def _source(target: Target, releases: Sequence[Release], model: str) -> str:
    """Return the id of the trained model that a target's model is, or is a copy of."""
    if target.trains or not model:
        return model
    for release in reversed(releases):
        row = release.at(target.name)
        if row and row.model == model and row.state is Delivery.SERVED:
            return release.reference.id
    copy = target.client.find_model(model, base=False)
    return (copies.source_of(copy) if isinstance(copy, Model) else "") or model


def _refuse_unusable(run: Run, destination: Release) -> None:
    """Raise :class:`ServiceError` if the model of a release is gone or has expired."""
    hint = "Choose another release with --to-version."
    try:
        model = run.speech.model(destination.reference.id)
    except ServiceError as error:
        raise ServiceError(
            f"The model of release {destination.version} cannot be used: {error.message}",
            hint=hint,
            status=error.status,
            code=error.code,
        ) from error
    if model.transcription_until and model.transcription_until <= run.speech.now():
        raise ServiceError(
            f"The model of release {destination.version} expired on {model.transcription_until:%Y-%m-%d}: "
            "an endpoint would answer with a base model.",
            hint=hint,
        )


def _sample(run: Run, result: TestResult | None) -> Sample | None:
    """Read the utterance for the smoke test.

    A rollback works without test data too: the model of a release has been checked and deployed before.
    """
    try:
        return smoke_test.sample(run, result)
    except (DataError, UsageError) as error:
        run.console.line(f"No smoke test: {error}")
        return None


def choose(
    run: Run, targets: Sequence[Target], releases: Sequence[Release], served: Observed | None
) -> Release:
    """Return the release to roll back to: the requested one, else the one before what is served now.

    What is served may be unrecorded, because a deploy was killed or is in progress: then the target is the
    last release. If a rollback put it there, of this run or one that was killed before its record, it is the
    target itself: a re-run changes nothing. The same if a person did. Raises :class:`UsageError` if there is
    none, or if it is unknown how the endpoint got its model.
    """
    deployed = [release for release in releases if release.kind is ReleaseKind.DEPLOY]
    if run.settings[TO_VERSION]:
        return named(releases, run.settings[TO_VERSION])
    if not releases:
        raise UsageError("No release to roll back from.", hint="Run deploy first.")
    last, line = releases[-1], current_line(releases)
    if last.kind is ReleaseKind.ROLLBACK and (last.run == run.id or distribution.is_partial(targets, last)):
        return named(releases, last.version)
    note = served.note if served else None
    model = served.model if served else last.reference.id
    unrecorded = model != last.reference.id
    if note and note.operation == "rollback" and (unrecorded or note.run == run.id):
        for release in reversed(deployed):
            if release.reference.id == model:
                return release
    if unrecorded:
        return line[-1] if note or _is_benchmark(run, model) else _moved_by_hand(deployed, model)
    earlier = [release for release in line if release.reference.id != model]
    if not earlier:
        raise UsageError(
            f"No release before {line[-1].version}.",
            hint="Choose one with --to-version.",
            place=Place(input="to-version"),
        )
    return earlier[-1]


def _is_benchmark(run: Run, model: str) -> bool:
    """Whether a model is the benchmark: a deploy that left no note may have deployed it."""
    pointer = run.registry.benchmark(run.model.name)
    return pointer is not None and pointer.benchmark.reference.id == model


def _moved_by_hand(deployed: Sequence[Release], model: str) -> Release:
    """Return the release whose model a person has deployed: the last one was replaced on purpose.

    Raises :class:`UsageError` if there is none: the person's intent is unknown.
    """
    for release in reversed(deployed):
        if release.reference.id == model:
            return release
    raise UsageError(
        f"The endpoint serves the model {model or '(none)'}, which no run of SpeechOps deployed.",
        hint="Choose the release to roll back to with --to-version.",
        place=Place(input="to-version"),
    )


def begun(run: Run) -> str:
    """Return when this run first began: a rollback recorded since then has done its job."""
    attempts = run.registry.attempts(run.model.name, run.settings.operation.name, run.id)
    return min((record.started for record in attempts), default=run.now())


def named(releases: Sequence[Release], version: str) -> Release:
    """Return the release with this version, for that of a rollback the one that it went back to.

    Raises :class:`UsageError` if there is none.
    """
    deployed = [release for release in releases if release.kind is ReleaseKind.DEPLOY]
    back = {release.version: release.rolled_back_to for release in releases if release.rolled_back_to}
    wanted = version.removeprefix("v")
    for release in deployed:
        if release.version == back.get(wanted, wanted):
            return release
    versions = ", ".join(release.version for release in deployed)
    raise UsageError(
        f"to-version: unknown release {version!r}.",
        hint=f"Releases are {versions}." if versions else "Nothing was released yet.",
        place=Place(input="to-version"),
    )


def move_benchmark(run: Run, destination: Release) -> None:
    """Move the benchmark to the model of ``destination``, whatever it is now."""
    result = run.registry.result_named(destination.result)
    for _ in tries(f"the benchmark of {run.model.name}"):
        pointer = run.registry.benchmark(run.model.name)
        if pointer and pointer.benchmark.reference.id == destination.reference.id:
            return
        benchmark = Benchmark(
            model=run.model.name,
            reference=destination.reference,
            result=destination.result,
            error_rate=destination.error_rate,
            test=result.test if result else "",
            moved=run.now(),
            run=run.id,
            cause=Cause.TRAIN_DATA,
            previous=pointer.benchmark.reference if pointer else None,
            frozen=pointer.benchmark.frozen if pointer else "",
            pending_deletion=pointer.benchmark.pending_deletion if pointer else (),
            commit=destination.commit,
        )
        try:
            run.registry.move_benchmark(benchmark, pointer=pointer)
        except Conflict:
            continue
        return
    raise AssertionError  # the attempts end in a return or an error


def record(
    run: Run, destination: Release, delivered: Sequence[Delivered], seen: Release, approver: str
) -> Release:
    """Write the rollback as a release, unless the last one is just that.

    If it was that when this run began (``seen``), and this run had to restore its model, that is a release
    too: the deploy that it replaces may be in progress, and learns from the version that it is late.
    """
    rows = records.rows_of(delivered)
    notes = [note for item in delivered if item.endpoint and (note := Deployment.of(item.endpoint))]
    done = seen.kind is ReleaseKind.ROLLBACK and seen.created >= begun(run)
    brought_back = not done and any(note.operation == "rollback" and note.run == run.id for note in notes)
    for _ in tries(f"the next release of {run.model.name}"):
        version = versions.following(run)
        last = run.registry.releases(run.model.name)[-1]
        begun_by_rollback = bool(last.unserved) and last.kind is ReleaseKind.ROLLBACK
        if not (brought_back and last == seen) or begun_by_rollback:
            same = records.continued(run, last, destination.reference.id, delivered)
            if same:
                return same
        release = replace(
            destination,
            version=version,
            kind=ReleaseKind.ROLLBACK,
            created=run.now(),
            run=run.id,
            endpoint=records.first_endpoint(rows),
            targets=records.named(rows),
            rolled_back_to=destination.version,
            approver=approver,
            tag="",
            owed="",
        )
        try:
            run.registry.add_release(release)
        except Conflict:
            continue
        return release
    raise AssertionError  # the attempts end in a return or an error
