"""Requests for new entities. Each draft knows the body of its request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from speechops.speech.entities import (
    FINGERPRINT,
    RUN,
    STORE,
    Dataset,
    Entity,
    Evaluation,
    ModelReference,
    Project,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Address = Callable[[str, str], str]
"""Makes the address of an entity from the path of its collection and its id."""

COSTLY_LOOKS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""As :attr:`Draft.looks`, for paid work: waiting a minute costs less than a second training."""

_MOST_PROPERTIES, _LONGEST_KEY, _LONGEST_VALUE = 10, 64, 256  # by the specification


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What all drafts have. Raises ValueError for custom properties beyond the service's limits.

    An ``exclusive`` draft only matches an entity that the same run created. None is looked for that was made
    before ``since``.
    """

    looks: ClassVar[tuple[float, ...]] = (1.0, 2.0, 4.0)
    """Seconds before each search for an entity whose creation was not answered."""

    display_name: str
    locale: str
    description: str = ""
    custom_properties: Mapping[str, str] = field(default_factory=dict, hash=False)
    project_id: str = ""
    exclusive: bool = False
    since: datetime | None = None

    def __post_init__(self) -> None:
        properties = self.all_properties
        if len(properties) > _MOST_PROPERTIES or any(
            len(key) > _LONGEST_KEY or len(value) > _LONGEST_VALUE for key, value in properties.items()
        ):
            raise ValueError(f"custom properties beyond the service's limits: {sorted(properties)}")

    @property
    def all_properties(self) -> dict[str, str]:
        """The custom properties that the service receives."""
        return dict(self.custom_properties)

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the sources of the entity."""
        return self.custom_properties.get(FINGERPRINT, "")

    @property
    def store(self) -> str:
        """The store of the creator of the entity."""
        return self.custom_properties.get(STORE, "")

    def suits(self, entity: Entity) -> bool:
        """Whether an entity with this fingerprint matches the draft."""
        own = not self.exclusive or entity.custom_properties.get(RUN) == self.custom_properties.get(RUN)
        return own and entity.store == self.store

    def body(self, address: Address) -> dict[str, Any]:
        """Return the body of the request, as JSON."""
        body: dict[str, Any] = {"displayName": self.display_name, "locale": self.locale}
        if self.description:
            body["description"] = self.description
        if properties := self.all_properties:
            body["customProperties"] = properties
        if self.project_id:
            body["project"] = _reference(address, Project.path, self.project_id)
        return body


@dataclass(frozen=True, kw_only=True)
class NewProject(Draft):
    """A project."""


@dataclass(frozen=True, kw_only=True)
class NewDataset(Draft):
    """A dataset of a kind, whose content is to be uploaded."""

    kind: str

    def body(self, address: Address) -> dict[str, Any]:
        """Return the body of the request; without ``contentUrl`` the service waits for blocks."""
        return super().body(address) | {"kind": str(self.kind)}


@dataclass(frozen=True, kw_only=True)
class NewModel(Draft):
    """A model to be trained from a base model and datasets; ``weight_percent`` from 1 to 100."""

    looks = COSTLY_LOOKS

    base_model: ModelReference
    dataset_ids: tuple[str, ...]
    weight_percent: int | None = None

    def body(self, address: Address) -> dict[str, Any]:
        """Return the body of the request; without a weight the service chooses it."""
        body = super().body(address) | {
            "baseModel": _reference(address, self.base_model.path, self.base_model.id),
            "datasets": [_reference(address, Dataset.path, dataset) for dataset in self.dataset_ids],
        }
        if self.weight_percent is not None:
            body["properties"] = {"customModelWeightPercent": self.weight_percent}
        return body


@dataclass(frozen=True, kw_only=True)
class NewEvaluation(Draft):
    """A test of two models on one dataset; one model twice tests it alone."""

    model1: ModelReference
    model2: ModelReference
    dataset_id: str

    @property
    def all_properties(self) -> dict[str, str]:
        """The custom properties; without this one Speech Studio shows an inspection instead of a test."""
        return {**self.custom_properties, "testingKind": "Evaluation"}

    def suits(self, entity: Entity) -> bool:
        """Whether an evaluation is of these very models: one that was trained again has not been tested."""
        tested = (entity.model1, entity.model2) if isinstance(entity, Evaluation) else ()
        wanted = [self.model1.id, self.model2.id]
        return super().suits(entity) and [model.id for model in tested if model] == wanted

    def body(self, address: Address) -> dict[str, Any]:
        """Return the body of the request."""
        return super().body(address) | {
            "model1": _reference(address, self.model1.path, self.model1.id),
            "model2": _reference(address, self.model2.path, self.model2.id),
            "dataset": _reference(address, Dataset.path, self.dataset_id),
        }


@dataclass(frozen=True, kw_only=True)
class NewEndpoint(Draft):
    """An endpoint that serves a model; ``logging`` keeps what users say."""

    looks = COSTLY_LOOKS

    model: ModelReference
    logging: bool = False

    def body(self, address: Address) -> dict[str, Any]:
        """Return the body of the request."""
        return super().body(address) | {
            "model": _reference(address, self.model.path, self.model.id),
            "properties": {"loggingEnabled": self.logging},
        }


def _reference(address: Address, path: str, entity: str) -> dict[str, str]:
    return {"self": address(path, entity)}
