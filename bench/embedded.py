"""What the embedded service itself costs: ``python -m bench.embedded [megabytes]``.

Starts the service in a process of its own, with the tests' stub engine, and prints the time to start, the
time of one request on an open connection, the throughput of block uploads by four connections up to the
put-together content, and the process' peak memory. Fails where a limit is passed.
"""

from __future__ import annotations

import base64
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LIMIT_REQUEST_MS = 2.0
LIMIT_MEMORY_MB = 100
BLOCK = 8 * 2**20
CONNECTIONS = 4
REQUESTS = 500
KEY = {"Ocp-Apim-Subscription-Key": "bench"}
VERSION = "api-version=2025-10-15"

SERVER = """
import pathlib, resource, sys, time
start = time.perf_counter()
from speechops.embedded import server
from tests.stub_engine import StubEngine
with server.start(pathlib.Path(sys.argv[1]), engine=StubEngine()) as service:
    print(service.url.partition("//")[2], time.perf_counter() - start, flush=True)
    sys.stdin.read()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
"""


class Connection:
    """One open connection to the service."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=60)

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> bytes:
        """Return the body of an answer that is no error."""
        headers = KEY if body is None else {**KEY, "Content-Type": kind}
        self._connection.request(method, f"/speechtotext/{path}", body, headers)
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status >= http.client.BAD_REQUEST:
            raise RuntimeError(data.decode())
        return data


def main(megabytes: int) -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(Path(folder) / "service")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        address, started = process.stdout.readline().split()
        connection = Connection(address)
        dataset = create(connection)
        request = time_of_request(connection, f"datasets/{dataset}?{VERSION}")
        upload = time_of_upload(address, dataset, megabytes * 2**20 // BLOCK)
        process.stdin.close()
        memory = int(process.stdout.readline()) / 1024
        process.wait()
    print(f"start, with imports     {float(started):8.3f} s")
    print(f"request (median)        {request * 1000:8.3f} ms   limit {LIMIT_REQUEST_MS}")
    print(f"upload of {megabytes} MiB      {megabytes / upload:8.0f} MiB/s")
    print(f"peak memory             {memory:8.0f} MiB  limit {LIMIT_MEMORY_MB}")
    return int(request * 1000 > LIMIT_REQUEST_MS or memory > LIMIT_MEMORY_MB)


def create(connection: Connection) -> str:
    """Return the id of a dataset that waits for blocks."""
    body = {"displayName": "bench", "locale": "en-US", "kind": "Acoustic"}
    made = json.loads(connection.ask("POST", f"datasets?{VERSION}", json.dumps(body).encode()))
    return str(made["self"]).rpartition("/")[2].partition("?")[0]


def time_of_request(connection: Connection, path: str) -> float:
    """Return the median seconds of a request."""
    times = []
    for _ in range(REQUESTS):
        start = time.perf_counter()
        connection.ask("GET", path)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def time_of_upload(address: str, dataset: str, blocks: int) -> float:
    """Return the seconds in which the blocks are taken and put together."""
    names = [base64.b64encode(b"%06d" % number).decode() for number in range(blocks)]
    block = bytes(BLOCK)

    def send(part: list[str]) -> None:
        connection = Connection(address)
        for name in part:
            path = f"datasets/{dataset}/blocks?blockid={name}&{VERSION}"
            connection.ask("PUT", path, block, "application/octet-stream")

    start = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(send, [names[offset::CONNECTIONS] for offset in range(CONNECTIONS)]))
    connection = Connection(address)
    entries = [{"kind": "Uncommitted", "id": name} for name in names]
    connection.ask("POST", f"datasets/{dataset}/blocks:commit?{VERSION}", json.dumps(entries).encode())
    while not is_done(connection, dataset):
        pass  # the service holds its answer back until there is news
    return time.perf_counter() - start


def is_done(connection: Connection, dataset: str) -> bool:
    """Tell whether the import has ended; it fails here, as zeros are no zip."""
    return bool(json.loads(connection.ask("GET", f"datasets/{dataset}?{VERSION}"))["status"] == "Failed")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 512))
