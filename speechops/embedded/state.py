"""The state of the service, in one folder: entities in a database, contents in files.

The database is the truth: every change is one transaction, so that a process that is killed leaves either the
old state or the new. Contents are written beside their final name and renamed before the database mentions
them; what is mentioned nowhere is swept away at the next start. One process at a time owns a folder.

::

    service.db                 entities, files, settings, recognitions
    contents/<id>/             what belongs to one entity: data, blocks, report, score files, trained model
    work/                      scratch of running jobs and requests; emptied at the start
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

import msgspec

from speechops.embedded.entities import KEPT, Entity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

E = TypeVar("E", bound=Entity)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entities (id TEXT PRIMARY KEY, type TEXT NOT NULL, document BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS files (
    owner TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    size INTEGER NOT NULL, PRIMARY KEY (owner, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS recognitions (
    engine TEXT NOT NULL, model TEXT NOT NULL, audio TEXT NOT NULL, document BLOB NOT NULL,
    PRIMARY KEY (engine, model, audio)) WITHOUT ROWID;
"""
_DATABASE = "service.db"
_DELETED = ("work", "contents")
_DECODERS: dict[str, msgspec.json.Decoder[Entity]] = {
    kind.__name__: msgspec.json.Decoder(kind) for kind in KEPT
}


class FolderInUseError(Exception):
    """Another service owns the folder."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that clients may list and read: report, data, score file."""

    owner: str
    name: str
    kind: str
    size: int


class State:
    """The service's state. Hold ``lock`` over anything that must not change between a read and a write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        try:
            _make(folder)
        except OSError as error:
            raise OSError(f"the folder {folder} cannot be made: {error.strerror}") from error
        # What is in "work" and "contents" is deleted: not in a folder that something else has filled.
        if not (folder / _DATABASE).exists() and any(os.path.lexists(folder / name) for name in _DELETED):
            raise OSError(f"{folder} has a folder work or contents that is not the embedded service's")
        if links := [name for name in _DELETED if (folder / name).is_symlink()]:
            raise OSError(f"{folder / links[0]} is a symbolic link")
        self._database = _open(folder / _DATABASE)
        self._work = folder / "work"
        shutil.rmtree(self._work, ignore_errors=True)
        self._work.mkdir()
        self._entities: dict[type[Entity], dict[str, Entity]] = {kind: {} for kind in KEPT}
        for kind, document in self._database.execute("SELECT type, document FROM entities ORDER BY rowid"):
            entity = _DECODERS[kind].decode(document)
            self._entities[type(entity)][entity.id] = entity
        self._sweep()

    def close(self) -> None:
        """Release the folder."""
        with self.lock:
            self._database.close()

    # Entities

    def get(self, kind: type[E], id_: str) -> E | None:
        """Return one entity, or ``None``."""
        with self.lock:
            return cast("E | None", self._entities[kind].get(id_))

    def all(self, kind: type[E]) -> list[E]:
        """Return all entities of a kind in the order of their creation."""
        with self.lock:
            return cast("list[E]", list(self._entities[kind].values()))

    def put(self, *entities: Entity) -> None:
        """Add or replace entities, all or none."""
        with self.lock:
            with self._database as database:
                database.executemany(
                    "INSERT INTO entities (id, type, document) VALUES (?, ?, ?)"
                    " ON CONFLICT (id) DO UPDATE SET document = excluded.document",
                    [(entity.id, type(entity).__name__, msgspec.json.encode(entity)) for entity in entities],
                )
            for entity in entities:
                self._entities[type(entity)][entity.id] = entity

    def update(self, kind: type[E], id_: str, change: Callable[[E], E]) -> E | None:
        """Replace one entity with the result of ``change``; ``None`` where it is gone."""
        with self.lock:
            entity = self.get(kind, id_)
            if entity is None:
                return None
            changed = change(entity)
            if changed != entity:
                self.put(changed)
            return changed

    def delete(self, entity: Entity) -> None:
        """Remove an entity and everything that belongs to it."""
        with self.lock:
            with self._database as database:
                database.execute("DELETE FROM entities WHERE id = ?", (entity.id,))
                database.execute("DELETE FROM files WHERE owner = ?", (entity.id,))
                database.execute("DELETE FROM recognitions WHERE model = ?", (entity.id,))
            self._entities[type(entity)].pop(entity.id, None)
        shutil.rmtree(self.contents(entity.id), ignore_errors=True)

    # Files

    def contents(self, id_: str) -> Path:
        """Return the folder of what belongs to an entity; it need not exist."""
        return self.folder / "contents" / id_

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Lend a folder, on the same file system as the contents, for as long as it is needed."""
        folder = self._work / secrets.token_hex(8)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def publish(self, owner: str, files: list[tuple[str, str]]) -> None:
        """Let clients list the ``(name, kind)`` files in the owner's contents, in this order."""
        folder = self.contents(owner)
        rows = [
            (owner, position, name, kind, (folder / name).stat().st_size)
            for position, (name, kind) in enumerate(files)
        ]
        with self.lock, self._database as database:
            database.execute("DELETE FROM files WHERE owner = ?", (owner,))
            database.executemany("INSERT INTO files VALUES (?, ?, ?, ?, ?)", rows)

    def files(self, owner: str) -> list[StoredFile]:
        """Return the files of an entity in the order in which they were published."""
        with self.lock:
            rows = self._database.execute(
                "SELECT owner, name, kind, size FROM files WHERE owner = ? ORDER BY position", (owner,)
            ).fetchall()
        return [StoredFile(*row) for row in rows]

    # Settings

    def setting(self, name: str, default: str = "") -> str:
        """Return what was last written under ``name``."""
        with self.lock:
            row = self._database.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return cast("str", row[0]) if row else default

    def set(self, name: str, value: str) -> None:
        """Remember ``value`` under ``name``."""
        with self.lock, self._database as database:
            database.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    # Recognitions

    def recognition(self, engine: str, model: str, audio: str) -> bytes | None:
        """Return the document that was kept for an audio file, given by its hash."""
        with self.lock:
            row = self._database.execute(
                "SELECT document FROM recognitions WHERE engine = ? AND model = ? AND audio = ?",
                (engine, model, audio),
            ).fetchone()
        return cast("bytes", row[0]) if row else None

    def remember(self, engine: str, model: str, audio: str, document: bytes) -> None:
        """Keep one recognition."""
        with self.lock, self._database as database:
            database.execute(
                "INSERT OR REPLACE INTO recognitions VALUES (?, ?, ?, ?)", (engine, model, audio, document)
            )

    def _sweep(self) -> None:
        known = {id_ for kind in self._entities.values() for id_ in kind}
        contents = self.folder / "contents"
        contents.mkdir(exist_ok=True)
        for folder in contents.iterdir():
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)


def _make(folder: Path) -> None:
    """Make the folder; a new folder called ``.speechops`` is hidden from git.

    As ``speechops/folders.py``, which this package does not import.
    """
    ours = next((path for path in (folder, *folder.parents) if path.name == ".speechops"), None)
    new = ours is not None and not ours.exists()
    folder.mkdir(parents=True, exist_ok=True)
    if ours is not None and new:
        (ours / ".gitignore").write_text("*\n", encoding="utf-8")


def _open(path: Path) -> sqlite3.Connection:
    """Open the database for this process alone; the lock ends with the process, however it ends.

    Raises :class:`FolderInUseError` if another process has it, OSError where it cannot be read or written.
    """
    with ExitStack() as opened:
        try:
            database = sqlite3.connect(path, timeout=0.2, check_same_thread=False)
            opened.callback(database.close)
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            if "locked" in str(error):
                raise FolderInUseError(f"{path.parent} is in use by another embedded service.") from None
            raise OSError(f"{path} cannot be used: {error}") from error
        opened.pop_all()
        return database
