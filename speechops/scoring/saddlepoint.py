"""Tail probabilities of sums without a single draw: the saddlepoint approximation.

Lugannani and Rice, "Saddle point approximation for the distribution of the sum of independent random
variables", 1980, in the form of the modified signed root r* (Barndorff-Nielsen 1986). Its relative error is
small far into the tails, where draws would be needed by the hundred thousand.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Cumulants = Callable[[float], tuple[float, float, float]]
    """K, K' and K'' of a sum at t; K' is infinite beyond the end of K's domain."""

FARTHEST = 12.0
"""The deviate of an impossible event."""

_STEPS = 60
_NEAR_MEAN = 0.01
_PRECISION = 1e-9
_CLOSE = 1e-7
"""Seven digits of a normal deviate."""


def deviate(cumulants: Cumulants) -> float:
    """Return the normal deviate z with P(sum >= 0) = 1 - cdf(z)."""
    _, mean, variance = cumulants(0.0)
    if not variance or not mean:
        return math.copysign(FARTHEST, -mean) if mean else 0.0
    tilt = _tilt(cumulants, mean, variance)
    if tilt is None:
        return math.copysign(FARTHEST, -mean)
    value, _, curvature = cumulants(tilt)
    root = math.copysign(math.sqrt(max(-2 * value, 0.0)), tilt)
    if abs(root) < _NEAR_MEAN or not curvature:
        return root
    found = root + math.log(tilt * math.sqrt(curvature) / root) / root
    return min(max(found, -FARTHEST), FARTHEST)


def _tilt(cumulants: Cumulants, mean: float, variance: float) -> float | None:
    """Return the t with K'(t) = 0, None if the sum never gets to 0: Newton's method inside a bracket."""
    enough = _PRECISION * math.sqrt(variance)
    inner, outer, tilt = 0.0, math.nan, -mean / variance
    for _ in range(_STEPS):
        _, slope, curvature = cumulants(tilt)
        if abs(slope) <= enough:
            return tilt if curvature > _PRECISION**2 * variance else None
        if (slope < 0) == (mean < 0):
            inner = tilt
        else:
            outer = tilt
        step = tilt - slope / curvature if curvature and math.isfinite(slope) else math.nan
        if math.isnan(outer):
            farther = 2 * tilt
            tilt = step if abs(tilt) < abs(step) < abs(farther) else farther
        else:
            tilt = step if min(inner, outer) < step < max(inner, outer) else (inner + outer) / 2
    return tilt if not math.isnan(outer) else None


def solve(function: Callable[[float], float], target: float, start: float, step: float) -> float:
    """Return where the increasing ``function`` reaches ``target``, looking from ``start`` by ``step``.

    The step has the sign of the direction. Infinite where it never does.
    """
    near, far = start, start + step
    height = function(far)
    for _ in range(_STEPS):
        if (height - target) * step >= 0:
            break
        near, far = far, far + 2 * (far - near)
        height = function(far)
    else:
        return math.copysign(math.inf, step)
    low, high = sorted((near, far))
    lowest, highest = function(low) - target, function(high) - target
    side = 0
    for _ in range(_STEPS):
        if high - low <= _PRECISION * abs(step) or lowest >= 0 or highest <= 0:
            break
        middle = low - lowest * (high - low) / (highest - lowest)
        height = function(middle) - target
        if abs(height) < _CLOSE:
            return middle
        if height < 0:  # regula falsi; an end that stays twice counts half (the Illinois algorithm)
            low, lowest, highest, side = middle, height, highest / (1 + (side < 0)), -1
        else:
            high, highest, lowest, side = middle, height, lowest / (1 + (side > 0)), 1
    return low if lowest >= 0 else high
