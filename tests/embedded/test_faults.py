from __future__ import annotations

import contextlib
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import requests

from tests.embedded.api import Api, reference
from tests.embedded.conftest import TEXT
from tests.kit.faults import Fault, FaultKind, Throttle

if TYPE_CHECKING:
    from tests.embedded.api import Json
    from tests.kit.server import RunningService


def body() -> Json:
    return {"displayName": "x", "locale": "en-US", "kind": "Language"}


@pytest.mark.parametrize(
    ("fault", "status", "headers", "text"),
    [
        (
            Fault(kind=FaultKind.STATUS, status=429, retry_after="7"),
            429,
            {"Retry-After": "7"},
            "TooManyRequests",
        ),
        (Fault(kind=FaultKind.STATUS, status=429), 429, {}, "TooManyRequests"),
        (Fault(kind=FaultKind.STATUS), 500, {}, "InternalServerError"),
        (Fault(kind=FaultKind.STATUS, status=502), 502, {}, "InternalCommunicationFailed"),
        (Fault(kind=FaultKind.STATUS, status=503, message="later"), 503, {}, "later"),
        (Fault(kind=FaultKind.HTML), 502, {"Content-Type": "text/html"}, "<h1>Bad Gateway</h1>"),
        (Fault(kind=FaultKind.HTML, status=200), 200, {"Content-Type": "text/html"}, "proxy.example"),
        (Fault(kind=FaultKind.GATEWAY), 401, {"Content-Type": "text/plain"}, '{"error": {"code": "401"'),
    ],
)
def test_fault__replaces_an_answer_once(
    service: RunningService, api: Api, fault: Fault, status: int, headers: dict[str, str], text: str
) -> None:
    service.control.plant(fault)
    answer = api.call("POST", "datasets", json=body())
    assert (answer.status_code, text in answer.text) == (status, True)
    for name, value in headers.items():
        assert answer.headers[name].startswith(value)
    assert ("Retry-After" in answer.headers) == ("Retry-After" in headers)
    assert api.values("datasets") == []
    assert service.control.pending_faults == []


@pytest.mark.parametrize("effect", [False, True])
@pytest.mark.parametrize("kind", [FaultKind.STATUS, FaultKind.RESET, FaultKind.HTML])
def test_fault__comes_before_or_after_the_effect(
    service: RunningService, api: Api, kind: FaultKind, effect: bool
) -> None:
    service.control.plant(Fault(kind=kind, method="POST", effect=effect))
    if kind is FaultKind.RESET:
        with pytest.raises(requests.ConnectionError):
            api.call("POST", "datasets", json=body())
    else:
        assert api.call("POST", "datasets", json=body()).status_code >= 500
    assert len(api.values("datasets")) == effect


def test_truncated__announces_more_than_it_sends(service: RunningService, api: Api) -> None:
    whole = api.call("GET", "models/base")
    service.control.plant(Fault(kind=FaultKind.TRUNCATED))
    with api.call("GET", "models/base", stream=True) as answer:
        assert answer.headers["Content-Length"] == whole.headers["Content-Length"]
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            answer.content  # noqa: B018 - reading is the point


def test_slow__comes_in_pieces_and_whole(service: RunningService, api: Api) -> None:
    whole = api.get("models/base")
    service.control.plant(Fault(kind=FaultKind.SLOW, seconds=0.05))
    with api.call("GET", "models/base", stream=True) as answer:
        assert 0 < len(next(answer.iter_content(None))) < len(str(whole))
    service.control.plant(Fault(kind=FaultKind.SLOW, seconds=0.05))
    answer = api.call("GET", "models/base")
    assert answer.json() == whole
    assert answer.elapsed < timedelta(seconds=30)


def test_slow__does_not_hold_up_the_end(service: RunningService, api: Api) -> None:
    service.control.plant(Fault(kind=FaultKind.SLOW, seconds=3600))
    start = time.monotonic()
    with api.call("GET", "models/base", stream=True) as answer:
        service.stop()
        with contextlib.suppress(requests.RequestException):
            answer.content  # noqa: B018
    assert time.monotonic() - start < 300


def test_content_type__is_wrong(service: RunningService, api: Api) -> None:
    service.control.plant(Fault(kind=FaultKind.CONTENT_TYPE))
    answer = api.call("GET", "models/base")
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.json()["values"]


def test_no_header__lacks_the_location(service: RunningService, api: Api) -> None:
    service.control.plant(Fault(kind=FaultKind.NO_HEADER, detail="Location"))
    answer = api.call("POST", "datasets", json=body())
    assert answer.status_code == 201
    assert "Location" not in answer.headers


def test_fault__chooses_its_requests(service: RunningService, api: Api) -> None:
    service.control.plant(Fault(kind=FaultKind.STATUS, method="GET", path="^/models", after=1, times=2))
    seen = [api.call("GET", path).status_code for path in ("models", "datasets", *["models"] * 3)]
    assert seen == [200, 200, 500, 500, 200]


def test_fault__for_ever(service: RunningService, api: Api) -> None:
    service.control.plant(Fault(kind=FaultKind.STATUS, times=0))
    assert {api.call("GET", "models").status_code for _ in range(5)} == {500}
    service.control.clear_faults()
    assert api.call("GET", "models").status_code == 200


def test_fault__spares_contents(service: RunningService, api: Api) -> None:
    url = api.values(api.dataset(TEXT.encode(), "Language")["links"]["files"])[0]["links"]["contentUrl"]
    service.control.plant(Fault(kind=FaultKind.STATUS, times=0))
    assert requests.get(url, timeout=30).status_code == 200
    assert len(service.control.pending_faults) == 1


def test_list_change__while_it_is_read(service: RunningService, api: Api) -> None:
    for name in ("bystander", "a", "b", "c"):
        api.create("datasets", kind="Language", displayName=name)
    change = {"kind": FaultKind.LIST_CHANGE, "path": "^/datasets", "after": 1, "name": "bystander"}
    service.control.plant(Fault(**change))  # type: ignore[arg-type]
    assert [each["displayName"] for each in api.values("datasets", top=2)] == ["bystander", "a", "c"]
    api.create("datasets", kind="Language", displayName="bystander")
    service.control.plant(Fault(**change, detail="add"))  # type: ignore[arg-type]
    names = [each["displayName"] for each in api.values("datasets", top=2)]
    assert names == ["a", "b", "b", "c", "bystander"]


def test_work__fails_as_asked(service: RunningService, api: Api, text: Json, test_data: Json) -> None:
    plant = service.control.plant
    plant(Fault(kind=FaultKind.IMPORT, code="NoUtf8WithBom", message="No BOM.", detail="line"))
    dataset = api.dataset(TEXT.encode(), "Language")
    assert dataset["properties"]["error"] == {"code": "NoUtf8WithBom", "message": "No BOM."}
    files = {each["name"]: each["links"]["contentUrl"] for each in api.values(dataset["links"]["files"])}
    details = requests.get(files["report.json"], timeout=30).json()["details"]
    assert details == [
        {"filename": "", "inputText": "line", "status": "Rejected", "message": "Error: No BOM.."}
    ]

    plant(Fault(kind=FaultKind.TRAINING, name="^second$", code="InvalidAdaptationMapping"))
    assert api.model(text, displayName="first")["status"] == "Succeeded"
    model = api.model(text, displayName="second")
    assert model["properties"]["error"]["code"] == "InvalidAdaptationMapping"

    plant(Fault(kind=FaultKind.EVALUATION))
    evaluation = api.evaluation(test_data, api.base(), api.base())
    assert evaluation["properties"]["error"] == {"code": "PipelineError", "message": "The evaluation failed."}
    assert evaluation["properties"]["wordErrorRate1"] == -1
    assert [each["status"] for each in api.values("transcriptions")] == ["Failed"] * 2


def test_deployment__that_fails_leaves_the_previous_model_serving(
    service: RunningService, api: Api, model: Json, text: Json
) -> None:
    from tests.embedded.api import identity  # noqa: PLC0415
    from tests.embedded.conftest import SENTENCES  # noqa: PLC0415
    from tests.stub_engine import speech  # noqa: PLC0415

    endpoint = api.endpoint(model)
    service.control.plant(Fault(kind=FaultKind.DEPLOYMENT))
    other = api.model(api.dataset(b"nothing of use\n", "Language"))
    api.call("PATCH", endpoint["self"], json={"model": reference(other)})
    failed = api.get(endpoint["self"])
    assert (failed["status"], failed["model"]) == ("Failed", reference(other))
    assert failed["properties"]["error"]["code"] == "DeployingFailedModel"
    recognized = api.recognize(speech(SENTENCES[0]), identity(endpoint)).json()
    assert recognized["NBest"][0]["Lexical"] == SENTENCES[0]
    api.call("PATCH", endpoint["self"], json={"model": reference(api.model(text))})
    assert api.get(endpoint["self"])["status"] == "Succeeded"


def test_throttle__refuses_too_many_requests_in_a_time(service: RunningService, api: Api) -> None:
    service.control.throttle(Throttle(requests=3, seconds=10, retry_after="4"))
    assert [api.call("GET", "models").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert api.call("GET", "models").headers["Retry-After"] == "4"
    service.control.move_on(timedelta(seconds=10))
    assert api.call("GET", "models").status_code == 200
    service.control.throttle(None)
    assert {api.call("GET", "models").status_code for _ in range(5)} == {200}
