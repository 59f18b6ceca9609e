"""Samples of PCM audio as the service takes them: 16 bits, one channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from speechops.corpus.audio import Wav

BITS = (8, 16, 24, 32)
CHANNELS = (1, 2)


def convertible(wav: Wav) -> bool:
    """Whether :func:`converted` can read the samples."""
    whole = wav.block * 8 == wav.bits * wav.channels and not wav.missing and wav.length > 0
    return wav.pcm and whole and wav.bits in BITS and wav.channels in CHANNELS


def converted(raw: bytes, wav: Wav) -> bytes:
    """Return whole blocks of samples in one channel of 16 bits: the mean of two, the upper bits of more."""
    samples = _upper_bits(raw, wav.bits)
    if wav.channels == 2:  # noqa: PLR2004 - left and right
        pairs = samples.reshape(-1, 2).astype("<i4")
        samples = (pairs.sum(axis=1) >> 1).astype("<i2")
    return samples.tobytes()


def _upper_bits(raw: bytes, bits: int) -> NDArray[np.int16]:
    import numpy as np  # noqa: PLC0415 - only if audio is converted

    if bits == 8:  # noqa: PLR2004 - without sign, unlike the others
        return ((np.frombuffer(raw, np.uint8).astype("<i2") - 128) * 256).astype("<i2")
    if bits == 24:  # noqa: PLR2004
        return np.ascontiguousarray(np.frombuffer(raw, np.uint8).reshape(-1, 3)[:, 1:]).view("<i2")[:, 0]
    samples = np.frombuffer(raw, "<i2")
    return samples[1::2] if bits == 32 else samples  # noqa: PLR2004
