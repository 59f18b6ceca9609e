"""The paired bootstrap: how far a difference in error rate could be chance.

Bisani and Ney, "Bootstrap estimates for confidence intervals in ASR performance evaluation", ICASSP 2004:
draw utterances with replacement, keep both models' errors of each together, and take the difference of the
corpus rates of every draw. Where utterances depend on each other (one speaker, one recording), whole
clusters are drawn (Liu and Peng, "Statistical testing on ASR performance via blockwise bootstrap",
Interspeech 2020).

Nothing is drawn here: the distribution that endless draws would have is read off its saddlepoint
approximation (Davison and Hinkley, "Saddlepoint approximations in resampling methods", Biometrika 75, 1988).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from . import saddlepoint, student
from .units import Interval

if TYPE_CHECKING:
    from .units import Units

_NORMAL = NormalDist()
_LEAST_FREEDOM = 3
_FARTHEST = 50
"""How far into a tail a level may move: 0.05 % at 95 % confidence."""


def probability_of_improvement(units: Units) -> float:
    """Return the share of draws in which the candidate has the lower rate, half of the ties included."""
    if not units.standard_error:
        return 0.5 if not units.rate else float(units.rate < 0)
    return _NORMAL.cdf(_position(units, 0.0))


def interval(units: Units, tail: float) -> Interval:
    """Return the BCa interval, with ``tail`` on each side."""
    if not units.standard_error:
        return Interval(units.rate, units.rate)

    def bound(level: float, direction: int) -> float:
        return saddlepoint.solve(
            lambda rate: _position(units, rate), level, units.rate, direction * 2 * units.standard_error
        )

    low, high = _levels(units, tail)
    return Interval(bound(low, -1), bound(high, 1))


def _position(units: Units, rate: float) -> float:
    """Return the normal deviate of the share of draws with a lower rate than ``rate``."""
    import numpy as np  # noqa: PLC0415

    residuals = units.residuals(rate)
    shares, number = units.times / units.number, units.number

    def cumulants(tilt: float) -> tuple[float, float, float]:
        exponents = tilt * residuals
        top = float(exponents.max())
        weights = shares * np.exp(exponents - top)
        total = float(weights.sum())
        mean = float(weights @ residuals) / total
        return (
            number * (top + math.log(total)),
            number * mean,
            number * float(weights @ (residuals - mean) ** 2) / total,
        )

    return saddlepoint.deviate(cumulants)


def _levels(units: Units, tail: float) -> tuple[float, float]:
    """Return the two quantiles of the draws to read, as normal deviates.

    BCa (Efron, "Better bootstrap confidence intervals", 1987), equation 6.8 for the acceleration a; the bias
    z0 is set to a, its value for a mean (DiCiccio and Efron, "Bootstrap confidence intervals", 1996, section
    4). Few units make all bootstrap intervals too narrow, so the normal quantile gives way to Student's
    (Hesterberg, "What teachers should know about the bootstrap", 2015, section 4.2), with the degrees of
    freedom that the fourth moment leaves (Satterthwaite 1946).
    """
    residuals, number = units.residuals(units.rate), units.number
    second, third, fourth = (float(units.times @ residuals**power) for power in (2, 3, 4))
    acceleration = third / (6 * second**1.5)
    excess = fourth - second**2 / number
    freedom = number - 1 if excess <= 0 else min(number - 1, int(2 * second**2 / excess))
    wide = math.sqrt(number / (number - 1)) * student.quantile(1 - tail, max(freedom, _LEAST_FREEDOM))
    farthest = -_NORMAL.inv_cdf(tail / _FARTHEST)

    def level(z: float) -> float:
        moved = acceleration + z
        shrink = 1 - acceleration * moved
        reached = acceleration + moved / shrink if shrink > 0 else math.copysign(farthest, z)
        return min(max(reached, -farthest), farthest)

    return level(-wide), level(wide)
