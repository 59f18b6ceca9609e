"""Small data files for the tests: WAV bytes, zips, folders."""

from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BOM = b"\xef\xbb\xbf"


def wav(  # noqa: PLR0913 - each a field of the header
    seconds: float = 1.0,
    *,
    rate: int = 16_000,
    channels: int = 1,
    bits: int = 16,
    tag: int = 1,
    fill: bytes = b"\0\x10",
    extra: bytes = b"",
    more: bytes = b"",
    promised: int | None = None,
) -> bytes:
    """Return a WAV file; ``extra`` lengthens its format, ``more`` stands before the samples."""
    block = channels * bits // 8
    samples = fill * (int(seconds * rate) * block // len(fill))
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits) + extra
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + more
    length = len(samples) if promised is None else promised
    body += b"data" + struct.pack("<I", length) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


def transcript(*lines: str, bom: bool = True) -> bytes:
    return (BOM if bom else b"") + "\n".join(lines).encode()


def make_zip(path: Path, members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, method)
    return path


def make_folder(path: Path, members: Mapping[str, bytes]) -> Path:
    for name, content in members.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def two_clips() -> dict[str, bytes]:
    """Return the members of acoustic data in which all is well."""
    return {
        "b.wav": wav(1.5, fill=b"\1\x10"),
        "a.wav": wav(1, fill=b"\2\x10"),
        "trans.txt": transcript("b.wav\tthe second letter", "a.wav\tthe first letter"),
    }
