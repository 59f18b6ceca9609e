# ruff: noqa: RUF001 - signs that look alike are what is tested
"""Display text: how it is cut into tokens, and what the errors in it are about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops import scoring
from speechops.scoring import Unit, tokens
from speechops.scoring.tokens import TokenClass, are_display, display_tokens, error_classes

ENGLISH = display_tokens("en-US")
SPOKEN = scoring.normaliser("en-US")
TEXTS = st.text(st.characters()) | st.text(st.sampled_from("aB éß'’.,:/-$5% \u0301\u200bก็中ن"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World.", ["Hello", ",", "World", "."]),
        ("It’s 10:30, $1,000.50!", ["It's", "10:30", ",", "$", "1,000.50", "!"]),
        ("well-known U.S.", ["well", "-", "known", "U", ".", "S", "."]),
        ("東京タワー2号。", ["東", "京", "タ", "ワ", "ー", "2", "号", "。"]),
        ("กำ", ["ก", "ำ"]),
        ("e\u200b\u0301t\u00e9", ["\u00e9t\u00e9"]),
        ("नमस्ते।", ["नमस्ते", "।"]),
        ("'quoted'", ["'", "quoted", "'"]),
        ("  \n", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert ENGLISH.words(text) == expected


@given(text=TEXTS)
def test_tokens__are_the_text_without_its_spaces(text: str) -> None:
    words = ENGLISH.words(text)
    assert ENGLISH.words(" ".join(words)) == words
    assert not any(word != word.strip() or not word for word in words)
    assert ENGLISH.batch([text]) == [" ".join(words)]


@given(texts=st.lists(st.tuples(TEXTS, TEXTS), max_size=4))
def test_error_classes__are_all_errors(texts: list[tuple[str, str]]) -> None:
    scores = scoring.score(((str(at), *pair) for at, pair in enumerate(texts)), ENGLISH)
    assert sum(error_classes(texts, ENGLISH, SPOKEN).values()) == scores.total.errors


@pytest.mark.parametrize(
    ("said", "heard", "expected"),
    [
        ("Hello, world.", "Hello world.", {TokenClass.PUNCTUATION: 1}),
        ("Hello, world.", "hello, World.", {TokenClass.CAPITALIZATION: 2}),
        ("It is $5.", "It is five dollars.", {TokenClass.INVERSE_TEXT_NORMALIZATION: 2}),
        ("At 10:30 AM.", "At ten thirty AM.", {TokenClass.INVERSE_TEXT_NORMALIZATION: 2}),
        ("Gate 15.", "Gate 50.", {TokenClass.LEXICAL: 1}),
        ("Take aspirin.", "Take a spin.", {TokenClass.LEXICAL: 2}),
        ("Take aspirin!", "Take asprin.", {TokenClass.LEXICAL: 1, TokenClass.PUNCTUATION: 1}),
        ("dot com", ". com", {TokenClass.OTHERS: 1}),
        ("Same.", "Same.", {}),
    ],
)
def test_error_classes(said: str, heard: str, expected: dict[TokenClass, int]) -> None:
    found = error_classes([(said, heard)], ENGLISH, SPOKEN)
    assert {name: number for name, number in found.items() if number} == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Hello.", 'He said: "Now."', "no end"], True),
        (["Hello. \n", "now", " "], True),
        (["hello", "Hello.", "now"], False),
        (["你好。"], True),
        (["", ""], False),
    ],
)
def test_are_display(texts: list[str], expected: bool) -> None:
    assert are_display(texts) is expected


def test_rules__have_a_name_a_version_and_a_unit() -> None:
    assert ENGLISH.key.startswith("display-1-token-")
    assert (Unit.TOKEN.rate, Unit.TOKEN.noun) == ("TER", "token")
    assert tokens.display_tokens("de-DE").digest != ENGLISH.digest
