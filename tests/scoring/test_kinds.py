from __future__ import annotations

import pytest

from speechops.scoring import (
    ErrorKinds,
    TermScore,
    Utterance,
    error_kinds,
    normaliser,
    read_terms,
    term_scores,
)

ENGLISH = normaliser("en-US")


def said(*pairs: tuple[str, str]) -> list[Utterance]:
    return [Utterance(str(index), *pair) for index, pair in enumerate(pairs)]


def test_error_kinds__most_frequent_first() -> None:
    found = error_kinds(
        said(
            ("take amoxicillin now", "take a moxie now"),
            ("a b c", "a x c"),
            ("b", "x"),
            ("z", "x"),
            ("go there", "go"),
            ("go there", "go"),
            ("go", "go on"),
        ),
        ENGLISH,
    )
    assert found.substitutions[0] == ("b", "x", 2)
    assert found.deletions == (("there", "", 2),)
    assert ("", "on", 1) in found.insertions
    assert ("z", "x", 1) in found.substitutions


def test_error_kinds__top() -> None:
    pairs = [(left, "x") for left in "abcab"]
    assert error_kinds(said(*pairs), ENGLISH, top=2).substitutions == (("a", "x", 2), ("b", "x", 2))
    assert error_kinds([], ENGLISH) == ErrorKinds((), (), ())


def test_term_scores__recall_and_precision() -> None:
    amoxicillin, ray, never = term_scores(
        said(
            ("Amoxicillin and an X-ray", "amoxicillin and an x ray"),
            ("an x-ray of amoxicillin", "an x of ray amoxicilin"),
            ("nothing", "amoxicillin amoxicillin"),
        ),
        ENGLISH,
        ["amoxicillin", "X-ray", "insulin", "!"],
    )
    assert amoxicillin == TermScore("amoxicillin", said=2, heard=3, found=1)
    assert amoxicillin.recall == 0.5
    assert amoxicillin.precision == pytest.approx(1 / 3)
    assert ray == TermScore("X-ray", said=2, heard=1, found=1)
    assert (never.recall, never.precision) == (None, None)


def test_term_scores__do_not_overlap() -> None:
    (found,) = term_scores(said(("a a a a a", "a a a a a")), ENGLISH, ["a a"])
    assert found == TermScore("a a", said=2, heard=2, found=2)


def test_term_scores__by_character() -> None:
    (found,) = term_scores(said(("我吃苹果和梨", "我吃苹果和李")), normaliser("zh-CN"), ["苹果"])
    assert found == TermScore("苹果", 1, 1, 1)


def test_read_terms__of_a_list_or_a_pronunciation_file() -> None:
    text = "\ufeff# drugs\nAmoxicillin\tah mox i sill in\n\nX-ray # comment\nAmoxicillin\tagain\n"
    assert read_terms(text) == ("Amoxicillin", "X-ray")
