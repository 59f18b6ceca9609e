"""One request to the API, with what the entities' modules need to read and answer it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.wrappers import Response

from speechops.embedded import filters, representations
from speechops.embedded.bodies import Body
from speechops.embedded.entities import Dataset, Endpoint, Entity, Evaluation, Model, Project, Work
from speechops.embedded.refusals import Refusal, conflict, invalid, not_found
from speechops.embedded.tiers import MOST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from werkzeug.wrappers import Request

    from speechops.embedded.representations import Document, View
    from speechops.embedded.service import Service
    from speechops.embedded.versions import Version

E = TypeVar("E", bound=Entity)
W = TypeVar("W", bound=Work)
T = TypeVar("T")

LARGEST_BODY = 4 * 2**20
LARGEST_PAGE = 100
JSON = "application/json"
_COUNT = re.compile(r"[0-9]{1,9}")
_JSON_TYPES = {JSON, "application/merge-patch+json"}


def read_json(request: Request) -> object:
    """Return the JSON value that was sent. Raises :class:`Refusal`."""
    if request.mimetype not in _JSON_TYPES:
        raise Refusal(415, "UnsupportedMediaType", "The content type of the body is not application/json.")
    raw = request.stream.read(LARGEST_BODY + 1)
    if len(raw) > LARGEST_BODY:
        raise invalid("The body is too large.", inner="InvalidRequestBodyFormat")
    if not raw:
        raise invalid("The body is empty.", inner="EmptyRequest")
    try:
        value = json.loads(raw)
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate could not be stored
    except (ValueError, RecursionError):
        raise invalid("The body is not JSON.", inner="InvalidRequestBodyFormat") from None
    return value


@dataclass(frozen=True)
class Call:
    """A request in its version."""

    service: Service
    request: Request
    view: View

    @property
    def version(self) -> Version:
        """The version of the API."""
        return self.view.version

    @cached_property
    def json(self) -> object:
        """The value that was sent, as :func:`read_json` returns it."""
        return read_json(self.request)

    def body(self, name: str) -> Body:
        """Return the JSON object that was sent."""
        return Body(name, self.json)

    def reply(self, document: object, *, retry: bool = True) -> Response:
        """Answer 200; ``retry`` adds the header for those routes that declare it."""
        headers = {"Retry-After": str(self.service.conditions.retry_after)} if retry else {}
        return answer(200, document, headers)

    def created(self, document: Document) -> Response:
        """Answer 201 with the entity and where it is."""
        return answer(201, document, {"Location": str(document["self"])})

    def page(
        self,
        path: str,
        items: Sequence[T],
        represent: Callable[[View, T], Document],
        fields: frozenset[str],
        *,
        row: Callable[[Any], filters.Row] = filters.row,
        retry: bool = True,
    ) -> Response:
        """Answer one page of a list, filtered as the query says; only what is on it is represented.

        ``row`` returns what an item is filtered by.
        """
        query = self.request.args
        text = query.get("filter")
        test = filters.parse(text, fields) if text else None
        matching = items if test is None else [item for item in items if test(row(item))]
        skip, top = (
            self._count("skip", 0, least=0),
            min(self._count("top", LARGEST_PAGE, least=1), LARGEST_PAGE),
        )
        page: Document = {"values": [represent(self.view, item) for item in matching[skip : skip + top]]}
        if skip + top < len(matching):
            rest = {name: query[name] for name in query if name not in {"skip", "top", "api-version"}}
            page["@nextLink"] = self.version.url(
                self.view.root, path, {"skip": skip + top, "top": top, **rest}
            )
        return self.reply(page, retry=retry)

    def files(self, owner: Entity) -> Response:
        """Answer one page of the files of an entity."""
        lifetime = self.version.sas_lifetime(self.request.args)
        created = representations.published(owner)
        return self.page(
            f"{owner.collection}/{owner.id}/files",
            self.service.state.files(owner.id),
            lambda view, file: representations.file(view, owner, file, self.service.signer, lifetime),
            filters.FILES,
            row=lambda file: {"name": file.name, "kind": file.kind, "createdDateTime": created}.get,
        )

    def file(self, owner: Entity, file_id: str) -> Response:
        """Answer one file of an entity."""
        lifetime = self.version.sas_lifetime(self.request.args)
        for file in self.service.state.files(owner.id):
            if representations.file_id(file) == file_id:
                document = representations.file(self.view, owner, file, self.service.signer, lifetime)
                return self.reply(document, retry=False)
        raise not_found()

    def find(self, kind: type[E], id_: str) -> E:
        """Return an entity. Raises :class:`Refusal` if there is none."""
        entity = self.service.get(kind, id_)
        if entity is None:
            raise not_found()
        return entity

    def look_at(self, kind: type[E], id_: str) -> E:
        """Return an entity that a client requests."""
        self.service.conditions.read(id_)
        return self.find(kind, id_)

    def _count(self, name: str, default: int, *, least: int) -> int:
        text = self.request.args.get(name)
        if text is None:
            return default
        if not _COUNT.fullmatch(text) or int(text) < least:
            raise invalid(f"The value of {name} is not allowed.", inner="UnsupportedPagination", target=name)
        return int(text)


Handler = Callable[..., Response]


def exclusive(handler: Handler) -> Handler:
    """Let a handler read and write without another one in between.

    If it refuses while some work is about to end, it is called once more after that: the same requests
    then have the same answers, however fast the machine.
    """

    @wraps(handler)
    def exclusively(call: Call, **ids: str) -> Response:
        if call.request.method != "DELETE":
            call.json  # noqa: B018 - a slow body is not read in the transaction
        try:
            with call.service.transaction():
                return handler(call, **ids)
        except Refusal:
            if not call.service.catch_up():
                raise
        with call.service.transaction():
            return handler(call, **ids)

    return exclusively


@dataclass(frozen=True, slots=True)
class Route:
    """A method, a path below the version, and its handler. ``projects``: only in versions with projects."""

    method: str
    path: str
    handler: Handler
    projects: bool = False


def answer(status: int, document: object, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer in JSON."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, dict(headers or {}), content_type=JSON)


def nothing(status: int) -> Response:
    """Return an answer without a body."""
    response = Response(status=status)
    del response.headers["Content-Type"]
    return response


# Common to all entities


def common(call: Call, body: Body) -> dict[str, Any]:
    """Return the properties that every new entity has: names, locale, labels, date."""
    locale = body.required("locale")
    known = {locale.lower(): locale for locale in call.service.locales()}
    if locale.lower() not in known:
        raise body.wrong("locale", f"is not one of {', '.join(known.values())}", inner="InvalidLocale")
    return {
        "display_name": body.required("displayName"),
        "locale": known[locale.lower()],
        "description": body.text("description"),
        "custom_properties": body.custom_properties() or {},
        "created": call.service.clock.now(),
    }


def common_of_work(call: Call, body: Body) -> dict[str, Any]:
    """Return the properties that every new entity with work has."""
    properties = common(call, body)
    return {**properties, "last_action": properties["created"], "project": project_of(call, body) or ""}


def project_of(call: Call, body: Body) -> str | None:
    """Return the id of the project that a body names, ``None`` where it names none."""
    if not call.version.projects:
        return None
    id_ = body.reference("project", call.view, Project.collection)
    if id_ is not None and call.service.get(Project, id_) is None:
        raise body.no_entity("project")
    return id_


def check_quota(call: Call, kind: type[Work]) -> None:
    """Refuse an entity beyond the resource's limit."""
    most = MOST[call.service.tier][kind]
    if len(call.service.state.all(kind)) >= most:
        raise invalid(
            f"The limit of {most} {kind.collection} for a resource of tier {call.service.tier} is reached.",
            inner="QuotaViolation",
        )


def updated(call: Call, body: Body, entity: E) -> E:
    """Return the entity with the changes that every update may request."""
    name = body.text("displayName")
    if name is not None and not name.strip():
        raise body.wrong("displayName", "is empty")
    description, labels = body.text("description"), body.custom_properties()
    changed = replace(
        entity,
        display_name=entity.display_name if name is None else name,
        description=entity.description if description is None else description,
        custom_properties=entity.custom_properties if labels is None else labels,
    )
    if isinstance(changed, Work):
        project = project_of(call, body)
        return changed if project is None else replace(changed, project=project)
    return changed


def delete(call: Call, kind: type[Work], id_: str) -> Response:
    """Delete an entity that is finished and unused. It may be absent."""
    entity = call.service.get(kind, id_)
    if entity is None:
        return nothing(204)
    if entity.requested is not None and not entity.status.is_terminal:
        raise conflict(
            f"Only entities in a terminal state can be deleted; this one is {entity.status}.",
            inner="DeleteNotAllowed",
        )
    for user in _users_of(call.service, entity):
        raise conflict(
            f"The entity is used by {user.collection}/{user.id} and cannot be deleted.",
            inner="InUseViolation",
        )
    call.service.state.delete(entity)
    return nothing(204)


def _users_of(service: Service, entity: Work) -> Iterator[Work]:
    """Yield the entities that use ``entity``: endpoints their models, unfinished work its inputs."""
    if isinstance(entity, Dataset):
        yield from (model for model in _unfinished(service.all(Model)) if entity.id in model.datasets)
        yield from (test for test in _unfinished(service.all(Evaluation)) if test.dataset == entity.id)
    if isinstance(entity, Model):
        reference = entity.reference
        yield from (
            endpoint for endpoint in service.all(Endpoint) if reference in {endpoint.model, endpoint.serving}
        )
        tests = _unfinished(service.all(Evaluation))
        yield from (test for test in tests if reference in {test.model1, test.model2})


def _unfinished(works: Sequence[W]) -> list[W]:
    return [work for work in works if not work.status.is_terminal]


# Routes that several kinds of entities have


def reading(
    kind: type[Work],
    fields: frozenset[str] = filters.WORK,
    locales: Callable[[Call], object] = lambda call: call.service.locales(),
) -> tuple[Route, ...]:
    """Return the routes that list, filtered by ``fields``, and read entities, and name their locales."""

    def list_all(call: Call) -> Response:
        return call.page(kind.collection, call.service.all(kind), representations.work, fields)

    def read(call: Call, id_: str) -> Response:
        return call.reply(representations.work(call.view, call.look_at(kind, id_)))

    return (
        Route("GET", f"/{kind.collection}", list_all),
        Route("GET", f"/{kind.collection}/<id_>", read),
        Route("GET", f"/{kind.collection}/locales", lambda call: call.reply(locales(call), retry=False)),
    )


def changing(kind: type[Work]) -> tuple[Route, ...]:
    """Return the routes that update and delete an entity."""

    @exclusive
    def update(call: Call, id_: str) -> Response:
        body = call.body(f"{kind.collection.removesuffix('s')}Update")
        entity = updated(call, body, call.find(kind, id_))
        call.service.state.put(entity)
        return call.reply(representations.work(call.view, entity))

    @exclusive
    def remove(call: Call, id_: str) -> Response:
        return delete(call, kind, id_)

    path = f"/{kind.collection}/<id_>"
    return Route("PATCH", path, update), Route("DELETE", path, remove)


def with_files(kind: type[Work]) -> tuple[Route, ...]:
    """Return the routes that list and read the files of an entity."""

    def list_files(call: Call, id_: str) -> Response:
        return call.files(call.find(kind, id_))

    def read_file(call: Call, id_: str, file_id: str) -> Response:
        return call.file(call.find(kind, id_), file_id)

    path = f"/{kind.collection}/<id_>/files"
    return Route("GET", path, list_files), Route("GET", f"{path}/<file_id>", read_file)
