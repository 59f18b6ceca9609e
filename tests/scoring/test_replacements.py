from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.errors import DataError
from speechops.scoring import normaliser


def test_replacements__whole_words_on_every_side() -> None:
    rules = normaliser("en-US", "Dr. | doctor  # titles\n\nokay | OK\num |\ne mail | email\n")
    assert rules("Dr. Drake, okay? Um, e-mail!") == "doctor drake ok email"


def test_replacements__the_longest_comes_first() -> None:
    assert normaliser("en-US", "new | old\nnew york | nyc")("new york new") == "nyc old"


def test_replacements__act_on_each_other() -> None:
    rules = normaliser("en-US", "a | b\nb | c\num |\nx y | z")
    assert rules("a") == "c"
    assert rules("x um y") == "z"


def test_replacements__by_character() -> None:
    assert normaliser("zh-CN", "苹果 | apple")("我吃苹果") == "我 吃 apple"


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("a b", 1, "form"),
        ("\n| b", 2, "form"),
        ("a | b | c", 1, "form"),
        ("! | b", 1, "form"),
        ("a | b\nA. | c", 2, "line 1"),
        ("a | b\nb | a", 1, "loop"),
        ("x | y\na | a a", 2, "loop"),
    ],
)
def test_replacements__refused_with_the_line(text: str, line: int, word: str) -> None:
    with pytest.raises(DataError, match=word) as caught:
        normaliser("en-US", text)
    assert caught.value.place
    assert caught.value.place.line == line
    assert caught.value.hint


def test_replacements__without_end_only_in_a_text_are_refused_there() -> None:
    rules = normaliser("en-US", "a b | b b a")
    with pytest.raises(DataError, match="never end"):
        rules("a " + "b " * 40)


def test_replacements__same_again_is_no_contradiction() -> None:
    assert normaliser("en-US", "a | b\na | b\nc | C").replacements == (("a", "b"),)


@given(
    pairs=st.dictionaries(
        st.sampled_from(["a", "b", "a b", "c", "b c a"]), st.sampled_from(["", "d", "e f"])
    ),
    text=st.text(st.sampled_from("abcdef ")),
)
def test_replacements__are_idempotent(pairs: dict[str, str], text: str) -> None:
    rules = normaliser("en-US", "\n".join(f"{left} | {right}" for left, right in pairs.items()))
    assert rules(rules(text)) == rules(text)


@pytest.mark.parametrize("line", ["ha | ha ha ha ha", "a | b b b b b b b b\nb | c c c c c c c c c a a a a"])
def test_read__what_grows_without_end_is_refused_at_once(line: str) -> None:
    with pytest.raises(DataError, match="Line 1 of the replacements is part of a loop"):
        normaliser("en-US", line)


def test_read__what_is_too_long_is_refused() -> None:
    with pytest.raises(DataError, match="Line 1 of the replacements has more than 100 words on the right"):
        normaliser("en-US", "a | " + "b " * 101)
