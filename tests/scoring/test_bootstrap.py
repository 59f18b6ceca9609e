from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.scoring.bootstrap import Method, resample

UNITS = st.lists(st.tuples(st.integers(-5, 5), st.integers(1, 20)), min_size=2, max_size=40)


def columns(units: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [unit[0] for unit in units], [unit[1] for unit in units]


@given(units=UNITS, method=st.sampled_from(Method), data=st.data())
def test_resample__order_does_not_matter(
    units: list[tuple[int, int]], method: Method, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(units))
    one = resample(*columns(units), seed=1, draws=200, method=method)
    assert one == resample(*columns(shuffled), seed=1, draws=200, method=method)


@given(units=UNITS)
def test_resample__bounds_are_in_order_and_in_range(units: list[tuple[int, int]]) -> None:
    found = resample(*columns(units), seed=2, draws=200)
    assert found
    rates = [errors / words for errors, words in units]
    assert min(rates) - 1e-12 <= found.interval.low <= found.interval.high <= max(rates) + 1e-12
    assert 0 <= found.probability_of_improvement <= 1
    assert found.standard_error >= 0


def test_resample__seeds() -> None:
    units = [(random.Random(index).randint(-3, 2), 12) for index in range(50)]  # noqa: S311
    one = resample(*columns(units), seed=1)
    assert one == resample(*columns(units), seed=1)
    other = resample(*columns(units), seed=2)
    assert one != other
    assert one
    assert other
    assert one.interval.low == pytest.approx(other.interval.low, abs=0.005)


def test_resample__equals_drawing_with_replacement() -> None:
    rng = np.random.default_rng(3)
    words = rng.integers(3, 30, 80)
    differences = rng.integers(-3, 3, 80)
    found = resample(differences.tolist(), words.tolist(), seed=4, draws=20_000, method=Method.PERCENTILE)
    assert found
    indices = rng.integers(0, 80, (20_000, 80))
    rates = differences[indices].sum(1) / words[indices].sum(1)
    low, high = np.quantile(rates, [0.025, 0.975])
    assert found.interval.low == pytest.approx(low, abs=0.002)
    assert found.interval.high == pytest.approx(high, abs=0.002)
    assert found.probability_of_improvement == pytest.approx(
        (rates < 0).mean() + (rates == 0).mean() / 2, abs=0.02
    )
    assert found.standard_error == pytest.approx(rates.std(), rel=0.05)


def test_resample__bca_leans_where_the_data_lean() -> None:
    units = [(0, 12)] * 30 + [(-1, 12)] * 26 + [(-5, 12)] * 4
    bca = resample(*columns(units), seed=1)
    percentile = resample(*columns(units), seed=1, method=Method.PERCENTILE)
    assert bca
    assert percentile
    assert bca.interval.low < percentile.interval.low
    middles = (sum((one.interval.low, one.interval.high)) for one in (bca, percentile))
    assert next(middles) < next(middles)


def test_resample__one_wild_unit_does_not_break_the_levels() -> None:
    found = resample([0] * 30 + [-40], [12] * 30 + [60], seed=1)
    assert found
    assert found.interval.low < found.interval.high <= 0


def test_resample__more_confidence_is_wider() -> None:
    units = [(index % 5 - 2, 10) for index in range(60)]
    one, other = (resample(*columns(units), seed=1, confidence=level) for level in (0.9, 0.99))
    assert one
    assert other
    assert other.interval.low < one.interval.low < one.interval.high < other.interval.high


@pytest.mark.parametrize("units", [[], [(-5, 100)], [(0, 0), (1, 0)]])
def test_resample__nothing_to_draw(units: list[tuple[int, int]]) -> None:
    assert resample(*columns(units), seed=1) is None


def test_resample__no_variance() -> None:
    found = resample([-1] * 12, [10] * 12, seed=1)
    assert found
    assert (found.interval.low, found.interval.high) == pytest.approx((-0.1, -0.1))
    assert found.standard_error == 0
    assert found.probability_of_improvement == 1


def test_resample__draws_without_words_count_as_no_difference() -> None:
    found = resample([1, 0], [0, 5], seed=1, draws=100, method=Method.PERCENTILE)
    assert found
    assert np.isfinite(found.interval.low)


def test_resample__many_distinct_units_are_drawn_in_pieces() -> None:
    rng = random.Random(5)  # noqa: S311
    differences = [rng.randint(-40, 35) for _ in range(3000)]
    words = [rng.randint(200, 4000) for _ in range(3000)]
    found = resample(differences, words, seed=6, draws=1000)
    assert found
    assert found.interval.low < sum(differences) / sum(words) < found.interval.high
