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


def probability_of_improvement(units: Units) -> float:
    """Return the share of draws in which the candidate has the lower rate, half of the ties included."""
    if not units.standard_error:
        return 0.5 if not units.rate else float(units.rate < 0)
    return _NORMAL.cdf(position(units, 0.0))


def reach(units: Units, tail: float) -> float:
    """Return how far from the middle of the draws the interval goes, as a normal deviate.

    Few units make the percentile interval too narrow, so the quantile is Student's instead, widened by
    the units' number (Hesterberg, "What teachers should know about the bootstrap", 2015, section 4.2).
    """
    wide = math.sqrt(units.number / (units.number - 1)) * student.quantile(1 - tail, units.number - 1)
    return min(wide, saddlepoint.FARTHEST)


def interval(units: Units, tail: float) -> Interval:
    """Return the percentile interval, with ``tail`` on each side."""
    if not units.standard_error:
        return Interval(units.rate, units.rate)
    level, step = reach(units, tail), 2 * units.standard_error
    return Interval(
        saddlepoint.solve(lambda rate: position(units, rate), -level, units.rate, -step),
        saddlepoint.solve(lambda rate: position(units, rate), level, units.rate, step),
    )


def position(units: Units, rate: float) -> float:
    """Return the normal deviate of the share of draws below ``rate``, half of the ties included."""
    import numpy as np  # noqa: PLC0415

    residuals = units.residuals(rate)
    shares, number = units.times / units.number, units.number
    if not residuals.min() < 0 < residuals.max():  # draws of units without a residual alone are the ties
        ties = float(shares[residuals == 0].sum()) ** number / 2
        farthest = -_NORMAL.inv_cdf(ties) if ties else saddlepoint.FARTHEST
        return math.copysign(farthest, -float(residuals.sum()))

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
