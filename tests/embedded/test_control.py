from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.embedded.api import Api, identity, reference
from tests.embedded.conftest import SENTENCES, TEXT
from tests.stub_engine import archive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speechops.embedded.server import RunningService
    from tests.embedded.api import Json


@pytest.mark.service(control=False)
def test_control__is_off_unless_it_is_switched_on(api: Api) -> None:
    answer = api.session.get(f"{api.root}/control/state", timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (404, "NotFound")


def test_time__moves(api: Api) -> None:
    api.control("POST", "time", {"to": "2026-06-01T00:00:00Z"})
    assert api.create("datasets", kind="Language")["createdDateTime"] == "2026-06-01T00:00:00Z"
    assert api.control("POST", "time", {"days": 1.5}) == {"now": "2026-06-02T12:00:00+00:00"}


def test_time__stays_moved_after_a_restart(
    service: RunningService, api: Api, start_service: Callable[..., RunningService]
) -> None:
    api.control("POST", "time", {"to": "2030-01-01"})
    service.stop()
    assert start_service().control.now.year == 2030


def test_progress__is_exchanged(api: Api) -> None:
    api.control("POST", "progress", {"reads": 2, "patience": 30})
    endpoint = api.create("endpoints")
    assert api.get(endpoint["self"])["status"] == "NotStarted"
    api.control("POST", "progress", {"deployment": 10, "retry_after": 5})
    answer = api.call("GET", endpoint["self"])
    assert (answer.json()["status"], answer.headers["Retry-After"]) == ("NotStarted", "5")
    api.control("POST", "progress", {})
    assert api.get(endpoint["self"])["status"] == "Succeeded"


def test_faults__are_planted_listed_and_cleared(api: Api) -> None:
    api.control("POST", "faults", {"faults": [{"kind": "status", "status": 503}, {"kind": "import"}]})
    assert [each["kind"] for each in api.control("GET", "faults")["faults"]] == ["status", "import"]
    assert api.call("GET", "models").status_code == 503
    assert api.dataset(TEXT.encode(), "Language")["status"] == "Failed"
    assert api.control("GET", "faults")["faults"] == []
    api.control("POST", "faults", {"kind": "reset", "times": 0})
    api.control("DELETE", "faults")
    assert api.call("GET", "models").status_code == 200


def test_throttle__over_http(api: Api) -> None:
    api.control("POST", "throttle", {"requests": 1, "seconds": 100})
    assert [api.call("GET", "models").status_code for _ in range(2)] == [200, 429]
    api.control("POST", "throttle", {})
    assert api.call("GET", "models").status_code == 200


def test_tier__over_http(api: Api) -> None:
    api.control("POST", "tier", {"tier": "F0"})
    api.create("endpoints")
    body = {"displayName": "x", "locale": "en-US"}
    assert api.refused("POST", "endpoints", json=body) == "QuotaViolation"


def test_base_models__of_another_locale_and_kind(any_api: Api) -> None:
    made = any_api.control(
        "POST",
        "base-models",
        {"locale": "de-DE", "displayName": "20240101 Whisper", "kinds": [], "outputFormats": ["Display"]},
    )
    found = any_api.get(f"models/base/{made['id']}")
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


def test_expire__a_base_and_a_custom_model(api: Api, model: Json, text: Json) -> None:
    base = api.base()
    api.control("POST", "expire", {"model": identity(base)})
    assert api.call("GET", base["self"]).status_code == 404
    assert api.base()["self"] != base["self"]
    body = {
        "displayName": "x",
        "locale": "en-US",
        "baseModel": reference(base),
        "datasets": [reference(text)],
    }
    assert api.refused("POST", "models", json=body) == "InvalidPayload"
    api.control("POST", "expire", {"model": identity(model)})
    body = {"displayName": "x", "locale": "en-US", "model": reference(model)}
    assert api.refused("POST", "endpoints", json=body) == "ModelDeprecated"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("time", {"to": "tomorrow"}),
        ("time", {}),
        ("progress", {"reads": "many"}),
        ("progress", {"cooking": 3}),
        ("faults", {"kind": "earthquake"}),
        ("faults", {"kind": "status", "status": "500"}),
        ("faults", {"kind": "status", "colour": "red"}),
        ("faults", {"faults": "all"}),
        ("throttle", {"requests": 1}),
        ("tier", {"tier": "S1"}),
        ("base-models", {"kinds": "all"}),
        ("seed", {"collection": "evaluations"}),
        ("seed", {"collection": "models", "colour": "red"}),
        ("seed", {"collection": "models", "created": "yesterday"}),
        ("seed", {"collection": "models", "count": "many"}),
    ],
)
def test_control__refuses_what_it_does_not_know(api: Api, name: str, body: Json) -> None:
    answer = api.session.post(f"{api.root}/control/{name}", json=body, timeout=30)
    assert answer.status_code == 400
    assert answer.json()["message"]


@pytest.mark.parametrize("raw", [b"[]", b"{"])
def test_control__refuses_what_is_no_object(api: Api, raw: bytes) -> None:
    assert api.session.post(f"{api.root}/control/time", data=raw, timeout=30).status_code == 400


def test_expire__of_what_is_not_there_is_not_found(api: Api) -> None:
    answer = api.session.post(f"{api.root}/control/expire", json={"model": "none"}, timeout=30)
    assert answer.status_code == 404


def test_requests__are_counted_by_route(api: Api, service: RunningService) -> None:
    api.control("DELETE", "requests")
    api.dataset(TEXT.encode(), "Language")
    assert api.control("GET", "requests") == {
        "total": 5,
        "routes": {
            "GET /datasets/{id}": 1,
            "POST /datasets": 1,
            "POST /datasets/{id}/blocks:commit": 1,
            "PUT /datasets/{id}/blocks": 2,
        },
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
        api = Api(start_service(tmp_path / name).url)
        project = api.create("projects", displayName="p")
        test_data = api.dataset(archive(SENTENCES), "Acoustic", project=reference(project))
        text = api.dataset(TEXT.encode(), "Language", **change)
        model = api.model(text, displayName="m")
        api.evaluation(test_data, api.base(), model)
        api.endpoint(model)
        return api.control("GET", "state")

    first = run("a")
    assert first == run("b")
    assert first != run("c", displayName="other")
    assert first["models"][0]["datasets"] == ["thing"]
    assert first["endpoints"][0]["model"] == "m"
    assert first["evaluations"][0]["model1"] == "base model 20251201"
    assert first["datasets"][0]["project"] in {"", "p"}


@pytest.mark.parametrize("collection", ["projects", "datasets", "models", "endpoints"])
def test_seed__adds_what_was_always_there(any_api: Api, collection: str) -> None:
    if collection == "projects" and any_api.version == "2024-11-15":
        pytest.skip("there are no projects in this version")
    labels = {"made-by": "others"}
    ids = any_api.control(
        "POST",
        "seed",
        {
            "collection": collection,
            "count": 120,
            "display_name": "old",
            "custom_properties": labels,
            "created": "2025-01-01T00:00:00+00:00",
        },
    )["ids"]
    found = any_api.values(collection)
    assert [identity(each) for each in found] == ids
    assert {each["displayName"] for each in found} == {"old"}
    assert found[0]["createdDateTime"] == "2025-01-01T00:00:00Z"
    assert found[0]["customProperties"] == labels
    assert any_api.call("DELETE", found[0]["self"]).status_code == 204


@pytest.mark.usefixtures("model")
def test_reset__is_as_new(api: Api, service: RunningService) -> None:
    api.create("projects")
    api.control("POST", "tier", {"tier": "F0"})
    api.control("POST", "time", {"days": 100})
    api.control("POST", "faults", {"kind": "status"})
    api.control("POST", "base-models", {"locale": "de-DE"})
    api.control("POST", "reset")
    assert {name: len(each) for name, each in api.control("GET", "state").items()} == dict.fromkeys(
        ("projects", "datasets", "models", "evaluations", "endpoints", "transcriptions"), 0
    )
    assert api.control("GET", "requests")["total"] == 0
    assert {each["locale"] for each in api.values("models/base")} == {"en-US"}
    assert service.control.now.month == 1
