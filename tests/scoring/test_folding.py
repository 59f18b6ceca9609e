from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from speechops import inputs
from speechops.errors import UsageError
from speechops.scoring import folding, normaliser


@pytest.mark.parametrize(
    ("locale", "name", "text", "folded"),
    [
        ("ar-EG", "", "إِلَى آخِرِهِ", "الي اخره"),
        ("ar-EG", "arabic-1", "إِلَى", "إلى"),
        ("ar-EG", "none", "كَتَبَ", "كَتَبَ"),
        ("ar-EG", "", "مؤمن مسئول", "مؤمن مسئول"),
        ("he-IL", "", "שָׁלוֹם", "שלום"),
        ("he-IL", "none", "שָׁלוֹם", "שָׁלוֹם"),
        ("fa-IR", "", "كتابي", "کتابی"),
        ("fa-IR", "", "خانۀ آب", "خانه آب"),
        ("ur-PK", "", "كتاب هے", "کتاب ہے"),
        ("ro-RO", "", "Şi ţară", "și țară"),
        ("ru-RU", "", "ёлка", "ёлка"),
        ("ru-RU", "russian-1", "Ёлка", "елка"),
        ("hi-IN", "", "हिन्दी", "हिन्दी"),
        ("vi-VN", "", "má mà", "má mà"),
    ],
)
def test_folding__by_locale_and_by_name(locale: str, name: str, text: str, folded: str) -> None:
    rules = normaliser(locale, optional_marks=name)
    assert rules(text) == folded
    assert rules(rules(text)) == folded


ALIKE = {
    "ar-EG": ("اأإآٱ", "يىی", "كک"),
    "fa-IR": ("یيى", "کك", "هةە", "اأإٱ"),
    "ur-PK": ("یيى", "کك", "ہهۀە", "ۃة"),
    "ro-RO": ("șşŞ", "țţŢ"),
}
"""Letters that count as the same."""

OPTIONAL = {"ar-EG": range(0x064B, 0x0653), "fa-IR": range(0x064B, 0x0653), "ur-PK": range(0x064B, 0x0653),
            "he-IL": range(0x05B0, 0x05BE)}  # fmt: skip
"""Marks that do not count."""


@pytest.mark.parametrize("locale", ALIKE)
@given(data=st.data())
def test_folding__readers_call_variants_the_same(locale: str, data: st.DataObject) -> None:
    classes = data.draw(st.lists(st.sampled_from(ALIKE[locale]), min_size=1, max_size=12))
    one, other = ("".join(data.draw(st.sampled_from(letters)) for letters in classes) for _ in range(2))
    rules = normaliser(locale)
    assert rules(one) == rules(other)
    for letters, others in zip(ALIKE[locale], ALIKE[locale][1:], strict=False):
        assert rules(letters[0]) != rules(others[0])


@pytest.mark.parametrize("locale", OPTIONAL)
@given(data=st.data())
def test_folding__optional_marks_do_not_count(locale: str, data: st.DataObject) -> None:
    letters = "אבגדהוש" if locale == "he-IL" else "بتجدرسلمن"
    plain = data.draw(st.lists(st.sampled_from(letters), min_size=1, max_size=12))
    marks = st.lists(st.sampled_from(OPTIONAL[locale]).map(chr), max_size=3).map("".join)
    marked = "".join(letter + data.draw(marks) for letter in plain)
    assert normaliser(locale)(marked) == "".join(plain)


def test_folding__a_set_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="arabic-9"):
        normaliser("ar-EG", optional_marks="arabic-9")


def test_folding__is_part_of_the_rules() -> None:
    assert normaliser("ar-EG").optional_marks == "arabic-2"
    assert normaliser("ar-EG").key != normaliser("ar-EG", optional_marks="none").key


@pytest.mark.parametrize("name", folding.NAMES)
@given(text=st.text(st.characters(min_codepoint=0x0590, max_codepoint=0x08FF) | st.sampled_from("şţёЁŞŢ ")))
@example(text="\u0627\u0653")  # parts of one letter
@example(text="\u06d5\u0654 \u0648\u0654")
def test_folding__twice_is_once(name: str, text: str) -> None:
    rules = normaliser("xx-XX", optional_marks=name)
    assert rules(rules(text)) == rules(text)
    assert [unit for line in rules.batch([text]) for unit in line.split()] == rules.words(text)


def test_folding__every_set_can_be_chosen() -> None:
    choices = inputs.OPTIONAL_MARKS.type.choices
    assert sorted(choices) == sorted(("locale", folding.NONE, *folding.NAMES))
