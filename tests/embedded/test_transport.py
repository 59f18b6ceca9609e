"""The wire: bodies that are announced wrongly, clients that go away, applications that fail."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Self

import pytest

from speechops.embedded.transport import ConnectionClosed, Server

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Send the body back, as the path says."""
    path = environ["PATH_INFO"]
    if path == "/unread":
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]
    if path == "/reset":
        raise ConnectionClosed(reset=True)
    if path == "/close":
        raise ConnectionClosed(reset=False)
    body = environ["wsgi.input"].read()
    if path == "/chunks":
        start_response("200 OK", [])
        return [b"one", b"", b"two"]
    if path == "/nothing":
        start_response("204 No Content", [])
        return []
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(echo, "127.0.0.1", 0)
    server.serve()
    yield server
    server.stop()


class Wire:
    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection(server.server_address[:2], timeout=30)  # type: ignore[arg-type]
        self.stream = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()
        self.socket.close()

    def send(self, text: str) -> None:
        self.socket.sendall(text.replace("\n", "\r\n").encode())

    def answer(self) -> tuple[int, dict[str, str]]:
        status = int(self.stream.readline().split()[1])
        headers = {}
        while line := self.stream.readline().strip().decode():
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        return status, headers


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    with Wire(server) as wire:
        yield wire


def test_body__in_chunks_and_of_a_known_length(wire: Wire) -> None:
    chunked = (
        "POST / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n3\nabc\n2;note=x\nde\n0\nTrailer: y\n\n"
    )
    known = "POST / HTTP/1.1\nHost: x\nContent-Length: 4\n\nfghi"
    wire.send(chunked + known)
    assert wire.answer() == (200, {"content-length": "5"})
    assert wire.stream.read(5) == b"abcde"
    assert wire.answer() == (200, {"content-length": "4"})
    assert wire.stream.read(4) == b"fghi"


def test_body__that_nobody_read_does_not_spoil_the_next_request(wire: Wire) -> None:
    wire.send("POST /unread HTTP/1.1\nHost: x\nContent-Length: 44\n\n" + "GET /evil HTTP/1.1\n\n" * 2)
    assert wire.answer()[0] == 200
    assert wire.stream.read(2) == b"ok"
    wire.send("POST / HTTP/1.1\nHost: x\nContent-Length: 1\n\nz")
    assert wire.answer()[0] == 200
    assert wire.stream.read(1) == b"z"


def test_body__of_100_mib_that_nobody_reads_ends_the_connection(wire: Wire) -> None:
    wire.send("POST /unread HTTP/1.1\nHost: x\nContent-Length: 104857600\n\n")
    assert wire.answer()[0] == 200
    with pytest.raises(ConnectionError):
        wire.socket.sendall(bytes(100 * 2**20))


def test_answer__without_a_length_comes_in_chunks(wire: Wire) -> None:
    wire.send("GET /chunks HTTP/1.1\nHost: x\n\n")
    assert wire.answer() == (200, {"transfer-encoding": "chunked"})
    assert wire.stream.read(21) == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"


def test_answer__without_a_body(wire: Wire) -> None:
    wire.send("GET /nothing HTTP/1.1\nHost: x\n\nHEAD / HTTP/1.1\nHost: x\n\n")
    assert wire.answer() == (204, {})
    assert wire.answer() == (200, {"content-length": "0"})


def test_expectation__is_met_before_the_body(wire: Wire) -> None:
    wire.send("POST / HTTP/1.1\nHost: x\nContent-Length: 1\nExpect: 100-continue\n\n")
    assert wire.answer() == (100, {})
    wire.send("x")
    assert wire.answer()[0] == 200


@pytest.mark.parametrize("length", ["-1", "many"])
def test_length__that_is_none_is_refused(wire: Wire, length: str) -> None:
    wire.send(f"POST / HTTP/1.1\nHost: x\nContent-Length: {length}\n\n")
    assert wire.answer()[0] == 400


@pytest.mark.parametrize(
    "rest", ["Content-Length: 9\n\nabc", "Transfer-Encoding: chunked\n\n9\nab"], ids=["known", "chunked"]
)
def test_client__that_goes_away_in_its_request_is_forgotten(server: Server, rest: str) -> None:
    with Wire(server) as wire:
        wire.send(f"POST / HTTP/1.1\n{rest}")
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.stream.read() == b""
    with Wire(server) as wire:
        wire.send("POST / HTTP/1.1\nContent-Length: 1\n\nx")
        assert wire.answer()[0] == 200


def test_chunk__that_is_broken_ends_the_connection(wire: Wire) -> None:
    wire.send("POST / HTTP/1.1\nTransfer-Encoding: chunked\n\nnonsense\n")
    assert wire.stream.read() == b""


def test_hang_up__resets_or_closes(server: Server) -> None:
    with Wire(server) as wire:
        wire.send("GET /reset HTTP/1.1\n\n")
        with pytest.raises(ConnectionResetError):
            wire.socket.recv(1)
    with Wire(server) as wire:
        wire.send("GET /close HTTP/1.1\n\n")
        assert wire.socket.recv(1) == b""
