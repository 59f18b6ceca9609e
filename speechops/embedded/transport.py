"""HTTP/1.1 for a WSGI application: threads, connections that stay open, bodies that are streamed.

Werkzeug's own development server closes the connection after each answer and waits 10 ms before; a client
that sends hundreds of requests would notice.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import socket
import socketserver
import struct
import threading
import traceback
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import WSGIApplication

_IDLE_SECONDS = 120.0
_POLL_SECONDS = 0.05
_MOST_DRAINED = 16 * 2**20
_LONGEST_LINE = 1024


class ConnectionClosed(Exception):
    """Raised by an application, or by its body, to have the connection closed without a further byte.

    ``reset`` says how: like a broken connection, or in an orderly way.
    """

    def __init__(self, *, reset: bool) -> None:
        super().__init__()
        self.reset = reset


class RequestBody(io.RawIOBase):
    """The body of one request: as many bytes as announced, or the chunks of a chunked one."""

    def __init__(self, stream: io.BufferedIOBase, length: int | None) -> None:
        self._stream = stream
        self._left = length or 0
        self._chunked = length is None
        self._ended = length == 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read what is there; 0 at the end of the body."""
        if self._chunked and not self._left:
            self._next_chunk()
        if self._ended:
            return 0
        data = self._stream.read1(min(len(buffer), self._left))
        if not data:
            raise ConnectionError("the client went away in the middle of its request")
        buffer[: len(data)] = data
        self._left -= len(data)
        if self._chunked and not self._left:
            self._stream.readline(_LONGEST_LINE)
        self._ended = not self._chunked and not self._left
        return len(data)

    def drain(self) -> bool:
        """Read the rest, if it is small, so that the next request can be read; tell whether it was."""
        total = 0
        while data := self.read(2**16):
            total += len(data)
            if total > _MOST_DRAINED:
                return False
        return True

    def _next_chunk(self) -> None:
        if self._ended:
            return
        line = self._stream.readline(_LONGEST_LINE).split(b";")[0].strip()
        try:
            self._left = int(line, 16)
        except ValueError:
            raise ConnectionError("the client sent a broken chunk") from None
        if not self._left:
            self._ended = True
            while self._stream.readline(_LONGEST_LINE).strip():
                pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = 2**14
    server: Server

    def do_GET(self) -> None:
        chunked = self.headers.get("Transfer-Encoding", "").lower() == "chunked"
        length = self.headers.get("Content-Length", "0")
        if not re.fullmatch("[0-9]{1,15}", length):
            self.send_error(400, "The Content-Length is not a number.")
            return
        body = RequestBody(self.rfile, None if chunked else int(length))
        try:
            self._answer(body)
            if not body.drain():
                self.close_connection = True
        except ConnectionClosed as hang_up:
            self.close_connection = True
            if hang_up.reset:
                self._reset()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_TRACE = do_GET  # noqa: N815

    def __getattr__(self, name: str) -> object:
        """Let the application refuse methods that HTTP does not know, too."""
        if name.startswith("do_"):
            return self.do_GET
        raise AttributeError(name)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is not HTTP with an error in the service's own form, and close the connection."""
        del explain
        text = json.dumps({"code": "InvalidRequest", "message": message or "The request is not valid HTTP."})
        self.close_connection = True
        self.send_response_only(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(text.encode())

    def handle_expect_100(self) -> bool:
        """Tell the client to send its body."""
        self.send_response_only(100)
        self.end_headers()
        self.wfile.flush()
        return True

    def handle(self) -> None:
        """Answer one request after another; a client that disconnects is not an error."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            super().handle()

    def finish(self) -> None:
        """Close what is left of the connection."""
        with contextlib.suppress(ConnectionError):
            super().finish()

    def _answer(self, body: RequestBody) -> None:
        head: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str,
            headers: list[tuple[str, str]],
            exc_info: tuple[type[BaseException], BaseException, TracebackType] | None = None,
        ) -> object:
            del exc_info
            head[:] = [(status, headers)]
            return None

        chunks = self.server.application(self._environ(body), start_response)  # type: ignore[arg-type]
        try:
            self._write(head[0], chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def _write(self, head: tuple[str, list[tuple[str, str]]], chunks: object) -> None:
        status, headers = head
        code, _, reason = status.partition(" ")
        names = {name.lower() for name, _ in headers}
        self.send_response_only(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        bare = code.startswith("1") or code in {"204", "304"} or self.command == "HEAD"
        chunked = not bare and "content-length" not in names
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in chunks:  # type: ignore[attr-defined]
            if chunk and not bare:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
            self.wfile.flush()
        if chunked:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _environ(self, body: RequestBody) -> dict[str, object]:
        url = urlsplit(self.path)
        host, port = self.server.server_address[:2]
        environ: dict[str, object] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(url.path).decode("latin-1"),
            "QUERY_STRING": url.query,
            "REMOTE_ADDR": self.client_address[0],
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BufferedReader(body, 2**16),
            "wsgi.input_terminated": True,
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
            environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.close(self.connection.detach())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Log nothing: the application counts the traffic."""


class Server(socketserver.ThreadingTCPServer):
    """Binds an address at once, and serves an application there from :meth:`serve` to :meth:`stop`."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = os.name == "posix"

    def __init__(self, application: WSGIApplication, host: str, port: int) -> None:
        super().__init__((host, port), _Handler)
        self.application = application
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        self._thread = threading.Thread(
            target=self.serve_forever, args=(_POLL_SECONDS,), name="speech service", daemon=True
        )

    def serve(self) -> None:
        """Answer requests, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more connections and close those that are open."""
        self.shutdown()
        self.server_close()
        self._thread.join()
        with self._connections_lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        """Remember the connection, for the end."""
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """Forget the connection."""
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Print internal errors, but not disconnected clients."""
        del request, client_address
        traceback.print_exc()
