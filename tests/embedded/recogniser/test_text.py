from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.embedded.recogniser.text import Speller


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, World!", "hello world"),
        ("Side-by-side — it's the dogs' café", "side by side it's the dogs cafe"),
        ("don\N{RIGHT SINGLE QUOTATION MARK}t", "don't"),
        ("1,234.50 kg", "one thousand two hundred thirty four point five zero kg"),
        ("in 1995, 2019 and 2100", "in nineteen ninety five twenty nineteen and two thousand one hundred"),
        ("the 21st of May 007", "the twenty first of may zero zero seven"),
        (
            "12345678901234567",
            "one two three four five six seven eight nine zero one two three four five six seven",
        ),
        ("50% of R&D @ home", "fifty percent of r and d at home"),
        ("H2O", "h two o"),
        ("7" * 5000 + "th", "seven " * 5000 + "th"),
        ("- * ... ''", ""),
    ],
)
def test_words__as_they_are_said(text: str, words: str) -> None:
    assert Speller().words(text) == words.split()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Meet 3CPO, now", ["meet", "3cpo", "now"]),
        ("Use .NET.", ["use", ".net"]),
        ("(C#)", ["c#"]),
        ("In New York?", ["in", "new_york"]),
        ("New Yorkers", ["new", "yorkers"]),
        ("the new", ["the", "new"]),
    ],
)
def test_words__forms_stay_whole(text: str, words: list[str]) -> None:
    assert Speller(["3CPO", ".net", "C#", "New  York"]).words(text) == words


def test_acronyms__words_in_capitals() -> None:
    speller = Speller()
    speller.words("The WER of “IEEE” is A SHOUTING matter: (API).")
    assert speller.acronyms == {"wer", "ieee", "api"}


@given(st.text())
def test_words__have_letters_and_inner_apostrophes_alone(text: str) -> None:
    for word in Speller().words(text):
        assert word.strip("'") == word
        assert set(word) <= set("abcdefghijklmnopqrstuvwxyz'")
