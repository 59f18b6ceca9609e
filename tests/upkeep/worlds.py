"""Random resources, and what must never be deleted from them: an oracle beside ``upkeep.retention``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from speechops.registry.documents import Benchmark, Cause, ModelReference, Release, ReleaseKind
from speechops.speech import Dataset, Endpoint, Evaluation, Model, Status
from speechops.speech import ModelReference as ServiceReference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from speechops.registry.documents import Deletion
    from speechops.speech import Entity

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAYS = 30
NEWEST = 2
_AGES = (0.0, 0.5, 2.0, 29.0, 31.0, 400.0)


@dataclass(frozen=True)
class World:
    """What a resource and a store hold."""

    models: tuple[Model, ...]
    evaluations: tuple[Evaluation, ...]
    datasets: tuple[Dataset, ...]
    endpoints: tuple[Endpoint, ...]
    benchmark: Benchmark
    releases: tuple[Release, ...]
    current: frozenset[str]

    def referenced(self) -> set[str]:
        """Return the models that something refers to, found by other means than the product's."""
        names = [self.benchmark.reference.id]
        names += [self.benchmark.previous.id] if self.benchmark.previous else []
        names += [release.reference.id for release in self.releases]
        names += [endpoint.model.id for endpoint in self.endpoints if endpoint.model]
        for test in self.evaluations:
            if test.status in {Status.NOT_STARTED, Status.RUNNING}:
                names += [model.id for model in (test.model1, test.model2) if model]
        return set(names)


def owns(entity: Entity) -> bool:
    """Whether an entity is ours, in these worlds."""
    return entity.custom_properties.get("speechops-model") == "m"


def draw(random: Random) -> World:
    """Return a small world in which everything happens often."""
    datasets = tuple(
        Dataset(**_common(random, "d", number), kind="Language") for number in range(random.randint(1, 5))
    )
    models = tuple(
        Model(
            **_common(random, "m", number),
            dataset_ids=tuple(random.sample([item.id for item in datasets], random.randint(0, 1))),
        )
        for number in range(random.randint(2, 7))
    )
    names = [model.id for model in models]
    evaluations = tuple(
        Evaluation(
            **_common(random, "e", number),
            model1=ServiceReference(random.choice([*names, "gone"])),
            model2=ServiceReference(random.choice(names)) if random.random() < 0.7 else _BASE,
            dataset_id=random.choice(datasets).id,
        )
        for number in range(random.randint(0, 3))
    )
    endpoints = tuple(
        Endpoint(**_common(random, "p", number), model=ServiceReference(random.choice(names)))
        for number in range(random.randint(0, 1))
    )
    releases = tuple(_release(random.choice(names)) for _ in range(random.randint(0, 1)))
    benchmark = Benchmark(
        "m",
        ModelReference(random.choice([*names, "base"]), "", base=False),
        "",
        0.1,
        random.choice(_PRINTS),
        "",
        "1",
        Cause.TRAIN_DATA,
        previous=ModelReference(random.choice(names), "", base=False) if random.random() < 0.5 else None,
    )
    return World(
        models, evaluations, datasets, endpoints, benchmark, releases, frozenset(random.sample(_PRINTS, 1))
    )


_BASE = ServiceReference("base", base=True)
_PRINTS = ("f1", "f2", "f3", "f4")


def _common(random: Random, kind: str, number: int) -> dict[str, Any]:
    age = random.choice(_AGES)
    return {
        "id": f"{kind}{number}",
        "display_name": f"{kind}{number}",
        "locale": "en-US",
        "status": random.choice([Status.SUCCEEDED] * 4 + [Status.FAILED, Status.RUNNING, Status.NOT_STARTED]),
        "created": None if random.random() < 0.1 else NOW - timedelta(days=age, seconds=number),
        "custom_properties": {
            "speechops-model": random.choice(["m", "m", "m", "other"]),
            "speechops-fingerprint": random.choice(_PRINTS),
            "speechops-cause": random.choice(list(Cause)),
        },
    }


def _release(model: str) -> Release:
    reference = ModelReference(model, "", base=False)
    return Release("1.0.0", "m", ReleaseKind.DEPLOY, "", "1", "", "p0", reference, 0.1, "better", "")


def violations(world: World, chosen: Iterable[Deletion]) -> Iterator[str]:
    """Yield a sentence for each deletion that must not happen, by rules written independently of the
    choice."""
    chosen = tuple(chosen)
    gone = {item.id for item in chosen}
    entities = {item.id: item for item in (*world.models, *world.evaluations, *world.datasets)}
    for item in chosen:
        entity = entities[item.id]
        if not owns(entity):
            yield f"{item.id} is not ours"
        if entity.created is None or NOW - entity.created < timedelta(days=1):
            yield f"{item.id} is new"
        if isinstance(entity, Model):
            yield from _of_model(world, entity, gone)
        elif isinstance(entity, Evaluation):
            yield from _of_evaluation(world, entity, gone)
        elif isinstance(entity, Dataset):
            yield from _of_dataset(world, entity, gone)


def _of_model(world: World, model: Model, gone: set[str]) -> Iterator[str]:
    if model.id in world.referenced():
        yield f"something refers to {model.id}"
    if model.status not in {Status.SUCCEEDED, Status.FAILED}:
        yield f"{model.id} is still training"
    twin_stays = any(
        twin.id not in gone and twin.fingerprint == model.fingerprint and twin.status is not Status.FAILED
        for twin in world.models
        if owns(twin) and twin.id != model.id
    )
    if model.status is Status.FAILED or twin_stays:
        return
    if model.custom_properties["speechops-cause"] in {"pull-request", "base-model"}:
        if model.created and NOW - model.created <= timedelta(days=DAYS):
            yield f"{model.id} is a young candidate"
        return
    line = [
        item
        for item in world.models
        if owns(item)
        and item.status is not Status.FAILED
        and item.custom_properties["speechops-cause"] not in {"pull-request", "base-model"}
    ]
    newer = [item for item in line if _date(item) > _date(model)]
    if len(newer) < NEWEST:
        yield f"{model.id} is among the newest {NEWEST}"


def _of_evaluation(world: World, test: Evaluation, gone: set[str]) -> Iterator[str]:
    if test.status not in {Status.SUCCEEDED, Status.FAILED}:
        yield f"{test.id} is still running"
    there = {model.id for model in world.models}
    models = {model.id for model in (test.model1, test.model2) if model and not model.base}
    needless = test.status is Status.FAILED or models & gone or models - there
    if not needless and test.created and NOW - test.created <= timedelta(days=DAYS):
        yield f"{test.id} is young and complete"


def _of_dataset(world: World, dataset: Dataset, gone: set[str]) -> Iterator[str]:
    if dataset.status is Status.RUNNING:
        yield f"{dataset.id} is being imported"
    if any(dataset.id in model.dataset_ids for model in world.models if model.id not in gone):
        yield f"a model uses {dataset.id}"
    if any(dataset.id == test.dataset_id for test in world.evaluations if test.id not in gone):
        yield f"a test uses {dataset.id}"
    if dataset.fingerprint in world.current or dataset.fingerprint == world.benchmark.test:
        yield f"{dataset.id} is of today's data"


def _date(entity: Entity) -> tuple[datetime, str]:
    return entity.created or datetime.max.replace(tzinfo=UTC), entity.id
