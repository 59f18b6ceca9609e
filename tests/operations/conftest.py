"""A project and the service it talks to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.operations.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.local.server import RunningService
    from tests.clock import FakeClock


@pytest.fixture
def project(tmp_path: Path, service: RunningService, service_clock: FakeClock) -> Project:
    return Project(tmp_path / "project", service.url, clock=service_clock)
