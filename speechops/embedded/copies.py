"""Copies of models between two services: the authorization, the request, the operation, and receiving."""

from __future__ import annotations

import uuid
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from speechops.embedded import copying, representations
from speechops.embedded.calls import Call, Route, answer, exclusive, read_json
from speechops.embedded.copying import PATH
from speechops.embedded.entities import CopyAuthorization, Failure, Model, ModelCopy, Status
from speechops.embedded.refusals import Refusal, invalid, not_found

if TYPE_CHECKING:
    from werkzeug.wrappers import Request, Response

    from speechops.embedded.service import Service

LIFE = timedelta(hours=1)
"""How long an authorization may be used. The real service's value is unknown."""

REGION = "embedded"
RESOURCE = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/embedded"
    "/providers/Microsoft.CognitiveServices/accounts/embedded"
)
"""The Azure resource ID of an embedded service without an explicit one."""

_CHUNK = 1 << 20


@exclusive
def authorize(call: Call) -> Response:
    """``POST /models:authorizecopy``: allow another resource to copy one model to this one."""
    source = call.body("modelCopyAuthorizationDefinition").required("sourceResourceId")
    now = call.service.clock.now()
    authorization = CopyAuthorization(
        id=str(uuid.uuid4()),
        display_name="copy",
        locale="",
        created=now,
        source=source,
        expires=now + LIFE,
    )
    call.service.state.put(authorization)
    document = {
        "targetResourceRegion": REGION,
        "targetResourceId": resource_id(call.service),
        "targetResourceEndpoint": call.view.root,
        "sourceResourceId": source,
        "expirationDateTime": representations.moment(authorization.expires),
        "id": authorization.id,
    }
    return call.reply(document, retry=False)


def copy(call: Call, id_: str) -> Response:
    """``POST /models/{id}:copy``: start to copy a custom model to the resource that authorized it."""
    import requests  # noqa: PLC0415 - few services copy

    body = call.body("modelCopyAuthorization")
    given = {
        name: body.required(name)
        for name in (
            "targetResourceRegion", "targetResourceId", "targetResourceEndpoint", "sourceResourceId",
            "expirationDateTime", "id",
        )
    }  # fmt: skip
    model = call.find(Model, id_)
    if model.status is not Status.SUCCEEDED:
        raise invalid(f"The model is {model.status}.", inner="InvalidModel")
    if given["sourceResourceId"].casefold() != resource_id(call.service).casefold():
        raise body.wrong("sourceResourceId", "is not this resource", inner="InvalidPermissions")
    try:
        expires = datetime.fromisoformat(given["expirationDateTime"])
    except ValueError:
        raise body.wrong("expirationDateTime", "is not a date and time") from None
    if expires.tzinfo is None or call.service.clock.now() >= expires:
        raise _expired("The copy authorization has expired.")
    target = given["targetResourceEndpoint"].rstrip("/")
    if not copying.is_reachable(target):
        raise body.wrong("targetResourceEndpoint", "is not an embedded service on this machine")
    now = call.service.clock.now()
    operation = ModelCopy(
        id=str(uuid.uuid4()),
        display_name=model.display_name,
        locale=model.locale,
        created=now,
        last_action=now,
        requested=now,
        model=model.id,
        target=target,
        authorization=given["id"],
        copy="",
    )
    announced = {
        "operation": operation.id,
        "displayName": model.display_name,
        "description": model.description,
        "locale": model.locale,
        "baseModel": model.base_model,
        "weightPercent": model.weight_percent,
        "expires": model.expires.isoformat(),
        "source": given["sourceResourceId"],
    }
    try:
        said = copying.send(target, given["id"], "POST", json=announced)
    except requests.RequestException:
        raise Refusal(500, "InternalCommunicationFailed", "The target resource did not answer.") from None
    if said.status_code != HTTPStatus.OK:
        raise _passed_on(said.status_code, said.json())
    operation = replace(operation, copy=said.json()["model"])
    call.service.begin(operation)
    document = representations.model_copy(call.view, operation)
    return answer(202, document, {"Operation-Location": str(document["self"]), "Retry-After": "1"})


def read_operation(call: Call, id_: str) -> Response:
    """``GET /operations/models/copy/{id}``."""
    return call.reply(representations.work(call.view, call.look_at(ModelCopy, id_)))


def resource_id(service: Service) -> str:
    """Return the Azure resource id of a service."""
    return service.state.setting("resource-id", RESOURCE)


# What another service sends


def receive(service: Service, request: Request) -> Response:
    """Handle what the source of a copy sends: its announcement, its content, or its cancellation."""
    authorization = service.get(CopyAuthorization, request.path.removeprefix(PATH))
    if authorization is None:
        raise invalid("Unknown copy authorization.", inner="ModelCopyAuthorizationExpired")
    if request.method == "POST":
        return _announced(service, authorization, cast("dict[str, Any]", read_json(request)))
    if request.method == "PUT":
        return _received(service, authorization, request)
    if request.method == "DELETE":
        _finish(service, authorization, Failure("PipelineError", "The source did not send the model."))
        return answer(200, {})
    raise not_found("Resource not found.")


def _announced(service: Service, authorization: CopyAuthorization, said: dict[str, Any]) -> Response:
    """Create the model to be received, if the authorization still allows it."""
    with service.transaction():
        current = service.state.get(CopyAuthorization, authorization.id) or authorization
        if current.operation:
            raise _expired("The copy authorization has been used.")
        now = service.clock.now()
        if now >= current.expires:
            raise _expired("The copy authorization has expired.")
        if said["source"].casefold() != current.source.casefold():
            raise invalid("The copy is authorized for another resource.", inner="InvalidPermissions")
        if service.base_model(said["baseModel"]) is None:
            raise invalid("The base model is not available in the target.", inner="InvalidBaseModel")
        model = Model(
            id=str(uuid.uuid4()),
            display_name=said["displayName"],
            description=said["description"],
            locale=said["locale"],
            created=now,
            last_action=now,
            status=Status.RUNNING,
            base_model=said["baseModel"],
            datasets=(),
            expires=datetime.fromisoformat(said["expires"]),
            weight_percent=said["weightPercent"],
        )
        service.state.put(model, replace(current, operation=said["operation"], model=model.id))
    return answer(200, {"model": model.id})


def _received(service: Service, authorization: CopyAuthorization, request: Request) -> Response:
    """Store the content of the model, only once even if the source sends it again."""
    model = service.state.get(Model, authorization.model)
    if model is None:
        raise invalid("The copy was deleted before its content arrived.", inner="InvalidModel")
    folder = service.state.contents(model.id)
    with service.state.scratch() as scratch:
        packed, unpacked = scratch / "model.zip", scratch / "model"
        with packed.open("wb") as stream:
            while chunk := request.stream.read(_CHUNK):
                stream.write(chunk)
        with zipfile.ZipFile(packed) as archive:
            archive.extractall(unpacked)
        unpacked.mkdir(exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "model").exists():
            unpacked.replace(folder / "model")
    _finish(service, authorization, None)
    return answer(200, {})


def _finish(service: Service, authorization: CopyAuthorization, failure: Failure | None) -> None:
    now = service.clock.now()
    status = Status.FAILED if failure else Status.SUCCEEDED
    service.state.update(
        Model,
        authorization.model,
        lambda model: (
            model
            if model.status.is_terminal
            else replace(model, status=status, error=failure, last_action=now, finished=now)
        ),
    )


def _expired(message: str) -> Refusal:
    return invalid(message, inner="ModelCopyAuthorizationExpired")


def _passed_on(status: int, said: dict[str, Any]) -> Refusal:
    """Return the refusal of the target as that of the source."""
    inner = said.get("innerError") or {}
    return Refusal(status, said["code"], said["message"], inner=inner.get("code", ""))


ROUTES = (
    Route("POST", "/models:authorizecopy", authorize),
    Route("POST", "/models/<id_>:copy", copy),
    Route("GET", "/operations/models/copy/<id_>", read_operation),
)
