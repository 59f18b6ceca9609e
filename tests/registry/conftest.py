from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from tests import azurite

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def storage() -> Iterator[azurite.Azurite]:
    with azurite.running("--inMemoryPersistence", "--silent") as server:
        yield server


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session
