"""Endpoints: a model is deployed behind an ID, and replaced without changing the ID."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.embedded import calls, models, representations
from speechops.embedded.calls import Call, Route, check_quota, common_of_work, exclusive, updated
from speechops.embedded.entities import Endpoint, ModelReference, Status
from speechops.embedded.refusals import conflict

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from speechops.embedded.bodies import Body


@exclusive
def create(call: Call) -> Response:
    """``POST /endpoints``: the deployment starts. Without a model it is the newest base model's."""
    body = call.body("endpoint")
    properties = common_of_work(call, body)
    if body.inner("properties").has("timeToLive"):
        raise body.wrong("properties.timeToLive", "is not supported by the embedded service")
    locale = properties["locale"]
    model = models.usable(call, body, "model", locale) or _newest_base(call, body, locale)
    check_quota(call, Endpoint)
    endpoint = Endpoint(
        id=str(uuid.uuid4()),
        model=model,
        logging_enabled=body.inner("properties").truth("loggingEnabled", default=False),
        requested=properties["created"],
        **properties,
    )
    call.service.begin(endpoint)
    return call.created(representations.work(call.view, endpoint))


@exclusive
def update(call: Call, id_: str) -> Response:
    """``PATCH /endpoints/{id}``. A new model is deployed while the previous one continues to answer."""
    body = call.body("endpointUpdate")
    before = call.find(Endpoint, id_)
    model = models.usable(call, body, "model", before.locale)
    endpoint = replace(
        updated(call, body, before),
        logging_enabled=body.inner("properties").truth(
            "contentLoggingEnabled", default=before.logging_enabled
        ),
    )
    if model is None:
        call.service.state.put(endpoint)
        return call.reply(representations.work(call.view, endpoint))
    if not before.status.is_terminal:
        raise conflict(
            f"The endpoint is {before.status} and cannot be updated now.", inner="EndpointNotUpdatable"
        )
    now = call.service.clock.now()
    endpoint = replace(
        endpoint,
        model=model,
        status=Status.NOT_STARTED,
        requested=now,
        last_action=now,
        finished=None,
        error=None,
    )
    call.service.begin(endpoint)
    return call.reply(representations.work(call.view, endpoint))


@exclusive
def delete(call: Call, id_: str) -> Response:
    """``DELETE /endpoints/{id}``. Unlike other entities, an absent one is not found."""
    call.find(Endpoint, id_)
    return calls.delete(call, Endpoint, id_)


def _newest_base(call: Call, body: Body, locale: str) -> ModelReference:
    fitting = [
        model for model in call.service.base_models() if model.locale == locale and model.supports_endpoints
    ]
    if not fitting:
        raise body.wrong("locale", "has no base model for endpoints", inner="ModelNotDeployable")
    return fitting[-1].reference


ROUTES = (
    *calls.reading(Endpoint),
    Route("POST", "/endpoints", create),
    Route("PATCH", "/endpoints/<id_>", update),
    Route("DELETE", "/endpoints/<id_>", delete),
)
