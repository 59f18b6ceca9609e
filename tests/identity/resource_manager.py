"""Azure Resource Manager for tests: lists subscriptions and Speech resources to whoever may read them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from requests import Response
from requests.adapters import HTTPAdapter

from speechops import speech

if TYPE_CHECKING:
    import pytest
    import requests

HOST = "https://management.azure.com"
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
_VERSIONS = {"subscriptions": "2022-12-01", "accounts": "2024-10-01"}


@dataclass(eq=False)
class ResourceManager:
    """Its resources, by id with their endpoints, and the headers of the requests that it got."""

    resources: dict[str, str]
    status: int = 200  # of every answer
    received: list[dict[str, str]] = field(default_factory=list)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Have every session of the run reach it."""
        opened = speech.open_session

        def open_session() -> requests.Session:
            session = opened()
            session.mount(HOST, _Adapter(self))
            return session

        patch.setattr(speech, "open_session", open_session)

    def answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, Any]]:
        """Return status and body."""
        parts = urlsplit(str(request.url))
        self.received.append(dict(request.headers))
        claims = request.headers.get("Authorization", "").removeprefix("Bearer ").split(".")
        if len(claims) != 3 or json.loads(base64.urlsafe_b64decode(claims[1] + "=="))["aud"] != HOST:
            return 401, {"error": {"code": "AuthenticationFailed"}}
        if self.status != 200:
            return self.status, {"error": {"code": "AuthorizationFailed"}}
        kind = parts.path.rpartition("/")[2]
        if parse_qs(parts.query).get("api-version") != [_VERSIONS.get(kind, "")]:
            return 400, {"error": {"code": "InvalidApiVersionParameter"}}
        if parts.path == "/subscriptions":
            return 200, {"value": [{"id": SUBSCRIPTION, "state": "Enabled"}]}
        if parts.path != f"{SUBSCRIPTION}/providers/Microsoft.CognitiveServices/accounts":
            return 404, {"error": {"code": "SubscriptionNotFound"}}
        found = [{"id": id_, "properties": {"endpoint": url}} for id_, url in self.resources.items()]
        at = int(parse_qs(parts.query).get("$skiptoken", ["0"])[0])
        link = {"nextLink": f"{request.url}&$skiptoken={at + 1}"} if at + 1 < len(found) else {}
        return 200, {"value": found[at : at + 1], **link}


class _Adapter(HTTPAdapter):
    def __init__(self, manager: ResourceManager) -> None:
        super().__init__()
        self.manager = manager

    def send(  # type: ignore[override]
        self,
        request: requests.PreparedRequest,
        **_: Any,  # noqa: ANN401
    ) -> Response:
        response = Response()
        response.status_code, body = self.manager.answer(request)
        response.raw = BytesIO(json.dumps(body).encode())
        response.request, response.url = request, str(request.url)
        return response
