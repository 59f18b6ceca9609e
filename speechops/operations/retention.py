"""Retention: which entities of the service may go, and the order that makes their going safe.

:func:`choose` is pure: from one full listing it picks what nothing refers to, each with its reason. It never
picks what is not ours, what is younger than a day (a run may be at work with it), what is at work itself, the
benchmark and the one before it, or the model of a release or of any endpoint.

A model is deleted in three steps. Its id is written to the benchmark pointer (*condemned*), which moves by
compare-and-swap: a run that was about to promote the model finds out. Then it is deleted. Then its id is
taken from the pointer. Whoever finds condemned models in the pointer first finishes what was begun.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from speechops.errors import ServiceError, ServiceUnavailable
from speechops.operations.entities import delete_evaluation
from speechops.registry.documents import Cause, Deletion
from speechops.registry.store import Conflict
from speechops.speech import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from collections.abc import Set as AbstractSet

    from speechops.operations.job import Job
    from speechops.registry.documents import Benchmark, Release
    from speechops.registry.registry import Held
    from speechops.speech import Dataset, Endpoint, Entity, Evaluation, Model, SpeechClient

GRACE = timedelta(days=1)
"""How long everything new is left alone: no job of one run works longer with what it made."""

_SHORT_LIVED = frozenset({Cause.PULL_REQUEST, Cause.BASE_MODEL})
_MARKS = ("speechops-model", "speechops-fingerprint", "speechops-run")
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


@dataclass(frozen=True, slots=True)
class Policy:
    """What is kept: the newest ``models`` of the main line, and candidates for ``days`` days."""

    models: int
    days: int
    now: datetime


def choose(
    model: str,
    listing: Listing,
    benchmark: Benchmark,
    releases: Iterable[Release],
    current: Collection[str],
    policy: Policy,
) -> tuple[Deletion, ...]:
    """Return what may be deleted: evaluations, then models, then datasets.

    ``current`` are the fingerprints of the data files as they are now.
    """
    referred = {benchmark.reference.id, *(release.reference.id for release in releases)}
    referred |= {endpoint.model.id for endpoint in listing.endpoints if endpoint.model}
    if benchmark.previous:
        referred.add(benchmark.previous.id)
    working = [test for test in listing.evaluations if not test.status.is_final]
    referred |= {identity for test in working for identity in models_of(test)}
    models = tuple(_models(model, listing.models, referred, policy))
    doomed = {deletion.id for deletion in models}
    evaluations = tuple(_evaluations(model, listing, doomed, policy))
    gone = {deletion.id for deletion in evaluations}
    kept_tests = [test for test in listing.evaluations if test.id not in gone]
    used = {dataset for each in listing.models if each.id not in doomed for dataset in each.dataset_ids}
    used |= {test.dataset_id for test in kept_tests}
    datasets = (
        Deletion("dataset", dataset.id, dataset.display_name, "no model and no test uses it")
        for dataset in listing.datasets
        if is_ours(dataset, model)
        and dataset.status is not Status.RUNNING
        and _age(dataset, policy) > GRACE
        and dataset.id not in used
        and dataset.fingerprint not in {benchmark.test, *current}
    )
    return (*evaluations, *models, *datasets)


def _models(
    name: str, models: Iterable[Model], referred: AbstractSet[str], policy: Policy
) -> Iterable[Deletion]:
    ours = sorted((each for each in models if is_ours(each, name)), key=_created, reverse=True)
    line = [each.id for each in ours if _cause(each) not in _SHORT_LIVED and each.status is not Status.FAILED]
    for model in ours:
        age = _age(model, policy)
        if model.id in referred or not model.status.is_final or age <= GRACE:
            continue
        twins = [
            each
            for each in ours
            if each.fingerprint == model.fingerprint and _outranks(each, model, referred)
        ]
        if model.status is Status.FAILED:
            reason = "its training failed"
        elif twins:
            reason = f"{twins[0].display_name} ({twins[0].id}) was trained from the same data"
        elif _cause(model) in _SHORT_LIVED:
            if age <= timedelta(days=policy.days):
                continue
            reason = f"a {_cause(model)} candidate of {age.days} days, kept for {policy.days}"
        elif model.id in line[: policy.models]:
            continue
        else:
            reason = f"nothing refers to it and it is not among the newest {policy.models}"
        yield Deletion("model", model.id, model.display_name, reason)


def _outranks(one: Model, other: Model, referred: AbstractSet[str]) -> bool:
    """Whether ``one`` stays where both were trained from the same data: the referred one, else the oldest."""
    if one.id == other.id or one.status is Status.FAILED:
        return False
    return (one.id not in referred, _created(one)) < (other.id not in referred, _created(other))


def _evaluations(name: str, listing: Listing, doomed: AbstractSet[str], policy: Policy) -> Iterable[Deletion]:
    custom = {model.id for model in listing.models}
    for test in listing.evaluations:
        if not is_ours(test, name) or not test.status.is_final or _age(test, policy) <= GRACE:
            continue
        gone = [
            each for each in (test.model1, test.model2) if each and not each.base and each.id not in custom
        ]
        if models_of(test) & doomed:
            reason = "its model is deleted"
        elif gone:
            reason = "its model is gone"
        elif test.status is Status.FAILED:
            reason = "it failed"
        else:
            continue
        yield Deletion("evaluation", test.id, test.display_name, reason)


def is_ours(entity: Entity, model: str) -> bool:
    """Whether SpeechOps made the entity for this model: it has all the custom properties that say so."""
    properties = entity.custom_properties
    return all(properties.get(mark) for mark in _MARKS) and properties["speechops-model"] == model


def models_of(evaluation: Evaluation) -> set[str]:
    """Return the ids of the models of an evaluation."""
    return {model.id for model in (evaluation.model1, evaluation.model2) if model}


def condemn(job: Job, chosen: Iterable[Deletion], held: Held) -> Held:
    """Write the models among ``chosen`` to the pointer.

    Raises :class:`~speechops.registry.store.Conflict` where the pointer has moved since ``held`` was read:
    what may be deleted has to be chosen anew.
    """
    models = tuple(sorted(each.id for each in chosen if each.noun == "model"))
    if not models:
        return held
    return job.registry.move_benchmark(replace(held.benchmark, condemned=models), held=held)


def delete(job: Job, chosen: Iterable[Deletion], listing: Listing) -> tuple[Deletion, ...]:
    """Delete what was chosen; return it, marked with what is done. What the service refuses is said."""
    client = job.speech
    tests = {test.id: test for test in listing.evaluations}
    how: dict[str, Callable[[str], None]] = {
        "evaluation": lambda identity: delete_evaluation(client, tests[identity]),
        "model": client.delete_model,
        "dataset": client.delete_dataset,
    }
    made = []
    for each in chosen:
        done = _allowed(job, each, how[each.noun])
        made.append(replace(each, done=done))
    return tuple(made)


def finish(job: Job) -> Held | None:
    """Return the benchmark pointer, with what an earlier run condemned gone and no longer named.

    A model that the service will not delete, because something uses it, is pardoned.
    """
    while True:
        held = job.registry.benchmark(job.model.name)
        if held is None or not held.benchmark.condemned:
            return held
        for identity in held.benchmark.condemned:
            _allowed(job, Deletion("model", identity, "", "condemned"), job.speech.delete_model)
        try:
            return job.registry.move_benchmark(replace(held.benchmark, condemned=()), held=held)
        except Conflict:
            continue


def _allowed(job: Job, each: Deletion, how: Callable[[str], None]) -> bool:
    try:
        how(each.id)
    except ServiceUnavailable:
        raise
    except ServiceError as refusal:
        job.console.line(f"The {each.noun} {each.name or each.id} stays: {refusal}")
        return False
    return True


def _cause(model: Model) -> str:
    return model.custom_properties.get("speechops-cause", "")


def _created(entity: Entity) -> tuple[datetime, str]:
    return (entity.created or _NEVER, entity.id)


def _age(entity: Entity, policy: Policy) -> timedelta:
    """Return how old an entity is; one without a date counts as new."""
    return policy.now - (entity.created or policy.now)
