"""Retention: which entities of the service may go, and the order that makes their going safe.

:func:`choose` is pure: from one full listing it picks what nothing refers to, each with its reason. It never
picks what is not ours, what is younger than a day (a run may be at work with it), what is at work itself, the
benchmark and the one before it, the model of a release or of any endpoint, or a candidate that may still be
promoted.

A model is deleted in three steps. Its id is written to the benchmark pointer (*condemned*), which moves by
compare-and-swap: a run that was about to promote the model finds out. Then it is deleted. Then its id is
taken from the pointer. Whoever finds condemned models in the pointer first finishes what was begun, and one
whose id is no longer there is not deleted any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from speechops.errors import DataError, ServiceError, ServiceUnavailable
from speechops.evaluation.entities import delete_evaluation
from speechops.registry.documents import Cause, Deletion
from speechops.registry.store import Conflict
from speechops.speech import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from collections.abc import Set as AbstractSet

    from speechops.registry.documents import Benchmark, Release
    from speechops.registry.registry import Pointer
    from speechops.run import Run
    from speechops.speech import Dataset, Endpoint, Entity, Evaluation, Model, SpeechClient

GRACE = timedelta(days=1)
"""How long everything new is left alone: no job of one run works longer with what it made."""

_SHORT_LIVED = frozenset({Cause.PULL_REQUEST, Cause.BASE_MODEL})
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Listing:
    """All that the service has, listed in full before anything is chosen."""

    models: tuple[Model, ...]
    evaluations: tuple[Evaluation, ...]
    datasets: tuple[Dataset, ...]
    endpoints: tuple[Endpoint, ...]

    @classmethod
    def of(cls, client: SpeechClient) -> Listing:
        """List everything, whatever its locale."""
        return cls(client.models(), client.evaluations(), client.datasets(), client.endpoints())

    def orphans(self) -> frozenset[str]:
        """Return the ids of the evaluations a custom model of which is gone."""
        custom = {model.id for model in self.models}
        return frozenset(
            test.id
            for test in self.evaluations
            if any(each and not each.base and each.id not in custom for each in (test.model1, test.model2))
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """What is kept: the newest ``models`` of the main line, and candidates for ``days`` days."""

    models: int
    days: int
    now: datetime


def choose(
    owns: Callable[[Entity], bool],
    listing: Listing,
    benchmark: Benchmark,
    referred: AbstractSet[str],
    current: Collection[str],
    policy: Policy,
) -> tuple[Deletion, ...]:
    """Return what may be deleted: evaluations, then models, then datasets.

    ``owns`` tells what is ours, ``referred`` are the models that stay (see :func:`referred_models`),
    ``current`` the fingerprints of the data files as they are now.
    """
    models = tuple(_models(owns, listing.models, referred, policy))
    doomed = {deletion.id for deletion in models}
    evaluations = tuple(_evaluations(owns, listing, doomed, policy))
    gone = {deletion.id for deletion in evaluations}
    kept_tests = [test for test in listing.evaluations if test.id not in gone]
    used = {dataset for each in listing.models if each.id not in doomed for dataset in each.dataset_ids}
    used |= {test.dataset_id for test in kept_tests}
    datasets = (
        Deletion("dataset", dataset.id, dataset.display_name, "no model and no test uses it")
        for dataset in listing.datasets
        if owns(dataset)
        and dataset.status is not Status.RUNNING
        and _age(dataset, policy) > GRACE
        and dataset.id not in used
        and dataset.fingerprint not in {benchmark.test, *current}
    )
    return (*evaluations, *models, *datasets)


def referred_models(listing: Listing, benchmark: Benchmark | None, releases: Iterable[Release]) -> set[str]:
    """Return the ids of the models that something refers to: pointer, release, endpoint, test under way."""
    referred = {release.reference.id for release in releases}
    if benchmark:
        referred.add(benchmark.reference.id)
    if benchmark and benchmark.previous:
        referred.add(benchmark.previous.id)
    referred |= {endpoint.model.id for endpoint in listing.endpoints if endpoint.model}
    working = [test for test in listing.evaluations if not test.status.is_final]
    return referred | {identity for test in working for identity in models_of(test)}


def _models(
    owns: Callable[[Entity], bool], models: Iterable[Model], referred: AbstractSet[str], policy: Policy
) -> Iterable[Deletion]:
    ours = sorted(filter(owns, models), key=_created, reverse=True)
    line = [each.id for each in ours if _cause(each) not in _SHORT_LIVED and each.status is not Status.FAILED]
    newest = frozenset(line[: policy.models])
    free = [
        each
        for each in ours
        if each.id not in referred and each.status.is_final and _age(each, policy) > GRACE
    ]
    reasons = {each.id: reason for each in free if (reason := _reason(each, newest, policy))}
    for model in free:
        twins = [
            each
            for each in ours
            if each.fingerprint == model.fingerprint
            and each.id not in reasons
            and _outranks(each, model, referred)
        ]
        if twins and model.id not in reasons:
            reasons[model.id] = f"{twins[0].display_name} ({twins[0].id}) was trained from the same data"
        if model.id in reasons:
            yield Deletion("model", model.id, model.display_name, reasons[model.id])


def _reason(model: Model, newest: AbstractSet[str], policy: Policy) -> str:
    """Return why a model that nothing refers to goes for what it is alone; empty where it may stay."""
    if model.status is Status.FAILED:
        return "its training failed"
    if _cause(model) in _SHORT_LIVED:
        age = _age(model, policy)
        old = age > timedelta(days=policy.days)
        return f"a {_cause(model)} candidate of {age.days} days, kept for {policy.days}" if old else ""
    if model.id in newest:
        return ""
    return f"nothing refers to it and it is not among the newest {policy.models}"


def _outranks(one: Model, other: Model, referred: AbstractSet[str]) -> bool:
    """Whether ``one`` stays where both were trained from the same data: the referred one, else the oldest."""
    if one.id == other.id or one.status is Status.FAILED:
        return False
    return (one.id not in referred, _created(one)) < (other.id not in referred, _created(other))


def _evaluations(
    owns: Callable[[Entity], bool], listing: Listing, doomed: AbstractSet[str], policy: Policy
) -> Iterable[Deletion]:
    orphans = listing.orphans()
    for test in listing.evaluations:
        if not owns(test) or not test.status.is_final or _age(test, policy) <= GRACE:
            continue
        if models_of(test) & doomed:
            reason = "its model is deleted"
        elif test.id in orphans:
            reason = "its model is gone"
        elif test.status is Status.FAILED:
            reason = "it failed"
        else:
            continue
        yield Deletion("evaluation", test.id, test.display_name, reason)


def models_of(evaluation: Evaluation) -> set[str]:
    """Return the ids of the models of an evaluation."""
    return {model.id for model in (evaluation.model1, evaluation.model2) if model}


def sweep(
    run: Run,
    choose: Callable[[Pointer | None, Listing, AbstractSet[str]], tuple[Deletion, ...]],
    goes: Callable[[Deletion], bool] = lambda _: True,
) -> tuple[Deletion, ...]:
    """Delete what ``choose`` picks and ``goes`` lets go; return all that was picked, with what is done.

    ``choose`` gets the pointer, the full listing and the models that something refers to, and is asked again
    where the pointer moves meanwhile: whoever moved it may have promoted what was to be deleted. Reasons are
    written to the run's record before the first deletion. Raises :class:`DataError` where a release cannot be
    read.
    """
    while True:
        pointer = finish(run)
        releases = run.registry.releases(run.model.name)
        if len(releases) != len(run.registry.versions(run.model.name)):
            raise DataError("A release cannot be read, so what it refers to is unknown: nothing is deleted.")
        listing = Listing.of(run.speech)
        referred = referred_models(listing, pointer.benchmark if pointer else None, releases)
        chosen = choose(pointer, listing, referred)
        if not chosen:
            return ()
        run.note(chosen)
        now = tuple(filter(goes, chosen))
        try:
            if pointer:
                condemn(run, now, pointer)
        except Conflict:
            run.console.line("The benchmark moved meanwhile: choosing anew.")
            continue
        done = delete(run, now, listing)
        finish(run)
        return (*done, *(each for each in chosen if each not in now))


def condemn(run: Run, chosen: Iterable[Deletion], pointer: Pointer) -> Pointer:
    """Write the models among ``chosen`` to the pointer.

    Raises :class:`~speechops.registry.store.Conflict` where the pointer has moved since ``pointer`` was read:
    what may be deleted has to be chosen anew.
    """
    models = tuple(sorted(each.id for each in chosen if each.noun == "model"))
    if not models:
        return pointer
    return run.registry.move_benchmark(replace(pointer.benchmark, condemned=models), pointer=pointer)


def delete(run: Run, chosen: Iterable[Deletion], listing: Listing) -> tuple[Deletion, ...]:
    """Delete what was chosen; return it, marked with what is done. What the service refuses is said.

    A model that is no longer condemned is left alone: another run has deleted it, or pardoned it.
    """
    client = run.speech
    tests = {test.id: test for test in listing.evaluations}
    how: dict[str, Callable[[str], None]] = {
        "evaluation": lambda identity: delete_evaluation(client, tests[identity]),
        "model": client.delete_model,
        "dataset": client.delete_dataset,
    }
    made = []
    for each in chosen:
        if each.noun == "model" and _is_spared(run, each.id):
            done = client.find_model(each.id, base=False) is None
        else:
            done = _allowed(run, each, how[each.noun])
        made.append(replace(each, done=done))
    return tuple(made)


def _is_spared(run: Run, identity: str) -> bool:
    """Whether the pointer no longer names a condemned model; without a pointer nothing has been promoted."""
    pointer = run.registry.benchmark(run.model.name)
    return pointer is not None and identity not in pointer.benchmark.condemned


def finish(run: Run) -> Pointer | None:
    """Return the benchmark pointer, with what an earlier run condemned gone and no longer named.

    A model that the service will not delete, because something uses it, is pardoned.
    """
    while True:
        pointer = run.registry.benchmark(run.model.name)
        if pointer is None or not pointer.benchmark.condemned:
            return pointer
        for identity in pointer.benchmark.condemned:
            _allowed(run, Deletion("model", identity, "", "condemned"), run.speech.delete_model)
        try:
            return run.registry.move_benchmark(replace(pointer.benchmark, condemned=()), pointer=pointer)
        except Conflict:
            continue


def _allowed(run: Run, each: Deletion, how: Callable[[str], None]) -> bool:
    try:
        how(each.id)
    except ServiceUnavailable:
        raise
    except ServiceError as refusal:
        run.console.line(f"The {each.noun} {each.name or each.id} stays: {refusal}")
        return False
    return True


def _cause(model: Model) -> str:
    return model.custom_properties.get("speechops-cause", "")


def _created(entity: Entity) -> tuple[datetime, str]:
    return (entity.created or _NEVER, entity.id)


def _age(entity: Entity, policy: Policy) -> timedelta:
    """Return how old an entity is; one without a date counts as new."""
    return policy.now - (entity.created or policy.now)
