"""A text file, read once: what was checked is what is searched and uploaded."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, cast

from speechops.corpus.archive import open_file, refuse_pointer

if TYPE_CHECKING:
    from pathlib import Path

MOST_KEPT = 64 << 20
"""Bytes of a file that stay in memory; a larger file is opened again each time it is read."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file with its ``size`` in bytes, and its content if that is small enough to be kept."""

    path: Path
    size: int
    _content: bytes | None = field(repr=False)

    def open(self) -> BinaryIO:
        """Open the content. Raises :class:`DataError` if a large file cannot be read any more."""
        return open_file(self.path) if self._content is None else io.BytesIO(self._content)

    def digest(self) -> str:
        """Return the SHA-256 of the content in hex."""
        with self.open() as stream:
            return hashlib.file_digest(cast("io.BufferedReader", stream), "sha256").hexdigest()


def read_text(path: Path) -> TextFile:
    """Read a file. Raises :class:`DataError` if it cannot be read, or is a Git LFS pointer."""
    with open_file(path) as stream:
        refuse_pointer(stream, path)
        content = stream.read(MOST_KEPT + 1)
    if len(content) <= MOST_KEPT:
        return TextFile(path, len(content), content)
    return TextFile(path, path.stat().st_size, None)
