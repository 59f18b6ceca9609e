"""A project and the service it talks to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops.local import server
from tests.operations.project import Project
from tests.stub_engine import StubEngine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from speechops.local.server import RunningService


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RunningService]:
    with server.start(tmp_path / "service", engine=StubEngine(), control=True) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, service: RunningService) -> Project:
    return Project(tmp_path / "project", service.url)
