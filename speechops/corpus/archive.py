"""Where acoustic data lies: a zip or a plain folder, seen alike as a flat set of files.

Nothing is unpacked to disk and no name is joined to a path unless it came from listing that folder. What a
hostile archive could blow up is bounded before it is read: the number of entries, the size of the directory,
the size of all entries unpacked. System files are left out, sub-folders are not searched.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, BinaryIO, Protocol

from speechops.corpus.rules import Findings, Rule
from speechops.corpus.wording import shown
from speechops.errors import DataError, Place, reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MOST_ENTRIES = 20_000
"""Twice what the service takes: more is not listed at all."""

MOST_DIRECTORY_BYTES = 8 << 20
"""Of a zip's directory: 20,000 entries with names of 300 bytes fit."""

MOST_UNPACKED_BYTES = 8 << 30
"""Of all entries of a zip: 2 GB of speech do not pack to a quarter of their size."""

READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
)
"""What reading a damaged member may raise."""

_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
_PLAIN_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
LONGEST_NAME = 180  # characters, with room for what the service adds
_NOT_PORTABLE = frozenset('<>:"|?*\\')
_ENCRYPTED = 0x1


class Archive(Protocol):
    """An opened zip or folder."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """The names of its files and their sizes in bytes, sorted by name."""
        ...

    def open(self, name: str) -> IO[bytes]:
        """Open the file ``name`` for reading; reading may raise one of :data:`READ_ERRORS`."""
        ...


@contextmanager
def open_archive(path: Path, findings: Findings) -> Iterator[Archive]:
    """Open the zip or folder at ``path``; note members that are left out and why.

    :raises DataError: if it is neither, or if it is too large to be read safely.
    """
    if path.is_dir():
        yield Folder(path, findings)
        return
    with open_file(path) as stream, _open_zip(stream, path) as opened:
        yield Zip(opened, path, findings)


def open_file(path: Path) -> BinaryIO:
    """Open ``path`` for reading. Raises :class:`DataError` if the system refuses."""
    try:
        return path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from error


def _open_zip(stream: BinaryIO, path: Path) -> zipfile.ZipFile:
    try:
        _check_directory(stream, path)
        return zipfile.ZipFile(stream)
    except (*READ_ERRORS, struct.error, OverflowError) as error:
        raise _no_zip(path) from error


def unreadable(path: Path, error: OSError) -> DataError:
    """Say that the system would not let ``path`` be read."""
    return DataError(f"{path} cannot be read: {reason(error)}.", place=Place(file=path.as_posix()))


class Folder:
    """A folder: its files, without links, hidden files and sub-folders."""

    def __init__(self, path: Path, findings: Findings) -> None:
        self._path = path
        self.sizes: Mapping[str, int] = dict(sorted(_folder_files(path, findings)))

    def open(self, name: str) -> IO[bytes]:
        """Open a file of the folder."""
        return (self._path / name).open("rb")


def _folder_files(path: Path, findings: Findings) -> Iterator[tuple[str, int]]:
    try:
        with os.scandir(path) as entries:
            for number, entry in enumerate(entries):
                if number >= MOST_ENTRIES:
                    raise _too_many(path)
                if _admit(entry, findings.within(f"{path.as_posix()}/{entry.name}")):
                    yield entry.name, entry.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from error


def _admit(entry: os.DirEntry[str], findings: Findings) -> bool:
    if _is_system_file(entry.name):
        findings.add(Rule.SYSTEM_FILE, f"Ignored: {shown(entry.name)}.")
    elif not _is_portable(entry.name):
        findings.add(Rule.MEMBER_UNSAFE, f"Not read: {shown(entry.name)}.")
    elif entry.is_symlink():
        findings.add(Rule.SYMBOLIC_LINK, f"This is a link: {shown(entry.name)}.")
    elif entry.is_dir():
        findings.add(Rule.NESTED_FOLDER, f"Not read: folder {shown(entry.name)}.")
    else:
        return entry.is_file()
    return False


class Zip:
    """A zip: its entries at the root that can be read safely."""

    def __init__(self, opened: zipfile.ZipFile, path: Path, findings: Findings) -> None:
        self._zip = opened
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in opened.infolist():
            if not entry.orig_filename.endswith("/"):
                self._admit(entry, findings)
        self.sizes: Mapping[str, int] = {
            name: self._entries[name].file_size for name in sorted(self._entries)
        }
        unpacked = sum(self.sizes.values())
        if unpacked > MOST_UNPACKED_BYTES:
            raise DataError(
                f"{path} would unpack to {unpacked / (1 << 30):,.0f} GiB and is not read.",
                hint="The service takes 2 GB of audio in one zip: split it.",
                place=Place(file=path.as_posix()),
            )

    def open(self, name: str) -> IO[bytes]:
        """Open an entry; no more is unpacked than the directory promised."""
        return self._zip.open(self._entries[name])

    def _admit(self, entry: zipfile.ZipInfo, findings: Findings) -> None:
        name = entry.orig_filename
        parts = name.replace("\\", "/").split("/")
        if _is_unsafe(parts, entry.external_attr >> 16):
            findings.add(Rule.MEMBER_UNSAFE, f"Not read: {shown(name)}.")
        elif any(map(_is_system_file, parts)):
            findings.add(Rule.SYSTEM_FILE, f"Ignored: {shown(name)}.")
        elif len(parts) > 1:
            findings.add(Rule.NESTED_FOLDER, f"Not read, as it is in a folder: {shown(name)}.")
        elif entry.flag_bits & _ENCRYPTED:
            findings.add(Rule.MEMBER_ENCRYPTED, f"Encrypted: {shown(name)}.")
        elif entry.compress_type not in _PLAIN_METHODS:
            findings.add(Rule.MEMBER_COMPRESSION, f"Packed with method {entry.compress_type}: {shown(name)}.")
        elif name in self._entries:
            findings.add(Rule.MEMBER_REPEATED, f"Twice in the zip: {shown(name)}.")
        else:
            self._entries[name] = entry


def _is_unsafe(parts: list[str], mode: int) -> bool:
    return (
        not parts[0]
        or ".." in parts
        or not all(map(_is_portable, filter(None, parts)))
        or (mode != 0 and stat.S_ISLNK(mode))
    )


def _is_portable(name: str) -> bool:
    """Whether every file system keeps a file of this name: the service unpacks the zip on one of its own."""
    return name.isprintable() and len(name) <= LONGEST_NAME and not _NOT_PORTABLE.intersection(name)


def _is_system_file(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _SYSTEM_FILES


_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_LONGEST_COMMENT = 0xFFFF


def _check_directory(stream: BinaryIO, path: Path) -> None:
    """Refuse a zip whose directory is too large, before ``zipfile`` reads it whole.

    The end record is found as ``zipfile`` finds it (APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16).
    """
    size = stream.seek(0, os.SEEK_END)
    tail_start = max(0, size - _LONGEST_COMMENT - _END.size)
    stream.seek(tail_start)
    tail = stream.read()
    plain_end = tail[-_END.size :]
    at = (
        len(tail) - _END.size
        if plain_end[:4] == b"PK\5\6" and plain_end[-2:] == b"\0\0"
        else tail.rfind(b"PK\5\6")
    )
    if at < 0 or at + _END.size > len(tail):
        raise _no_zip(path)
    _, _, _, _, entries, directory, _, _ = _END.unpack_from(tail, at)
    place = tail_start + at - _LOCATOR_64.size - _END_64.size
    if place >= 0:
        stream.seek(place)
        end_64 = stream.read(_END_64.size)
        if stream.read(4) == b"PK\6\7" and end_64[:4] == b"PK\6\6":
            *_, entries, directory, _ = _END_64.unpack(end_64)
    stream.seek(0)
    if entries > MOST_ENTRIES or directory > MOST_DIRECTORY_BYTES:
        raise _too_many(path)


def _no_zip(path: Path) -> DataError:
    return DataError(
        f"{path} is not a zip that can be read.",
        hint="Audio with transcripts is a .zip, or a folder with WAV files and one transcript.",
        place=Place(file=path.as_posix()),
    )


def _too_many(path: Path) -> DataError:
    return DataError(
        f"{path} has more than {MOST_ENTRIES:,} entries and is not read.",
        hint="The service takes 10,000 files in one dataset: split it.",
        place=Place(file=path.as_posix()),
    )
