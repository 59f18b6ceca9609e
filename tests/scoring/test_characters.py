"""What becomes of every punctuation mark and symbol of Unicode."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from speechops.scoring import Unit, normaliser


def unified(signs: str) -> frozenset[str]:
    """Return all signs that Unicode's compatibility forms make one with ``signs``."""
    return frozenset(sign for sign in SIGNS if unicodedata.normalize("NFKC", sign) in signs)


SIGNS = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] in "PS"]
APOSTROPHES = unified("'`\u2018\u2019\u201b\u2032") | set("\u00b4\u1ffd")
INVISIBLE = frozenset("\u05f3\u05f4\u055b\u055c\u055e\u055f")
"""Marks that Hebrew and Armenian write inside words."""

SPOKEN = unified("%") | {"٪"}
SQUARED = frozenset(sign for sign in SIGNS if 0x3300 <= ord(sign) < 0x3400)
KEPT = {
    "en-US": unified("&"),
    "de-DE": frozenset[str](),
    "ca-ES": unified("\N{MIDDLE DOT}"),
    "tr-TR": frozenset[str](),
    "ar-EG": frozenset[str](),
    "he-IL": unified('"') | APOSTROPHES,
    "ko-KR": SQUARED,
    "zh-CN": SQUARED,
    "ja-JP": SQUARED,
    "th-TH": frozenset[str](),
}
"""What the rules of a locale keep, or read otherwise, on purpose."""


@pytest.mark.parametrize("locale", KEPT)
def test_signs__none_survives_inside_a_word(locale: str) -> None:
    rules = normaliser(locale)
    left, right = "אב" if locale == "he-IL" else "ab"
    odd = {}
    for sign in SIGNS:
        if sign in SPOKEN | KEPT[locale]:
            continue
        inside = "'" if sign in APOSTROPHES else "" if sign in INVISIBLE else " "
        found = rules(f"{left}{sign}{right}")
        if found != f"{left}{inside}{right}":
            odd[sign] = found
    assert not odd


@pytest.mark.parametrize("locale", KEPT)
def test_signs__are_no_words(locale: str) -> None:
    rules = normaliser(locale)
    spoken = SPOKEN | SQUARED | (KEPT["en-US"] if locale == "en-US" else set())
    assert rules(" ".join(sign for sign in SIGNS if sign not in spoken)) == ""


@pytest.mark.parametrize("locale", ["en-US", "ca-ES", "ja-JP"])
def test_signs__are_no_characters(locale: str) -> None:
    rules = normaliser(locale, unit=Unit.CHARACTER)
    text = "".join(f"a{sign}" for sign in SIGNS if sign not in SPOKEN)
    assert not [unit for unit in rules.words(text) if unicodedata.category(unit)[0] in "PS"]


def test_squared_words__are_words_where_they_are_written() -> None:
    assert normaliser("ja-JP")("5㎏") == normaliser("ja-JP")("5kg")
    assert normaliser("en-US")("a㎏b") == "a b"


def test_squares_and_keycaps__leave_their_digit() -> None:
    assert normaliser("en-US")("press 1\ufe0f\u20e3 now") == "press one now"
