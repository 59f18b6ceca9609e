"""Retention: which entities of the service may be deleted. A pure choice from full listings.

Everything is listed before anything is chosen. Chosen are only our own entities, of this model and this
store, nothing younger than :data:`GRACE`, nothing in progress, and no referenced model.
Deletion without races: :mod:`speechops.upkeep.deletion`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from speechops.registry.documents import Cause, Deletion
from speechops.speech import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from speechops.registry.documents import Benchmark, Release
    from speechops.speech import Dataset, Endpoint, Entity, Evaluation, Model, SpeechClient

GRACE = timedelta(days=1)
"""How long everything new is left alone: no job uses what it created for longer."""

_SHORT_LIVED = frozenset({Cause.PULL_REQUEST, Cause.BASE_MODEL})


@dataclass(frozen=True, slots=True)
class Listing:
    """The service's entities, listed in full before anything is chosen."""

    models: tuple[Model, ...]
    evaluations: tuple[Evaluation, ...]
    datasets: tuple[Dataset, ...]
    endpoints: tuple[Endpoint, ...]

    @classmethod
    def of(cls, client: SpeechClient, locale: str = "") -> Listing:
        """List everything, or one locale: references are always within a locale."""
        return cls(
            client.models(locale=locale),
            client.evaluations(locale=locale),
            client.datasets(locale=locale),
            client.endpoints(locale=locale),
        )

    def orphans(self) -> frozenset[str]:
        """Return the IDs of the evaluations of which a custom model is gone."""
        custom = {model.id for model in self.models}
        return frozenset(
            test.id
            for test in self.evaluations
            if any(
                model and not model.base and model.id not in custom for model in (test.model1, test.model2)
            )
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """What is kept: the newest ``models`` of the main line, candidates and tests for ``days`` days.

    ``now`` is the service's time, by which it dates its entities.
    """

    models: int
    days: int
    now: datetime

    def age(self, entity: Entity) -> timedelta:
        """Return how old an entity is; one without a date counts as new."""
        return self.now - (entity.created or self.now)

    def is_new(self, entity: Entity) -> bool:
        """Whether an entity is within its day of grace."""
        return self.age(entity) <= GRACE

    def is_old(self, entity: Entity) -> bool:
        """Whether an entity has exceeded the retention of candidates and tests."""
        return self.age(entity) > timedelta(days=self.days)


def choose(
    owns: Callable[[Entity], bool],
    listing: Listing,
    benchmark: Benchmark,
    referenced: AbstractSet[str],
    current: Collection[str],
    policy: Policy,
) -> tuple[Deletion, ...]:
    """Return what may be deleted: evaluations, then models, then datasets.

    ``owns`` tells what is ours, ``referenced`` are the models to keep (see :func:`referenced_models`),
    ``current`` the fingerprints of the data files as they are now.
    """
    models = tuple(_models(owns, listing.models, referenced, policy))
    leaving = {deletion.id for deletion in models}
    evaluations = tuple(_evaluations(owns, listing, leaving, policy))
    gone = {deletion.id for deletion in evaluations}
    kept_tests = [test for test in listing.evaluations if test.id not in gone]
    used = {dataset for model in listing.models if model.id not in leaving for dataset in model.dataset_ids}
    used |= {test.dataset_id for test in kept_tests}
    datasets = (
        Deletion("dataset", dataset.id, dataset.display_name, "no model or test uses it")
        for dataset in listing.datasets
        if owns(dataset)
        and dataset.status is not Status.RUNNING
        and not policy.is_new(dataset)
        and dataset.id not in used
        and dataset.fingerprint not in {benchmark.test, *current}
    )
    return (*evaluations, *models, *datasets)


def referenced_models(listing: Listing, benchmark: Benchmark | None, releases: Iterable[Release]) -> set[str]:
    """Return the ids of the models that a pointer, a release, an endpoint or a running test refers to."""
    referenced = {release.reference.id for release in releases}
    if benchmark:
        referenced.add(benchmark.reference.id)
    if benchmark and benchmark.previous:
        referenced.add(benchmark.previous.id)
    referenced |= {endpoint.model.id for endpoint in listing.endpoints if endpoint.model}
    running = [test for test in listing.evaluations if not test.status.is_final]
    return referenced | {identity for test in running for identity in models_of(test)}


def models_of(evaluation: Evaluation) -> set[str]:
    """Return the ids of the models of an evaluation."""
    return {model.id for model in (evaluation.model1, evaluation.model2) if model}


def _models(
    owns: Callable[[Entity], bool], models: Iterable[Model], referenced: AbstractSet[str], policy: Policy
) -> Iterator[Deletion]:
    ours = sorted(filter(owns, models), key=lambda model: model.seniority, reverse=True)
    line = [
        model.id for model in ours if _cause(model) not in _SHORT_LIVED and model.status is not Status.FAILED
    ]
    newest = frozenset(line[: policy.models])
    free = [
        model
        for model in ours
        if model.id not in referenced and model.status.is_final and not policy.is_new(model)
    ]
    reasons = {model.id: reason for model in free if (reason := _reason(model, newest, policy))}
    for model in free:
        twins = [
            twin
            for twin in ours
            if twin.fingerprint == model.fingerprint
            and twin.id not in reasons
            and _outranks(twin, model, referenced)
        ]
        if twins and model.id not in reasons:
            reasons[model.id] = f"{twins[0].display_name} ({twins[0].id}) was trained from the same data"
        if model.id in reasons:
            yield Deletion("model", model.id, model.display_name, reasons[model.id])


def _reason(model: Model, newest: AbstractSet[str], policy: Policy) -> str:
    """Return why an unreferenced model is deleted by itself; empty if it may be kept."""
    if model.status is Status.FAILED:
        return "its training failed"
    if _cause(model) in _SHORT_LIVED:
        days = policy.age(model).days
        return (
            f"a {_cause(model)} candidate of {days} days, kept for {policy.days}"
            if policy.is_old(model)
            else ""
        )
    if model.id in newest:
        return ""
    return f"it is unreferenced and not among the newest {policy.models}"


def _outranks(twin: Model, model: Model, referenced: AbstractSet[str]) -> bool:
    """Whether ``twin`` is kept if both have the same training data: the referenced one, else the oldest."""
    if twin.id == model.id or twin.status is Status.FAILED:
        return False
    return (twin.id not in referenced, twin.seniority) < (model.id not in referenced, model.seniority)


def _evaluations(
    owns: Callable[[Entity], bool], listing: Listing, leaving: AbstractSet[str], policy: Policy
) -> Iterator[Deletion]:
    orphans = listing.orphans()
    for test in listing.evaluations:
        if not owns(test) or not test.status.is_final or policy.is_new(test):
            continue
        if models_of(test) & leaving:
            reason = "its model is deleted"
        elif test.id in orphans:
            reason = "its model is gone"
        elif test.status is Status.FAILED:
            reason = "it failed"
        elif policy.is_old(test):
            reason = f"its result is in the store, and tests are kept for {policy.days} days"
        else:
            continue
        yield Deletion("evaluation", test.id, test.display_name, reason)


def _cause(model: Model) -> str:
    return model.custom_properties.get("speechops-cause", "")
