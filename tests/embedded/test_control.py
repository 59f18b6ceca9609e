from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from speechops.embedded.tiers import Tier
from tests.embedded.api import Api, identity, reference
from tests.embedded.conftest import SENTENCES, TEXT
from tests.kit.faults import Fault, FaultKind
from tests.kit.progress import AfterReads, AfterSeconds, Immediate
from tests.stub_engine import archive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.embedded.api import Json
    from tests.kit.server import RunningService


def test_time__moves(service: RunningService, api: Api) -> None:
    service.control.move_to(datetime(2026, 6, 1, tzinfo=UTC))
    assert api.create("datasets", kind="Language")["createdDateTime"] == "2026-06-01T00:00:00Z"
    service.control.move_on(timedelta(days=1.5))
    assert service.control.now.isoformat() == "2026-06-02T12:00:00+00:00"


def test_time__stays_moved_after_a_restart(
    service: RunningService, start_service: Callable[..., RunningService]
) -> None:
    service.control.move_to(datetime(2030, 1, 1, tzinfo=UTC))
    service.stop()
    assert start_service().control.now.year == 2030


def test_progress__is_exchanged(service: RunningService, api: Api) -> None:
    service.control.set_progress(AfterReads(2, patience=30))
    endpoint = api.create("endpoints")
    assert api.get(endpoint["self"])["status"] == "NotStarted"
    service.control.set_progress(AfterSeconds(deployment=10, retry_after=5))
    answer = api.call("GET", endpoint["self"])
    assert (answer.json()["status"], answer.headers["Retry-After"]) == ("NotStarted", "5")
    service.control.set_progress(Immediate())
    assert api.get(endpoint["self"])["status"] == "Succeeded"


def test_faults__are_planted_and_cleared(service: RunningService, api: Api) -> None:
    service.control.plant(Fault(kind=FaultKind.STATUS, status=503), Fault(kind=FaultKind.IMPORT))
    assert api.call("GET", "models").status_code == 503
    assert api.dataset(TEXT.encode(), "Language")["status"] == "Failed"
    assert service.control.pending_faults == []
    service.control.plant(Fault(kind=FaultKind.RESET, times=0))
    service.control.clear_faults()
    assert api.call("GET", "models").status_code == 200


def test_base_models__of_another_locale_and_kind(service: RunningService, any_api: Api) -> None:
    added = service.control.add_base_model("de-DE", name="20240101 Whisper", kinds=(), formats=("Display",))
    found = any_api.get(f"models/base/{added}")
    assert found["locale"] == "de-DE"
    assert found["properties"]["features"]["supportedOutputFormats"] == ["Display"]
    assert found["properties"]["features"]["supportsAdaptationsWith"] == []
    dataset = any_api.dataset(TEXT.encode(), "Language", locale="de-DE")
    body = {"displayName": "x", "locale": "de-DE", "datasets": [reference(dataset)]}
    assert any_api.refused("POST", "models", json=body) == "InvalidBaseModel"
    english = next(each for each in any_api.values("models/base") if each["locale"] == "en-US")
    wrong = {**body, "baseModel": reference(english)}
    assert any_api.refused("POST", "models", json=wrong) == "InvalidBaseModel"
    assert any_api.refused("POST", "models", json={**body, "locale": "en-US"}) == "InvalidDataset"


def test_expire__a_base_and_a_custom_model(
    service: RunningService, api: Api, model: Json, text: Json
) -> None:
    base = api.base()
    service.control.expire(identity(base))
    assert api.call("GET", base["self"]).status_code == 404
    assert api.base()["self"] != base["self"]
    body = {
        "displayName": "x",
        "locale": "en-US",
        "baseModel": reference(base),
        "datasets": [reference(text)],
    }
    assert api.refused("POST", "models", json=body) == "InvalidPayload"
    service.control.expire(identity(model))
    body = {"displayName": "x", "locale": "en-US", "model": reference(model)}
    assert api.refused("POST", "endpoints", json=body) == "ModelDeprecated"


def test_requests__are_counted_by_route(api: Api, service: RunningService) -> None:
    service.control.clear_counts()
    api.dataset(TEXT.encode(), "Language")
    assert service.control.counts == {
        "GET /datasets/{id}": 1,
        "POST /datasets": 1,
        "POST /datasets/{id}/blocks:commit": 1,
        "PUT /datasets/{id}/blocks": 2,
    }
    assert [(each.method, each.status) for each in service.control.exchanges] == [
        ("POST", 201),
        ("PUT", 201),
        ("PUT", 201),
        ("POST", 200),
        ("GET", 200),
    ]


def test_state__is_equal_for_equal_runs(start_service: Callable[..., RunningService], tmp_path: Path) -> None:
    def run(name: str, **change: Any) -> Json:  # noqa: ANN401
        service = start_service(tmp_path / name)
        api = Api(service.url)
        project = api.create("projects", displayName="p")
        test_data = api.dataset(archive(SENTENCES), "Acoustic", project=reference(project))
        text = api.dataset(TEXT.encode(), "Language", **change)
        model = api.model(text, displayName="m")
        api.evaluation(test_data, api.base(), model)
        api.endpoint(model)
        return service.control.dump()

    first = run("a")
    assert first == run("b")
    assert first != run("c", displayName="other")
    assert first["models"][0]["datasets"] == ["thing"]
    assert first["endpoints"][0]["model"] == "m"
    assert first["evaluations"][0]["model1"] == "base model 20251201"
    assert first["datasets"][0]["project"] in {"", "p"}


@pytest.mark.parametrize("collection", ["projects", "datasets", "models", "endpoints"])
def test_seed__adds_what_was_always_there(service: RunningService, any_api: Api, collection: str) -> None:
    if collection == "projects" and any_api.version == "2024-11-15":
        pytest.skip("there are no projects in this version")
    labels = {"made-by": "others"}
    ids = service.control.seed(
        collection,
        120,
        display_name="old",
        custom_properties=labels,
        created="2025-01-01T00:00:00+00:00",
    )
    found = any_api.values(collection)
    assert [identity(each) for each in found] == ids
    assert {each["displayName"] for each in found} == {"old"}
    assert found[0]["createdDateTime"] == "2025-01-01T00:00:00Z"
    assert found[0]["customProperties"] == labels
    assert any_api.call("DELETE", found[0]["self"]).status_code == 204


@pytest.mark.usefixtures("model")
def test_reset__is_as_new(api: Api, service: RunningService) -> None:
    api.create("projects")
    service.control.set_tier(Tier.F0)
    service.control.move_on(timedelta(days=100))
    service.control.plant(Fault(kind=FaultKind.STATUS))
    service.control.add_base_model("de-DE")
    service.control.reset()
    assert {name: len(entities) for name, entities in service.control.dump().items()} == dict.fromkeys(
        ("projects", "datasets", "models", "evaluations", "endpoints", "transcriptions"), 0
    )
    assert service.control.counts == {}
    assert {each["locale"] for each in api.values("models/base")} == {"en-US"}
    assert service.control.now.month == 1
