"""Characters: what each becomes before words are compared. One table for each step of a normaliser.

The first step (:data:`OPENING`) runs before Unicode's compatibility forms are unified, the second
(:class:`Closing`) after everything else. Both look at one character at a time, so they agree for every text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

APOSTROPHES = "\u2018\u2019\u201b\u2032\u02b9\u02bb\u02bc\u02bd\u00b4\u1fef\u1ffd`"

_VANISHING = frozenset("\u0640\u05f3\u05f4\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u055b\u055c\u055e\u055f")
"""Tatweel, geresh, gershayim, fillers and the marks that Armenian writes inside a word: no sound."""

_PERCENT = "\N{ARABIC PERCENT SIGN}"

_SQUARED_WORDS = range(0x3300, 0x3400)
"""CJK Compatibility: units and words of East Asian text that are written in one cell, such as kg."""

_LETTER_DOT_LANGUAGES = frozenset(("ca", "oc"))
"""Where the middle dot is a letter: col·lecció."""

_SQUARED_LANGUAGES = frozenset(("ja", "ko", "wuu", "yue", "zh"))


class _Opening(dict[int, str | int]):
    """Invisible characters vanish, apostrophes unify, controls and symbols with letters become a space."""

    def __missing__(self, code: int) -> str | int:
        character = chr(code)
        category = unicodedata.category(character)
        decomposition = unicodedata.decomposition(character)
        self[code] = code
        if (
            category in ("Cf", "Me")
            or character in _VANISHING
            or unicodedata.name(character, "").startswith("VARIATION")
        ):
            self[code] = ""
        elif character in APOSTROPHES:
            self[code] = "'"
        elif character == _PERCENT:
            self[code] = "%"
        elif decomposition.startswith("<fraction>") or (
            decomposition.startswith("<super>") and character.isdigit()
        ):
            self[code] = f" {character}"  # one and a half is not eleven halves, ten squared not 102
        elif (
            category in ("Cc", "Cs", "Zl", "Zp")
            or decomposition.startswith("<compat> 0020")
            or (category[0] in "PS" and code not in _SQUARED_WORDS and _has_letters(character))
        ):
            self[code] = " "
        return self[code]


class Closing(dict[int, str | int]):
    """Punctuation and symbols become spaces, except those of ``inside``, which belong to words."""

    def __init__(self, inside: str) -> None:
        super().__init__()
        self._inside = inside

    def __missing__(self, code: int) -> str | int:
        outside = chr(code) not in self._inside and unicodedata.category(chr(code))[0] in "PSZC"
        self[code] = " " if outside else code
        return self[code]


class _Cutting(dict[int, str | int]):
    """Characters of scripts written without spaces are words of their own."""

    def __missing__(self, code: int) -> str | int:
        alone = any(first <= code <= last for first, last in _UNSPACED_SCRIPTS)
        self[code] = f" {chr(code)} " if alone else code
        return self[code]


def _has_letters(symbol: str) -> bool:
    """Tell whether a symbol such as ™ would be unified with letters, digits or combining marks."""
    return any(unicodedata.category(part)[0] in "LMN" for part in unicodedata.normalize("NFKC", symbol))


_UNSPACED_SCRIPTS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals of Han
    (0x3005, 0x3007),  # repetition marks and zero
    (0x3021, 0x302F),  # Hangzhou numerals
    (0x3038, 0x303B),
    (0x3040, 0x30FF),  # kana
    (0x3100, 0x312F),  # bopomofo
    (0x31A0, 0x31BF),
    (0x31F0, 0x31FF),  # kana
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xA9E0, 0xA9FF),  # Myanmar
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),  # Han
    (0x1B000, 0x1B16F),  # kana
    (0x20000, 0x3FFFF),  # Han
)

OPENING = _Opening()
CUTTING = _Cutting()

TURKIC = str.maketrans(
    {"I": "\N{LATIN SMALL LETTER DOTLESS I}", "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}": "i"}
)


def cut(text: str) -> Sequence[str]:
    """Return the units of a text: characters of scripts written without spaces, words of others.

    A text of such characters alone is itself the sequence of its units, which is aligned much faster.
    """
    joined = text.replace(" ", "")
    is_whole, units = _cuts()
    return joined if is_whole(joined) else units(text)


@cache
def _cuts() -> tuple[Callable[[str], re.Match[str] | None], Callable[[str], list[str]]]:
    """Return what tells that a text has unspaced characters alone, and what finds the units of any text."""
    unspaced = "".join(f"{chr(first)}-{chr(last)}" for first, last in _UNSPACED_SCRIPTS)
    return re.compile(f"[{unspaced}]*").fullmatch, re.compile(rf"[{unspaced}]|[^{unspaced}\s]+").findall


def is_unspaced(character: str) -> bool:
    """Whether a character is of a script written without spaces."""
    return any(first <= ord(character) <= last for first, last in _UNSPACED_SCRIPTS)


def inside_words(language: str) -> str:
    """Return the punctuation that may belong to a word of ``language``: it's, l'homme, col·lecció."""
    return "'\N{MIDDLE DOT}" if language in _LETTER_DOT_LANGUAGES else "'"


def loose(inside: str) -> re.Pattern[str]:
    """Return the pattern of such punctuation where it does not join two parts of a word."""
    marks = f"[{re.escape(inside)}]"
    return re.compile(rf"(?<!\S){marks}+|{marks}+(?!\S)|{marks}{{2,}}")


def keeps_squared_words(language: str) -> bool:
    """Tell whether one-cell forms, such as that for kg, are read as the words they contain."""
    return language in _SQUARED_LANGUAGES


SQUARED = dict.fromkeys(_SQUARED_WORDS, " ")
"""What the one-cell forms become in other languages."""
