from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from tests import certificate
from tests.identity import entra as entra_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.certificate import Certificate
    from tests.identity.entra import Entra


@pytest.fixture(scope="session")
def own_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate.make(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def entra(own_certificate: Certificate) -> Iterator[Entra]:
    with entra_server.running(own_certificate.server_context()) as server:
        yield server


@pytest.fixture
def session(own_certificate: Certificate) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False  # or REQUESTS_CA_BUNDLE would count before this:
        session.verify = str(own_certificate.file)
        yield session
