"""The parser of structured text."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from speechops.corpus import Rule, structured_text
from speechops.corpus.structured_text import Entry, Group, Pronunciation, StructuredText, parse
from speechops.corpus.text import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = """\
// a comment
@ list food =
- pizza
- ice cream // and a comment after a word

@list pet=
* cat
+ dog

@ speech:phoneticlexicon
- cat/k ae t
- .net/D AO T N EH T
- and/or/ae n d ao r

# Section_1
- what {@pet} do you have
- my {@pet} likes { @food } and {@food}
#Section_2
- read more at a//b
"""


def parsed(text: str) -> StructuredText:
    return parse(Line(number, line) for number, line in enumerate(text.splitlines(), 1))


def test_parse__everything() -> None:
    assert parsed(EXAMPLE) == StructuredText(
        lists=(
            Group(2, "food", (Entry(3, "pizza"), Entry(4, "ice cream"))),
            Group(6, "pet", (Entry(7, "cat"), Entry(8, "dog"))),
        ),
        lexicon=(
            Pronunciation(11, "cat", ("k", "ae", "t")),
            Pronunciation(12, ".net", ("D", "AO", "T", "N", "EH", "T")),
            Pronunciation(13, "and/or", ("ae", "n", "d", "ao", "r")),
        ),
        sections=(
            Group(
                15,
                "Section_1",
                (Entry(16, "what {@pet} do you have"), Entry(17, "my {@pet} likes { @food } and {@food}")),
            ),
            Group(18, "Section_2", (Entry(19, "read more at a//b"),)),
        ),
    )


def test_references__are_the_names_in_order() -> None:
    assert [entry.references for entry in parsed(EXAMPLE).templates()] == [
        ("pet",),
        ("pet", "food", "food"),
        (),
    ]


def test_sentences__fill_in_every_combination() -> None:
    sentences = [*parsed(EXAMPLE).sentences()]
    assert sentences[:2] == [(16, "what cat do you have"), (16, "what dog do you have")]
    assert len(sentences) == 2 + 2 * 2 * 2 + 1
    assert (17, "my dog likes pizza and ice cream") in sentences


def test_sentences__are_bounded() -> None:
    items = "\n".join(f"- {at}" for at in range(2_000))
    sentences = [*parsed(f"@ list x =\n{items}\n# s\n- {{@x}} {{@x}} {{@x}}\n- last").sentences()]
    assert len(sentences) == 1_001
    assert sentences[-1][1] == "last"


def test_parse__faults_are_in_the_order_of_lines() -> None:
    faults = parsed("word\n@ speech:phoneticlexicon\n- cat\n- /k\nword\n").faults
    assert [(fault.line, fault.rule) for fault in faults] == [
        (1, Rule.MARKDOWN_SYNTAX),
        (3, Rule.LEXICON_ENTRY),
        (4, Rule.LEXICON_ENTRY),
        (5, Rule.MARKDOWN_SYNTAX),
    ]


@given(
    st.lists(st.lists(st.text("ab", min_size=1, max_size=2), min_size=1, max_size=7), min_size=1, max_size=4),
    st.integers(min_value=1, max_value=30),
)
def test_fillings__are_the_first_of_all_combinations(lists: list[list[str]], most: int) -> None:
    names = [f"list{number}" for number in range(len(lists))]
    template = " ".join(f"{{@{name}}}" for name in names)
    found = list(structured_text._fillings(template, dict(zip(names, lists, strict=True)), most))
    assert found == [" ".join(chosen) for chosen in itertools.product(*lists)][:most]


def test_fillings__copy_no_long_list() -> None:
    class Long(list[str]):
        """A list that may be cut, but not gone through."""

        def __iter__(self) -> Iterator[str]:
            raise AssertionError("the whole list is read")

    lists = {"a": Long(["x"] * 35_000), "b": Long(["y"] * 35_000)}
    assert list(structured_text._fillings("{@a} {@b}", lists, 3)) == ["x y"] * 3
