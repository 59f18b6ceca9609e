"""The paired bootstrap: how far a difference in error rate could be chance.

Bisani and Ney, "Bootstrap estimates for confidence intervals in ASR performance evaluation", ICASSP 2004:
draw utterances with replacement, keep both models' errors of each together, and take the difference of the
corpus rates of every draw. Where utterances depend on each other (one speaker, one recording), whole
clusters are drawn (Liu and Peng, "Statistical testing on ASR performance via blockwise bootstrap",
Interspeech 2020).

Units with equal numbers cannot be told apart, so a draw is one multinomial over the distinct rows (errors,
words): the distribution is the same and the cost does not grow with the test set.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist
from typing import TYPE_CHECKING

from . import student

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_CELLS = 1 << 20
"""Multinomial counts held at once: 8 MB."""


class Method(StrEnum):
    """How the interval is read off the draws."""

    BCA = "bca"
    PERCENTILE = "percentile"


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a difference in error rate, as fractions."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Resampling:
    """What the draws say. ``probability_of_improvement`` is the share of draws below zero, ties halved."""

    interval: Interval
    standard_error: float
    probability_of_improvement: float


def draws_needed(confidence: float) -> int:
    """Return how many draws it takes to see the tails: twenty in each of them, as far as time allows."""
    return min(_MOST_DRAWS, math.ceil(_DRAWS_IN_TAIL * 2 / (1 - confidence) - 1e-6))


def resample(
    differences: Sequence[int],
    words: Sequence[int],
    *,
    seed: int,
    draws: int = 10_000,
    confidence: float = 0.95,
    method: Method = Method.BCA,
) -> Resampling | None:
    """Judge the rate sum(differences) / sum(words) over units drawn with replacement.

    ``differences`` are errors of the candidate less those of the benchmark. None where there are fewer than
    two units or no words: one unit has no variance. The order of the units does not matter.
    """
    import numpy as np  # noqa: PLC0415 - 100 ms that only a comparison pays

    units = len(words)
    if units < 2 or not sum(words):  # noqa: PLR2004
        return None
    rows, counts = np.unique(np.column_stack((differences, words)), axis=0, return_counts=True)
    rates = np.sort(_draw(rows, counts, np.random.default_rng(seed), draws))
    rate = sum(differences) / sum(words)
    residuals = rows[:, 0] - rate * rows[:, 1]
    spread = float(counts @ residuals**2)
    tail = (1 - confidence) / 2
    levels = _bca_levels(residuals, counts, tail) if method is Method.BCA and spread else (tail, 1 - tail)
    low, high = (float(bound) for bound in np.quantile(rates, levels))
    return Resampling(
        Interval(low, high),
        math.sqrt(units / (units - 1) * spread) / sum(words),
        float(np.mean(rates < 0) + np.mean(rates == 0) / 2),
    )


def _draw(
    rows: NDArray[np.int64], counts: NDArray[np.int64], random: np.random.Generator, draws: int
) -> NDArray[np.float64]:
    """Return the rate of each draw. The commonest rows come first: numpy stops when all units are dealt."""
    import numpy as np  # noqa: PLC0415

    order = np.argsort(-counts, kind="stable")
    values, shares, units = rows[order].astype(float), counts[order] / counts.sum(), int(counts.sum())
    step = max(1, _CELLS // len(values))
    sums = np.concatenate(
        [
            random.multinomial(units, shares, size=min(step, draws - start)) @ values
            for start in range(0, draws, step)
        ]
    )
    rates: NDArray[np.float64] = np.divide(sums[:, 0], sums[:, 1], out=np.zeros(draws), where=sums[:, 1] > 0)
    return rates


def _bca_levels(
    residuals: NDArray[np.float64], counts: NDArray[np.int64], tail: float
) -> tuple[float, float]:
    """Return the two quantiles of the draws to read.

    BCa (Efron, "Better bootstrap confidence intervals", 1987), equation 6.8 for the acceleration a; the bias
    z0 is set to a, its value for a mean (DiCiccio and Efron, "Bootstrap confidence intervals", 1996, section
    4), as draws with many ties estimate it badly. Few units make all bootstrap intervals too narrow, so the
    normal quantile gives way to Student's (Hesterberg, "What teachers should know about the bootstrap", 2015,
    section 4.2), with the degrees of freedom that the fourth moment leaves (Satterthwaite 1946).
    """
    units = int(counts.sum())
    second, third, fourth = (float(counts @ residuals**power) for power in (2, 3, 4))
    acceleration = third / (6 * second**1.5)
    excess = fourth - second**2 / units
    freedom = units - 1 if excess <= 0 else min(units - 1, int(2 * second**2 / excess))
    normal = NormalDist()
    wide = math.sqrt(units / (units - 1)) * student.quantile(1 - tail, max(freedom, _LEAST_FREEDOM))

    def level(z: float) -> float:
        moved = acceleration + z
        shrink = 1 - acceleration * moved
        reached = normal.cdf(acceleration + moved / shrink) if shrink > 0 else float(z > 0)
        return min(max(reached, tail / _FARTHEST), 1 - tail / _FARTHEST)

    return level(-wide), level(wide)


_LEAST_FREEDOM = 3
_FARTHEST = 50
"""How far into a tail a level may move: 0.05 % at 95 % confidence, which 10,000 draws still show."""

_DRAWS_IN_TAIL = 20
_MOST_DRAWS = 200_000
"""Enough for 99.98 % confidence; a second or two."""
