"""Bootstrap, permutation test and bound on hidden losses against their definitions, by brute force."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.scoring import bootstrap, hidden_loss, permutation
from speechops.scoring.units import Units

ROWS = st.lists(st.tuples(st.integers(-5, 5), st.integers(1, 20)), min_size=2, max_size=40)
TAIL = 0.025


def units(rows: list[tuple[int, int]]) -> Units:
    return Units.of([row[0] for row in rows], [row[1] for row in rows])


def sample(number: int, seed: int, most: int = 3) -> list[tuple[int, int]]:
    rng = random.Random(seed)  # noqa: S311 - a fixed sample
    return [(rng.randint(-most, most - 1), rng.randint(3, 30)) for _ in range(number)]


@given(rows=ROWS, data=st.data())
def test_all__order_does_not_matter(rows: list[tuple[int, int]], data: st.DataObject) -> None:
    one, other = units(rows), units(data.draw(st.permutations(rows)))
    assert bootstrap.interval(one, TAIL) == bootstrap.interval(other, TAIL)
    assert permutation.p_value(one) == permutation.p_value(other)
    assert hidden_loss.upper_bound(one, TAIL) == hidden_loss.upper_bound(other, TAIL)


@given(rows=st.lists(st.tuples(st.integers(1, 5), st.integers(1, 20)), min_size=6, max_size=20), more=ROWS)
def test_bootstrap__bounds_are_in_order_and_in_range(
    rows: list[tuple[int, int]], more: list[tuple[int, int]]
) -> None:
    rows = rows + more  # an interval takes six units that changed
    found = bootstrap.interval(units(rows), TAIL)
    rates = [errors / words for errors, words in rows]
    assert min(rates) - 1e-6 <= found.low <= found.high <= max(rates) + 1e-6
    assert 0 <= bootstrap.probability_of_improvement(units(rows)) <= 1


@given(rows=ROWS)
def test_all__mirror(rows: list[tuple[int, int]]) -> None:
    there, back = units(rows), units([(-errors, words) for errors, words in rows])
    assert permutation.p_value(there) == pytest.approx(permutation.p_value(back), abs=1e-6)
    one, other = bootstrap.interval(there, TAIL), bootstrap.interval(back, TAIL)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-6)


@given(rows=ROWS)
def test_hidden_loss__is_above_the_difference_and_falls_with_more_of_the_same(
    rows: list[tuple[int, int]],
) -> None:
    few, many = units(rows), units(rows * 9)
    assert few.rate < hidden_loss.upper_bound(few, TAIL)
    assert hidden_loss.upper_bound(many, TAIL) < hidden_loss.upper_bound(few, TAIL)


@pytest.mark.parametrize("most", [3, 30])
def test_bootstrap__equals_drawing_with_replacement(most: int) -> None:
    rows = sample(80, 3, most)
    differences, words = np.array(rows).T
    rng = np.random.default_rng(4)
    indices = rng.integers(0, 80, (100_000, 80))
    rates = differences[indices].sum(1) / words[indices].sum(1)
    found = units(rows)
    assert found.standard_error == pytest.approx(rates.std(), rel=0.05)
    assert bootstrap.probability_of_improvement(found) == pytest.approx(
        (rates < 0).mean() + (rates == 0).mean() / 2, abs=0.01
    )
    low, high = np.quantile(rates, [0.001, 0.999])
    for level, rate in ((-3.0902, low), (3.0902, high)):
        assert bootstrap.position(found, float(rate)) == pytest.approx(level, abs=0.1)


def test_bootstrap__leans_where_the_data_lean() -> None:
    found = units([(0, 12)] * 30 + [(-1, 12)] * 26 + [(-5, 12)] * 4)
    bounds = bootstrap.interval(found, TAIL)
    assert found.rate - bounds.low > bounds.high - found.rate


def test_bootstrap__one_wild_unit_does_not_break_the_levels() -> None:
    found = bootstrap.interval(units([(0, 12)] * 30 + [(-40, 60)]), TAIL)
    assert found.low < found.high <= 1e-9


def test_bootstrap__draws_of_unchanged_units_alone_are_ties() -> None:
    found = units([(-1, 12)] * 6 + [(0, 12)] * 14)
    assert bootstrap.probability_of_improvement(found) == pytest.approx(1 - 0.7**20 / 2)


def test_bootstrap__no_variance() -> None:
    found = units([(-1, 10)] * 12)
    bounds = bootstrap.interval(found, TAIL)
    assert (bounds.low, bounds.high) == (-0.1, -0.1)
    assert found.standard_error == 0
    assert bootstrap.probability_of_improvement(found) == 1


@pytest.mark.parametrize("seed", range(6))
def test_permutation__equals_all_flips(seed: int) -> None:
    rows = sample(14, seed)
    sizes = np.array([errors for errors, _ in rows])
    signs = np.array(list(itertools.product([1, -1], repeat=14)))
    sums = signs @ np.abs(sizes)
    worst = abs(sizes.sum())
    exact = ((sums > worst).mean() + (sums == worst).mean() / 2) * 2
    assert permutation.p_value(units(rows)) == pytest.approx(exact, rel=0.1, abs=0.01)


def test_permutation__all_alike_is_the_sign_test() -> None:
    assert permutation.p_value(units([(-2, 10)] * 8 + [(0, 10)] * 50)) == pytest.approx(2 * 0.5**8)


def test_permutation__interval_holds_what_the_test_does_not_reject() -> None:
    rows = sample(60, 9)
    found = permutation.interval(units(rows), TAIL)
    for rate in (found.low, found.high):
        moved = Units(units(rows).residuals(rate), units(rows).words, units(rows).times)
        assert permutation.p_value(moved) == pytest.approx(2 * TAIL, rel=1e-3)


def test_permutation__lost_utterances_widen_it_where_the_bootstrap_is_misled() -> None:
    rows = [(0, 12)] * 60 + [(-1, 12)] * 3 + [(-14, 14)] * 5
    assert bootstrap.interval(units(rows), TAIL).high < 0
    assert permutation.interval(units(rows), TAIL).high > bootstrap.interval(units(rows), TAIL).high


@pytest.mark.parametrize(("number", "lost"), [(100, 0), (400, 0), (400, 1), (400, 6)])
def test_hidden_loss__of_lost_and_unchanged_units_is_the_binomial_bound(number: int, lost: int) -> None:
    bound = hidden_loss.upper_bound(units([(10, 10)] * lost + [(0, 10)] * (number - lost)), TAIL)
    seen = sum(math.comb(number, k) * bound**k * (1 - bound) ** (number - k) for k in range(lost + 1))
    assert seen == pytest.approx(TAIL, rel=0.03)


def test_hidden_loss__equals_exponential_weights() -> None:
    rows = sample(60, 5)
    differences, words = np.array(rows, dtype=float).T
    differences, words = np.append(differences, words.mean()), np.append(words, words.mean())
    weights = np.random.default_rng(1).exponential(size=(200_000, 61))
    rates = weights @ differences / (weights @ words)
    assert hidden_loss.upper_bound(units(rows), TAIL) == pytest.approx(
        np.quantile(rates, 1 - TAIL), abs=0.002
    )


def test_hidden_share__and_the_units_that_it_takes() -> None:
    assert f"{hidden_loss.hidden_share(400, TAIL):.1%}" == "0.9%"
    needed = hidden_loss.units_needed(0.005, TAIL)
    assert hidden_loss.hidden_share(needed, TAIL) <= 0.005 < hidden_loss.hidden_share(needed - 1, TAIL)


@pytest.mark.parametrize("tail", [0.25, 0.025, 1e-4, 1e-7])
def test_all__any_confidence(tail: float) -> None:
    found = units(sample(60, 7))
    wide, narrow = (bootstrap.interval(found, tail / k) for k in (2, 1))
    assert wide.low < narrow.low < found.rate < narrow.high < wide.high
    assert hidden_loss.upper_bound(found, tail / 2) > hidden_loss.upper_bound(found, tail)
