from __future__ import annotations

from dataclasses import replace

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.embedded import wer
from speechops.embedded.wer import Counts, Sentence

WORDS = st.lists(st.sampled_from(["a", "b", "c", "it's"]), max_size=8)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, World!", "hello world"),
        ("It\u2019s open-source.", "it's open source"),
        ("104 pills", "one hundred four pills"),
        ("pi is 3.14", "pi is three point one four"),
        ("1,000 units", "one thousand units"),
        ("3CPO", "three cpo"),
        (
            "12345678901234567",
            "one two three four five six seven eight nine zero one two three four five six seven",
        ),
        ("'quoted'", "quoted"),
        ("... ?!", ""),
    ],
)
def test_lexical_words__are_what_is_said(text: str, words: str) -> None:
    assert wer.lexical_words(text) == words.split()


@given(st.text(max_size=60))
def test_lexical_words__are_stable(text: str) -> None:
    words = wer.lexical_words(text)
    assert wer.lexical_words(" ".join(words)) == words


@given(WORDS, WORDS)
def test_counts__agree_with_an_independent_scorer(reference: list[str], recognized: list[str]) -> None:
    counts = wer.count_edits(wer.align(reference, recognized))
    assert counts.total == len(reference)
    assert counts.correct + counts.substitutions + counts.insertions == len(recognized)
    if reference:
        expected = jiwer.process_words(" ".join(reference), " ".join(recognized))
        errors = expected.substitutions + expected.deletions + expected.insertions
        assert counts.errors == errors
        assert counts.rate == pytest.approx(expected.wer)


def test_score__sums_over_sentences() -> None:
    scores = wer.score(
        [
            Sentence("The dose is 40.", "the dose is forty", "The dose is 40."),
            Sentence("Take it.", "take that it", "take that, it"),
        ]
    )
    assert (scores.sentences, scores.wrong_sentences) == (2, 1)
    assert scores.words == Counts(correct=6, insertions=1)
    assert scores.words.rate == pytest.approx(1 / 6)
    assert scores.tokens.total == 8
    assert sum(scores.token_errors.values()) == scores.tokens.errors


@pytest.mark.parametrize(
    ("transcript", "display", "classes"),
    [
        ("hello", "Hello", {"capitalization": 1}),
        ("hello", "hello.", {"punctuation": 1}),
        ("40 pills", "forty pills", {"inverseTextNormalization": 1}),
        ("forty pills", "four pills", {"lexical": 1}),
        ("one two", "one", {"lexical": 1}),
        ("same", "same", {}),
    ],
)
def test_token_errors__have_classes(transcript: str, display: str, classes: dict[str, int]) -> None:
    assert wer.score([Sentence(transcript, display.lower(), display)]).token_errors == classes


def test_rate__without_a_reference_is_all_or_nothing() -> None:
    assert Counts().rate == 0
    assert Counts(insertions=3).rate == 1
    assert replace(Counts(), correct=1).rate == 0


def test_marked_up__escapes_and_tags() -> None:
    edits = wer.align(["a", "b", "c"], ["a", "x", "c", "<d>"])
    assert wer.marked_up(edits) == "a <substitution>x</substitution> c <insertion>&lt;d&gt;</insertion>"
    assert wer.marked_up(wer.align(["a", "b"], ["a"])) == "a <deletion>b</deletion>"
