"""Rules for a single sentence, whatever kind of file it is in."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from speechops.corpus.kinds import english, language
from speechops.corpus.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPEATS = 3
"""A letter, a word or a group of words may be repeated this often in a row."""

GROUP_WORDS = 8
"""The longest group of words that is considered when counting repeats (our own limit)."""

SENTENCE_JA = 90
_WITHOUT_SPACES = frozenset({"ja", "zh", "yue", "wuu", "th", "lo", "km", "my"})
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|&(?:amp|lt|gt|quot|nbsp|#\d+);")
"""Characters in a Japanese sentence."""

_DISCARDED_DE = frozenset("¢¤¥¦§©ª¬®°±²µ×ÿØ")  # noqa: RUF001 - the signs that are meant
_HIGHEST_EN = "\u00a1"
_JOINERS = "\u200c\u200d"  # spell Persian and Indic words
_PUNCTUATION = str.maketrans(dict.fromkeys('.,;:!?"()', " "))
_RUN = re.compile(r"(.)" + r"\1" * REPEATS)
_URI = re.compile(r"\b(?:https?|ftps?|file)://|\bmailto:|\bwww\.\w", re.IGNORECASE)
_SENTENCE_END_JA = re.compile(r"[。．.!?！？]")  # noqa: RUF001 - as above
_HALF_WIDTH_ZH = re.compile(r"[\u4e00-\u9fff]\s*[,.!?;:()\"]|[,.!?;:()\"]\s*[\u4e00-\u9fff]")


def faults(text: str, locale: str) -> Iterator[tuple[Rule, str]]:
    """Yield each rule that the sentence ``text`` breaks, and where.

    The messages name characters and columns but quote no words: they go to logs, and text may be private.
    """
    if (":" in text or "." in text) and (uri := _URI.search(text)):
        yield Rule.URI, f"URI at character {uri.start() + 1}."
    if piece := repeated(text):
        yield Rule.REPETITION, f"{piece} is repeated more than {REPEATS} times in a row."
    if language(locale) == "ja":
        yield from _japanese(text)
    if text.isascii() and text.isprintable():
        return
    if signs := _such(text, _control):
        yield Rule.CONTROL_CHARACTER, f"Characters that are not text: {signs}."
    if language(locale) == "de":
        yield from _german(text)
    if signs := _such(text, _special_english if english(locale) else _symbol):
        yield Rule.SPECIAL_CHARACTER, f"Special characters: {signs}."


def transcript_faults(text: str, locale: str) -> Iterator[tuple[Rule, str]]:
    """Yield as :func:`faults`, with the rules for transcripts: English ones are ASCII."""
    for rule, message in faults(text, locale):
        if rule is not Rule.SPECIAL_CHARACTER or not english(locale):
            yield rule, message
    if found := _MARKUP.search(text):
        yield Rule.TRANSCRIPT_MARKUP, f"Markup at character {found.start() + 1}."
    if english(locale):
        if signs := _such(text, lambda char: char > "\x7f"):
            yield Rule.TRANSCRIPT_NOT_ASCII, f"Non-ASCII characters: {signs}."
    elif language(locale) == "zh" and (sign := _HALF_WIDTH_ZH.search(text)):
        yield Rule.HALF_WIDTH_PUNCTUATION, f"Half-width punctuation at character {sign.start() + 1}."


def repeated(text: str) -> str:
    """Name what is repeated more than three times in a row: "A letter", "A group of 2 words", or nothing."""
    if any(run[1].isalpha() for run in _RUN.finditer(text)):
        return "A letter"
    words = text.casefold().translate(_PUNCTUATION).split()
    if len(words) - len(set(words)) < REPEATS:
        return ""
    for size in range(1, min(GROUP_WORDS, len(words) // (REPEATS + 1)) + 1):
        same = 0
        for place in range(size, len(words)):
            same = same + 1 if words[place] == words[place - size] else 0
            if same == REPEATS * size:
                return "A word" if size == 1 else f"A group of {size} words"
    return ""


def counts_characters(locale: str) -> bool:
    """Whether a language is written without spaces between words."""
    return locale.split("-", maxsplit=1)[0] in _WITHOUT_SPACES


def shown(text: str) -> str:
    """Return ``text`` in quotes, on one line, without control characters."""
    return '"' + "".join(char if char.isprintable() else f"<U+{ord(char):04X}>" for char in text) + '"'


def has_word(text: str) -> bool:
    """Whether there is a letter or digit: without one, the normalized text is empty to the service."""
    return any(char.isalnum() for char in text)


def _german(text: str) -> Iterator[tuple[Rule, str]]:
    if signs := _such(text, lambda char: char in _DISCARDED_DE):
        yield Rule.DISCARDED_CHARACTER, f"The service discards a sentence with {signs}."


def _japanese(text: str) -> Iterator[tuple[Rule, str]]:
    # Microsoft's own sample has a sentence of 90 characters without its spaces, 93 with them.
    sentences = _SENTENCE_END_JA.split(text)
    longest = max(sum(not char.isspace() for char in sentence) for sentence in sentences)
    if longest > SENTENCE_JA:
        yield Rule.SENTENCE_TOO_LONG, f"A sentence has {longest} characters."


def _such(text: str, wanted: Callable[[str], bool], *, most: int = 5) -> str:
    found = list(dict.fromkeys(filter(wanted, text)))
    listed = ", ".join(
        f"{char if char.isprintable() else ''} U+{ord(char):04X}".strip() for char in found[:most]
    )
    return listed + (f" and {len(found) - most} more" if len(found) > most else "")


def _control(char: str) -> bool:
    if char in _JOINERS or char == "\t":
        return False
    return char == "\ufffd" or unicodedata.category(char) in {"Cc", "Cf", "Co", "Cn", "Cs"}


def _special_english(char: str) -> bool:
    return char > _HIGHEST_EN and not _control(char)


def _symbol(char: str) -> bool:
    return char > _HIGHEST_EN and char != "\ufffd" and unicodedata.category(char) in {"So", "Sk"}
