"""Controls for tests and benchmarks that no client of the real service has."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import msgspec

from speechops.embedded.base_models import KINDS, catalogue, years_after_quarter
from speechops.embedded.entities import (
    KEPT,
    BaseModel,
    Dataset,
    Endpoint,
    Entity,
    Evaluation,
    Kind,
    Model,
    Project,
    Status,
    Transcription,
    Work,
)
from speechops.embedded.refusals import invalid, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speechops.embedded.service import Service
    from speechops.embedded.tiers import Tier
    from tests.kit.clock import MovableClock
    from tests.kit.conditions import KitConditions
    from tests.kit.faults import Fault, Throttle
    from tests.kit.progress import Progress
    from tests.kit.traffic import Exchange

E = TypeVar("E", bound=Entity)

_OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
_WORKS: tuple[type[Work], ...] = (Dataset, Model, Evaluation, Endpoint, Transcription)
_ALL: tuple[type[Entity], ...] = (Project, *_WORKS)


class Control:
    """The controls of a service."""

    def __init__(self, service: Service, clock: MovableClock, conditions: KitConditions) -> None:
        self._service = service
        self._clock = clock
        self.conditions = conditions

    # Time

    def move_to(self, moment: datetime) -> None:
        """Set the service's clock to ``moment``: base models appear, models and endpoints expire."""
        self._clock.move_to(moment)

    def move_on(self, time: timedelta) -> None:
        """Advance the clock by ``time``."""
        self.move_to(self.now + time)

    @property
    def now(self) -> datetime:
        """The service's time."""
        return self._clock.now()

    def set_progress(self, progress: Progress) -> None:
        """Change the pace of work, including work in progress."""
        self.conditions.progress = progress

    # Failure

    def plant(self, *faults: Fault) -> None:
        """Plant faults."""
        self.conditions.faults.plant(*faults)

    def throttle(self, limit: Throttle | None) -> None:
        """Set or remove a rate limit."""
        self.conditions.faults.throttle = limit

    def clear_faults(self) -> None:
        """Remove all faults."""
        self.conditions.faults.clear()

    @property
    def pending_faults(self) -> list[Fault]:
        """The faults that may still occur."""
        return self.conditions.faults.pending()

    def set_tier(self, tier: Tier) -> None:
        """Change the price tier of the resource."""
        self._service.state.set("tier", tier)

    def expire(self, model_id: str) -> None:
        """Expire a custom or base model."""
        now = self.now
        base = self._service.base_model(model_id)
        if base is not None:
            self.put_base_model(replace(base, adaptation_until=now, transcription_until=now))
        elif self._service.state.update(Model, model_id, lambda model: replace(model, expires=now)) is None:
            raise not_found()

    # Contents

    def put_base_model(self, model: BaseModel) -> None:
        """Add a base model, or replace the one of the same id."""
        self._service.state.put(model)

    def add_base_model(
        self,
        locale: str,
        *,
        name: str = "",
        created: datetime | None = None,
        kinds: Sequence[Kind] = KINDS,
        formats: Sequence[str] = (),
    ) -> str:
        """Add a base model, by default with what the newest one has, and return its id."""
        newest = catalogue(self.now.date())[-1]
        created = created or newest.created
        model = BaseModel(
            id=str(uuid.uuid4()),
            display_name=name or f"{created:%Y%m%d}",
            description=f"{locale} base model",
            locale=locale,
            created=created,
            adaptation_until=years_after_quarter(created, 1),
            transcription_until=years_after_quarter(created, 2),
            kinds=tuple(kinds),
            output_formats=tuple(formats) or newest.output_formats,
        )
        self.put_base_model(model)
        return model.id

    def put(self, *entities: Entity) -> None:
        """Add entities as they are, without doing their work."""
        self._service.state.put(*entities)

    def seed(self, collection: str, count: int = 1, **values: object) -> list[str]:
        """Add finished entities without content, as if they had always been there, and return their ids.

        ``values`` are fields of the entity (``display_name``, ``custom_properties``, ``created``, …) in the
        form that JSON gives them.
        """
        kind = next((kind for kind in _ALL if kind.collection == collection), None)
        if kind is None or kind in {Evaluation, Transcription}:
            raise invalid(f"Cannot seed {collection}.")
        known = {field.name for field in fields(kind)}
        if not values.keys() <= known:
            raise invalid(f"Not fields of {collection}: {sorted(values.keys() - known)}.")
        usual = {name: value for name, value in self._usual(kind).items() if name in known}
        ids = [str(uuid.uuid4()) for _ in range(count)]
        documents = [json.dumps({**usual, **values, "id": id_}) for id_ in ids]
        self.put(*(msgspec.json.decode(document, type=kind) for document in documents))
        return ids

    def _usual(self, kind: type[Entity]) -> dict[str, object]:
        now = self.now.isoformat()
        base = self._service.base_models()[-1]
        model = {"id": base.id, "is_base": True}
        expires = years_after_quarter(self.now, 2).isoformat()
        times = dict.fromkeys(("created", "last_action", "requested", "finished"), now)
        return {
            **times,
            "display_name": f"seeded {kind.collection}",
            "locale": base.locale,
            "status": Status.SUCCEEDED,
            "kind": Kind.LANGUAGE,
            "base_model": base.id,
            "datasets": [],
            "expires": expires,
            "model": model,
            "serving": model,
        }

    def reset(self) -> None:
        """Reset all entities, faults, counts and the clock; what base models recognized stays known."""
        self.conditions.faults.clear()
        state = self._service.state
        for kind in KEPT:
            for entity in state.all(kind):
                state.delete(entity)
        with state.lock, state._database as database:
            database.execute("DELETE FROM settings WHERE name != 'signing-key'")
        self._clock.reset()
        self.conditions.traffic.clear()

    def disturb_list(self, collection: str, name: str, grow: bool) -> None:
        """Change a list while it is read: the oldest entity with ``name`` is deleted or duplicated."""
        for kind in _WORKS:
            if kind.collection != collection:
                continue
            named = [entity for entity in self._service.all(kind) if name in entity.display_name]
            if named and grow:
                earlier = min(named[0].created, _OLDEST) - timedelta(seconds=1)
                self._service.state.put(replace(named[0], id=str(uuid.uuid4()), created=earlier))
            elif named:
                self._service.state.delete(named[0])

    # Evidence

    @property
    def counts(self) -> dict[str, int]:
        """How often each route was requested since the start or the last :meth:`clear_counts`."""
        return self.conditions.traffic.counts

    @property
    def exchanges(self) -> list[Exchange]:
        """All requests and their answers, in order, over the same time."""
        return self.conditions.traffic.exchanges

    def clear_counts(self) -> None:
        """Count from zero."""
        self.conditions.traffic.clear()

    def dump(self) -> dict[str, list[dict[str, object]]]:
        """Return the state without ids and dates, in an order of its own: equal states give equal dumps."""
        names = {entity.id: entity.display_name for kind in _ALL for entity in self._service.all(kind)}
        names |= {entity.id: f"base model {entity.display_name}" for entity in self._service.base_models()}
        return {
            kind.collection: sorted(
                (_canonical(entity, names) for entity in self._service.all(kind)), key=repr
            )
            for kind in _ALL
        }


def _canonical(entity: Entity, names: Mapping[str, str]) -> dict[str, object]:
    """Return a normalized form for comparing runs: references by name, content by size, no IDs or dates."""
    if isinstance(entity, Endpoint):
        entity = replace(entity, requested=None)
    omitted = {"id", "created", "last_action", "requested", "finished", "expires", "blocks"}
    values = {name: value for name, value in asdict(entity).items() if name not in omitted}
    return {name: _named(value, names) for name, value in sorted(values.items())}


def _named(value: object, names: Mapping[str, str]) -> object:
    if isinstance(value, dict):
        if value.keys() == {"id", "is_base"}:
            return names.get(str(value["id"]), "gone")
        return {key: _named(item, names) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_named(item, names) for item in value]
    if isinstance(value, str):
        return " ".join(names.get(word, "gone") if _is_uuid(word) else word for word in value.split(" "))
    return value


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
