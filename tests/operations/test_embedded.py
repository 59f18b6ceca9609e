"""Commands and the embedded service: one at a time in a folder, none where none is needed, a full disk."""

from __future__ import annotations

import contextlib
import io
import socket
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from speechops.app import App
from speechops.connections import Connections
from speechops.embedded import server
from speechops.embedded.state import State
from speechops.errors import UsageError
from speechops.output import Output
from tests.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.operations.project import Project


@pytest.fixture
def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Waiting(FakeClock):
    """A clock that does something when someone sleeps."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act = act

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self._act()


def connections(clock: FakeClock, said: io.StringIO) -> Connections:
    nothing: Any = None  # console and settings, which have no part in this
    output = Output(said, clock, in_actions=False)
    return Connections({}, clock, output, nothing, nothing, contextlib.ExitStack())


def test_embedded__second_command_waits_for_the_first_and_says_so(tmp_path: Path) -> None:
    first = server.start(tmp_path)
    said = io.StringIO()
    with connections(Waiting(first.stop), said).embedded(tmp_path):
        pass
    assert said.getvalue().count("waiting") == 1


def test_embedded__command_beside_one_that_never_ends_gives_up(tmp_path: Path) -> None:
    clock = Waiting(lambda: clock.advance(1000))
    with server.start(tmp_path), pytest.raises(UsageError, match="after 3600 s"):
        connections(clock, io.StringIO()).embedded(tmp_path)


def test_embedded__beside_serve_its_address_is_named(tmp_path: Path, free_port: int) -> None:
    clock = FakeClock()
    with server.start(tmp_path, port=free_port) as running:
        with pytest.raises(UsageError) as caught:
            connections(clock, io.StringIO()).embedded(tmp_path)
        assert f"--speech-endpoint {running.url}" in str(caught.value)
    assert clock.slept == 0
    with connections(clock, io.StringIO()).embedded(tmp_path):
        pass


def test_freeze__needs_no_service(project: Project) -> None:
    project.run("test-data")
    folder = project.folder / ".speechops/service"
    arguments = [
        word for word in project.arguments("freeze", "--reason", "x", "--local-folder", str(folder))
        if word not in {"--speech-endpoint", project.endpoint}
    ]  # fmt: skip
    with server.start(folder):  # another command's
        for operation in ("freeze", "unfreeze"):
            output = io.StringIO()
            code = App({}, output, project.clock).run([operation, *arguments[1:]])
            assert code == 0, output.getvalue()
            assert "waiting" not in output.getvalue()


def test_disk__that_is_full_ends_a_command_in_one_line(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(State, "put", full)
    answer = project.run("train-data")
    assert answer.code == 1
    assert "is full" in answer.text
    assert "Free space on it" in answer.text
    assert "support" not in answer.text
    assert "Traceback" not in answer.text + capfd.readouterr().err
