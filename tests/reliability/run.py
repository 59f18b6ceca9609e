"""What a child does: the command line, with every effect named, counted, and perhaps the last.

An *effect* is what others can see: a request sent, an answer received, a file opened for writing, renamed or
removed, a process begun. Python's audit events name them all, so an operation cannot gain one unseen.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import re
import signal
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter

from speechops.app import App
from speechops.registry.blob import BlobStore
from speechops.registry.folder import FolderStore
from speechops.registry.store import Conflict
from tests.clock import FakeClock
from tests.reliability import mutations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_STAMP = re.compile(r"\d{8}%54\d{6}\.\d+%5a")
_KEY = re.compile(r"(?<=-)[0-9a-f]{8}(?=\.json$)")
_HEX = re.compile(r"\b[0-9a-f]{40,64}\b")
_NUMBER = re.compile(r"(?<=/)\d+(?=/|$)")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_FILE_EVENTS = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate"}
_OTHER_EVENTS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "sqlite3.connect"}


POOLS = (
    "speechops.delivery.distribution",
    "speechops.evaluation.testing",
    "speechops.registry.typed_store",
    "speechops.speech.client",
    "speechops.speech.upload",
)
"""The modules that work in threads."""


@dataclass(slots=True)
class Effects:
    """Names the effects of this process as they come; the one that ``target`` names is never completed.

    ``target`` is a name and how often it has come by then, from 1; ``report`` hears every name.
    """

    root: str
    report: Callable[[str], None]
    target: tuple[str, int] | None = None
    counts: Counter[str] = field(default_factory=Counter)
    lock: Any = field(default_factory=threading.Lock)
    here: Any = field(default_factory=threading.local)
    signal: int = signal.SIGKILL

    def come(self, name: str) -> bool:
        """Say that an effect is about to be; die if it is the target. Whether it was (and we live)."""
        with self.lock:
            self.counts[name] += 1
            self.report(name)
            if self.target == (name, self.counts[name]):
                os.kill(os.getpid(), self.signal)
                return True
        return False

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Hear an audit event."""
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITES and isinstance(path, str | bytes):
                self.file("write", os.fsdecode(path))
        elif event in _FILE_EVENTS:
            last = 1 if event == "os.rename" else 0
            self.file(event.partition(".")[2], str(arguments[last]))
        elif event in _OTHER_EVENTS:
            self.come(event)
        elif event == "http.client.send":
            parts = getattr(self.here, "parts", 0)
            self.here.parts = parts + 1
            if parts:
                self.come(f"part {self.here.request}")

    def file(self, act: str, path: str) -> None:
        """Name what is done to a file of the project; others, such as byte code, are nobody's business."""
        path = os.path.abspath(path)  # noqa: PTH100 - as the event has it, symbolic links and all
        if path.startswith(self.root):
            name = _STAMP.sub("{time}", _KEY.sub("{key}", path[len(self.root) :].lstrip("/")))
            self.come(f"{act} {name}")


def request_name(request: requests.PreparedRequest) -> str:
    """Return what a request does, without ids: two runs name it alike."""
    parts = urlsplit(request.url or "")
    path = _HEX.sub("{hash}", _UUID.sub("{id}", parts.path))
    path = _NUMBER.sub("{n}", path)
    return f"{request.method} {path}"


def watch_requests(effects: Effects) -> None:
    """Name each request before it is sent and each answer after it has arrived."""
    send = HTTPAdapter.send

    def watched(self: HTTPAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # noqa: ANN401
        name = request_name(request)
        effects.come(f"send {name}")
        effects.here.request, effects.here.parts = name, 0
        response = send(self, request, **options)
        effects.come(f"answer {name}")
        return response

    HTTPAdapter.send = watched  # type: ignore[method-assign, assignment]


class Inline:
    """A pool without threads: what is submitted is done at once, so that a schedule decides everything."""

    def __init__(self, *_: Any, **__: Any) -> None: ...  # noqa: ANN401

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
        from concurrent.futures import Future  # noqa: PLC0415

        future: Future[Any] = Future()
        try:
            future.set_result(work(*arguments))
        except Exception as error:  # noqa: BLE001 - as a pool does
            future.set_exception(error)
        return future

    def map(self, work: Callable[..., Any], *items: Any) -> Any:  # noqa: ANN401
        return map(work, *items)


def take_turns(turn: Callable[[], None], tell: Callable[[Mapping[str, Any]], None]) -> None:
    """Wait for a turn before each request and each use of the store; tell what the store was asked."""
    for name in POOLS:
        vars(importlib.import_module(name))["ThreadPoolExecutor"] = Inline
    inside = [False]
    send = HTTPAdapter.send

    def sent(self: HTTPAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # noqa: ANN401
        if not inside[0]:
            turn()
            tell({"act": "send", "name": request_name(request)})
        return send(self, request, **options)

    HTTPAdapter.send = sent  # type: ignore[method-assign, assignment]
    for store in (FolderStore, BlobStore):
        _watch_store(store, turn, tell, inside)


def _watch_store(store: Any, turn: Any, tell: Any, inside: list[bool]) -> None:  # noqa: ANN401
    read, write, names, delete = store.read, store.write, store.names, store.delete

    def apart(work: Callable[..., Any]) -> Callable[..., Any]:
        def alone(self: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
            turn()
            inside[0] = True
            try:
                return work(self, *arguments, **options)
            finally:
                inside[0] = False

        return alone

    def told_read(self: Any, container: str, name: str) -> Any:  # noqa: ANN401
        blob = read(self, container, name)
        tell({"act": "read", "name": f"{container}/{name}", "etag": blob.etag if blob else None})
        return blob

    def told_write(self: Any, container: str, name: str, data: bytes, **condition: Any) -> Any:  # noqa: ANN401
        said = {"act": "write", "name": f"{container}/{name}", "data": data.decode(), **condition}
        try:
            etag = write(self, container, name, data, **condition)
        except Conflict:
            tell({**said, "conflict": True})
            raise
        tell({**said, "etag": etag})
        return etag

    store.read, store.write = apart(told_read), apart(told_write)
    store.names = apart(lambda *arguments: iter(list(names(*arguments))))
    store.states = apart(store.states)
    store.delete = apart(delete)


def perform(order: Mapping[str, Any], channel: tuple[int, int] | None) -> int:
    """Run one order in this fresh process: ``arguments``, ``environment``, ``moment``, ``target``, …"""
    output = io.StringIO()
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    mutations.apply(order.get("mutation", ""))
    if channel is not None:
        arrive, leave = os.fdopen(channel[0], "r"), channel[1]

        def turn() -> None:
            os.write(leave, b"turn\n")
            if not arrive.readline():
                os._exit(1)

        turn()
        take_turns(turn, lambda said: _say(leave, said))
    else:
        target = tuple(order["target"]) if order.get("target") else None
        effects = Effects(
            order["root"],
            lambda name: _write(log, name),
            target,
            signal=order.get("signal", signal.SIGKILL),
        )
        watch_requests(effects)
        sys.addaudithook(effects.audit)
    clock = FakeClock(datetime.fromisoformat(order["moment"]))
    code = App(dict(order["environment"]), output, clock).run(order["arguments"])
    os.write(log, f"= {output.getvalue()}".encode())
    return code


def _write(log: int, name: str) -> None:
    os.write(log, f"{name}\n".encode())


def _say(leave: int, said: Mapping[str, Any]) -> None:
    os.write(leave, json.dumps(said).encode() + b"\n")
