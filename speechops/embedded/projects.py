"""Projects: labels that group entities."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.embedded import filters, representations
from speechops.embedded.calls import Call, Route, common, exclusive, nothing, updated
from speechops.embedded.entities import Dataset, Endpoint, Evaluation, Model, Project, Transcription, Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from speechops.embedded.representations import Document

_MEMBERS: tuple[type[Work], ...] = (Dataset, Model, Evaluation, Endpoint, Transcription)
_FIELDS = filters.COMMON | {"foundryProjectName"}


def list_all(call: Call) -> Response:
    """``GET /projects``."""
    return call.page("projects", call.service.all(Project), representations.project, _FIELDS, retry=False)


@exclusive
def create(call: Call) -> Response:
    """``POST /projects``. The service allows a second project with the same name."""
    body = call.body("project")
    project = Project(
        id=str(uuid.uuid4()),
        foundry_project_name=body.text("foundryProjectName") if call.version.foundry else None,
        **common(call, body),
    )
    call.service.state.put(project)
    return call.created(_document(call, project))


def read(call: Call, id_: str) -> Response:
    """``GET /projects/{id}``."""
    return call.reply(_document(call, call.find(Project, id_)), retry=False)


@exclusive
def update(call: Call, id_: str) -> Response:
    """``PATCH /projects/{id}``."""
    body = call.body("projectUpdate")
    project = updated(call, body, call.find(Project, id_))
    if call.version.foundry and body.has("foundryProjectName"):
        project = replace(project, foundry_project_name=body.text("foundryProjectName"))
    call.service.state.put(project)
    return call.reply(_document(call, project), retry=False)


@exclusive
def delete(call: Call, id_: str) -> Response:
    """``DELETE /projects/{id}``. Its entities stay."""
    state = call.service.state
    project = state.get(Project, id_)
    if project is not None:
        members = (entity for kind in _MEMBERS for entity in state.all(kind) if entity.project == id_)
        state.put(*(replace(entity, project="") for entity in members))
        state.delete(project)
    return nothing(204)


def locales(call: Call) -> Response:
    """``GET /projects/locales``."""
    return call.reply(call.service.locales(), retry=False)


def _members_of(kind: type[Work]) -> Callable[..., Response]:
    fields = filters.DATASETS if kind is Dataset else filters.WORK

    def list_members(call: Call, id_: str) -> Response:
        call.find(Project, id_)
        members = [entity for entity in call.service.all(kind) if entity.project == id_]
        return call.page(f"projects/{id_}/{kind.collection}", members, representations.work, fields)

    return list_members


def _document(call: Call, project: Project) -> Document:
    return representations.project(call.view, project)


ROUTES = (
    Route("GET", "/projects", list_all, projects=True),
    Route("POST", "/projects", create, projects=True),
    Route("GET", "/projects/locales", locales, projects=True),
    Route("GET", "/projects/<id_>", read, projects=True),
    Route("PATCH", "/projects/<id_>", update, projects=True),
    Route("DELETE", "/projects/<id_>", delete, projects=True),
    *(
        Route("GET", f"/projects/<id_>/{kind.collection}", _members_of(kind), projects=True)
        for kind in _MEMBERS
    ),
)
