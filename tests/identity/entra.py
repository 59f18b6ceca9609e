"""A server that plays Microsoft Entra, GitHub's token service and a platform's managed identity.

It issues tokens that Azurite takes, keeps what it was asked, and refuses as told.
"""

from __future__ import annotations

import base64
import contextlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
SECRET = "marked~client.secret-value"
OIDC_TOKEN = "marked-oidc-request-token"
IDENTITY_HEADER = "marked-identity-header"
SUBJECT = "repo:octo-org/speech:ref:refs/heads/main"
ID_CLAIMS = {
    "iss": "https://token.actions.githubusercontent.com",
    "sub": SUBJECT,
    "repository_owner_id": "65",
    "repository_id": "74",
}


def token(claims: dict[str, Any]) -> str:
    """Return a JSON web token with these claims and no real signature."""
    parts = ({"alg": "RS256", "typ": "JWT"}, claims, {"signature": "none"})
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts
    )


@dataclass
class Entra:
    """What the server does and has seen."""

    url: str = ""
    lifetime: int = 3600  # seconds that tokens are said to live
    real_lifetime: int | None = None  # seconds that they do live, where that differs
    audience: str | None = None  # of the tokens, where not the one asked for
    id_claims: dict[str, Any] = field(default_factory=lambda: dict(ID_CLAIMS))
    refusals: list[str] = field(default_factory=list)  # error descriptions, one for each request to come
    statuses: list[int] = field(default_factory=list)  # statuses without a body, one for each request to come
    exchanges: list[dict[str, str]] = field(default_factory=list)
    issued: list[str] = field(default_factory=list)
    id_tokens: list[str] = field(default_factory=list)

    def access_token(self, resource: str) -> str:
        now = int(time.time())
        life = self.lifetime if self.real_lifetime is None else self.real_lifetime
        claims = {
            "aud": self.audience or resource,
            "iss": f"https://sts.windows.net/{TENANT}/",
            "iat": now - 60,
            "nbf": now - 60,
            "exp": now + life,
            "oid": CLIENT,
            "tid": TENANT,
            "number": len(self.issued),
        }
        self.issued.append(token(claims))
        return self.issued[-1]

    def id_token(self) -> str:
        self.id_tokens.append(token({**self.id_claims, "number": len(self.id_tokens)}))
        return self.id_tokens[-1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    entra: Entra

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if "openid-configuration" in parts.path:
            self._answer(self._configuration())
        elif self.entra.statuses:
            self._answer({}, self.entra.statuses.pop(0))
        elif parts.path == "/github":
            self._id_token(query)
        else:
            self._managed_identity(query)

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(text).items()}
        self.entra.exchanges.append(form)
        if self.entra.statuses:
            self._answer({}, self.entra.statuses.pop(0))
        elif self.entra.refusals:
            refusal = self.entra.refusals.pop(0)
            self._answer({"error": "invalid_client", "error_description": refusal}, 401)
        else:
            resource = form["scope"].split()[0].removesuffix("/.default")
            access = self.entra.access_token(resource)
            self._answer({"access_token": access, "expires_in": self.entra.lifetime, "token_type": "Bearer"})

    def _configuration(self) -> dict[str, Any]:
        host = f"{self.entra.url}/{TENANT}"
        return {
            "issuer": f"{host}/v2.0",
            "token_endpoint": f"{host}/oauth2/v2.0/token",
            "authorization_endpoint": f"{host}/oauth2/v2.0/authorize",
        }

    def _id_token(self, query: dict[str, str]) -> None:
        if self.headers["Authorization"] != f"Bearer {OIDC_TOKEN}":
            self._answer({}, 401)
        elif query != {"v": "1", "audience": "api://AzureADTokenExchange"}:
            self._answer({}, 400)
        else:
            self._answer({"value": self.entra.id_token()})

    def _managed_identity(self, query: dict[str, str]) -> None:
        if self.headers["X-IDENTITY-HEADER"] != IDENTITY_HEADER:
            self._answer({}, 401)
            return
        self.entra.exchanges.append(query)
        expires = str(int(time.time()) + self.entra.lifetime)
        self._answer({"access_token": self.entra.access_token(query["resource"]), "expires_on": expires})

    def _answer(self, body: dict[str, Any], status: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextlib.contextmanager
def running(context: ssl.SSLContext | None = None) -> Iterator[Entra]:
    """Run the server, with TLS where a context is given."""
    entra = Entra()
    handler = type("Handler", (_Handler,), {"entra": entra})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "https" if context else "http"
    entra.url = f"{scheme}://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield entra
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
