"""Fixtures: clients of the embedded service and entities to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.embedded.api import VERSIONS, Api, Json
from tests.stub_engine import archive

if TYPE_CHECKING:
    from tests.kit.server import RunningService

SENTENCES = (
    "the amoxicillin dose is forty milligrams",
    "take paracetamol twice a day with water",
    "store the insulin in the refrigerator",
    "the patient is allergic to penicillin",
)
TEXT = "\ufeff" + "\n".join(SENTENCES)


@pytest.fixture
def api(service: RunningService) -> Api:
    """A client in the newest version."""
    return Api(service.url)


@pytest.fixture(params=VERSIONS)
def any_api(service: RunningService, request: pytest.FixtureRequest) -> Api:
    """A client in each version in turn."""
    return Api(service.url, request.param)


@pytest.fixture
def test_data(api: Api) -> Json:
    return api.dataset(archive(SENTENCES), "Acoustic", displayName="test data")


@pytest.fixture
def text(api: Api) -> Json:
    return api.dataset(TEXT.encode(), "Language", displayName="training text")


@pytest.fixture
def model(api: Api, text: Json) -> Json:
    return api.model(text, displayName="candidate")
