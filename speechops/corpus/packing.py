"""Packs audio with its transcript as the zip that the service accepts: only what was read, in a fixed order.

Files of a folder are stored uncompressed, entries of a zip compressed as there; sorted by name, with one
fixed date; the transcript is called ``trans.txt`` as in the service's own samples.
"""

from __future__ import annotations

import shutil
import zipfile
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from speechops.corpus.archive import Archive

TRANSCRIPT = "trans.txt"
"""What the transcript is called in the zip."""

CHUNK_BYTES = 1 << 20

EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE = 0o100644 << 16
_UNIX = 3
_LOCAL_HEADER_BYTES, _DIRECTORY_ENTRY_BYTES, _END_BYTES = 30, 46, 22


def pack(archive: Archive, sources: Mapping[str, str], stream: IO[bytes]) -> None:
    """Write the zip to ``stream``; ``sources`` maps each name in the zip to one in ``archive``."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as packed:
        for name, source in sorted(sources.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = _UNIX
            entry.external_attr = _REGULAR_FILE
            entry.file_size = archive.sizes[source]
            entry.compress_type = archive.compression(source)
            with archive.open(source) as unpacked, packed.open(entry, "w") as target:
                shutil.copyfileobj(unpacked, target, CHUNK_BYTES)


def packed_size(sizes: Mapping[str, int]) -> int:
    """Return the size in bytes of the zip that :func:`pack` writes, from the names and sizes in it.

    Correct below 2 GiB, which is all that the service accepts (above, entries get 64-bit fields).
    """
    return _END_BYTES + sum(_entry_sizes(sizes))


def _entry_sizes(sizes: Mapping[str, int]) -> Iterator[int]:
    for name, size in sizes.items():
        yield size + _LOCAL_HEADER_BYTES + _DIRECTORY_ENTRY_BYTES + 2 * len(name.encode())
