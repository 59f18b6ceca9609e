"""A page in the browser has its own host name lead to the embedded service (DNS rebinding)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests

if TYPE_CHECKING:
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
