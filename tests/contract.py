"""The service's own OpenAPI files as the judge of every exchange with it, in all tests.

Each request of the client and each answer of the embedded service is held against the description of its
version: path, method, query, headers, body, no property that is not described; status, body and headers of
the answer. The descriptions lie beside the repository (``../shared/specs``) and are no part of it: where they
are absent nothing is judged and the test run says so.

The judge sits in front of every embedded service, on the server's side, where it also sees clients in other
processes, and behind every ``requests`` session of this process, where it also sees requests to fakes. What
it finds goes line by line into the file that ``SPEECHOPS_CONTRACT_REPORT`` names; the fixture in
``tests.embedded_service`` reads the file after each test and fails the test.

Where the descriptions themselves are known to be wrong or silent, :data:`FORGIVEN` says what is let through.
"""

from __future__ import annotations

import io
import json
import os
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import requests
from jsonschema_rs import Draft7Validator

from speechops.embedded import server
from speechops.embedded.application import Application
from tests.kit.conditions import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

SPECS = Path(__file__).parents[2] / "shared" / "specs"
REPORT = "SPEECHOPS_CONTRACT_REPORT"
REQUESTS = "SPEECHOPS_CONTRACT_REQUESTS"
ROOT = "/speechtotext"

FORGIVEN = """
Authorization with a token: the dated descriptions list the key alone, the documentation of sign-in with
Entra ID says that tokens are taken in every version.

Answers of a planted fault are no answers of the service; the requests that lead to them are judged.

Nothing else. That the real service writes nulls, which no description allows, is for the client to bear; the
embedded service does not.
"""

_JSON = "application/json"
_JUDGED_HEADERS = ("location", "retry-after", "operation-location")
_INTEGER = re.compile(r"-?\d+")
_BITS = {"int32": 31, "int64": 63}


@dataclass(frozen=True)
class Request:
    """A request; ``path`` is the whole path, ``body`` ``None`` where it was not read."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True)
class Answer:
    """An answer to a request."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Contract:
    """One version's description, ready to judge."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self._description = description
        self._sent = _Schemas(description, from_client=True)
        self._answered = _Schemas(description, from_client=False)
        self._operations = [
            (re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), method.upper(), operation)
            for path, operations in sorted(description["paths"].items(), key=lambda item: "{" in item[0])
            for method, operation in operations.items()
        ]

    def faults_of_request(self, path: str, request: Request) -> Iterator[str]:
        """Yield what is wrong with a request; ``path`` is below the version."""
        operation = self._operation(request.method, path)
        if operation is None:
            yield "is not described"
            return
        parameters = [self._resolved(each) for each in operation.get("parameters", ())]
        yield from _faults_of_query(request.query, [each for each in parameters if each["in"] == "query"])
        names = {name.lower() for name in request.headers}
        if not names & {"ocp-apim-subscription-key", "authorization"}:
            yield "has neither key nor token"
        body = next((each for each in parameters if each["in"] == "body"), None)
        if body is None:
            if request.body:
                yield "has a body"
            return
        kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind not in operation["consumes"]:
            yield f"has the content type {kind!r} and not one of {operation['consumes']}"
        elif kind != "application/octet-stream" and request.body is not None:
            yield from self._sent.faults(body["schema"], request.body)

    def faults_of_answer(self, path: str, method: str, answer: Answer) -> Iterator[str]:
        """Yield what is wrong with an answer."""
        operation = self._operation(method, path)
        responses = operation["responses"] if operation else {"default": {"schema": _ref("Error")}}
        described = responses.get(str(answer.status))
        if described is None:
            if answer.status < requests.codes.bad_request:
                yield f"is answered with status {answer.status}, which is not described"
                return
            described = responses["default"]
        yield from _faults_of_headers(answer, described.get("headers", {}))
        if "schema" not in described:
            if answer.body:
                yield "is answered with a body"
            return
        if answer.headers.get("Content-Type", "").partition(";")[0] != _JSON:
            yield f"is answered with the content type {answer.headers.get('Content-Type')!r}"
            return
        yield from self._answered.faults(described["schema"], answer.body)

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        return next(
            (
                operation
                for pattern, its_method, operation in self._operations
                if its_method == method and pattern.fullmatch(path)
            ),
            None,
        )

    def _resolved(self, parameter: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in parameter:
            return parameter
        name = parameter["$ref"].rpartition("/")[2]
        found: dict[str, Any] = self._description["parameters"][name]
        return found


class _Schemas:
    """The definitions as JSON Schema: closed to unknown properties and, for requests, to read-only ones."""

    def __init__(self, description: Mapping[str, Any], *, from_client: bool) -> None:
        self._raw = description["definitions"]
        self._from_client = from_client
        self._definitions = {name: self._closed(schema) for name, schema in self._raw.items()}
        self._validators: dict[str, Draft7Validator] = {}

    def faults(self, schema: dict[str, Any], body: bytes) -> Iterator[str]:
        try:
            value = json.loads(body)
        except ValueError:
            yield f"has a body that is not JSON: {body[:60]!r}"
            return
        for error in self._validator(schema).iter_errors(value):
            place = "/".join(map(str, error.instance_path)) or "the body"
            yield f"{place}: {error.message[:200]}"

    def _validator(self, schema: dict[str, Any]) -> Draft7Validator:
        key = json.dumps(schema)
        if key not in self._validators:
            whole = {**self._closed(schema), "definitions": self._definitions}
            self._validators[key] = Draft7Validator(whole, formats=FORMATS, validate_formats=True)
        return self._validators[key]

    def _closed(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return a schema with its parts merged, without read-only properties for requests, and closed."""
        if "$ref" in schema:
            return {"$ref": schema["$ref"]}
        closed = {name: value for name, value in schema.items() if not name.startswith("x-")}
        if closed.get("format") in _BITS:
            most = 2 ** _BITS[closed["format"]] - 1
            closed = {"minimum": -most - 1, "maximum": most, **closed}
        if closed.get("type") == "array":
            closed["items"] = self._closed(closed["items"])
        if closed.get("type") == "object":
            properties = self._properties(schema)
            closed.pop("allOf", None)
            closed["properties"] = {name: self._closed(each) for name, each in properties.items()}
            extra = closed.get("additionalProperties", False)
            closed["additionalProperties"] = self._closed(extra) if extra and extra is not True else extra
            if extra == {}:
                closed["additionalProperties"] = True
        return closed

    def _properties(self, schema: dict[str, Any]) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        for part in schema.get("allOf", ()):
            properties |= self._properties(self._raw[part["$ref"].rpartition("/")[2]])
        properties |= schema.get("properties", {})
        if self._from_client:
            return {name: each for name, each in properties.items() if not self._is_read_only(each)}
        return properties

    def _is_read_only(self, schema: dict[str, Any]) -> bool:
        if "$ref" in schema:
            schema = self._raw[schema["$ref"].rpartition("/")[2]]
        return schema.get("readOnly") is True


# What is judged


def judge_request(request: Request) -> None:
    """Report what is wrong with a request."""
    if os.environ.get(REQUESTS) == "off" or not request.path.startswith(f"{ROOT}/"):
        return
    contract, path = _described(request)
    if contract is None:
        _report(request, ["names no version that is described"] if _specs() else [])
    else:
        _report(request, contract.faults_of_request(path, request))


def judge_answer(request: Request, answer: Answer) -> None:
    """Report what is wrong with an answer to ``request``."""
    contract, path = _described(request)
    if contract is not None:
        _report(request, contract.faults_of_answer(path, request.method, answer))


def install() -> None:
    """Put the judge before every embedded service and behind every session of this process."""
    if not _specs():
        return

    def guarded(*arguments: Any, **options: Any) -> WSGIApplication:  # noqa: ANN401 - passed on as they are
        return Guard(Application(*arguments, **options))

    vars(server)["Application"] = guarded
    send = requests.Session.send

    def judged(session: requests.Session, prepared: requests.PreparedRequest, **options: Any) -> Any:  # noqa: ANN401
        judge_request(_prepared(prepared))
        return send(session, prepared, **options)

    requests.Session.send = judged  # type: ignore[assignment, method-assign]


class Guard:
    """Stands before a WSGI application and judges what comes and what goes."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on and judge it and its answer."""
        if not environ["PATH_INFO"].startswith(f"{ROOT}/"):
            return self._application(environ, start_response)
        request = _received(environ)
        judge_request(request)
        head: list[tuple[int, dict[str, str]]] = []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:  # noqa: ANN401
            head.append((int(status.split(maxsplit=1)[0]), dict(headers)))
            return start_response(status, headers, *rest)

        chunks = self._application(environ, start)
        if FAULT in environ:
            return chunks
        body = b"".join(chunks)
        judge_answer(request, Answer(*head[-1], body))
        return [body]


def is_on() -> bool:
    """Tell whether there is anything to judge by."""
    return bool(_specs())


@cache
def _specs() -> Mapping[str, Contract]:
    paths = {path.stem.removeprefix("speechtotext-"): path for path in SPECS.glob("speechtotext-20*.json")}
    return {name: Contract(json.loads(path.read_bytes())) for name, path in paths.items()}


def _described(request: Request) -> tuple[Contract | None, str]:
    """Return the description of the version that a request is for, and its path below the version."""
    path = request.path.removeprefix(ROOT)
    name = dict(parse_qsl(request.query)).get("api-version", "")
    return _specs().get(name), path


def _report(request: Request, faults: Iterable[str]) -> None:
    lines = [f"{request.method} {request.path} {fault}\n" for fault in faults]
    target = os.environ.get(REPORT)
    if lines and target:
        with Path(target).open("a", encoding="utf-8") as report:
            report.writelines(lines)


def _received(environ: WSGIEnvironment) -> Request:
    """Read a request; a body in JSON is put back for the application, any other is left to it."""
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").title(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in {"CONTENT_TYPE", "CONTENT_LENGTH"}
    }
    body = None
    if "json" in headers.get("Content-Type", "") or not headers.get("Content-Type"):
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
    return Request(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], headers, body)


def _prepared(prepared: requests.PreparedRequest) -> Request:
    url = urlsplit(str(prepared.url))
    body = prepared.body
    raw = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else None
    start = url.path.find(f"{ROOT}/")
    headers = {name: str(value) for name, value in prepared.headers.items()}
    return Request(str(prepared.method), url.path[start:] if start >= 0 else "", url.query, headers, raw)


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/definitions/{name}"}


def _faults_of_query(query: str, parameters: list[dict[str, Any]]) -> Iterator[str]:
    given = parse_qsl(query, keep_blank_values=True)
    described = {each["name"]: each for each in parameters}
    for name, value in given:
        if name not in described:
            yield f"has the query parameter {name}, which is not described"
        elif described[name]["type"] == "integer" and not _INTEGER.fullmatch(value):
            yield f"has the query parameter {name} that is not an integer"
    names = [name for name, _ in given]
    for name, parameter in described.items():
        if parameter.get("required") and name not in names:
            yield f"lacks the query parameter {name}"
        if names.count(name) > 1:
            yield f"has the query parameter {name} more than once"


def _faults_of_headers(answer: Answer, described: Mapping[str, Any]) -> Iterator[str]:
    given = {name.lower(): value for name, value in answer.headers.items()}
    for name in _JUDGED_HEADERS:
        if name in given and name not in {each.lower() for each in described}:
            yield f"is answered with the header {name}, which is not described"
    for name, schema in described.items():
        value = given.get(name.lower())
        if value is None:
            yield f"is answered without the header {name}"
            continue
        is_number = schema["type"] != "integer" or _INTEGER.fullmatch(value)
        is_address = schema.get("format") != "uri" or _is_uri(value)
        if not is_number or not is_address:
            yield f"is answered with the header {name}: {value}"


def _is_uri(value: str) -> bool:
    try:
        return bool(urlsplit(value).scheme and not re.search(r"[\s{}]", value))
    except ValueError:
        return False


def _is_moment(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


FORMATS = {"uri": _is_uri, "date-time": _is_moment}
