"""A page in the browser reaches the embedded service: by a name of its own (DNS rebinding), or by ours."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests

from tests import browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit.server import RunningService

KEY = {"Ocp-Apim-Subscription-Key": "any"}
ROUTES = ["/speechtotext/models?api-version=2025-10-15", "/storage/x", "/"]


@pytest.mark.bad_requests
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "host", ["attacker.example", "attacker.example:{}", "127.0.0.1.attacker.example:{}", "[::", ""]
)
def test_strange_host__refused_on_every_route(service: RunningService, host: str, route: str) -> None:
    port = urlsplit(service.url).port
    answer = requests.get(service.url + route, headers={**KEY, "Host": host.format(port)}, timeout=10)
    assert answer.status_code in {400, 421}


@pytest.mark.parametrize("host", ["localhost:{}", "127.0.0.1:{}", "LOCALHOST:{}", "[::1]:{}"])
def test_own_host__answered(service: RunningService, host: str) -> None:
    port = urlsplit(service.url).port
    answer = requests.get(service.url + ROUTES[0], headers={**KEY, "Host": host.format(port)}, timeout=10)
    assert answer.status_code == 200


@pytest.mark.bad_requests
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_request_of_a_page__refused_on_every_route(
    service: RunningService, method: str, headers: dict[str, str], route: str
) -> None:
    answer = requests.request(method, service.url + route, headers={**KEY, **headers}, timeout=10)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Attacker</title>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def attacker() -> Iterator[str]:
    """Serve a page of somebody else on this machine, as a browser sees it another origin."""
    server = HTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.bad_requests
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_page_in_chromium__changes_and_reads_nothing(service: RunningService, attacker: str) -> None:
    """What a page may send without permission: a form, a fetch that is not read, an image, a script."""
    with browser.running() as chromium:
        page = chromium.new_page()
        page.goto(attacker)
        for route in (*ROUTES, "/copies/x"):
            url = service.url + route
            for mode, method in (("no-cors", "GET"), ("no-cors", "POST"), ("cors", "GET"), ("cors", "POST")):
                seen = page.evaluate(
                    """([url, mode, method]) =>
                    fetch(url, {mode, method, body: method == "POST" ? "{}" : null})
                    .then(answer => answer.text(), error => error.name)""",
                    [url, mode, method],
                )
                assert seen in {"", "TypeError"}, (url, mode, method)
        page.evaluate(
            """url => { const form = document.body.appendChild(document.createElement("form"));
            form.method = "POST"; form.action = url; form.submit() }""",
            f"{service.url}/copies/x",
        )
        page.wait_for_url(f"{service.url}/copies/x")
        assert "does not answer to pages" in page.inner_text("body")
    statuses = {exchange.status for exchange in service.control.exchanges}
    assert statuses <= {403}
