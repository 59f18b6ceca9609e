"""The header of a WAV file, read from its first bytes.

``wave`` of the standard library differs between Python versions on extensible headers and does not report
whether all samples are present; both matter here, so the few fields are read directly. Layout: Microsoft
and IBM, "Multimedia Programming Interface and Data Specifications 1.0" (RIFF), and "Multiple channel audio
data and WAVE files" (extensible).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

HEAD_BYTES = 1 << 16
"""The samples must begin within this many bytes: longer headers are not searched."""

_PCM = 1
_EXTENSIBLE = 0xFFFE
_PCM_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_FORMAT = struct.Struct("<HHIIHH")


class NotWav(ValueError):
    """The bytes are not a WAV file; the message says why."""


class HeaderTooLong(NotWav):
    """A WAV file whose samples begin after the part that is searched."""


@dataclass(frozen=True, slots=True)
class Wav:
    """What a header says: ``rate`` in Hz, ``bits`` of a sample, ``seconds``; ``missing`` bytes of samples.

    The samples are the ``length`` bytes from ``start``, ``block`` bytes for one sample of all channels.
    """

    pcm: bool
    extensible: bool
    channels: int
    rate: int
    bits: int
    seconds: float
    missing: int
    start: int
    length: int
    block: int


def read_header(head: bytes, size: int) -> Wav:
    """Read the header in ``head``, the first bytes of a file of ``size`` bytes; raise :class:`NotWav`."""
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:12] != b"WAVE":  # noqa: PLR2004 - the RIFF header
        raise NotWav("it does not begin with RIFF and WAVE")
    layout = None
    place = 12
    while place + 8 <= len(head):
        name, length = head[place : place + 4], int.from_bytes(head[place + 4 : place + 8], "little")
        place += 8
        if name == b"fmt ":
            layout = head[place : place + length]
        elif name == b"data":
            return _wav(layout, length, place, size)
        place += length + length % 2
    if len(head) >= HEAD_BYTES:
        raise HeaderTooLong("its samples do not begin in its first 64 KiB")
    raise NotWav("it has no samples")


def _wav(layout: bytes | None, length: int, start: int, size: int) -> Wav:
    if layout is None or len(layout) < _FORMAT.size:
        raise NotWav("its format is not stated before its samples")
    tag, channels, rate, _, block, bits = _FORMAT.unpack_from(layout)
    if not (channels and rate and block):
        raise NotWav("its header lacks channels, rate or sample size")
    extensible = tag == _EXTENSIBLE
    if extensible and layout[26:40] == _PCM_GUID_TAIL:
        tag = int.from_bytes(layout[24:26], "little")
    present = min(length, size - start)
    seconds = present / (block * rate)
    return Wav(
        tag == _PCM, extensible, channels, rate, bits, seconds, length - present, start, present, block
    )


def plain_header(rate: int, length: int) -> bytes:
    """Return the header of 16-bit PCM in one channel, before ``length`` bytes of samples."""
    layout = _FORMAT.pack(_PCM, 1, rate, rate * 2, 2, 16)
    head = b"WAVEfmt " + len(layout).to_bytes(4, "little") + layout + b"data" + length.to_bytes(4, "little")
    return b"RIFF" + (len(head) + length).to_bytes(4, "little") + head
