from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.scoring import student


@pytest.mark.parametrize(
    ("probability", "freedom", "value"),
    [
        # Abramowitz and Stegun, table 26.10, and any textbook.
        (0.975, 1, 12.706),
        (0.975, 2, 4.303),
        (0.975, 3, 3.182),
        (0.975, 10, 2.228),
        (0.975, 30, 2.042),
        (0.995, 5, 4.032),
        (0.9995, 4, 8.610),
        (0.9, 20, 1.325),
        (0.975, 120, 1.980),
        (0.975, 100_000, 1.960),
        (0.025, 10, -2.228),
        (0.5, 7, 0.0),
    ],
)
def test_quantile__tables(probability: float, freedom: int, value: float) -> None:
    assert student.quantile(probability, freedom) == pytest.approx(value, abs=6e-4)


@given(probability=st.floats(0.5, 0.9999), freedom=st.integers(1, 199))
def test_quantile__inverts_cumulative(probability: float, freedom: int) -> None:
    assert student.cumulative(student.quantile(probability, freedom), freedom) == pytest.approx(probability)


def test_quantile__expansion_meets_bisection() -> None:
    for probability in (0.6, 0.95, 0.999):
        assert student.quantile(probability, 200) == pytest.approx(
            student.quantile(probability, 199), rel=1e-4
        )
