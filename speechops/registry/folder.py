"""The store in a folder: for laptops, demos and tests.

A document is one file, ``<root>/<container>/<encoded name>``. It is written to a temporary file, flushed to
the disk and renamed, under one lock per store; a process killed at any moment leaves the old or the new
document.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import unquote

from speechops import folders
from speechops.clock import Clock, SystemClock
from speechops.errors import StoreError, reason
from speechops.registry import lock
from speechops.registry.store import Blob, Conflict, check_container, check_name, check_size

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PART = 200  # bytes: a file name may have 255
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_.")
_PATIENCE = 60.0  # seconds


class FolderStore:
    """A :class:`~speechops.registry.store.Store` in the folder ``root``, made by the first write.

    The ETag of a document is the SHA-256 of its bytes. Safe for any number of threads and processes of one
    machine; ``clock`` is only used to wait for the lock.
    """

    def __init__(self, root: Path, *, clock: Clock | None = None) -> None:
        self._root = root
        self._clock = clock or SystemClock()

    def __repr__(self) -> str:
        return f"FolderStore({str(self._root)!r})"

    def read(self, container: str, name: str) -> Blob | None:
        """Return the document, or None if it is absent."""
        path = self._path(container, name)
        with self._explained("read"), contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            check_size(container, name, os.fstat(file.fileno()).st_size)
            data = file.read()
            return Blob(data, hashlib.sha256(data).hexdigest())
        return None

    def write(
        self, container: str, name: str, data: bytes, *, if_match: str | None = None, if_absent: bool = False
    ) -> str:
        """Replace or create the document and return its ETag; :class:`Conflict` if the condition fails."""
        path = self._path(container, name)
        check_size(container, name, len(data))
        with self._explained("write"), self._locked():
            if if_absent and path.exists():
                raise Conflict(container, name)
            if if_match is not None and self._etag(path) != if_match:
                raise Conflict(container, name)
            return self._replace(path, data)

    def names(self, container: str, prefix: str = "") -> Iterator[str]:
        """Yield the names that start with ``prefix``, sorted."""
        yield from sorted(name for name, _ in self._files(container, prefix))

    def states(self, container: str, prefix: str = "") -> dict[str, str]:
        """Return the names that start with ``prefix``, each with time, size and place of its file.

        A write makes a new file, so that no two states have all three in common.
        """
        with self._explained("read"):
            found = [(name, _state(path)) for name, path in self._files(container, prefix)]
        return dict(sorted((name, state) for name, state in found if state))

    def _files(self, container: str, prefix: str) -> Iterator[tuple[str, Path]]:
        """Yield the documents whose names start with ``prefix``, and their files."""
        check_container(container)
        folder = self._root / container
        with self._explained("read"):
            paths = [path for path in folder.rglob("*") if path.is_file()]
        for path in paths:
            file = path.relative_to(folder).as_posix()
            name = _decoded(file)
            # A file whose name we would not have encoded like this is not ours.
            if _encoded(name) == file and name.startswith(prefix):
                yield name, path

    def delete(self, container: str, name: str) -> None:
        """Remove the document; if it is absent, do nothing."""
        path = self._path(container, name)
        with self._explained("read"):
            if not path.exists():
                return
        with self._explained("write"), self._locked(), contextlib.suppress(FileNotFoundError):
            path.unlink()
            _flush_folder(path.parent)

    def _path(self, container: str, name: str) -> Path:
        check_container(container)
        check_name(name)
        return self._root / container / _encoded(name)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        folders.make(self._root)
        with lock.acquired(self._root / ".lock", clock=self._clock, patience=_PATIENCE):
            yield

    def _etag(self, path: Path) -> str | None:
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return None

    def _replace(self, path: Path, data: bytes) -> str:
        # All writers share one temporary name: only the holder of the lock writes it, and what a killed
        # holder left behind is overwritten by the next.
        partial = self._root / ".partial"
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.replace(path)
        for folder in (path.parent, *path.parent.parents):
            _flush_folder(folder)
            if folder == self._root:
                break
        return hashlib.sha256(data).hexdigest()

    @contextlib.contextmanager
    def _explained(self, act: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"Cannot {act} {error.filename or self._root}: {reason(error)}.",
                hint="Check the path, its permissions and the space left, or choose another folder.",
            ) from error


def _encoded(name: str) -> str:
    """Return ``name`` as a relative path that is unique on every file system.

    Bytes of the UTF-8 form other than lower-case letters, digits, ``-``, ``_`` and ``.`` become ``%xx``: case
    and Unicode forms survive file systems that fold them, and ``/`` makes no folder, so that ``a`` and
    ``a/b`` can both exist. What is too long for a file name continues in a folder whose name ends with ``+``.
    """
    text = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02x}" for byte in name.encode())
    return "+/".join(text[start : start + _PART] for start in range(0, len(text), _PART))


def _decoded(path: str) -> str:
    return unquote(path.replace("+/", ""), errors="replace")


def _state(path: Path) -> str:
    """Return what differs between two states of a file; empty if it was just removed."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return ""
    return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"


def _flush_folder(folder: Path) -> None:
    """Make renames in ``folder`` durable; Windows neither needs nor allows it."""
    if sys.platform == "win32":  # pragma: no cover - the tests run on POSIX
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
