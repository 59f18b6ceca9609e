"""Folding of optional marks and letter variants: spellings that readers of a language call the same word.

Each set has a name that ends in a number. A set never changes once released; a new one gets the next number.

========== ===================================================================================================
arabic-1   vowel signs, gemination and Quranic marks are not counted
arabic-2   arabic-1; alef with hamza, madda or wasla is alef; alef maqsura is yeh; yeh and kaf of Persian too
hebrew-1   vowel points and cantillation are not counted
persian-1  yeh, alef maqsura, kaf and teh marbuta of Arabic are Persian; vowel signs, hamza above not counted
urdu-1     yeh, kaf, heh and teh marbuta of Arabic are Urdu; vowel signs and hamza above are not counted
romanian-1 s and t with a cedilla are those with a comma below
russian-1  io is ie; no locale's own, as some texts must tell them apart
========== ===================================================================================================

The letters are those of the Unicode Standard, chapter 9 (Hebrew, Arabic), and of the standards of the
languages: ISIRI 6219 for Persian, the UZT for Urdu, SR 13392 for Romanian.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NONE = "none"

_ARABIC_MARKS = (
    *range(0x0610, 0x061B), *range(0x064B, 0x0660), 0x0670,
    *range(0x06D6, 0x06DD), *range(0x06DF, 0x06E5), 0x06E7, 0x06E8, *range(0x06EA, 0x06EE),
    *range(0x08D3, 0x08E2), *range(0x08E3, 0x0900),
)  # fmt: skip
COMPOSING = frozenset("\u0653\u0654\u0655")
"""Madda and hamza: after alef, waw, yeh, heh or teh marbuta they are one letter with it (Unicode, NFC)."""
_HEBREW_MARKS = (*range(0x0591, 0x05BE), 0x05BF, 0x05C1, 0x05C2, 0x05C4, 0x05C5, 0x05C7)

ALEF, YEH, KAF, HEH = "\u0627", "\u064a", "\u0643", "\u0647"
FARSI_YEH, KEHEH, HEH_GOAL, TEH_MARBUTA_GOAL = "\u06cc", "\u06a9", "\u06c1", "\u06c3"


def _without(codes: Iterable[int]) -> dict[int, str]:
    return dict.fromkeys(codes, "")


_ARABIC_1 = _without(_ARABIC_MARKS)
_SETS: Mapping[str, Mapping[int, str]] = {
    "arabic-1": _ARABIC_1,
    "arabic-2": _ARABIC_1
    | {ord(letter): ALEF for letter in "\u0622\u0623\u0625\u0671"}
    | {ord(letter): YEH for letter in "\u0649\u06cc"}
    | {ord(KEHEH): KAF},
    "hebrew-1": _without(_HEBREW_MARKS),
    "persian-1": _ARABIC_1
    | {ord(letter): FARSI_YEH for letter in "\u064a\u0649"}
    | {ord(letter): HEH for letter in "\u0629\u06c0\u06d5"}
    | {ord(letter): ALEF for letter in "\u0623\u0625\u0671"}
    | {ord(KAF): KEHEH},
    "urdu-1": _ARABIC_1
    | {ord(letter): FARSI_YEH for letter in "\u064a\u0649"}
    | {ord(letter): HEH_GOAL for letter in "\u0647\u06c0\u06c2\u06d5"}
    | {ord(KAF): KEHEH, 0x0629: TEH_MARBUTA_GOAL},
    "romanian-1": {0x015F: "\u0219", 0x0163: "\u021b"},
    "russian-1": {0x0451: "\u0435"},
}

_OF_LANGUAGE = {
    "ar": "arabic-2",
    "fa": "persian-1",
    "he": "hebrew-1",
    "ro": "romanian-1",
    "ur": "urdu-1",
    "yi": "hebrew-1",
}

NAMES = tuple(sorted(_SETS))


def of_language(language: str) -> str:
    """Return the name of the default set for ``language``; ``none`` if there is none."""
    return _OF_LANGUAGE.get(language, NONE)


def chosen(name: str, language: str) -> str:
    """Return the name of the set to use: ``name``, or that of the language if blank.

    Raises UsageError for a name that does not exist.
    """
    name = name.strip() or of_language(language)
    if name != NONE and name not in _SETS:
        from speechops.errors import UsageError  # noqa: PLC0415 - counting alone needs no error

        raise UsageError(
            f"optional-marks: unknown rule set {name}.",
            hint=f"Use one of {', '.join(NAMES)}, none, or leave it blank for the default of the locale.",
        )
    return name


@cache
def table(name: str) -> Mapping[int, str]:
    """Return what each character becomes under the set ``name``, for ``str.translate``."""
    return _SETS.get(name, {})
