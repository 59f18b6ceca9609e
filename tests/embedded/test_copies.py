"""Copies of models between two services: authorized, used once, done in time, with all that was learned."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from speechops.embedded.copies import RESOURCE
from tests.embedded.api import VERSIONS, Api, identity
from tests.embedded.conftest import SENTENCES, TEXT
from tests.kit.faults import Fault, FaultKind
from tests.kit.progress import AfterReads
from tests.stub_engine import speech

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.embedded.api import Json
    from tests.kit.server import RunningService


@pytest.fixture
def other(start_service: Callable[..., RunningService], tmp_path: Path) -> RunningService:
    """The service that the copies go to."""
    return start_service(tmp_path / "other")


@pytest.fixture(params=VERSIONS)
def pair(service: RunningService, other: RunningService, request: pytest.FixtureRequest) -> tuple[Api, Api]:
    """Clients of the source and of the target."""
    return Api(service.url, request.param), Api(other.url, request.param)


def authorized(target: Api, source: str = RESOURCE) -> Json:
    answer = target.call("POST", "models:authorizecopy", json={"sourceResourceId": source})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def begun(source: Api, model: Json, authorization: Json) -> Json:
    answer = source.call("POST", f"models/{identity(model)}:copy", json=authorization)
    assert answer.status_code == 202, answer.text
    assert answer.headers["Operation-Location"] == answer.json()["self"]
    operation: Json = answer.json()
    return operation


def trained(api: Api) -> Json:
    return api.model(
        api.dataset(TEXT.encode(), "Language"), displayName="candidate", customProperties={"a": "b"}
    )


def test_copy__recognizes_what_was_trained_elsewhere(pair: tuple[Api, Api]) -> None:
    source, target = pair
    model = trained(source)
    operation = source.get(begun(source, model, authorized(target))["self"])
    assert operation["status"] == "Succeeded"
    copy = target.get(operation["result"]["link"])
    assert copy["displayName"] == "candidate"
    assert copy["customProperties"] == {}
    assert copy["properties"]["deprecationDates"] == model["properties"]["deprecationDates"]
    assert target.values("models") == [copy]
    here = source.endpoint(model)
    there = target.endpoint(copy)
    for sentence in SENTENCES:
        recognized = [
            api.recognize(speech(sentence), identity(endpoint)).json()["NBest"][0]["Lexical"]
            for api, endpoint in ((source, here), (target, there))
        ]
        assert recognized == [sentence, sentence]


@pytest.mark.service(progress=AfterReads(2))
def test_operation__takes_its_time(service: RunningService, other: RunningService) -> None:
    source, target = Api(service.url), Api(other.url)
    [model] = [{"self": source.url(f"models/{id_}")} for id_ in service.control.seed("models")]
    operation = begun(source, model, authorized(target))
    statuses = [source.get(operation["self"])["status"] for _ in range(3)]
    assert statuses == ["NotStarted", "Running", "Succeeded"]


def test_authorization__serves_once(pair: tuple[Api, Api]) -> None:
    source, target = pair
    model, authorization = trained(source), authorized(target)
    begun(source, model, authorization)
    code = source.refused("POST", f"models/{identity(model)}:copy", json=authorization)
    assert code == "ModelCopyAuthorizationExpired"
    assert len(target.values("models")) == 1


def test_authorization__expires(service: RunningService, other: RunningService) -> None:
    source, target = Api(service.url), Api(other.url)
    model, authorization = trained(source), authorized(target)
    other.control.move_on(timedelta(days=1))
    code = source.refused("POST", f"models/{identity(model)}:copy", json=authorization)
    assert code == "ModelCopyAuthorizationExpired"
    service.control.move_on(timedelta(days=1))
    code = source.refused("POST", f"models/{identity(model)}:copy", json=authorization)
    assert code == "ModelCopyAuthorizationExpired"
    assert target.values("models") == []


def test_authorization__is_for_one_source(service: RunningService, other: RunningService) -> None:
    source, target = Api(service.url), Api(other.url)
    model = trained(source)
    elsewhere = authorized(target, RESOURCE.replace("accounts/embedded", "accounts/another"))
    assert source.refused("POST", f"models/{identity(model)}:copy", json=elsewhere) == "InvalidPermissions"
    forged = {**elsewhere, "sourceResourceId": RESOURCE}
    assert source.refused("POST", f"models/{identity(model)}:copy", json=forged) == "InvalidPermissions"


@pytest.mark.parametrize(
    "place", ["http://example.com", "https://contoso.cognitiveservices.azure.com", "http://u@127.0.0.1"]
)
def test_copy__stays_on_this_machine(service: RunningService, other: RunningService, place: str) -> None:
    source, target = Api(service.url), Api(other.url)
    model = trained(source)
    authorization = {**authorized(target), "targetResourceEndpoint": place}
    assert source.refused("POST", f"models/{identity(model)}:copy", json=authorization) == "InvalidPayload"


def test_copy__that_fails(service: RunningService, other: RunningService) -> None:
    source, target = Api(service.url), Api(other.url)
    service.control.plant(Fault(kind=FaultKind.COPY, code="PipelineError", message="No luck today."))
    operation = source.get(begun(source, trained(source), authorized(target))["self"])
    assert operation["status"] == "Failed"
    assert operation["error"] == {"code": "PipelineError", "message": "No luck today."}
    assert [model["status"] for model in target.values("models")] == ["Failed"]


def test_copy__is_of_a_custom_model_that_is_ready(pair: tuple[Api, Api]) -> None:
    source, target = pair
    base = source.base()
    assert source.refused("POST", f"models/{identity(base)}:copy", 404, json=authorized(target)) == "NotFound"
