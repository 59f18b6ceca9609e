"""Starting: the clock and the engine by default, ports that are taken."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from speechops.embedded import server
from speechops.embedded.engine import EngineError, Material
from speechops.embedded.recogniser import PocketSphinxEngine
from tests.embedded.api import Api
from tests.stub_engine import StubEngine

if TYPE_CHECKING:
    from pathlib import Path


def test_start__has_the_time_of_the_machine(tmp_path: Path) -> None:
    with server.start(tmp_path, engine=StubEngine()) as service:
        made = Api(service.url).create("endpoints")
    age = datetime.now(UTC) - datetime.fromisoformat(made["createdDateTime"])
    assert timedelta(seconds=-1) < age < timedelta(minutes=5)


def test_start__listens_on_this_machine_alone(tmp_path: Path) -> None:
    with server.start(tmp_path, engine=StubEngine()) as service:
        assert service.url.startswith("http://127.0.0.1:")


def test_start__on_a_port_that_is_taken_gives_the_folder_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match=r"in use|10048"):
        server.start(tmp_path, engine=StubEngine(), port=taken.getsockname()[1])
    with server.start(tmp_path, engine=StubEngine()) as service:
        assert Api(service.url).values("models") == []


def test_start__starts_no_recogniser_before_it_is_needed(tmp_path: Path) -> None:
    with server.start(tmp_path) as service:
        Api(service.url).create("endpoints")
        engine = service.service.engine
        assert isinstance(engine, PocketSphinxEngine)
        assert engine._pool is None


def test_recogniser__is_none_any_more_after_the_end(tmp_path: Path) -> None:
    engine = server.recogniser(tmp_path)
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        engine.train(tmp_path, Material(), weight_percent=None, locale="en-US")
