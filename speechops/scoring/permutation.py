"""The sign-flip permutation test, and the interval that it leaves.

If both models are equally good, each unit's difference is as likely to have the other sign (Fisher 1935). The
test trusts nothing about the size of errors, so that lost and invented utterances do not mislead it. Its
interval holds the differences that the test does not reject (Robinson, "Saddlepoint approximations for
permutation tests and confidence intervals", JRSS B 44, 1982).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from . import saddlepoint
from .units import Interval

if TYPE_CHECKING:
    from .units import Units

_NORMAL = NormalDist()
_ROUNDING = 1e-9
_MOST_FLIPS = 1000
"""Signs beyond which even all of them alike have no probability that a double can hold."""


def p_value(units: Units) -> float:
    """Return the two-sided p of no difference. Half of what ties with the observed counts (mid-p)."""
    return 2 * _NORMAL.cdf(-abs(position(units, 0.0)))


def reach(tail: float) -> float:
    """Return the position beyond which a difference is rejected."""
    return -_NORMAL.inv_cdf(tail)


def interval(units: Units, tail: float) -> Interval:
    """Return the differences in error rate that the test rejects on neither side at ``tail``."""
    target = reach(tail)
    step = units.standard_error * target
    return Interval(
        saddlepoint.solve(lambda rate: position(units, rate), -target, units.rate, -step),
        saddlepoint.solve(lambda rate: position(units, rate), target, units.rate, step),
    )


def position(units: Units, rate: float) -> float:
    """Return how far ``rate`` lies above what was observed, as a normal deviate."""
    import numpy as np  # noqa: PLC0415

    residuals = units.residuals(rate)
    times = units.times[residuals != 0]
    sizes = np.abs(residuals[residuals != 0])
    observed = -float(units.times @ residuals)
    if not len(sizes):
        return 0.0

    def cumulants(tilt: float) -> tuple[float, float, float]:
        tilted = tilt * sizes
        slopes = np.tanh(tilted)
        values = np.logaddexp(tilted, -tilted) - math.log(2)
        return (
            float(times @ values) - tilt * observed,
            float(times @ (sizes * slopes)) - observed,
            float(times @ (sizes * sizes * (1 - slopes * slopes))),
        )

    flips = min(float(times.sum()), _MOST_FLIPS)
    most = -_NORMAL.inv_cdf(0.5**flips)  # all signs alike: that is the sign test
    if abs(observed) >= float(times @ sizes) * (1 - _ROUNDING):
        return math.copysign(most, observed)
    return min(max(saddlepoint.deviate(cumulants), -most), most)
