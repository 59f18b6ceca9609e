"""Throughput and memory of a dataset upload: ``python -m bench.upload [gigabytes] [connections a side]``.

A server in a process of its own takes blocks and throws them away, as fast as it can or, for a realistic
line, no faster than so many megabits a second in all. Against it, in turns and each in a fresh process:

- the client's upload, with its digests, bookkeeping, redaction and commit;
- a bare loop: as many threads, each with one ``http.client`` connection, that read and send the same blocks.

Prints seconds, MB/s and peak resident memory of both, and the median ratio of neighbouring runs. The bound is
judged on the limited line: the service takes 100 requests in 10 seconds, which are 84 MB/s of blocks, and a
line of 1,000 Mbit/s is faster. The line without a limit shows what the client itself costs; there the ratio
wavers with whatever else the machine does. The client's clock runs a thousand times faster here, so that its
own pacing to that limit does not count.
"""

from __future__ import annotations

import http.client
import http.server
import json
import multiprocessing
import resource
import socketserver
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from speechops import speech
from speechops.speech import client as client_module

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

BLOCK = 8 << 20
REPETITIONS = {None: 15, 1_000: 3}  # by megabits a second; the faster, the more chance there is in each
BOUND, MEMORY_BOUND = 0.9, 200.0


class Sink(http.server.BaseHTTPRequestHandler):
    """Takes blocks, lists none, commits."""

    protocol_version = "HTTP/1.1"
    line: ClassVar[Line | None] = None

    def do_GET(self) -> None:
        """List no blocks."""
        self._answer(200, {"committedBlocks": [], "uncommittedBlocks": []})

    def do_PUT(self) -> None:
        """Take a block."""
        self._drain()
        self._answer(201)

    def do_POST(self) -> None:
        """Commit."""
        self._drain()
        self._answer(200)

    def _drain(self) -> None:
        left = int(self.headers["Content-Length"])
        buffer = memoryview(bytearray(1 << 18))
        while left:
            read = self.rfile.readinto(buffer[: min(left, len(buffer))])
            left -= read
            if self.line:
                self.line.carry(read)

    def _answer(self, status: int, body: object = None) -> None:
        data = json.dumps(body).encode() if body else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base class
        """Say nothing."""


class Line:
    """A line that all connections share."""

    def __init__(self, megabits: float) -> None:
        self._bytes = megabits * 1e6 / 8
        self._free = 0.0
        self._lock = threading.Lock()

    def carry(self, size: int) -> None:
        """Wait until ``size`` bytes have gone over the line."""
        with self._lock:
            now = time.monotonic()
            self._free = max(self._free, now) + size / self._bytes
            wait = self._free - now
        if wait > 0:
            time.sleep(wait)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Serves each connection in its own thread."""

    daemon_threads = True
    request_queue_size = 64


def serve(pipe: Connection, megabits: float | None) -> None:
    """Serve until the process is ended; tell the address through ``pipe``."""
    Sink.line = Line(megabits) if megabits else None
    server = Server(("127.0.0.1", 0), Sink)
    pipe.send(f"http://127.0.0.1:{server.server_address[1]}")
    server.serve_forever()


class FastClock:
    """Time that passes a thousand times faster, but for sleeping."""

    def now(self) -> datetime:
        """Return the time of day."""
        return datetime(2026, 1, 7, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Return the time."""
        return time.monotonic() * 1_000

    def sleep(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds / 1_000)


def by_client(url: str, path: Path, connections: int) -> None:
    """Upload with the client."""
    client_module.CONNECTIONS = connections
    client = speech.SpeechClient(
        url, credential=speech.KeyCredential("k" * 32), session=speech.open_session(), clock=FastClock()
    )
    dataset = speech.Dataset(
        id="d", display_name="d", locale="en-US", kind="Acoustic", status=speech.Status.NOT_STARTED
    )
    with path.open("rb") as content:
        client.upload(dataset, content)


def by_bare_loop(url: str, path: Path, connections: int) -> None:
    """Upload with nothing but sockets."""
    reading = threading.Lock()
    numbers = iter(range(1 << 30))

    with path.open("rb") as content:

        def send() -> None:
            connection = http.client.HTTPConnection(urlsplit(url).netloc)
            while True:
                with reading:
                    data = content.read(BLOCK)
                    number = next(numbers)
                if not data:
                    return
                target = f"/speechtotext/datasets/d/blocks?blockid={number:08d}"
                connection.request("PUT", target, data, {"Content-Type": "application/octet-stream"})
                connection.getresponse().read()

        with ThreadPoolExecutor(connections) as pool:
            for sent in [pool.submit(send) for _ in range(connections)]:
                sent.result()


@dataclass(frozen=True)
class Run:
    """One upload."""

    seconds: float
    megabytes: float  # of memory, at the peak


def measure(pipe: Connection, upload: Callable[[str, Path, int], None], url: str, path: Path, n: int) -> None:
    """Upload once, in a process of its own."""
    began = time.monotonic()
    upload(url, path, n)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send(Run(time.monotonic() - began, peak))


def in_process(target: Callable[..., None], *arguments: object) -> tuple[multiprocessing.Process, object]:
    """Start a process and return it with the first thing that it tells."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, *arguments), daemon=True)
    process.start()
    return process, ours.recv()  # type: ignore[return-value]


def run(upload: Callable[[str, Path, int], None], url: str, path: Path, connections: int) -> Run:
    """Upload once and wait for the end."""
    process, result = in_process(measure, upload, url, path, connections)
    process.join()
    assert isinstance(result, Run)
    return result


def main(gigabytes: float = 1.0, connections: int = 8) -> int:
    """Measure, print, and return 1 where a bound is broken."""
    size = int(gigabytes * 1e9)
    worst, most = 1.0, 0.0
    print(f"{gigabytes:g} GB in blocks of 8 MiB over {connections} connections, medians")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data.zip")
        with path.open("wb") as sparse:
            sparse.truncate(size)
        for line, repetitions in REPETITIONS.items():
            server, url = in_process(serve, line)
            client, bare = [], []
            for _ in range(repetitions):
                client.append(run(by_client, str(url), path, connections))
                bare.append(run(by_bare_loop, str(url), path, connections))
            server.terminate()
            ours, theirs = (statistics.median(each.seconds for each in runs) for runs in (client, bare))
            print(f"line of {f'{line} Mbit/s' if line else 'any speed'}:")
            for name, seconds, runs in (("client", ours, client), ("bare loop", theirs, bare)):
                memory = max(each.megabytes for each in runs)
                rate = size / seconds / 1e6
                print(f"  {name:9} {seconds:6.2f} s {rate:6.0f} MB/s {memory:5.0f} MB of memory")
            ratio = statistics.median(b.seconds / c.seconds for b, c in zip(bare, client, strict=True))
            print(f"  throughput {ratio:.2f} of the bare loop, median of {repetitions} repetitions")
            worst = min(worst, ratio) if line else worst
            most = max(most, *(each.megabytes for each in client))
    kept = worst >= BOUND and most <= MEMORY_BOUND
    word = "kept" if kept else "BROKEN"
    print(f"{word}: at least {BOUND} of the bare loop on the limited line, at most {MEMORY_BOUND:.0f} MB")
    return 0 if kept else 1


if __name__ == "__main__":
    words = dict(enumerate(sys.argv))
    sys.exit(main(float(words.get(1, 1)), int(words.get(2, 8))))
