"""One world for each worker: its processes are started once and set back before every run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import azurite
from tests.reliability.harness import World
from tests.reliability.race import BUSY, BUSY_TARGETS, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("world")) as world:
        world.snapshot("empty")
        yield world


@pytest.fixture(scope="session")
def account() -> Iterator[str]:
    """A storage account, by its connection string."""
    with azurite.running("--inMemoryPersistence", "--silent") as server:
        yield server.connection_string


@pytest.fixture(scope="session")
def busy(world: World) -> World:
    """The world in which runs race."""
    prepare(world, BUSY)
    return world


@pytest.fixture(scope="session")
def busy_targets(world: World) -> World:
    """The world in which runs race that two targets serve."""
    prepare(world, BUSY_TARGETS)
    return world
