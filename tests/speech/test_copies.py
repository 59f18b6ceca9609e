"""The client's part in a copy, in the form of Microsoft's published examples, odd addresses included."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from speechops.errors import ServiceError, ServiceUnavailable
from speechops.speech import AnswerLost, ApiVersion, CopyAuthorization, Status
from speechops.speech.json_object import JsonObject
from tests.speech.service import V, address, bare, identity, sent_json, sent_query

if TYPE_CHECKING:
    import responses

    from tests.clock import FakeClock
    from tests.speech.conftest import Connect

SOURCE, TARGET = (
    f"/subscriptions/{name}/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/{name}"
    for name in ("source", "target")
)


def authorization(version: ApiVersion) -> dict[str, Any]:
    """What the target answers; its endpoint has a path and a query in the published example too."""
    return {
        "targetResourceRegion": "eastus",
        "targetResourceId": TARGET,
        "targetResourceEndpoint": address("models", version),
        "sourceResourceId": SOURCE,
        "expirationDateTime": "2026-01-07T13:00:00Z",
        "id": identity(1),
    }


AUTHORIZATION = CopyAuthorization.parse(JsonObject(authorization(V)))
COPY = bare(f"models/{identity(3)}:copy")


def operation(version: ApiVersion, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "id": identity(2),
        "self": address(f"operations/models/copy/{identity(2)}", version),
        "createdDateTime": "2026-01-07T12:00:00Z",
        "lastActionDateTime": "2026-01-07T12:00:00Z",
        "status": "NotStarted",
        **more,
    }


def test_copy__in_the_form_of_the_published_examples(
    web: responses.RequestsMock, connect: Connect, version: ApiVersion
) -> None:
    client = connect(version)
    web.post(bare("models:authorizecopy"), json=authorization(version))
    found = client.authorize_copy(SOURCE)
    assert sent_json(web.calls[-1]) == {"sourceResourceId": SOURCE}
    location = {"Operation-Location": operation(version)["self"]}
    web.post(COPY, status=202, headers=location, json=operation(version))
    begun = client.copy_model(identity(3), found)
    assert sent_json(web.calls[-1]) == authorization(version)
    assert (begun.id, begun.status) == (identity(2), Status.NOT_STARTED)
    link = {"link": address(f"models/{identity(4)}", version)}
    done = operation(version, status="Succeeded", result=link)
    web.get(bare(f"operations/models/copy/{identity(2)}"), json=done)
    assert client.model_copy(begun.id).model_id == identity(4)
    assert all(sent_query(call.request) == {"api-version": str(version)} for call in web.calls)


@pytest.mark.parametrize("odd", [None, [], {}, {"error": {"code": "Busy", "message": "later"}}])
def test_authorize_copy__answer_that_is_no_authorization_is_asked_for_again(
    web: responses.RequestsMock, connect: Connect, odd: object
) -> None:
    web.post(bare("models:authorizecopy"), body=json.dumps(odd))
    web.post(bare("models:authorizecopy"), json=authorization(V))
    assert connect().authorize_copy(SOURCE) == AUTHORIZATION
    web.replace("POST", bare("models:authorizecopy"), body=json.dumps(odd))
    with pytest.raises(ServiceUnavailable, match="not an authorization"):
        connect().authorize_copy(SOURCE)


@pytest.mark.parametrize("id_in", ["body", "header"])
def test_copy__that_has_just_begun_may_be_found_late(
    web: responses.RequestsMock, connect: Connect, clock: FakeClock, id_in: str
) -> None:
    client = connect()
    document = operation(V)
    header = {"Operation-Location": document["self"]}
    answer = {"json": document} if id_in == "body" else {"json": {"status": "NotStarted"}, "headers": header}
    web.post(COPY, status=202, **answer)
    begun = client.copy_model(identity(3), AUTHORIZATION)
    where = bare(f"operations/models/copy/{identity(2)}")
    for _ in range(3):
        web.get(where, status=404, json={"code": "NotFound"})
    web.get(where, json=document)
    assert client.model_copy(begun.id).id == identity(2)
    waited = clock.slept
    assert 3 < waited < 10
    clock.advance(3600)
    web.get(where, status=404, json={"code": "NotFound"})
    with pytest.raises(ServiceError):
        client.model_copy(begun.id)
    assert clock.slept == waited


def test_copy__without_an_id_in_the_answer_is_lost(web: responses.RequestsMock, connect: Connect) -> None:
    web.post(COPY, status=202, json={"status": "NotStarted"})
    with pytest.raises(AnswerLost, match="no ID"):
        connect().copy_model(identity(3), AUTHORIZATION)


def test_copy__that_failed_has_its_error_at_the_top(
    web: responses.RequestsMock, connect: Connect, version: ApiVersion
) -> None:
    client = connect(version)
    error = {"code": "InternalServerError", "message": "No luck."}
    web.get(
        bare(f"operations/models/copy/{identity(2)}"),
        json=operation(version, status="Failed", error=error),
    )
    copy = client.model_copy(identity(2))
    assert copy.status is Status.FAILED
    assert copy.error
    assert (copy.error.code, copy.error.message) == ("InternalServerError", "No luck.")
