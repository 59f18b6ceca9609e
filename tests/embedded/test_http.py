"""Versions, keys, wrong addresses, signed URLs, connections."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

from speechops.embedded import representations
from tests.embedded.api import VERSIONS, Api, identity
from tests.embedded.conftest import TEXT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.embedded.api import Json
    from tests.kit.server import RunningService


# Versions


def test_version__is_in_every_address(any_api: Api) -> None:
    def addresses(value: object) -> list[str]:
        if isinstance(value, dict):
            return [each for inner in value.values() for each in addresses(inner)]
        return [value] if isinstance(value, str) and "/speechtotext/" in value else []

    dataset = any_api.dataset(TEXT.encode(), "Language")
    model = any_api.model(dataset)
    for entity in (dataset, model, any_api.base(), any_api.endpoint(model)):
        found = [each for each in addresses(entity) if "/speechtotext/" in each]
        assert found
        for each in found:
            assert each.endswith(f"?api-version={any_api.version}")


def test_entity__is_the_same_in_all_versions(service: RunningService) -> None:
    made = Api(service.url).create("datasets", kind="Language", displayName="one")
    for version in VERSIONS:
        seen = Api(service.url, version).get(f"datasets/{identity(made)}")
        assert (seen["displayName"], identity(seen)) == ("one", identity(made))


@pytest.mark.bad_requests
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/speechtotext/datasets", 400, "InvalidParameter"),
        ("/speechtotext/datasets?api-version=2019-01-01", 400, "InvalidParameter"),
        ("/speechtotext/datasets?api-version=v3.2", 400, "InvalidParameter"),
        ("/speechtotext/v3.0/datasets", 404, "NotFound"),
        ("/speechtotext/v3.1/datasets", 404, "NotFound"),
        ("/speechtotext/v3.2/datasets", 404, "NotFound"),
        ("/elsewhere", 404, "NotFound"),
        ("/", 404, "NotFound"),
    ],
)
def test_address__that_leads_nowhere_is_refused(api: Api, path: str, status: int, code: str) -> None:
    answer = api.session.get(api.root + path, timeout=30)
    error = answer.json()
    assert (answer.status_code, error.get("innerError", error)["code"]) == (status, code)


@pytest.mark.bad_requests
@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "datasets"), ("POST", "models/base"), ("POST", "datasets/upload")]
)
def test_method__that_is_not_there_is_not_allowed(api: Api, method: str, path: str) -> None:
    assert api.refused(method, path, 405, json={}) == "NotAllowed"


# Keys


@pytest.mark.bad_requests
def test_key__must_be_given(service: RunningService) -> None:
    answer = Api(service.url, key="").call("GET", "datasets")
    assert answer.status_code == 401
    assert answer.json()["code"] == "Unauthorized"
    assert "Access denied" in answer.json()["message"]


@pytest.mark.service(key="right")
def test_key__must_be_the_right_one(service: RunningService) -> None:
    assert Api(service.url, key="wrong").refused("GET", "datasets", 401) == "Unauthorized"
    assert Api(service.url, key="right").values("datasets") == []
    token = Api(service.url, key="")
    token.session.headers["Authorization"] = "Bearer right"
    assert token.values("datasets") == []


# Signed URLs


def content_url(api: Api, **query: Any) -> str:  # noqa: ANN401
    dataset = api.dataset(TEXT.encode(), "Language")
    found = api.get(dataset["links"]["files"], **query)["values"][0]["links"]["contentUrl"]
    return str(found)


def test_content__is_read_without_a_key_until_it_expires(service: RunningService, any_api: Api) -> None:
    url = content_url(any_api)
    answer = requests.get(url, timeout=30)
    assert answer.json()["acceptedLineCount"] == 4
    assert answer.headers["Content-Type"] == "application/json"
    service.control.move_on(timedelta(hours=11, minutes=59))
    assert requests.get(url, timeout=30).status_code == 200
    service.control.move_on(timedelta(minutes=2))
    expired = requests.get(url, timeout=30)
    assert (expired.status_code, expired.headers["x-ms-error-code"]) == (403, "AuthenticationFailed")


def test_content__lives_as_long_as_asked(service: RunningService, any_api: Api) -> None:
    url = content_url(any_api, sasLifetimeMinutes=5)
    service.control.move_on(timedelta(minutes=4))
    assert requests.get(url, timeout=30).status_code == 200
    service.control.move_on(timedelta(minutes=2))
    assert requests.get(url, timeout=30).status_code == 403


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("report.json", "data.txt"),
        ("report.json", "..%2f..%2fservice.db"),
        ("se=2026", "se=2036"),
        ("sig=", "sig=0"),
    ],
)
def test_content__with_another_name_or_date_is_refused(api: Api, part: str, other: str) -> None:
    assert requests.get(content_url(api).replace(part, other), timeout=30).status_code == 403


def test_content__that_is_deleted_is_not_found(api: Api) -> None:
    url = content_url(api)
    assert api.call("DELETE", api.values("datasets")[0]["self"]).status_code == 204
    answer = requests.get(url, timeout=30)
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (404, "BlobNotFound")


@pytest.mark.parametrize("minutes", ["0", "99999"])
def test_content__cannot_live_longer_than_a_week(api: Api, minutes: str) -> None:
    dataset = api.dataset(TEXT.encode(), "Language")
    path = f"datasets/{identity(dataset)}/files"
    query = {"sasLifetimeMinutes": minutes}
    assert api.refused("GET", path, params=query) == "InvalidSasValidityDuration"


def test_file__is_found_by_its_address(any_api: Api) -> None:
    dataset = any_api.dataset(TEXT.encode(), "Language")
    listed = any_api.values(dataset["links"]["files"], filter="kind eq 'LanguageData'")
    assert [each["name"] for each in listed] == ["data.txt"]
    found = any_api.get(listed[0]["self"])
    assert {**found, "links": {}} == {**listed[0], "links": {}}


def test_manifest__names_the_files_of_a_model(any_api: Api) -> None:
    model = any_api.model(any_api.dataset(TEXT.encode(), "Language"))
    lifetime = {"sasLifetimeMinutes": 5}
    found = any_api.get(model["links"]["manifest"], **lifetime)
    assert found["model"]["self"] == model["self"]
    assert [each["name"] for each in found["modelFiles"]] == ["stub.json"]
    assert "words" in requests.get(found["modelFiles"][0]["contentUrl"], timeout=30).json()
    assert any_api.get(any_api.base()["links"]["manifest"], **lifetime)["modelFiles"] == []
    report = any_api.values(model["links"]["files"])
    assert [each["kind"] for each in report] == ["ModelReport"]


@pytest.mark.bad_requests
def test_manifest__of_dated_versions_needs_a_lifetime(api: Api, model: Json) -> None:
    assert api.refused("GET", model["links"]["manifest"]) == "InvalidParameter"


def test_fault_of_ours__is_an_answer_too(
    api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(representations, "work", broken)
    answer = api.call("POST", "endpoints", json={"displayName": "x", "locale": "en-US"})
    assert (answer.status_code, answer.json()["code"]) == (500, "InternalServerError")
    assert "ZeroDivisionError" in capsys.readouterr().err


# Connections


@pytest.mark.bad_requests
def test_connection__stays_open(service: RunningService) -> None:
    with_key = {"Ocp-Apim-Subscription-Key": "any"}
    connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=30)
    connection.connect()
    first = connection.sock
    for method, path, body in (
        ("GET", "/speechtotext/datasets?api-version=2025-10-15", None),
        ("POST", "/speechtotext/datasets?api-version=2025-10-15", b"not json"),
        ("GET", "/storage/x/y", None),
        ("PUT", "/speechtotext/unknown", b"x" * 100_000),
        ("GET", "/speechtotext/datasets?api-version=2025-10-15", None),
    ):
        connection.request(method, path, body, with_key)
        connection.getresponse().read()
        assert connection.sock is first
    connection.close()


def test_requests__are_quick(api: Api) -> None:
    """The bound is far above what is documented, for busy machines; it catches a stall on each request."""
    made = api.create("endpoints")
    api.get(made["self"])
    start = time.perf_counter()
    for _ in range(100):
        api.call("GET", made["self"])
    assert (time.perf_counter() - start) / 100 < 0.025


def test_stop__ends_connections_and_frees_the_port(
    service: RunningService, start_service: Callable[..., RunningService]
) -> None:
    host, port = str(urlsplit(service.url).hostname), int(urlsplit(service.url).port or 0)
    with socket.create_connection((host, port), timeout=30) as idle:
        service.stop()
        with contextlib.suppress(ConnectionResetError):
            assert idle.recv(1) == b""
    again = start_service(port=port)
    assert Api(again.url).values("datasets") == []


def test_date__is_the_services(service: RunningService, api: Api) -> None:
    service.control.move_on(timedelta(days=365))
    assert api.call("GET", "datasets").headers["Date"] == "Thu, 07 Jan 2027 12:00:00 GMT"


def test_client__that_goes_away_in_a_request_is_no_fault_to_print(
    service: RunningService, capsys: pytest.CaptureFixture[str]
) -> None:
    host, port = str(urlsplit(service.url).hostname), int(urlsplit(service.url).port or 0)
    head = (
        "POST /stt/speech/recognition/conversation/cognitiveservices/v1?language=en-US HTTP/1.1\r\n"
        "Host: localhost\r\nOcp-Apim-Subscription-Key: k\r\nContent-Type: audio/wav\r\n"
        "Content-Length: 1000\r\n\r\nRIFF"
    )
    with socket.create_connection((host, port), timeout=30) as client:
        client.sendall(head.encode())
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    assert capsys.readouterr().err == ""
    assert Api(service.url).values("datasets") == []
