"""The requests that all kinds of entities share: list, read, create, find or create, delete, list files."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from speechops.errors import Place, ServiceError, UsageError, or_none
from speechops.speech.drafts import NewProject
from speechops.speech.entities import Entity, File
from speechops.speech.failures import not_a_list, not_an_entity
from speechops.speech.finding import Found, Listing, find_or_create
from speechops.speech.json_object import JsonObject, id_of
from speechops.speech.listings import Listings
from speechops.speech.paging import read_all
from speechops.speech.patience import Newcomers
from speechops.speech.transport import PATIENCE, Answer, AnswerLost, Call, Transport
from speechops.speech.version import BASE_PATH, ApiVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from speechops.clock import Clock
    from speechops.speech.drafts import Draft

E = TypeVar("E", bound=Entity)

_PAGE = 100  # entities requested at a time, as in the service's documentation
_SAS_MINUTES = 60
_POSITION_DIGITS = 9  # no list is longer


class Entities:
    """The entities of a Speech resource at ``base_url``, requested in one version of the API.

    ``newcomers`` are those that were just created, which the service may not find at once.
    """

    def __init__(self, base_url: str, version: ApiVersion, transport: Transport, clock: Clock) -> None:
        self.base_url = base_url
        self._version = version
        self._transport = transport
        self.newcomers = Newcomers(clock, log=transport.log)
        self._listings = Listings(clock)
        self._said_no_projects = threading.Event()

    def list(self, entity: type[E], locale: str, name: str = "") -> tuple[E, ...]:
        """List the entities of a kind now: of this locale and name, where given."""
        wanted = _filter(name, locale, None)
        found: tuple[E, ...] = self._listings.read(
            entity.path, wanted, lambda: self._read_list(entity, wanted)
        )
        return found

    def _list_recent(
        self, entity: type[E], *, name: str = "", locale: str = "", since: datetime | None = None
    ) -> tuple[E, ...]:
        """List by name now, or return the recently read list without a name."""
        wanted = _filter(name, locale, since)
        if name:
            return self._read_list(entity, wanted)
        found: tuple[E, ...] = self._listings.recent(
            entity.path, wanted, lambda: self._read_list(entity, wanted)
        )
        return found

    def _read_list(self, entity: type[E], wanted: str) -> tuple[E, ...]:
        query = {"top": str(_PAGE)} | ({"filter": wanted} if wanted else {})
        items = self._items(entity.path, query, f"list the {entity.noun}s")
        found = (entity.parse(item) for item in items)
        return tuple(item for item in found if item.id)

    def read(self, entity: type[E], entity_id: str) -> E:
        """Read an entity."""
        path = path_of(entity, entity_id)
        action = f"read the {entity.noun} {entity_id}"
        answer = self.newcomers.patiently(
            entity_id, lambda: self.request("GET", path, action, objection=not_an_entity)
        )
        return self.entity(entity, answer)

    def create(self, entity: type[E], draft: Draft) -> E:
        """Create an entity, even if an equal one exists. Raises :class:`AnswerLost` if it may exist now."""
        if not self._version.has_projects:
            if isinstance(draft, NewProject):
                raise UsageError(
                    f"api-version {self._version} does not support projects.",
                    hint=f"Use {ApiVersion.V2025_10_15}, or remove speech-project.",
                    place=Place(input="api-version"),
                )
            if draft.project_id:
                self.warn_of_no_projects()
                draft = replace(draft, project_id="")
        action = f"create the {entity.noun} {draft.display_name}"
        answer = self.send("POST", entity.path, action, draft.body(self.address), repeatable=False)
        made = entity.parse(JsonObject(answer.data))
        made = replace(made, id=made.id or id_of(answer.headers.get("Location", "")))
        if not made.id:
            raise AnswerLost(f"The speech service returned no ID for the {entity.noun} {draft.display_name}.")
        self.newcomers.add(made.id)
        return made

    def find_or_create(self, entity: type[E], draft: Draft) -> Found[E]:
        """Find the entity with the fingerprint, or the name, of a draft, or create it."""
        create = partial(self.create, entity, draft)
        listing: Listing[E] = partial(self._list_recent, entity)
        return find_or_create(draft, listing=listing, create=create, pause=self._transport.pause)

    def delete(self, entity: type[Entity], entity_id: str) -> None:
        """Delete an entity, which may be gone already."""
        call = Call(
            action=f"delete the {entity.noun} {entity_id}",
            method="DELETE",
            url=self.url(path_of(entity, entity_id), {}),
            wants_json=False,
        )
        try:
            or_none(lambda: self._transport.send(call))
        finally:
            self.forget(entity)

    def files(self, entity: type[Entity], entity_id: str) -> tuple[File, ...]:
        """List the files of an entity."""
        path = f"{path_of(entity, entity_id)}/files"
        query = {"top": str(_PAGE)} | {"sasLifetimeMinutes": str(_SAS_MINUTES)}
        action = f"list the files of the {entity.noun} {entity_id}"
        items = self.newcomers.patiently(entity_id, lambda: self._items(path, query, action))
        return tuple(File.parse(item) for item in items)

    def _items(self, path: str, query: Mapping[str, str], action: str) -> Sequence[JsonObject]:
        """Return the items of all pages of a list.

        A link to the next page only says which page that is: the page is requested from our own address, so
        that credentials never go anywhere else.
        """
        return read_all(
            lambda page: JsonObject(self.request("GET", path, action, page, objection=not_a_list).data),
            query,
            lambda link: self._next_page(link, query, action),
        )

    def _next_page(self, link: str, query: Mapping[str, str], action: str) -> dict[str, str]:
        """Return the query of the next page: ours, with the position that the link names.

        Hosts and paths of such links are wrong in Microsoft's own examples, so nothing else of it is used.
        """
        named = dict(parse_qsl(urlsplit(link).query))
        if not _is_position(named.get("skip", "")):
            raise ServiceError(
                f"The speech service could not {action}: its link to the next page has no position (skip).",
                hint="Check speech-endpoint, and any proxy between it and this machine.",
            )
        places = {name: named[name] for name in ("skip", "top") if _is_position(named.get(name, ""))}
        return {**query, **places}

    def request(
        self,
        method: str,
        path: str,
        action: str,
        query: Mapping[str, str] | None = None,
        objection: Callable[[object], str] = lambda _data: "",
    ) -> Answer:
        """Send a request without a body; ``objection`` says what is wrong with an answer's data."""
        url = self.url(path, query or {})
        return self._transport.send(Call(action=action, method=method, url=url, objection=objection))

    def send(
        self,
        method: str,
        path: str,
        action: str,
        body: object,
        *,
        repeatable: bool = True,
        wants_json: bool = True,
        objection: Callable[[object], str] = lambda _data: "",
    ) -> Answer:
        """Send a JSON document; ``repeatable`` says that a second request has no further effect.

        ``objection`` is as for :meth:`request`.
        """
        call = Call(
            action=action,
            method=method,
            url=self.url(path, {}),
            headers={"Content-Type": "application/json"},
            body=json.dumps(body, ensure_ascii=False).encode(),
            repeatable=repeatable,
            wants_json=wants_json,
            objection=objection,
        )
        return self._transport.send(call)

    def put(self, path: str, query: Mapping[str, str], action: str, data: bytes, entity_id: str) -> None:
        """Send bytes to an entity, which may be so new that the service does not find it at once."""
        call = Call(
            action=action,
            method="PUT",
            url=self.url(path, query),
            headers={"Content-Type": "application/octet-stream"},
            body=data,
            wants_json=False,
        )
        self.newcomers.patiently(entity_id, lambda: self._transport.send(call))

    def forget(self, entity: type[Entity]) -> None:
        """Forget the list of a kind that was read before."""
        self._listings.forget(entity.path)

    def url(self, path: str, query: Mapping[str, str]) -> str:
        """Return the address of a path below the root of the API."""
        parameters = urlencode(dict(query) | self._version.query, quote_via=quote)
        return f"{self.base_url}{BASE_PATH}/{path}" + (f"?{parameters}" if parameters else "")

    def address(self, path: str, entity_id: str) -> str:
        """Return the address of an entity, by which others refer to it."""
        return self.url(f"{path}/{quote(entity_id, safe='')}", {})

    def entity(self, entity: type[E], answer: Answer) -> E:
        """Return the entity in an answer, with the pause that the service requests before the next read."""
        pause = answer.retry_after
        parsed = entity.parse(JsonObject(answer.data))
        if pause is not None and pause > PATIENCE:
            if not parsed.status.is_final:
                self._transport.log(
                    f"The speech service requests a pause of {pause:.0f} s before the {entity.noun} "
                    f"{parsed.id} is read again; it is read after {PATIENCE:.0f} s."
                )
            pause = PATIENCE
        return replace(parsed, retry_after=pause)

    def warn_of_no_projects(self) -> None:
        """Warn once that this version of the API has no projects."""
        if not self._said_no_projects.is_set():
            self._said_no_projects.set()
            self._transport.log(
                f"Version {self._version} of the speech service does not support projects: "
                "continuing without one."
            )


def _is_position(text: str) -> bool:
    return text.isdecimal() and len(text) <= _POSITION_DIGITS


def path_of(entity: type[Entity], entity_id: str) -> str:
    """Return the path of an entity. Raises :class:`ServiceError` for an ID that would change the path."""
    if not entity_id.strip("."):
        raise ServiceError(
            f"There is no {entity.noun} with the id {entity_id!r}.", status=HTTPStatus.NOT_FOUND
        )
    return f"{entity.path}/{quote(entity_id, safe='')}"


def _filter(name: str, locale: str, since: datetime | None) -> str:
    """Return the filter of a list; empty for all."""
    terms = [
        f"{field} eq {_odata(value)}" for field, value in (("displayName", name), ("locale", locale)) if value
    ]
    if since:
        moment = since.astimezone(UTC).replace(tzinfo=None)
        terms.append(f"createdDateTime ge {moment.isoformat(timespec='seconds')}Z")
    return " and ".join(terms)


def _odata(text: str) -> str:
    """Return a string as OData writes it."""
    return "'" + text.replace("'", "''") + "'"
