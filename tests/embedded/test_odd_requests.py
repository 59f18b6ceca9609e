"""Requests that no client of ours sends: each is refused in the service's own form, none is a fault of it."""

from __future__ import annotations

import errno
import json
import socket
import sqlite3
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest

from speechops.embedded.state import State
from tests.embedded.api import Api, identity

if TYPE_CHECKING:
    from tests.kit.server import RunningService

pytestmark = pytest.mark.bad_requests

DEEP = 100_000


@pytest.fixture
def api(service: RunningService) -> Api:
    return Api(service.url)


def raw(service: RunningService, request: bytes) -> tuple[int, dict[str, object]]:
    """Send bytes and return the status and the JSON of the answer."""
    parts = urlsplit(service.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize("skip", ["9" * 5000, "-1", "²", "٣", "1e3", ""])
def test_list__odd_skip(api: Api, skip: str) -> None:
    assert api.refused("GET", "models/base", params={"skip": skip}) == "UnsupportedPagination"


@pytest.mark.parametrize("minutes", ["9" * 5000, "9" * 12, "²"])
def test_files__odd_lifetime(api: Api, minutes: str) -> None:
    dataset = api.create("datasets", kind="Language", displayName="one")
    path = f"datasets/{identity(dataset)}/files"
    assert api.refused("GET", path, params={"sasLifetimeMinutes": minutes}) == "InvalidSasValidityDuration"


@pytest.mark.parametrize("filter_", ["(" * DEEP, "not " * 3000, " or ".join(["locale eq 'x'"] * 3000)])
def test_list__endless_filter(api: Api, filter_: str) -> None:
    answer = api.call("GET", "models/base", params={"filter": filter_[:60_000]})
    assert answer.status_code in {400, 414}
    assert answer.json()["code"] == "InvalidRequest"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * DEEP + b"]" * DEEP,
        b'{"a":' * DEEP + b"1" + b"}" * DEEP,
        b'{"displayName": "\\ud800", "locale": "en-US", "kind": "Language"}',
        b'{"displayName": "x", "locale": "en-US", "kind": "Language", "customProperties": {"\\udfff": "x"}}',
        b"\xff",
    ],
)
def test_create__body_that_cannot_be_kept(api: Api, body: bytes) -> None:
    code = api.refused("POST", "datasets", data=body, headers={"Content-Type": "application/json"})
    assert code == "InvalidRequestBodyFormat"


@pytest.mark.parametrize(
    "block", ["é", "YQ==é", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")]
)
def test_block__odd_id(api: Api, block: str) -> None:
    dataset = api.create("datasets", kind="Language", displayName="one")
    path = f"{dataset['self'].partition('?')[0]}/blocks?api-version=2025-10-15&blockid={quote(block)}"
    headers = {"Content-Type": "application/octet-stream"}
    assert api.refused("PUT", path, data=b"x", headers=headers) == "InvalidParameter"


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "X"])
def test_method__that_nobody_knows_is_not_allowed(service: RunningService, method: str) -> None:
    path = "/speechtotext/models?api-version=2025-10-15"
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nOcp-Apim-Subscription-Key: k\r\n"
    status, error = raw(service, f"{head}Connection: close\r\n\r\n".encode())
    assert (status, error["code"]) == (405, "NotAllowed")


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_request__that_is_not_http(service: RunningService, request_: bytes) -> None:
    status, error = raw(service, request_)
    assert 400 <= status < 500
    assert error["code"] == "InvalidRequest"


def test_content__odd_signature(api: Api) -> None:
    answer = api.session.get(f"{api.root}/storage/x/y?sig=%C3%A9&se=tomorrow", timeout=30)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "error",
    [sqlite3.OperationalError("database or disk is full"), OSError(errno.ENOSPC, "No space left on device")],
)
def test_disk__that_is_full_is_said(
    api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def full(*_: object) -> None:
        raise error

    body = {"displayName": "x", "locale": "en-US", "kind": "Language"}
    with monkeypatch.context() as patch:
        patch.setattr(State, "put", full)
        answer = api.call("POST", "datasets", json=body)
    assert (answer.status_code, answer.json()["code"]) == (507, "InternalServerError")
    assert "disk of this machine" in answer.json()["message"]
    assert "Traceback" not in capsys.readouterr().err
    assert api.call("POST", "datasets", json=body).status_code == 201
