"""Wave files as the service takes them: RIFF, 16-bit PCM, one channel, 8 or 16 kHz."""

from __future__ import annotations

import hashlib
import wave
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_RATES = (8_000, 16_000)
_SAMPLE_BYTES = 2
_CHUNK = 2**16


class AudioRefusedError(Exception):
    """An audio file is invalid; the message says why."""


@dataclass(frozen=True, slots=True)
class Audio:
    """The length in seconds and the SHA-256 of one file."""

    seconds: float
    sha256: str


def measure(opened: Callable[[], IO[bytes]], size: int, *, longest: float) -> Audio:
    """Return the length and the hash of a wave file of ``size`` bytes that ``opened`` opens.

    Raises :class:`AudioRefusedError` if it has another format or longer than ``longest`` seconds.
    """
    with opened() as stream:
        seconds = _seconds(stream, size)
    if seconds > longest:
        raise AudioRefusedError(f"the audio is {seconds:.0f} s long and the limit is {longest:.0f} s")
    digest = hashlib.sha256()
    with opened() as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return Audio(seconds, digest.hexdigest())


@contextmanager
def opened_wave(stream: IO[bytes]) -> Iterator[wave.Wave_read]:
    """Open a wave file. Raises :class:`AudioRefusedError` if it is none, or has another format."""
    try:
        with wave.open(stream, "rb") as audio:
            rate, channels, width = audio.getframerate(), audio.getnchannels(), audio.getsampwidth()
            if width != _SAMPLE_BYTES or channels != 1 or rate not in _RATES:
                raise AudioRefusedError(
                    f"the audio has {channels} channel(s) of {width * 8} bits at {rate} Hz;"
                    " it must be mono, 16 bits, 8000 or 16000 Hz"
                )
            yield audio
    except (wave.Error, EOFError) as error:
        raise AudioRefusedError(f"the audio is not a PCM wave file ({error})") from None


def _seconds(stream: IO[bytes], size: int) -> float:
    with opened_wave(stream) as audio:
        frames, rate, width = audio.getnframes(), audio.getframerate(), audio.getsampwidth()
    if frames == 0 or frames * width > size:
        raise AudioRefusedError("the audio is empty" if frames == 0 else "the audio is truncated")
    return frames / rate
