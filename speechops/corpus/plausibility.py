"""Data that is well-formed and still wrong: silence, clipping, impossible rates, shifted transcripts.

The level is judged from the middle of each chunk of a file as it passes by, so that nothing is read twice.
"""

from __future__ import annotations

import math
import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops.corpus.rules import Rule
from speechops.corpus.wording import counts_characters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOOKED_AT = 1 << 14
"""Bytes of each chunk that are checked: half a second at 16 kHz."""

_HEADER = 128
_FULL_SCALE = 32767
_SILENT = 33  # -60 dB of full scale
_QUIET = 327  # -40 dB
_CLIPPED_SHARE = 0.01
_LEAST_SECONDS = 2.0  # the rate of shorter recordings means nothing
_MOST_WORDS_A_SECOND, _MOST_CHARACTERS_A_SECOND = 7.0, 14.0
_LEAST_WORDS_A_SECOND, _LEAST_CHARACTERS_A_SECOND = 0.1, 0.2
_LEAST_PAIRS = 8
_RELATED, _UNRELATED = 0.8, 0.4


@dataclass(slots=True)
class Level:
    """The level of a file of 16-bit samples, from its chunks."""

    peak: int = 0
    looked_at: int = 0
    clipped: int = 0

    def hear(self, chunk: bytes) -> None:
        """Measure the middle of a chunk, and never what may be a header."""
        start = max(_HEADER, (len(chunk) - LOOKED_AT) // 4 * 2)
        length = max(0, min(len(chunk) - start, LOOKED_AT)) // 2 * 2
        samples = array("h", chunk[start : start + length])
        if sys.byteorder == "big":
            samples.byteswap()
        if not samples:
            return
        highest, lowest = max(samples), min(samples)
        self.peak = max(self.peak, highest, -lowest)
        self.looked_at += len(samples)
        if max(highest, -lowest) >= _FULL_SCALE:
            self.clipped += samples.count(_FULL_SCALE) + samples.count(-_FULL_SCALE) + samples.count(-32768)

    def faults(self) -> Iterator[tuple[Rule, str]]:
        """Yield the faults of the level."""
        if not self.looked_at:
            return
        if self.peak <= _SILENT:
            yield Rule.AUDIO_SILENT, f"is silent: its peak is {_decibels(self.peak)}"
        elif self.peak <= _QUIET:
            yield Rule.AUDIO_QUIET, f"is very quiet: its peak is {_decibels(self.peak)}"
        elif self.clipped > _CLIPPED_SHARE * self.looked_at:
            share = 100 * self.clipped / self.looked_at
            yield Rule.AUDIO_CLIPPED, f"is clipped: {share:.0f} % of its samples are at full scale"


def _decibels(peak: int) -> str:
    return "zero" if not peak else f"{20 * math.log10(peak / _FULL_SCALE):.0f} dB"


def rate_fault(text: str, seconds: float, locale: str) -> str:
    """Return why a text cannot have been spoken in ``seconds``, empty if it can."""
    if seconds < _LEAST_SECONDS:
        return ""
    if counts_characters(locale):
        number, noun = sum(not character.isspace() for character in text), "characters"
        least, most = _LEAST_CHARACTERS_A_SECOND, _MOST_CHARACTERS_A_SECOND
    else:
        number, noun = len(text.split()), "words"
        least, most = _LEAST_WORDS_A_SECOND, _MOST_WORDS_A_SECOND
    if least <= number / seconds <= most:
        return ""
    return f"{number} {noun} in {seconds:.1f} s"


def is_shifted(lengths: Sequence[int], seconds: Sequence[float]) -> bool:
    """Whether the texts fit the recordings clearly better when they are shifted by one line.

    ``lengths`` are the characters of each text, ``seconds`` of its recording, in the transcript's order.
    """
    if len(lengths) < _LEAST_PAIRS:
        return False
    shifted = max(_correlation(lengths[1:], seconds[:-1]), _correlation(lengths[:-1], seconds[1:]))
    return _correlation(lengths, seconds) < _UNRELATED and shifted > _RELATED


def _correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Return Pearson's correlation; 0 if one of the two does not vary."""
    mean1, mean2 = sum(first) / len(first), sum(second) / len(second)
    pairs = [(left - mean1, right - mean2) for left, right in zip(first, second, strict=True)]
    spread = math.sqrt(sum(left * left for left, _ in pairs) * sum(right * right for _, right in pairs))
    return sum(left * right for left, right in pairs) / spread if spread else 0.0
