"""What is resampled to judge chance: utterances or clusters of them, as errors and words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a difference in error rate, as fractions."""

    low: float
    high: float


@dataclass(frozen=True)
class Units:
    """Units under two models, equal ones counted together, so that costs do not grow with the test set.

    ``differences`` are errors of the candidate less those of the benchmark, ``words`` those of the reference,
    ``times`` how many units have these two numbers.
    """

    differences: NDArray[np.float64]
    words: NDArray[np.float64]
    times: NDArray[np.float64]

    @classmethod
    def of(cls, differences: Sequence[int], words: Sequence[int]) -> Units:
        """Collect units given one by one, in any order."""
        import numpy as np  # noqa: PLC0415 - 100 ms that only a comparison pays

        rows, times = np.unique(np.column_stack((differences, words)), axis=0, return_counts=True)
        return cls(rows[:, 0].astype(float), rows[:, 1].astype(float), times.astype(float))

    @cached_property
    def number(self) -> int:
        """How many units there are."""
        return round(float(self.times.sum()))

    @cached_property
    def total_words(self) -> float:
        """The length of all references."""
        return float(self.times @ self.words)

    @cached_property
    def rate(self) -> float:
        """The difference in error rate, candidate less benchmark."""
        return float(self.times @ self.differences) / self.total_words

    @cached_property
    def standard_error(self) -> float:
        """The standard error of :attr:`rate`, by linearization of the ratio."""
        spread = float(self.times @ self.residuals(self.rate) ** 2)
        return math.sqrt(self.number / (self.number - 1) * spread) / self.total_words

    def residuals(self, rate: float) -> NDArray[np.float64]:
        """Return each distinct unit's errors beyond those that a difference of ``rate`` would give it."""
        return self.differences - rate * self.words
