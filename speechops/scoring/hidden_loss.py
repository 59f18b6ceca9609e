"""By how much a candidate could be worse if it lost units that the test set happens not to show.

Custom models lose whole utterances. A test set in which none was lost says little of how often it happens:
with a share of 3.7 / n lost, n utterances show none of it once in forty (the rule of three; Hanley and
Lippman-Hand, JAMA 1983). The bound adds one unit that was lost to those observed and weighs all by
exponential variables, as Gaffke's bound for the mean of a bounded variable does (Learned-Miller and Thomas,
"A new confidence interval for the mean of a bounded random variable", 2019). Of units that are lost or
unchanged it is the exact binomial bound.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from . import saddlepoint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .units import Units


def hidden_share(units: int, tail: float) -> float:
    """Return the largest share of units that may be lost without a trace in ``units``, but for ``tail``."""
    return -math.expm1(math.log(tail) / units)


def units_needed(share: float, tail: float) -> int:
    """Return how many units without a trace rule out that ``share`` of them is lost."""
    return math.ceil(math.log(tail) / math.log1p(-share))


def upper_bound(units: Units, tail: float) -> float:
    """Return the difference in error rate that the truth exceeds with probability ``tail`` at most."""
    differences, words, times = _with_one_lost(units)
    start = float(times @ differences) / float(times @ words)
    step = units.standard_error + float(differences[-1]) / units.total_words
    return saddlepoint.solve(lambda rate: position(units, rate), -NormalDist().inv_cdf(tail), start, step)


def position(units: Units, rate: float) -> float:
    """Return the normal deviate of the share of weights that give a difference below ``rate``."""
    import numpy as np  # noqa: PLC0415

    differences, words, times = _with_one_lost(units)
    residuals = differences - rate * words

    def cumulants(tilt: float) -> tuple[float, float, float]:
        rest = 1 - tilt * residuals
        if rest.min() <= 0:
            return math.inf, math.copysign(math.inf, tilt), math.inf
        scaled = residuals / rest
        return (
            -float(times @ np.log(rest)),
            float(times @ scaled),
            float(times @ scaled**2),
        )

    return saddlepoint.deviate(cumulants)


def _with_one_lost(units: Units) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return differences, words and times of the units; the last is one more of mean length, lost."""
    import numpy as np  # noqa: PLC0415

    mean = units.total_words / units.number
    lost = max(mean, float(units.differences.max()))
    return np.append(units.differences, lost), np.append(units.words, mean), np.append(units.times, 1.0)
