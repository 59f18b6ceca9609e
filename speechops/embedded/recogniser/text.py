"""Written English as the words that a person would say, which are what the recognizer counts and matches.

The forms that a pronunciation list names (``3CPO``, ``.NET``, ``New York``) stay whole: each is one word of
the recognizer, without spaces.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from speechops.embedded.wer import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

_EDGES = ".,;:!?\"'()[]{}<>-*_"
_SAID = str.maketrans(
    {
        "%": " percent ",
        "&": " and ",
        "+": " plus ",
        "=": " equals ",
        "@": " at ",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    }
)
_PIECE = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[a-z]+(?:'[a-z]+)*")
_ORDINAL = re.compile(r"\b(\d{1,3}(?:,\d{3}){1,3}|\d{1,12})(?:st|nd|rd|th)\b")
_ACRONYM = re.compile(r"\W*([A-Z]{2,5})\W*")
_MARKS = re.compile(r"[\s()<>\[\]]")
_YEARS = range(1100, 2100)
_LONGEST_NUMBER = 15
"""Digits beyond which a number is said digit by digit."""


class Speller:
    """Turns text into words, and remembers which of them it met in capitals.

    ``forms`` are the written forms that stay whole, in any case.
    """

    def __init__(self, forms: Iterable[str] = ()) -> None:
        self._forms = {" ".join(form.lower().split()) for form in forms}
        self._longest = max((form.count(" ") + 1 for form in self._forms), default=0)
        self.acronyms: set[str] = set()

    def words(self, text: str) -> list[str]:
        """Return the words of ``text`` in lower case; numbers are said, punctuation is dropped."""
        chunks = text.split()
        words: list[str] = []
        at = 0
        while at < len(chunks):
            form, length = self._form_at(chunks, at)
            if form:
                words.append(joined(form))
                at += length
                continue
            if acronym := _ACRONYM.fullmatch(chunks[at]):
                self.acronyms.add(acronym[1].lower())
            words += _said(chunks[at])
            at += 1
        return words

    def _form_at(self, chunks: list[str], at: int) -> tuple[str, int]:
        for length in range(min(self._longest, len(chunks) - at), 0, -1):
            phrase = " ".join(chunks[at : at + length]).lower()
            for form in (phrase, phrase.rstrip(_EDGES), phrase.strip(_EDGES)):
                if form in self._forms:
                    return form, length
        return "", 0


def joined(form: str) -> str:
    """Return the recognizer's word for a written form, without the marks that mean something to it."""
    return _MARKS.sub("_", " ".join(form.lower().split()))


def _said(chunk: str) -> list[str]:
    chunk = unicodedata.normalize("NFKD", chunk.translate(_SAID)).lower()
    chunk = "".join(character for character in chunk if not unicodedata.combining(character))
    chunk = _ORDINAL.sub(lambda match: f" {_number(match[1], ordinal=True)} ", chunk)
    words: list[str] = []
    for piece in _PIECE.findall(chunk):
        words += _number(piece).split() if piece[0].isdigit() else [piece]
    return words


@lru_cache(4096)
def _number(digits: str, *, ordinal: bool = False) -> str:
    """Return the words of a number; 1100 to 2099 are said as years, a leading zero digit by digit."""
    from unicode_rbnf import FormatPurpose  # noqa: PLC0415 - most text has no numbers

    whole, _, decimals = digits.replace(",", "").partition(".")
    say = numbers().format_number
    if ordinal:
        said = say(int(whole), purpose=FormatPurpose.ORDINAL).text
    elif (len(whole) > 1 and whole[0] == "0") or len(whole) > _LONGEST_NUMBER:
        said = " ".join(say(int(digit)).text for digit in whole)
    elif whole == digits and int(whole) in _YEARS:
        said = say(int(whole), purpose=FormatPurpose.YEAR).text
    else:
        said = say(int(whole)).text
    if decimals:
        said = " ".join([said, "point", *(say(int(digit)).text for digit in decimals)])
    return re.sub(r"[-\s]+", " ", said.replace(",", " "))
