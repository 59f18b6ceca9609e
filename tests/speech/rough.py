"""A server on loopback that answers each request with scripted bytes, for faults below HTTP."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Script = Callable[[socket.socket], None]


def reply(
    body: bytes, *, status: str = "200 OK", length: int | None = None, headers: tuple[str, ...] = ()
) -> Script:
    """Answer with a body, and a length that may be a lie."""

    def play(connection: socket.socket) -> None:
        size = len(body) if length is None else length
        head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {size}", "Connection: close", *headers])
        connection.sendall(head.encode() + b"\r\n\r\n" + body)

    return play


def cut(body: bytes) -> Script:
    """Answer with a body without a length, so that its end cannot be told from a broken connection."""
    return lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body)


def reset(connection: socket.socket) -> None:
    """Break the connection instead of answering."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def hang_up(connection: socket.socket) -> None:
    """Close the connection without an answer."""
    connection.close()


def garbage(connection: socket.socket) -> None:
    """Answer with what is no HTTP."""
    connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


@dataclass
class RoughServer:
    """Where it listens, what it will do, and the requests that it has seen."""

    url: str
    scripts: list[Script]
    requests: list[str] = field(default_factory=list)


@contextlib.contextmanager
def rough_server(*scripts: Script) -> Iterator[RoughServer]:
    """Play ``scripts`` in order, one for each request, and the last one for ever."""
    lock = threading.Lock()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            line = self.rfile.readline().decode().strip()
            size = 0
            while (header := self.rfile.readline().strip()) != b"":
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    size = int(value)
            self.rfile.read(size)
            with lock:
                server.requests.append(line)
                script = server.scripts.pop(0) if len(server.scripts) > 1 else server.scripts[0]
            with contextlib.suppress(OSError):
                script(self.connection)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
            with contextlib.suppress(OSError):
                super().shutdown_request(request)

    with Server(("127.0.0.1", 0), Handler) as tcp:
        server = RoughServer(f"http://127.0.0.1:{tcp.server_address[1]}", list(scripts))
        thread = threading.Thread(target=tcp.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            tcp.shutdown()
            thread.join()
