from __future__ import annotations

from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.embedded import structured

EXAMPLE = """
// lists first
@ list pet =
- cat
- dog // a comment
@list Ice_Cream=
-lemon

@ speech:phoneticlexicon
- cat/k ae t
# Sentences
- what {@pet} do you have
- my {@pet} likes {@ Ice_Cream } and {@pet}
# More
- no list at all
-
stray
"""


def test_parsed__lists_lexicon_sentences() -> None:
    text = structured.parsed(EXAMPLE.splitlines())
    assert text.lists == {"pet": ["cat", "dog"], "ice_cream": ["lemon"]}
    assert text.lexicon == ["cat/k ae t"]
    assert text.sentences[-1] == "no list at all"
    assert [line for line, _ in text.unread] == ["-", "stray"]


def test_expanded__all_combinations_of_few() -> None:
    assert list(structured.parsed(EXAMPLE.splitlines()).expanded()) == [
        "what cat do you have",
        "what dog do you have",
        "my cat likes lemon and cat",
        "my cat likes lemon and dog",
        "my dog likes lemon and cat",
        "my dog likes lemon and dog",
        "no list at all",
    ]


def test_expanded__a_sentence_without_its_list_is_left_out() -> None:
    text = structured.parsed(["# S", "- one {@none}", "- two", "@ list empty =", "# T", "- three {@empty}"])
    assert list(text.expanded()) == ["two"]


def test_parsed__items_before_any_section_are_unread() -> None:
    assert [line for line, _ in structured.parsed(["- lost"]).unread] == ["- lost"]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=4))
def test_expanded__meets_every_item_within_bounds(sizes: list[int]) -> None:
    lists = {f"l{number}": [f"{number}/{item}" for item in range(size)] for number, size in enumerate(sizes)}
    sentence = " ".join(f"{{@{name}}}" for name in lists)
    sentences = list(structured.StructuredText(lists, [sentence]).expanded())
    assert {word for sentence in sentences for word in sentence.split()} == {
        item for items in lists.values() for item in items
    }
    combinations = prod(sizes)
    assert len(sentences) == (combinations if combinations <= structured.PRODUCT_LIMIT else max(sizes))


def test_expanded__two_slots_of_a_long_list_differ() -> None:
    items = [str(number) for number in range(100)]
    sentences = list(structured.StructuredText({"l": items}, ["{@l} {@l}"]).expanded())
    assert sentences
    for sentence in sentences:
        first, second = sentence.split()
        assert first != second


@pytest.mark.parametrize("line", ["@ list x =", "@list x", "@ LIST  x="])
def test_parsed__spellings_of_a_list(line: str) -> None:
    assert structured.parsed([line, "- a"]).lists == {"x": ["a"]}
