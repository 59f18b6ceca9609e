"""Starting and stopping the embedded service."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from speechops.embedded.application import Application
from speechops.embedded.clock import Clock, SystemClock
from speechops.embedded.conditions import Conditions
from speechops.embedded.service import Service
from speechops.embedded.state import State
from speechops.embedded.transport import Server

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.embedded.engine import Engine

_ADDRESS = "address"
"""A file in the folder of a service that others may use."""


class RunningService:
    """A service that answers at ``url`` until it is stopped."""

    def __init__(self, service: Service, server: Server) -> None:
        self.service = service
        self._server = server
        self.url = f"http://127.0.0.1:{server.server_address[1]}"

    def stop(self) -> None:
        """Stop at once. Unfinished work continues at the next start in the same folder."""
        if not self.service.stopping.is_set():
            self.service.stopping.set()
            self._server.stop()
            self.service.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(
    folder: Path,
    *,
    port: int = 0,
    engine: Engine | None = None,
    clock: Clock | None = None,
    key: str = "",
    conditions: Conditions | None = None,
) -> RunningService:
    """Start the service with its state in ``folder``; port 0 takes any that is free.

    A service at a requested port can be found by others with :func:`served_at`.

    ``engine`` is by default the recognizer, made on first use; it is closed with the service. ``key`` is the
    one that clients must give, any if it is empty.

    Raises :class:`FolderInUseError` if another service works in the folder, and :class:`OSError` where
    the folder cannot be written or the port is taken.
    """
    state = State(folder)
    try:
        service = Service(
            state,
            engine or recogniser(folder / "recogniser"),
            clock or SystemClock(),
            conditions or Conditions(),
        )
        server = Server(Application(service, key=key), "127.0.0.1", port)
    except BaseException:
        state.close()
        raise
    service.jobs.resume()
    server.serve()
    running = RunningService(service, server)
    if port:
        (folder / _ADDRESS).write_text(running.url, encoding="utf-8")
    return running


def served_at(folder: Path) -> str:
    """Return the address of the ``speechops serve`` whose state is in ``folder``; empty if there is none."""
    try:
        url = (folder / _ADDRESS).read_text(encoding="utf-8")
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=1.0):
            return url
    except (OSError, ValueError):
        return ""


def recogniser(cache: Path) -> Engine:
    """Return the real recognizer, which keeps its training cache in ``cache`` and loads on first use."""
    from speechops.embedded.recogniser import PocketSphinxEngine  # noqa: PLC0415 - not for the tests' stub

    return PocketSphinxEngine(cache)
