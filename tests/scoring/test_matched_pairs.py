from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.scoring.matched_pairs import LEAST_SEGMENTS, MatchedPairs, matched_pairs

PATHS = st.lists(st.text(st.sampled_from("===SDI"), max_size=15), max_size=30)


def test_matched_pairs__two_good_words_part_segments() -> None:
    assert matched_pairs(["S==S"], ["===="]).segments == 2
    assert matched_pairs(["S=S="], ["===="]).segments == 1
    assert matched_pairs(["S==="], ["=S=="]).segments == 1
    assert matched_pairs(["S==="], ["===S"]).segments == 2
    assert matched_pairs(["I==="], ["==I="]).segments == 2
    assert matched_pairs(["===="], ["===="]).segments == 0
    assert matched_pairs(["SS==SIS"], ["====DD"]).segments == 2


def test_matched_pairs__utterances_part_segments() -> None:
    assert matched_pairs(["=S", "S="], ["==", "=="]).segments == 2


def test_matched_pairs__numbers_by_hand() -> None:
    found = matched_pairs(["S==SS===="] * 20, ["===S====D"] * 20)
    assert found.segments == 60
    assert found.mean == pytest.approx(-1 / 3)
    assert found.z
    deviation = math.sqrt((40 * (2 / 3) ** 2 + 20 * (4 / 3) ** 2) / 59)
    assert found.deviation == pytest.approx(deviation)
    assert found.z == pytest.approx(-1 / 3 / (deviation / math.sqrt(60)))
    assert found.p == pytest.approx(math.erfc(abs(found.z) / math.sqrt(2)))


def test_matched_pairs__few_segments_have_no_p() -> None:
    few = matched_pairs(["S="] * (LEAST_SEGMENTS - 1), ["=="] * (LEAST_SEGMENTS - 1))
    assert (few.z, few.p) == (None, None)
    assert matched_pairs([], []) == MatchedPairs(0, 0.0, 0.0, None, None)


def test_matched_pairs__same_everywhere_is_no_accident() -> None:
    found = matched_pairs(["S="] * 20, ["=="] * 20)
    assert found.deviation == 0
    assert found.p == 2.0**-19
    assert found.z
    assert found.z < -4.5
    assert matched_pairs(["S="] * 3000, ["=="] * 3000).p == pytest.approx(0)


def test_matched_pairs__equal_models() -> None:
    found = matched_pairs(["S="] * 20, ["S="] * 20)
    assert (found.z, found.p) == (0.0, 1.0)


@given(one=PATHS, other=PATHS)
def test_matched_pairs__mirror(one: list[str], other: list[str]) -> None:
    size = min(len(one), len(other))
    found, mirror = matched_pairs(one[:size], other[:size]), matched_pairs(other[:size], one[:size])
    assert (found.segments, found.mean, found.p) == (mirror.segments, -mirror.mean, mirror.p)
