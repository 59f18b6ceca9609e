"""Alternatives in references: ``{a / b}`` and ``(uh)``."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.scoring import Counts, align, counted_words, normaliser, score, score_pair

RULES = normaliser("en-US", alternatives=True)


def counts(reference: str, hypothesis: str) -> Counts:
    return score([("1", reference, hypothesis)], RULES).total


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("i am {going to / gonna} go", "i am gonna go", Counts(5)),
        ("i am {going to / gonna} go", "i am going to go", Counts(5)),
        ("i am {gonna / going to} go", "i am going to go", Counts(4)),
        ("i am {going to / gonna} go", "i am go", Counts(4, deletions=1)),
        ("(uh) yes", "yes", Counts(2)),
        ("(uh) yes", "uh yes", Counts(2)),
        ("{uh / @} yes {@ / sir}", "yes sir", Counts(2)),
        ("yes {@ / sir}", "yes ma'am", Counts(1, insertions=1)),
        ("{colour / color} (you know) 5", "color five", Counts(4)),
        ("{a} b", "a b", Counts(2)),
        ("{a / b c d}", "b x d", Counts(0, 1)),
    ],
)
def test_score__takes_the_reading_that_fits_best(reference: str, hypothesis: str, expected: Counts) -> None:
    assert counts(reference, hypothesis) == expected


def test_score__knows_none_unless_asked() -> None:
    total = score([("1", "(uh) {a / b}", "a")], normaliser("en-US")).total
    assert (total.reference_words, total.errors) == (3, 2)


WORDS = st.lists(st.sampled_from("abc"), max_size=3).map(" ".join)
GROUPS = st.lists(WORDS, min_size=2, max_size=3)


@given(
    parts=st.lists(st.tuples(WORDS, GROUPS), min_size=1, max_size=3),
    hypothesis=st.lists(st.sampled_from("abcd"), max_size=9),
)
def test_score__has_the_errors_of_the_best_reading(
    parts: list[tuple[str, list[str]]], hypothesis: list[str]
) -> None:
    recognized = " ".join(hypothesis)
    reference = " ".join(f"{plain} {{{' / '.join(choices)}}}" for plain, choices in parts)
    plain = normaliser("en-US")
    best = 1_000
    for choices in product(*(choices for _, choices in parts)):
        reading = " ".join(f"{said} {choice}" for (said, _), choice in zip(parts, choices, strict=True))
        best = min(best, score([("1", reading, recognized)], plain).total.errors)
    found = counts(reference, recognized)
    assert found.errors == best
    assert found.reference_words == len(RULES.words(reference))
    columns = align(reference, recognized, RULES)
    assert [column.reference for column in columns if column.reference] == RULES.words(reference)
    words = found.hits + found.substitutions + found.insertions
    assert words == len(counted_words(reference, recognized, RULES))


def test_score_pair__counts_the_same_reference_words() -> None:
    before, after = score_pair([("1", "{it is / it's} (uh) late", "it's late", "it is uh late")], RULES)
    assert before.total == after.total == Counts(4)


def test_score__an_optional_word_that_was_misheard() -> None:
    assert counts("(Uh,) yes", "um yes") == Counts(1, 1)


def test_words__are_those_of_the_first_alternatives() -> None:
    assert RULES("{It's / it is} (uh) 5") == "it's uh five"
