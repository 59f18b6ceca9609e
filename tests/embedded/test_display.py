"""How custom models write display text: capitals, rewrites, profanity."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from speechops.embedded.display import DisplayRules, capitals, read

FILE = """\
// comment
#rewrite
contoso\tContoso Ltd.
old phrase\tnew
no tab
#itn
\\d-\\d
#profanity
darn
bad words
#test
a\tb
"""


def test_read__rewrites_and_profanity_alone() -> None:
    expected = ([("contoso", "Contoso Ltd."), ("old phrase", "new")], ["darn", "bad words"])
    assert read(FILE.splitlines()) == expected


def test_formatted__rewrites_whole_phrases_in_any_case_then_masks() -> None:
    rules = DisplayRules({}, (("old", "young"), ("Old  phrase", "new one")), ("darn", "bad words"))
    text = "Old phrase and older, darn it. BAD words."
    assert rules.formatted(text) == "new one and older, **** it. *** *****."


def test_formatted__a_backslash_is_text() -> None:
    assert DisplayRules({}, (("a", r"\1"),)).formatted("a.") == r"\1."


def test_capitals__of_words_inside_of_sentences() -> None:
    lines = [
        "Please call Doctor Smith.",
        "Smith said: May I. It may be so",
        "it may be",
        "ALL UP Here",
        "THE NEWS",
    ]
    found = capitals(lines)
    assert found == {"doctor": "Doctor", "smith": "Smith", "i": "I", "up": "UP", "here": "Here"}


def test_capitals__the_usual_form_counts() -> None:
    assert capitals(["x may", "x may", "x May"]) == {}
    assert capitals(["x May", "x May", "x may"]) == {"may": "May"}


@given(st.lists(st.text()))
def test_capitals__are_the_same_words(lines: list[str]) -> None:
    assert all(form.lower() == word and form != word for word, form in capitals(lines).items())
