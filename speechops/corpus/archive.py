"""Acoustic data in a zip or a plain folder, both presented as a flat set of files.

Nothing is unpacked to disk and no name is joined to a path unless it came from listing that folder. What a
hostile archive could inflate is bounded while it is read, in the library's own parser: the number of entries,
the size of the directory, the size of all entries unpacked. System files are left out, subfolders are not
searched.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, BinaryIO, Protocol

from speechops.corpus.rules import Rule
from speechops.corpus.text import LFS_POINTER
from speechops.corpus.wording import shown
from speechops.errors import DataError, Place, reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from speechops.corpus.findings import Findings

MOST_ENTRIES = 20_000
"""Twice what the service accepts: beyond that nothing is listed."""

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
"""Errors that reading a damaged member may raise."""

_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
_PLAIN_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
LONGEST_NAME = 180  # characters, leaving room for what the service adds
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

    def compression(self, name: str) -> int:
        """Return the compression method of ``name``, as :mod:`zipfile` has it."""
        ...


@contextmanager
def open_archive(path: Path, findings: Findings, *, nested: bool = False) -> Iterator[Archive]:
    """Open the zip or folder at ``path``; report members that are left out, with the reason.

    With ``nested``, files in subfolders are members too; their names are paths with slashes.

    :raises DataError: if it is neither, or if it is too large to be read safely.
    """
    if path.is_dir():
        yield Folder(path, findings, nested=nested)
        return
    with open_file(path) as stream:
        refuse_pointer(stream, path)
        with _open_zip(stream, path) as opened:
            yield Zip(opened, path, findings, nested=nested)


def open_file(path: Path) -> BinaryIO:
    """Open ``path`` for reading. Raises :class:`DataError` if it cannot be opened."""
    try:
        return path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from error


def refuse_pointer(stream: BinaryIO, path: Path) -> None:
    """Raise :class:`DataError` if a file is a Git LFS pointer."""
    if stream.read(len(LFS_POINTER)) == LFS_POINTER:
        rule = Rule.LFS_POINTER
        place = Place(file=path.as_posix())
        raise DataError(f"{path} is a Git LFS pointer, not the data.", hint=rule.advice, place=place)
    stream.seek(0)


def _open_zip(stream: BinaryIO, path: Path) -> zipfile.ZipFile:
    try:
        bounded = _Bounded(stream)
        opened = _BoundedZip(bounded)
    except _TooLarge as error:
        raise _too_many(path) from error
    except (*READ_ERRORS, struct.error, OverflowError) as error:
        raise _no_zip(path) from error
    bounded.opened = True
    return opened


def unreadable(path: Path, error: OSError) -> DataError:
    """Return the error for a ``path`` that the system does not let us read."""
    return DataError(f"{path} cannot be read: {reason(error)}.", place=Place(file=path.as_posix()))


class Folder:
    """A folder: its files, without links, hidden files and, unless ``nested``, subfolders."""

    def __init__(self, path: Path, findings: Findings, *, nested: bool = False) -> None:
        self._path = path
        files = _nested_files(path, findings) if nested else _folder_files(path, findings)
        self.sizes: Mapping[str, int] = dict(sorted(files))

    def open(self, name: str) -> IO[bytes]:
        """Open a file of the folder."""
        return (self._path / name).open("rb")

    def compression(self, name: str) -> int:
        """Files of a folder are stored as they are."""
        del name
        return zipfile.ZIP_STORED


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


def _nested_files(path: Path, findings: Findings) -> Iterator[tuple[str, int]]:
    number, folders = 0, [""]
    while folders:
        below = folders.pop()
        folder = path / below
        yield from ((below + name, size) for name, size in _folder_files(folder, findings))
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    number += 1
                    if number >= MOST_ENTRIES:
                        raise _too_many(path)
                    if entry.is_dir(follow_symlinks=False) and _is_plain(entry.name):
                        folders.append(f"{below}{entry.name}/")
        except OSError as error:
            raise unreadable(folder, error) from error


def _is_plain(name: str) -> bool:
    return _is_portable(name) and not _is_system_file(name)


def _admit(entry: os.DirEntry[str], findings: Findings) -> bool:
    if _is_system_file(entry.name):
        findings.add(Rule.SYSTEM_FILE, f"Ignored: {shown(entry.name)}.")
    elif not _is_portable(entry.name):
        findings.add(Rule.MEMBER_UNSAFE, f"Not read: {shown(entry.name)}.")
    elif entry.is_symlink():
        findings.add(Rule.SYMBOLIC_LINK, f"Symbolic link: {shown(entry.name)}.")
    elif entry.is_dir():
        findings.add(Rule.NESTED_FOLDER, f"Not read: folder {shown(entry.name)}.")
    else:
        return entry.is_file()
    return False


class Zip:
    """A zip: its entries, at the root unless ``nested``, that can be read safely."""

    def __init__(
        self, opened: zipfile.ZipFile, path: Path, findings: Findings, *, nested: bool = False
    ) -> None:
        self._zip = opened
        self._nested = nested
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
                hint="The service accepts 2 GB of audio in one zip: split it.",
                place=Place(file=path.as_posix()),
            )

    def open(self, name: str) -> IO[bytes]:
        """Open an entry; it never unpacks to more than the directory says."""
        return self._zip.open(self._entries[name])

    def compression(self, name: str) -> int:
        """Return the entry's own method."""
        return self._entries[name].compress_type

    def _admit(self, entry: zipfile.ZipInfo, findings: Findings) -> None:
        name = entry.orig_filename
        parts = name.replace("\\", "/").split("/")
        name = "/".join(parts) if self._nested else name
        if _is_unsafe(parts, entry.external_attr >> 16):
            findings.add(Rule.MEMBER_UNSAFE, f"Not read: {shown(name)}.")
        elif any(map(_is_system_file, parts)):
            findings.add(Rule.SYSTEM_FILE, f"Ignored: {shown(name)}.")
        elif len(parts) > 1 and not self._nested:
            findings.add(Rule.NESTED_FOLDER, f"Not read because it is in a folder: {shown(name)}.")
        elif entry.flag_bits & _ENCRYPTED:
            findings.add(Rule.MEMBER_ENCRYPTED, f"Encrypted: {shown(name)}.")
        elif entry.compress_type not in _PLAIN_METHODS:
            findings.add(
                Rule.MEMBER_COMPRESSION, f"Compressed with method {entry.compress_type}: {shown(name)}."
            )
        elif name in self._entries:
            findings.add(Rule.MEMBER_REPEATED, f"Duplicate in the zip: {shown(name)}.")
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
    """Whether every file system accepts a file of this name: the service unpacks the zip on its own."""
    return name.isprintable() and len(name) <= LONGEST_NAME and not _NOT_PORTABLE.intersection(name)


def _is_system_file(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _SYSTEM_FILES


class _TooLarge(Exception):
    """The directory of a zip is larger than any that we read."""


class _Bounded(io.RawIOBase):
    """A stream that refuses reads larger than a directory may be; once ``opened``, it cuts them."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self.opened = False

    def read(self, size: int = -1) -> bytes:
        if size > MOST_DIRECTORY_BYTES:
            if not self.opened:
                raise _TooLarge
            size = MOST_DIRECTORY_BYTES
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


class _Entries(list[zipfile.ZipInfo]):
    """The entries of a zip, up to our limit."""

    def append(self, entry: zipfile.ZipInfo) -> None:
        if len(self) >= MOST_ENTRIES:
            raise _TooLarge
        super().append(entry)


class _BoundedZip(zipfile.ZipFile):
    """A zip whose directory ``zipfile`` itself stops reading once there are too many entries in it."""

    @property
    def filelist(self) -> list[zipfile.ZipInfo]:  # a plain attribute there
        return self._entries

    @filelist.setter
    def filelist(self, entries: list[zipfile.ZipInfo]) -> None:
        self._entries = _Entries(entries)


def _no_zip(path: Path) -> DataError:
    return DataError(
        f"{path} is not a readable zip.",
        hint="Audio with transcripts is a .zip, or a folder with WAV files and one transcript.",
        place=Place(file=path.as_posix()),
    )


def _too_many(path: Path) -> DataError:
    return DataError(
        f"{path} has more than {MOST_ENTRIES:,} entries and is not read.",
        hint="The service accepts 10,000 files in one dataset: split it.",
        place=Place(file=path.as_posix()),
    )
