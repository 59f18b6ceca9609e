"""The service as a WSGI application: routing, authorization, and answers to invalid requests."""

from __future__ import annotations

import hmac
import json
import mimetypes
import re
import sqlite3
import sys
import traceback
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import wrap_file

from speechops.embedded import (
    control,
    copies,
    copying,
    datasets,
    endpoints,
    evaluations,
    models,
    projects,
    shortaudio,
    transcriptions,
    versions,
)
from speechops.embedded.calls import LARGEST_BODY, Call, Route, answer
from speechops.embedded.faults import FaultKind, disturbed
from speechops.embedded.refusals import Refusal, invalid, is_disk_full, not_found, trouble
from speechops.embedded.representations import View
from speechops.embedded.traffic import Exchange
from speechops.embedded.transport import ConnectionClosed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from speechops.embedded.control import Control
    from speechops.embedded.faults import Fault
    from speechops.embedded.service import Service

FAULT = "speechops.fault"
"""The key in the WSGI environment for the kind of a fault that disturbed the answer."""

_ROUTES: tuple[Route, ...] = (
    *projects.ROUTES,
    *datasets.ROUTES,
    *copies.ROUTES,
    *models.ROUTES,
    *evaluations.ROUTES,
    *endpoints.ROUTES,
    *transcriptions.ROUTES,
)
_API = Map(
    [Rule(route.path, methods=[route.method], endpoint=route) for route in _ROUTES], strict_slashes=False
)
_SHORT_AUDIO = Map([Rule(path, methods=["POST"], endpoint=path) for path in shortaudio.PATHS])
_DENIED = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key"
    " for an active subscription and use a correct regional API endpoint for your resource."
)
_STORAGE = "/storage/"
_CONTROL = "/control/"
_COPIES = copying.PATH


_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Application:
    """Answers requests to this machine. ``key`` is the one that is accepted, any if it is empty."""

    def __init__(self, service: Service, *, key: str, control: Control | None) -> None:
        self._service = service
        self._key = key
        self._control = control

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        status = 0
        try:
            response = self._respond(request)
            status = response.status_code
        except Refusal as refusal:
            response = _refusal(refusal)
            status = response.status_code
        except (ConnectionClosed, ConnectionError):
            raise  # the client is gone
        except (OSError, sqlite3.OperationalError) as error:
            if not is_disk_full(error):
                traceback.print_exc(file=sys.stderr)
            response = _refusal(trouble(error))
            status = response.status_code
        except Exception as error:  # noqa: BLE001 - a client must get an answer, and we the trace
            traceback.print_exc(file=sys.stderr)
            response = _refusal(trouble(error))
            status = response.status_code
        finally:
            self._record(request, status)
        response.headers["Date"] = format_datetime(self._service.clock.now(), usegmt=True)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        # A page in a browser can have its own name lead to this machine (DNS rebinding), not ours.
        if _host(request) not in _LOOPBACK:
            raise Refusal(421, "InvalidRequest", "The service can only be reached as localhost or 127.0.0.1.")
        if request.path.startswith(_CONTROL):
            return self._answer_control(request)
        if request.path.startswith(_STORAGE):
            return self._content(request)
        if request.path.startswith(_COPIES):
            return copies.receive(self._service, request)
        fault = self._service.faults.answer(request.method, _bare(request.path))
        if fault is None:
            return self._answer(request)
        request.environ[FAULT] = fault.kind.value
        if fault.kind is FaultKind.LIST_CHANGE:
            self._change_list(request, fault)
            return self._answer(request)
        return disturbed(fault, lambda: self._answer(request), self._service.stopping)

    def _answer(self, request: Request) -> Response:
        try:
            self._authenticate(request)
            if request.path.startswith(("/stt/", "/speech/")):
                return self._recognise(request)
            version, path = versions.requested(request.path, request.args)
            route, ids = _matched(_API, request.method, path)
            if route.projects and not version.projects:
                raise not_found(f"Projects are not part of the API version {version.name}.")
            view = View(version, request.host_url.removesuffix("/"))
            return route.handler(Call(self._service, request, view), **ids)
        except Refusal as refusal:
            return _refusal(refusal)

    def _authenticate(self, request: Request) -> None:
        given = request.headers.get("Ocp-Apim-Subscription-Key", "")
        bearer = request.headers.get("Authorization", "")
        given = given or (bearer.removeprefix("Bearer ") if bearer.startswith("Bearer ") else "")
        if not given or (self._key and not hmac.compare_digest(given.encode(), self._key.encode())):
            raise Refusal(401, "Unauthorized", _DENIED)

    def _recognise(self, request: Request) -> Response:
        _matched(_SHORT_AUDIO, request.method, request.path)
        return shortaudio.recognise(self._service, request)

    def _content(self, request: Request) -> Response:
        """Serve a file to whoever has its signed URL, as a storage account does."""
        owner, _, name = request.path.removeprefix(_STORAGE).partition("/")
        if not self._service.signer.holds(request.path, request.args):
            return _storage_error(403, "AuthenticationFailed", "The signature did not match or has expired.")
        folder = self._service.state.contents(owner).resolve()
        path = (folder / name).resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            return _storage_error(404, "BlobNotFound", "The specified blob does not exist.")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        body = wrap_file(request.environ, path.open("rb"))
        headers = {"Content-Length": str(path.stat().st_size)}
        return Response(body, 200, headers, content_type=kind, direct_passthrough=True)

    def _answer_control(self, request: Request) -> Response:
        act = control.ROUTES.get((request.method, request.path.removeprefix(_CONTROL)))
        if self._control is None or act is None:
            raise not_found("Unknown control, or controls are disabled.")
        raw = request.stream.read(LARGEST_BODY)
        try:
            given = json.loads(raw or b"{}")
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise invalid("The body is not a JSON object.")
        return answer(200, act(self._control, given))

    def _change_list(self, request: Request, fault: Fault) -> None:
        control.Control(self._service).disturb_list(
            _bare(request.path).strip("/"), fault.name, grow=fault.detail == "add"
        )

    def _record(self, request: Request, status: int) -> None:
        if not request.path.startswith(_CONTROL):
            path = _bare(request.path)
            route = _ID.sub("{id}", path)
            route = _FILE.sub(r"\1{name}", route)
            self._service.traffic.record(Exchange(request.method, path, status), route)


_FILE = re.compile(r"^(/storage/\{id\}/).*")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _host(request: Request) -> str:
    try:
        return urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    except ValueError:
        return ""


def _bare(path: str) -> str:
    """Return a path without the API's root."""
    return path.removeprefix("/speechtotext") if path.startswith("/speechtotext/") else path


def _matched(routes: Map, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    try:
        route, ids = routes.bind("").match(path, method)
    except MethodNotAllowed:
        raise Refusal(
            405, "NotAllowed", f"{method} is not allowed here, or not by the embedded service."
        ) from None
    except HTTPException:
        raise not_found("Resource not found.") from None
    return route, ids


def _refusal(refusal: Refusal) -> Response:
    return answer(refusal.status, refusal.body(), refusal.headers)


def _storage_error(status: int, code: str, message: str) -> Response:
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    text = f"<?xml version='1.0' encoding='utf-8'?>{error}"
    return Response(text, status, {"x-ms-error-code": code}, content_type="application/xml")
