"""Controls for tests and benchmarks that no client of the real service has.

In process it is ``RunningService.control``; over HTTP, if enabled, ``/control/…`` (see
:data:`ROUTES`): a body is a JSON object, an answer 200 with one.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from speechops.embedded import codec
from speechops.embedded.base_models import KINDS, catalogue, years_after_quarter
from speechops.embedded.entities import (
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
from speechops.embedded.faults import Fault, Throttle
from speechops.embedded.progress import PATIENCE, RETRY_AFTER, AfterReads, AfterSeconds, Immediate, Progress
from speechops.embedded.refusals import invalid, not_found
from speechops.embedded.tiers import Tier

if TYPE_CHECKING:
    from speechops.embedded.service import Service
    from speechops.embedded.traffic import Exchange

E = TypeVar("E", bound=Entity)
Given = Mapping[str, object]

_OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
_WORKS: tuple[type[Work], ...] = (Dataset, Model, Evaluation, Endpoint, Transcription)
_ALL: tuple[type[Entity], ...] = (Project, *_WORKS)


class Control:
    """The controls of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    # Time

    def move_to(self, moment: datetime) -> None:
        """Set the service's clock to ``moment``: base models appear, models and endpoints expire."""
        self._service.clock.move_to(moment)
        offset = self._service.clock.offset.total_seconds()
        self._service.state.set("clock-offset", str(offset))

    def move_on(self, time: timedelta) -> None:
        """Advance the clock by ``time``."""
        self.move_to(self._service.clock.now() + time)

    @property
    def now(self) -> datetime:
        """The service's time."""
        return self._service.clock.now()

    def set_progress(self, progress: Progress) -> None:
        """Change the pace of work, including work in progress."""
        self._service.progress = progress

    # Failure

    def plant(self, *faults: Fault) -> None:
        """Plant faults."""
        self._service.faults.plant(*faults)

    def throttle(self, limit: Throttle | None) -> None:
        """Set or remove a rate limit."""
        self._service.faults.throttle = limit

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._service.faults.clear()

    @property
    def pending_faults(self) -> list[Fault]:
        """The faults that may still occur."""
        return self._service.faults.pending()

    def set_tier(self, tier: Tier) -> None:
        """Change the price tier of the resource."""
        self._service.state.set("tier", tier)

    def expire(self, model_id: str) -> None:
        """Expire a custom or base model."""
        now = self._service.clock.now()
        base = self._service.base_model(model_id)
        if base is not None:
            self.put_base_model(replace(base, adaptation_until=now, transcription_until=now))
        elif self._service.state.update(Model, model_id, lambda model: replace(model, expires=now)) is None:
            raise not_found()

    # Contents

    def put_base_model(self, model: BaseModel) -> None:
        """Add a base model, or replace the one of the same id."""
        self._service.state.put(model)

    def put(self, *entities: Entity) -> None:
        """Add entities as they are, without doing their work."""
        self._service.state.put(*entities)

    def seed(self, collection: str, count: int = 1, **values: object) -> list[str]:
        """Add finished entities without content, as if they had always been there, and return their ids.

        ``values`` are fields of the entity (``display_name``, ``custom_properties``, ``created``, …) in the
        form that :mod:`codec` gives them.
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
        self.put(*(codec.decode(kind, document) for document in documents))
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
        """Reset all entities, faults, counts and the clock."""
        self._service.faults.clear()
        self._service.state.clear()
        self._service.clock.offset = timedelta()
        self._service.traffic.clear()

    def disturb_list(self, collection: str, name: str, *, grow: bool) -> None:
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
        return self._service.traffic.counts

    @property
    def exchanges(self) -> list[Exchange]:
        """All requests and their answers, in order, over the same time."""
        return self._service.traffic.exchanges

    def clear_counts(self) -> None:
        """Count from zero."""
        self._service.traffic.clear()

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


# Over HTTP


def _time(control: Control, given: Given) -> object:
    """``POST /control/time``: ``{"to": "2027-01-01T00:00:00Z"}`` or ``{"days": 30}``."""
    if "to" in given:
        control.move_to(_date(given["to"]))
    else:
        control.move_on(timedelta(days=_number(given, "days")))
    return {"now": control.now.isoformat()}


def _progress(control: Control, given: Given) -> object:
    """``POST /control/progress``: ``{}``, ``{"reads": 3}`` or ``{"imports": 5, "training": 60, …}``.

    Each with ``retry_after`` and ``patience`` if required.
    """
    control.set_progress(progress_of(given))
    return {}


def progress_of(given: Given) -> Progress:
    """Return the progress model that a JSON object describes."""
    numbers = {name: _number(given, name) for name in given}
    general = {
        "retry_after": int(numbers.pop("retry_after", RETRY_AFTER)),
        "patience": numbers.pop("patience", PATIENCE),
    }
    if not numbers:
        return Immediate(int(general["retry_after"]), general["patience"])
    if numbers.keys() == {"reads"}:
        return AfterReads(int(numbers["reads"]), int(general["retry_after"]), general["patience"])
    try:
        return AfterSeconds(**numbers, **general)  # type: ignore[arg-type]
    except TypeError:
        raise invalid(f"Not a progress model: {sorted(numbers)}.") from None


def _faults(control: Control, given: Given) -> object:
    """``POST /control/faults``: a fault, or ``{"faults": [fault, …]}``. ``DELETE`` clears them."""
    faults = given.get("faults", [given])
    if not isinstance(faults, list) or not all(isinstance(fault, Mapping) for fault in faults):
        raise invalid("The faults are not a list of objects.")
    control.plant(*(Fault.from_json(fault) for fault in faults))
    return {}


def _pending(control: Control, _: Given) -> object:
    """``GET /control/faults``: the faults that may still occur."""
    return {"faults": [asdict(fault) for fault in control.pending_faults]}


def _clear_faults(control: Control, _: Given) -> object:
    control.clear_faults()
    return {}


def _throttle(control: Control, given: Given) -> object:
    """``POST /control/throttle``: ``{"requests": 100, "seconds": 10, "retry_after": "1"}``; ``{}``: none."""
    if not given:
        control.throttle(None)
    else:
        control.throttle(
            Throttle(
                int(_number(given, "requests")),
                _number(given, "seconds"),
                str(given.get("retry_after", "1")),
            )
        )
    return {}


def _tier(control: Control, given: Given) -> object:
    """``POST /control/tier``: ``{"tier": "F0"}``."""
    if given.get("tier") not in set(Tier):
        raise invalid("The tier is not F0 or S0.")
    control.set_tier(Tier(str(given["tier"])))
    return {}


def _expire(control: Control, given: Given) -> object:
    """``POST /control/expire``: ``{"model": "<id>"}``."""
    control.expire(str(given.get("model", "")))
    return {}


def _base_model(control: Control, given: Given) -> object:
    """``POST /control/base-models``: all properties are optional.

    ``id``, ``displayName``, ``locale``, ``created``, ``adaptationDateTime``, ``transcriptionDateTime``,
    ``kinds``, ``outputFormats``.
    """
    newest = catalogue(control.now.date())[-1]
    created = _date(given["created"]) if "created" in given else newest.created
    adaptation, transcription = given.get("adaptationDateTime"), given.get("transcriptionDateTime")
    kinds, formats = given.get("kinds", KINDS), given.get("outputFormats", newest.output_formats)
    if not isinstance(kinds, list | tuple) or not isinstance(formats, list | tuple):
        raise invalid("The kinds or output formats are not a list.")
    name, locale = str(given.get("displayName", f"{created:%Y%m%d}")), str(given.get("locale", newest.locale))
    model = BaseModel(
        id=str(given.get("id", uuid.uuid4())),
        display_name=name,
        description=f"{locale} base model",
        locale=locale,
        created=created,
        adaptation_until=_date(adaptation) if adaptation else years_after_quarter(created, 1),
        transcription_until=_date(transcription) if transcription else years_after_quarter(created, 2),
        kinds=tuple(Kind(kind) for kind in kinds),
        output_formats=tuple(str(form) for form in formats),
    )
    control.put_base_model(model)
    return {"id": model.id}


def _seed(control: Control, given: Given) -> object:
    """``POST /control/seed``: ``{"collection": "models", "count": 3, "display_name": "old", …}``."""
    values = {name: value for name, value in given.items() if name not in {"collection", "count"}}
    count = int(_number(given, "count")) if "count" in given else 1
    try:
        return {"ids": control.seed(str(given.get("collection")), count, **values)}
    except (TypeError, ValueError, AttributeError) as error:
        raise invalid(f"A value has the wrong type ({error}).") from None


def _state(control: Control, _: Given) -> object:
    """``GET /control/state``: the state without ids and dates."""
    return control.dump()


def _reset(control: Control, _: Given) -> object:
    """``POST /control/reset``: as new."""
    control.reset()
    return {}


def _requests(control: Control, _: Given) -> object:
    """``GET /control/requests``: counts by route and in all. ``DELETE`` counts from zero."""
    counts = control.counts
    return {"total": sum(counts.values()), "routes": counts}


def _clear_requests(control: Control, _: Given) -> object:
    control.clear_counts()
    return {}


def _date(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise invalid(f"{value!r} is not a date.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(given: Given, name: str) -> float:
    value = given.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise invalid(f"The value of {name} is not a number.")
    return value


ROUTES: Mapping[tuple[str, str], Callable[[Control, Given], object]] = {
    ("POST", "time"): _time,
    ("POST", "progress"): _progress,
    ("POST", "faults"): _faults,
    ("GET", "faults"): _pending,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "throttle"): _throttle,
    ("POST", "tier"): _tier,
    ("POST", "expire"): _expire,
    ("POST", "base-models"): _base_model,
    ("POST", "seed"): _seed,
    ("GET", "state"): _state,
    ("POST", "reset"): _reset,
    ("GET", "requests"): _requests,
    ("DELETE", "requests"): _clear_requests,
}
