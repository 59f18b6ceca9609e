from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.errors import DataError
from speechops.scoring import Comparison, Scores, compare, normaliser, score

from .samples import misheard, utterances, with_errors

ERRORS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)


def both(errors: list[tuple[int, int]]) -> tuple[Scores, Scores]:
    return with_errors([one for one, _ in errors]), with_errors([other for _, other in errors])


def shuffled(scores: Scores, seed: int) -> Scores:
    order = list(range(len(scores.ids)))
    random.Random(seed).shuffle(order)  # noqa: S311

    def pick(column: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(column[index] for index in order)

    return scores._replace(
        ids=pick(scores.ids),
        paths=pick(scores.paths),
        groups=pick(scores.groups),
        clusters=pick(scores.clusters),
    )


@given(errors=ERRORS)
def test_compare__mirrors(errors: list[tuple[int, int]]) -> None:
    one, other = both(errors)
    there = compare(one, other)
    back = compare(other, one)
    assert there.difference == -(back.difference or 0)
    assert (there.improved, there.worsened, there.equal) == (back.worsened, back.improved, back.equal)
    assert there.standard_error == pytest.approx(back.standard_error)
    assert there.matched_pairs.p == back.matched_pairs.p


@given(errors=ERRORS, seed=st.integers(0, 99))
def test_compare__order_does_not_matter(errors: list[tuple[int, int]], seed: int) -> None:
    one, other = both(errors)
    assert compare(shuffled(one, seed), shuffled(other, seed + 1)) == compare(one, other)


@given(errors=ERRORS)
def test_compare__json_comes_back(errors: list[tuple[int, int]]) -> None:
    one, other = both(errors)
    one = one._replace(groups=tuple("ab"[index % 2] for index in range(len(errors))))
    found = compare(one, other, exclude=["0000.wav"])
    assert msgspec.json.decode(msgspec.json.encode(found), type=Comparison) == found


def test_compare__numbers() -> None:
    found = compare(with_errors([2, 0, 1, 1]), with_errors([1, 0, 2, 0]))
    assert (found.benchmark.error_rate, found.candidate.error_rate) == (4 / 48, 3 / 48)
    assert found.difference == pytest.approx(-1 / 48)
    assert (found.improved, found.worsened, found.equal, found.changed) == (2, 1, 1, 3)
    assert (found.utterances, found.units, found.words) == (4, 4, 48)
    assert [pair.difference for pair in found.pairs] == [-1, 0, 1, -1]


def test_compare__groups_have_intervals_of_their_own() -> None:
    one, other = with_errors([1] * 40), with_errors([0] * 20 + [2] * 20)
    one = one._replace(groups=("near",) * 20 + ("far",) * 19 + ("",))
    far, near = compare(one, other).groups
    assert (far.name, far.utterances, far.changed) == ("far", 19, 19)
    assert far.difference == pytest.approx(1 / 12)
    assert near.difference == pytest.approx(-1 / 12)
    assert near.interval
    assert near.interval.high < 0


def test_compare__clusters_are_drawn_whole() -> None:
    said = utterances(120)
    one, other = misheard(said, 0.2, seed=1), misheard(said, 0.1, seed=2)
    alone = compare(one, other)
    clusters = tuple(f"speaker{index % 6}" for index in range(120))
    found = compare(one._replace(clusters=clusters), other)
    assert (found.units, found.by_cluster, found.utterances) == (6, True, 120)
    assert (alone.units, alone.by_cluster) == (120, False)
    assert found.difference == alone.difference
    assert found.interval != alone.interval
    some = compare(one._replace(clusters=("one", "one", *[""] * 118)), other)
    assert some.units == 119


def test_compare__clusters_that_agree_within_widen_the_interval() -> None:
    errors = [(2, 0) if index % 20 < 12 else (0, 2) for index in range(200)]
    one, other = both(errors)
    clusters = tuple(
        "gains" + str(index // 40) if a > b else "losses" + str(index // 40)
        for index, (a, b) in enumerate(errors)
    )
    apart = compare(one, other).interval
    together = compare(one._replace(clusters=clusters), other).interval
    assert apart
    assert together
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_compare__excluded_utterances_leave_no_trace() -> None:
    one, other = with_errors([3, 1, 0, 1]), with_errors([0, 1, 1, 0])
    found = compare(one, other, exclude=["0000.wav", "elsewhere.wav"])
    assert found.excluded == ("0000.wav",)
    assert (found.utterances, found.words, found.benchmark.errors) == (3, 36, 2)
    assert "0000.wav" not in {pair.id for pair in found.pairs}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rules": normaliser("en-GB")}, "different rules"),
        ({"ids": ("0000.wav", "other.wav")}, "only one has 0001.wav, other.wav"),
        ({"paths": ("=" * 12, "=" * 11)}, "different transcripts of 0001.wav"),
    ],
)
def test_compare__refuses_what_is_not_alike(change: dict[str, Any], message: str) -> None:
    one = with_errors([0, 1])
    with pytest.raises(DataError, match=message) as caught:
        compare(one, one._replace(**change))
    assert caught.value.hint


def test_compare__refuses_ids_that_repeat() -> None:
    one = with_errors([0, 1])
    with pytest.raises(DataError, match=r"Duplicate utterances.*a.wav"):
        compare(one._replace(ids=("a.wav", "a.wav")), one._replace(ids=("a.wav", "a.wav")))
    with pytest.raises(DataError, match="not scored on the same utterances"):
        compare(one, with_errors([0, 1, 1])._replace(ids=(*one.ids, one.ids[0])))


def test_compare__names_only_the_first_of_many() -> None:
    with pytest.raises(DataError, match=r"0010\.wav, .*0019\.wav and 20 more\."):
        compare(with_errors([0] * 10), with_errors([0] * 40))


def test_smallest_difference__shrinks_with_the_square_root() -> None:
    errors = [(index % 3, index % 2) for index in range(60)]
    small, large = (compare(*both(errors * times)) for times in (1, 4))
    one, other = small.smallest_difference(), large.smallest_difference()
    assert one
    assert other
    assert other == pytest.approx(one / 2, rel=0.01)
    needed = small.words_needed(other)
    assert needed == pytest.approx(large.words, rel=0.02)
    assert small.words_needed(0.0) is None


def test_smallest_difference__unknown_without_spread() -> None:
    same = with_errors([1] * 20)
    assert compare(same, same).smallest_difference() is None
    alone = with_errors([1])
    found = compare(alone, alone)
    assert (found.interval, found.standard_error, found.probability_of_improvement) == (None, None, None)
    assert found.words_needed(0.1) is None


def test_compare__nothing_at_all() -> None:
    found = compare(with_errors([]), with_errors([]))
    assert (found.difference, found.utterances, found.interval) == (None, 0, None)


def test_compare__few_changes_have_no_interval() -> None:
    one, other = with_errors([1] * 6 + [0] * 40), with_errors([0] * 46)
    assert compare(one, other).interval
    assert compare(one, other, confidence=0.99).interval is None
    groups = ("near",) * 3 + ("far",) * 43
    near, far = sorted(compare(one._replace(groups=groups), other).groups, key=lambda group: group.changed)
    assert (near.changed, near.interval, far.interval) == (3, None, None)


def test_compare__what_is_heard_in_silence_is_counted_apart() -> None:
    rules = normaliser("en-US")
    said = [("1", "", ""), ("2", "", "oh"), ("3", "go", "go")]
    recognized = [("1", "", "so it is"), ("2", "", "oh"), ("3", "go", "")]
    found = compare(score(said, rules), score(recognized, rules))
    assert (found.silent, found.silent_insertions) == (2, (1, 4))
