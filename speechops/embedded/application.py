"""The service as a WSGI application: routing, authorization, and answers to invalid requests."""

from __future__ import annotations

import hmac
import mimetypes
import sqlite3
import sys
import traceback
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, Rule
from werkzeug.security import safe_join
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import wrap_file

from speechops.embedded import (
    calls,
    copies,
    copying,
    datasets,
    endpoints,
    evaluations,
    models,
    projects,
    shortaudio,
    versions,
)
from speechops.embedded.calls import Call, Route, answer
from speechops.embedded.entities import Transcription
from speechops.embedded.refusals import Refusal, is_disk_full, not_found, trouble
from speechops.embedded.representations import View
from speechops.embedded.transport import ConnectionClosed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from speechops.embedded.service import Service

_ROUTES: tuple[Route, ...] = (
    *projects.ROUTES,
    *datasets.ROUTES,
    *copies.ROUTES,
    *models.ROUTES,
    *evaluations.ROUTES,
    *endpoints.ROUTES,
    # As evaluations leave them behind; nothing else makes any.
    *calls.reading(Transcription, locales=lambda call: {"Submit": call.service.locales(), "Transcribe": []}),
    *calls.changing(Transcription),
    *calls.with_files(Transcription),
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


class Application:
    """Answers requests to this machine. ``key`` is the one that is accepted, any if it is empty."""

    def __init__(self, service: Service, *, key: str) -> None:
        self._service = service
        self._key = key

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
            self._service.conditions.answered(request, status)
        response.headers["Date"] = format_datetime(self._service.clock.now(), usegmt=True)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        # A page in a browser can have its own name lead to this machine (DNS rebinding), not ours. It can
        # send to our name what needs no permission; the browser then says where the page is from.
        if _host(request) not in copying.LOOPBACK:
            raise Refusal(421, "InvalidRequest", "The service can only be reached as localhost or 127.0.0.1.")
        if "Origin" in request.headers or request.headers.get("Sec-Fetch-Site", "none") != "none":
            raise Refusal(403, "InvalidRequest", "The service does not answer to pages in a browser.")
        if request.path.startswith(_STORAGE):
            return self._content(request)
        if request.path.startswith(copying.PATH):
            return copies.receive(self._service, request)
        return self._service.conditions.answer(request, lambda: self._answer(request))

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
        path = Path(safe_join(str(self._service.state.contents(owner)), name) or "")
        if not path.is_file():
            return _storage_error(404, "BlobNotFound", "The specified blob does not exist.")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        body = wrap_file(request.environ, path.open("rb"))
        headers = {"Content-Length": str(path.stat().st_size)}
        return Response(body, 200, headers, content_type=kind, direct_passthrough=True)


def _host(request: Request) -> str:
    try:
        return urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    except ValueError:
        return ""


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
    return answer(refusal.status, refusal.body())


def _storage_error(status: int, code: str, message: str) -> Response:
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    text = f"<?xml version='1.0' encoding='utf-8'?>{error}"
    return Response(text, status, {"x-ms-error-code": code}, content_type="application/xml")
