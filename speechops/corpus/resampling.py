"""Audio at a lower sample rate: a polyphase filter, chunk by chunk, whatever the length of a recording.

Each new sample is a weighted mean of the old ones around it, by a sinc that ends below half the new rate, in
a Kaiser window (J. O. Smith, "Digital Audio Resampling Home Page", CCRMA). Tests hold the quality: what is
above the new band is 70 dB down, what is within it is unchanged.
"""

from __future__ import annotations

from math import ceil, gcd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RATES = (16_000, 8_000)
"""What the service takes, the better first."""

_AT_ONCE = 8192
_ZEROS = 48
_ROLL_OFF = 0.94
_BETA = 9.0
_MOST_PHASES = 640
"""Usual rates need no more than 320; the table of an odd one would be large."""


def target_of(rate: int) -> int:
    """Return the rate to which ``rate`` can be lowered; 0 for one that is too low, or odd."""
    target = next((known for known in RATES if known < rate), 0)
    return target if target and target // gcd(rate, target) <= _MOST_PHASES else 0


def length_of(samples: int, rate: int, target: int) -> int:
    """Return how many samples at ``target`` so many at ``rate`` become."""
    return ceil(samples * target / rate)


def resampled(chunks: Iterable[bytes], rate: int, target: int) -> Iterator[bytes]:
    """Yield samples of 16 bits at ``target`` for those in ``chunks`` at ``rate``."""
    if rate == target:
        yield from chunks
        return
    resampler = Resampler(rate, target)
    for chunk in chunks:
        yield resampler.add(chunk)
    yield resampler.end()


class Resampler:
    """Turns samples of 16 bits at ``rate`` into those at ``target``, a lower rate, in chunks of any size."""

    def __init__(self, rate: int, target: int) -> None:
        import numpy as np  # noqa: PLC0415 - only if audio is converted

        common = gcd(rate, target)
        self._up, self._down = target // common, rate // common
        reach = ceil(_ZEROS * rate / target)
        self._taps = 2 * reach
        scale = _ROLL_OFF * target / rate
        away = np.arange(1 - reach, 1 + reach) - np.arange(self._up)[:, None] / self._up
        window = np.i0(_BETA * np.sqrt(np.maximum(0, 1 - (away / reach) ** 2)))
        weights = np.sinc(scale * away) * window
        self._weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
        self._buffer = np.zeros(reach - 1, np.float32)
        self._start = self._next = self._given = 0

    def add(self, raw: bytes) -> bytes:
        """Return the new samples that are known after these old ones."""
        import numpy as np  # noqa: PLC0415

        samples = np.frombuffer(raw, "<i2")
        self._given += len(samples)
        self._buffer = np.concatenate([self._buffer, samples.astype(np.float32)])
        last = self._start + len(self._buffer) - self._taps
        return self._upto(((last + 1) * self._up - 1) // self._down + 1) if last >= self._start else b""

    def end(self) -> bytes:
        """Return the last samples: silence follows the recording."""
        import numpy as np  # noqa: PLC0415

        self._buffer = np.concatenate([self._buffer, np.zeros(self._taps, np.float32)])
        return self._upto(length_of(self._given, self._down, self._up))

    def _upto(self, end: int) -> bytes:
        import numpy as np  # noqa: PLC0415

        windows = np.lib.stride_tricks.sliding_window_view(self._buffer, self._taps)
        made = []
        for begin in range(self._next, end, _AT_ONCE):
            places = np.arange(begin, min(begin + _AT_ONCE, end)) * self._down
            around = windows[places // self._up - self._start]
            mean = np.einsum("ij,ij->i", around, self._weights[places % self._up])
            made.append(np.clip(np.rint(mean), -32768, 32767).astype("<i2").tobytes())
        self._next = max(end, self._next)
        used = min(self._next * self._down // self._up - self._start, len(self._buffer))
        self._buffer = self._buffer[used:]
        self._start += used
        return b"".join(made)
