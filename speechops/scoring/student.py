"""Quantiles of Student's t distribution, so that scipy is not needed for one function."""

from __future__ import annotations

import math
from statistics import NormalDist

_MANY = 200
"""Degrees of freedom from which the normal distribution with two corrections is exact to six digits."""


def quantile(probability: float, freedom: int) -> float:
    """Return the value below which a variable with ``freedom`` degrees of freedom falls.

    Few degrees: bisection on :func:`cumulative`. Many: the Cornish-Fisher expansion (Abramowitz and Stegun,
    Handbook of Mathematical Functions, 26.7.5).
    """
    normal = NormalDist().inv_cdf(probability)
    if freedom >= _MANY:
        first = (normal**3 + normal) / 4
        second = (5 * normal**5 + 16 * normal**3 + 3 * normal) / 96
        return normal + first / freedom + second / freedom**2
    if probability < 0.5:  # noqa: PLR2004 - the median
        return -quantile(1 - probability, freedom)
    low, high = 0.0, 1.0
    while cumulative(high, freedom) < probability:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if cumulative(middle, freedom) < probability else (low, middle)
    return high


def cumulative(value: float, freedom: int) -> float:
    """Return the probability of less than ``value`` (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    angle = math.atan(value / math.sqrt(freedom))
    cosine = math.cos(angle) ** 2
    term = 1.0 if freedom % 2 == 0 else math.cos(angle)
    total = term if freedom > 1 else 0.0
    for step in range(2 + freedom % 2, freedom, 2):
        term *= cosine * (step - 1) / step
        total += term
    if freedom % 2 == 0:
        return 0.5 + math.sin(angle) * total / 2
    return 0.5 + (angle + math.sin(angle) * total) / math.pi
