"""The judge itself: it sees each kind of breach, on both sides, and nothing where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses

from speechops.embedded import representations
from tests import contract
from tests.contract import Answer, Contract, Request
from tests.embedded.api import VERSIONS, Api, reference

if TYPE_CHECKING:
    from tests.embedded.api import Json
    from tests.kit.server import RunningService

pytestmark = pytest.mark.skipif(not contract.is_on(), reason="../shared/specs is absent")

ID = "00000000-0000-4000-8000-000000000000"
KEY = {"Ocp-Apim-Subscription-Key": "k"}
SENT = {**KEY, "Content-Type": "application/json"}
DATASET = {"displayName": "x", "locale": "en-US", "kind": "Language"}


def judge(version: str) -> Contract:
    return Contract(json.loads((contract.SPECS / f"speechtotext-{version}.json").read_bytes()))


def faults_of_request(
    method: str,
    path: str,
    *,
    version: str = VERSIONS[0],
    headers: Json | None = None,
    **given: Any,  # noqa: ANN401
) -> list[str]:
    body = given.get("body")
    raw = json.dumps(body).encode() if body is not None else given.get("raw", b"")
    query = given.get("query", f"api-version={version}")
    request = Request(method, path, query, KEY if headers is None else headers, raw)
    return list(judge(version).faults_of_request(path, request))


@pytest.mark.parametrize("version", VERSIONS)
def test_request__that_is_right(version: str) -> None:
    for method, path, headers, body in (
        ("GET", "/datasets", KEY, None),
        ("GET", f"/datasets/{ID}", {"Authorization": "Bearer t"}, None),
        ("GET", "/models/base", KEY, None),
        ("DELETE", f"/models/{ID}", KEY, None),
        ("POST", "/datasets", SENT, {**DATASET, "customProperties": {"a": "b"}}),
        ("POST", f"/datasets/{ID}/blocks:commit", SENT, [{"kind": "Latest", "id": "AAAA"}]),
        ("PATCH", f"/endpoints/{ID}", SENT, {"properties": {"contentLoggingEnabled": True}}),
    ):
        assert faults_of_request(method, path, version=version, headers=headers, body=body) == []


@pytest.mark.parametrize(
    ("method", "path", "given", "fault"),
    [
        ("GET", "/dataset", {}, "is not described"),
        ("PUT", "/datasets", {}, "is not described"),
        ("GET", "/datasets", {"headers": {}}, "neither key nor token"),
        ("GET", "/datasets", {"query": ""}, "lacks the query parameter api-version"),
        ("GET", "/datasets", {"query": "api-version=x&size=3"}, "size, which is not described"),
        ("GET", "/datasets", {"query": "api-version=x&top=all"}, "top that is not an integer"),
        ("GET", "/datasets", {"query": "api-version=x&top=1&top=2"}, "top more than once"),
        ("GET", "/datasets", {"body": {}}, "has a body"),
        ("POST", "/datasets", {"body": DATASET}, "content type ''"),
        ("POST", "/datasets", {"headers": SENT, "raw": b"{"}, "not JSON"),
        ("POST", "/datasets", {"headers": SENT, "body": {**DATASET, "colour": "red"}}, "colour"),
        ("POST", "/datasets", {"headers": SENT, "body": {**DATASET, "status": "Failed"}}, "status"),
        ("POST", "/datasets", {"headers": SENT, "body": {**DATASET, "links": {}}}, "links"),
        ("POST", "/datasets", {"headers": SENT, "body": {**DATASET, "properties": {"error": {}}}}, "error"),
        ("POST", "/datasets", {"headers": SENT, "body": {**DATASET, "displayName": ""}}, "displayName"),
        ("POST", "/datasets", {"headers": SENT, "body": {**DATASET, "kind": "Sound"}}, "Sound"),
        ("POST", "/datasets", {"headers": SENT, "body": {**DATASET, "description": None}}, "description"),
        ("POST", "/datasets", {"headers": SENT, "body": {"locale": "en-US", "kind": "Language"}}, "required"),
        ("POST", "/datasets", {"headers": SENT, "body": {**DATASET, "contentUrl": "here"}}, "uri"),
        ("POST", "/datasets", {"headers": SENT, "body": {**DATASET, "customProperties": {"a": 1}}}, "string"),
        (
            "POST",
            "/models",
            {
                "headers": SENT,
                "body": {"displayName": "m", "locale": "en", "properties": {"customModelWeightPercent": 101}},
            },
            "maximum",
        ),
    ],
)
def test_request__that_is_wrong(method: str, path: str, given: Json, fault: str) -> None:
    found = faults_of_request(method, path, **given)
    assert any(fault in each for each in found), found


def test_request__differs_by_version() -> None:
    with_project: Json = {"headers": SENT, "body": {**DATASET, "project": {"self": "http://x/y"}}}
    assert faults_of_request("POST", "/datasets", **with_project) == []
    assert "project" in faults_of_request("POST", "/datasets", version="2024-11-15", **with_project)[0]
    assert faults_of_request("GET", "/projects", version="2024-11-15") == ["is not described"]


def whole_answer(**change: object) -> Answer:
    body = {**DATASET, "self": f"http://x/datasets/{ID}", "status": "Running", **change}
    body["createdDateTime"] = change.get("createdDateTime", "2026-01-07T12:00:00Z")
    headers = {"Content-Type": "application/json", "Retry-After": "1"}
    return Answer(200, headers, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (whole_answer(), ""),
        (whole_answer(colour="red"), "colour"),
        (whole_answer(status="Paused"), "Paused"),
        (whole_answer(createdDateTime="yesterday"), "date-time"),
        (whole_answer(description=None), "description"),
        (whole_answer(properties={"acceptedLineCount": 2**31}), "greater than the maximum of 2147483647"),
        (whole_answer(properties={"acceptedLineCount": "2"}), "integer"),
        (Answer(202, {}, b""), "status 202"),
        (Answer(200, {"Content-Type": "text/html", "Retry-After": "1"}, b"x"), "text/html"),
        (Answer(200, {"Content-Type": "application/json"}, whole_answer().body), "without the header Retry"),
        (
            Answer(200, {"Content-Type": "application/json", "Retry-After": "soon"}, whole_answer().body),
            "Retry-After: soon",
        ),
        (
            Answer(
                200,
                {"Content-Type": "application/json", "Retry-After": "1", "Location": "http://x"},
                whole_answer().body,
            ),
            "header location, which is not described",
        ),
        (Answer(404, {"Content-Type": "application/json"}, b'{"code": "NotFound", "message": "m"}'), ""),
        (Answer(404, {"Content-Type": "application/json"}, b'{"error": {}}'), "error"),
        (Answer(404, {"Content-Type": "application/json"}, b'{"code": "Lost"}'), "Lost"),
    ],
)
def test_answer__is_judged(answer: Answer, fault: str) -> None:
    found = list(judge(VERSIONS[0]).faults_of_answer(f"/datasets/{ID}", "GET", answer))
    assert any(fault in each for each in found) if fault else found == []


def test_answer__to_a_deletion_is_empty() -> None:
    found = list(judge(VERSIONS[0]).faults_of_answer(f"/datasets/{ID}", "DELETE", Answer(204, {}, b"x")))
    assert found == ["is answered with a body"]


# In the test run


def report() -> Path:
    return Path(os.environ[contract.REPORT])


def taken() -> str:
    """The report so far, which is then empty: this test is not to fail by it."""
    text = report().read_text(encoding="utf-8") if report().exists() else ""
    report().unlink(missing_ok=True)
    return text


def test_run__sees_a_wrong_request_to_a_service(api: Api) -> None:
    api.call("POST", "datasets", json={**DATASET, "colour": "red"})
    assert "POST /speechtotext/datasets the body: Additional properties" in taken()
    api.call("GET", "datasets")
    assert taken() == ""


def test_run__sees_a_wrong_answer_of_a_service(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(representations, "moment", lambda _: "today")
    api.call("GET", "models/base")
    assert '"today" is not a "date-time"' in taken()


def test_run__sees_a_wrong_request_to_a_fake() -> None:
    url = "https://westus.api.cognitive.microsoft.com/speechtotext/models"
    with responses.RequestsMock() as mock:
        mock.get(url, json={})
        requests.get(f"{url}?api-version={VERSIONS[0]}&limit=3", headers=KEY, timeout=3)
    assert "limit, which is not described" in taken()


def test_run__sees_services_in_other_processes(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, requests\n"
        "from tests import contract\nfrom tests.stub_engine import StubEngine\n"
        "from speechops.embedded import server\n"
        "contract.install()\n"
        "with server.start(pathlib.Path(sys.argv[1]), engine=StubEngine()) as service:\n"
        "    url = service.url + '/speechtotext/models?api-version=2025-10-15&colour=red'\n"
        "    requests.get(url, headers={'Ocp-Apim-Subscription-Key': 'k'}, timeout=30)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "other")], check=True, timeout=120)
    assert "colour, which is not described" in taken()


@pytest.mark.bad_requests
def test_run__lets_bad_requests_through_where_marked(api: Api) -> None:
    api.call("POST", "datasets", json={**DATASET, "colour": "red"})
    assert taken() == ""


def test_run__does_not_judge_answers_of_faults(service: RunningService, api: Api) -> None:
    from tests.kit.faults import Fault, FaultKind  # noqa: PLC0415

    service.control.plant(Fault(kind=FaultKind.HTML, status=200), Fault(kind=FaultKind.NO_HEADER))
    api.call("GET", "models")
    api.call("POST", "datasets", json=DATASET)
    assert taken() == ""


def test_run__fails_the_test_that_broke_the_contract(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import requests\n"
        "def test_good(service):\n"
        "    url = service.url + '/speechtotext/models?api-version=2025-10-15'\n"
        "    requests.get(url, headers={'Ocp-Apim-Subscription-Key': 'k'}, timeout=30)\n"
        "def test_bad(service):\n"
        "    requests.get(service.url + '/speechtotext/models?api-version=2025-10-15', timeout=30)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.embedded_service",
            "--rootdir",
            str(tmp_path),
            str(tmp_path),
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "contract: every exchange is judged" in done.stdout
    assert "ERROR at teardown of test_bad" in done.stdout
    assert "The contract was broken:" in done.stdout
    assert "has neither key nor token" in done.stdout
    assert "2 passed, 1 error" in done.stdout


def test_references__are_right_in_each_version(any_api: Api) -> None:
    """A whole loop without a breach: the others of these tests show that one would be seen."""
    base = reference(any_api.base())
    any_api.create("endpoints", model=base)
    assert taken() == ""
