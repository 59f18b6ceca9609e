from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.scoring import (
    Normaliser,
    TermIndex,
    TermRecall,
    TermScore,
    normaliser,
    read_terms,
    term_recall,
    term_scores,
)

ENGLISH = normaliser("en-US")


def scored(*pairs: tuple[str, str], terms: list[str], rules: Normaliser = ENGLISH) -> tuple[TermScore, ...]:
    index = TermIndex(terms, rules)
    sides = (tuple(index.occurrences(rules.words(text)) for text in pair) for pair in pairs)
    return term_scores(((said, recognized) for said, recognized in sides), index)


def test_term_scores__recall_and_precision() -> None:
    amoxicillin, ray, never = scored(
        ("Amoxicillin and an X-ray", "amoxicillin and an x ray"),
        ("an x-ray of amoxicillin", "an x of ray amoxicilin"),
        ("nothing", "amoxicillin amoxicillin"),
        terms=["amoxicillin", "X-ray", "insulin", "!"],
    )
    assert amoxicillin == TermScore("amoxicillin", said=2, recognized=3, found=1)
    assert amoxicillin.recall == 0.5
    assert amoxicillin.precision == pytest.approx(1 / 3)
    assert ray == TermScore("X-ray", said=2, recognized=1, found=1)
    assert (never.recall, never.precision) == (None, None)


def test_term_scores__no_alignment_decides() -> None:
    (found,) = scored(("to Maria", "Maria uh"), terms=["Maria"])
    assert found == TermScore("Maria", said=1, recognized=1, found=1)


def test_term_scores__do_not_overlap() -> None:
    found = scored(("a a a a a", "a a a a a"), terms=["a a", "a"])
    assert found == (TermScore("a a", 2, 2, 2), TermScore("a", 5, 5, 5))


def test_term_scores__by_character() -> None:
    (found,) = scored(("我吃苹果和梨", "我吃苹果和李"), terms=["苹果"], rules=normaliser("zh-CN"))
    assert found == TermScore("苹果", 1, 1, 1)


@given(
    texts=st.lists(st.tuples(*[st.lists(st.sampled_from("abc"), max_size=9)] * 3), max_size=6),
    terms=st.lists(st.text("abc ", min_size=1, max_size=5), unique=True, max_size=6),
)
def test_term_scores__are_those_of_a_search_term_by_term(
    texts: list[tuple[list[str], list[str], list[str]]], terms: list[str]
) -> None:
    index = TermIndex(terms, ENGLISH)
    assert index.terms == tuple(term for term in terms if term.split())
    counted = []
    for side in (1, 2):
        sides = [(index.occurrences(text[0]), index.occurrences(text[side])) for text in texts]
        for term, found in zip(index.terms, term_scores(sides, index), strict=True):
            pattern = re.compile(rf"(?<!\S){re.escape(' '.join(term.split()))}(?!\S)")
            said = [len(pattern.findall(" ".join(text[0]))) for text in texts]
            recognized = [len(pattern.findall(" ".join(text[side]))) for text in texts]
            assert found == TermScore(term, sum(said), sum(recognized), sum(map(min, said, recognized)))
            counted.append(found)
    half = len(counted) // 2
    assert term_recall(texts, index) == TermRecall(
        sum(one.said for one in counted[:half]),
        sum(one.found for one in counted[:half]),
        sum(one.found for one in counted[half:]),
    )


def test_read_terms__of_a_list_or_a_pronunciation_file() -> None:
    text = "\ufeff# drugs\nAmoxicillin\tah mox i sill in\n\nX-ray # comment\nAmoxicillin\tagain\n"
    assert read_terms(text) == ("Amoxicillin", "X-ray")
