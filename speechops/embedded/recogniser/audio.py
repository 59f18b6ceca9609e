"""Wave files as the samples that the recognizer takes: 16 bit, mono, 16,000 a second."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from speechops.embedded.audio import AudioRefusedError, opened_wave
from speechops.embedded.engine import EngineError

if TYPE_CHECKING:
    import wave
    from collections.abc import Iterator
    from typing import IO

    from numpy.typing import NDArray

    Samples = NDArray[np.int16]

RATE = 16_000
_LONGEST_PART = 300 * RATE
"""Samples that are recognized in one go: the decoder's memory grows by 14 MB a minute."""
_SEARCHED = 20 * RATE
_WINDOW = RATE // 10
_HALF_TAPS = 32


def read(file: IO[bytes], name: str) -> Samples:
    """Return the samples of a wave file; one with 8,000 a second is up-sampled.

    Raises:
        EngineError: it is no such file; ``name`` says which.

    """
    with _sound(file, name) as sound:
        data, rate = sound.readframes(sound.getnframes()), sound.getframerate()
    samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2")
    return samples if rate == RATE else _doubled(samples)


def seconds(file: IO[bytes], name: str) -> float:
    """Return the length of a wave file in seconds, as its head has it.

    Raises:
        EngineError: it is no wave file; ``name`` says which.

    """
    with _sound(file, name) as sound:
        return sound.getnframes() / sound.getframerate()


@contextmanager
def _sound(file: IO[bytes], name: str) -> Iterator[wave.Wave_read]:
    try:
        with opened_wave(file) as sound:
            yield sound
    except AudioRefusedError as error:
        raise EngineError(f"{name} cannot be used: {error}.") from error


def parts(samples: Samples) -> Iterator[tuple[int, Samples]]:
    """Yield parts of at most five minutes, cut where it is quiet, each after its first sample's place."""
    start = 0
    while len(samples) - start > _LONGEST_PART:
        searched = samples[start + _LONGEST_PART - _SEARCHED : start + _LONGEST_PART].astype(np.float64)
        loudness = np.square(searched).reshape(-1, _WINDOW).sum(axis=1)
        cut = start + _LONGEST_PART - _SEARCHED + int(loudness.argmin()) * _WINDOW + _WINDOW // 2
        yield start, samples[start:cut]
        start = cut
    yield start, samples[start:]


def _doubled(samples: Samples) -> Samples:
    """Return twice the samples a second, each new one a windowed sinc over its neighbors."""
    offsets = np.arange(-_HALF_TAPS, _HALF_TAPS) + 0.5
    taps = np.sinc(offsets) * np.cos(np.pi * offsets / (2 * _HALF_TAPS)) ** 2
    between = np.convolve(samples.astype(np.float64), taps)[_HALF_TAPS:][: len(samples)]
    doubled = np.empty(2 * len(samples), np.int16)
    doubled[::2] = samples
    doubled[1::2] = np.clip(np.rint(between), -32768, 32767)
    return doubled
