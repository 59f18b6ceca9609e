"""NIST's matched-pairs sentence-segment word error test (MAPSSWE).

Gillick and Cox, "Some statistical issues in the comparison of speech recognition algorithms", ICASSP 1989; in
the form that SCTK codes (``src/sclite/mtchprs.c``): the utterances are cut into segments wherever both models
have two or more words right in a row, and the errors of both in each segment with an error are compared.
Two things differ: fewer than :data:`LEAST_SEGMENTS` segments get no p, as the test rests on a normal
distribution; and if every segment differs alike, so that the variance is zero, p is that of the sign test
instead of 1.
"""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from .counts import HIT, INSERTION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LEAST_SEGMENTS = 20
_GOOD_WORDS = 2
_GAP = re.compile(f"[^{HIT}]+")


@dataclass(frozen=True, slots=True)
class MatchedPairs:
    """Segments, and the mean and deviation of candidate's errors less benchmark's in a segment.

    ``z`` and the two-sided ``p`` are None if there are too few segments.
    """

    segments: int
    mean: float
    deviation: float
    z: float | None
    p: float | None


def matched_pairs(benchmark: Iterable[str], candidate: Iterable[str]) -> MatchedPairs:
    """Compare the paths of two models' alignments, utterance by utterance."""
    segments = total = squares = 0
    for left, right in zip(benchmark, candidate, strict=True):
        for difference in _segments(left, right):
            segments += 1
            total += difference
            squares += difference * difference
    if not segments:
        return MatchedPairs(0, 0.0, 0.0, None, None)
    mean = total / segments
    variance = (squares - total * mean) / (segments - 1) if segments > 1 else 0.0
    deviation = math.sqrt(max(variance, 0.0))
    if segments < LEAST_SEGMENTS:
        return MatchedPairs(segments, mean, deviation, None, None)
    if not total:
        return MatchedPairs(segments, mean, deviation, 0.0, 1.0)
    if squares * segments == total * total:
        p = max(2.0 ** (1 - segments), sys.float_info.min)
        z = math.copysign(-NormalDist().inv_cdf(p / 2), mean)
    else:
        z = mean / (deviation / math.sqrt(segments))
        p = math.erfc(abs(z) / math.sqrt(2))
    return MatchedPairs(segments, mean, deviation, z, p)


def _segments(benchmark: str, candidate: str) -> Iterator[int]:
    """Yield, for each segment with an error, the candidate's errors less the benchmark's."""
    gaps = [*_gaps(benchmark, -1), *_gaps(candidate, 1)]
    gaps.sort()
    difference = end = 0
    for index, (start, stop, errors) in enumerate(gaps):
        if index and start - end >= _GOOD_WORDS:
            yield difference
            difference = 0
        difference += errors
        end = max(end, stop)
    if gaps:
        yield difference


def _gaps(path: str, sign: int) -> Iterator[tuple[int, int, int]]:
    """Yield first and last + 1 reference word of each run of errors, and their number with a sign."""
    inserted = 0
    for gap in _GAP.finditer(path):
        start = gap.start() - inserted
        inserted += gap[0].count(INSERTION)
        yield start, gap.end() - inserted, sign * len(gap[0])
