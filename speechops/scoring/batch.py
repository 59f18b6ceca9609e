"""Many texts normalized together: the same words as one by one, several times faster.

Most characters become the same whatever their neighbors are. So the texts of a batch are joined, the ASCII
among them goes through a table of bytes, and each of the few other characters is replaced in the whole
batch at once. A word with digits goes through the rules by itself, once however often it occurs. Texts with
another character whose neighbors matter go through the rules one by one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from .characters import APOSTROPHES
from .folding import COMPOSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .normalise import Steps

_END = "\0"
"""Between the texts of a batch. If a text contains it, the batch is processed one text at a time."""

_IDEOGRAPHS = re.compile("[\u4e00-\u9fff]+")
"""Letters that no rule of any language changes, thousands of them: they need not be learned one by one."""

_PLAIN = b"abcdefghijklmnopqrstuvwxyz' \t\n\r\0"
_BLANK = str.maketrans("\t\n\r", "   ")
_NUMBERS_KEPT = 100_000
"""Words with digits whose normalized form is kept."""

_LOOSE = {pair: pair.replace("'", " ") for pair in (" '", "' ", "''", f"{_END}'", f"'{_END}")}


def _ascii(character: str) -> str:
    if character in ("'", "`"):
        return "'"
    return character.lower() if character.isalpha() or character == _END else " "


_TABLE = bytes(ord(_ascii(chr(code))) for code in range(128)) + bytes(range(128, 256))
"""What each byte of UTF-8 becomes: letters lower case, punctuation a space; others are left alone."""


def is_plain(text: str) -> bool:
    """Tell whether no rule of any language would change the words of ``text``."""
    return _END not in text and _are_plain(text)


def _are_plain(text: str) -> bool:
    """Tell the same of texts that are joined."""
    if not text.isascii() or text.encode().translate(None, _PLAIN):
        return False
    if "'" not in text:
        return True
    bounded = f"{_END}{text}{_END}".translate(_BLANK)
    return not any(pair in bounded for pair in _LOOSE)


def _number(context_signs: str, *, spaced: bool) -> re.Pattern[str]:
    """Return the pattern of a space and a word with digits that no other word of its text has a say in.

    They are its two groups. Of the signs that are read with their neighbors the word may have a percent sign
    behind a digit, as the number takes it. If thousands are ``spaced``, no other number is beside it, as
    10 000 is one, and it is of ASCII alone, as other characters may vanish or hide a digit.
    """
    space, signs = rf"[\s{_END}]", re.escape(context_signs)
    if spaced:
        mark, sign = rf"(?:(?![{signs}])[!-/:-@\[-^`{{-~])", rf"(?:(?![{signs}])[!-~])"
        before, after = r"(?<!\d\s)", r"(?!\s\d)"
    else:
        mark, sign = rf"[^\w\s{_END}{signs}]", rf"[^\s{_END}{signs}]"
        before = after = ""
    word = rf"{mark}*+\d{sign}*+(?:(?<=\d)%{sign}*+)*+"
    return re.compile(rf"({space}){before}({word})(?={space}|\Z){after}")


class Batch:
    """The steps of one normaliser, applied to many texts at once."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._becomes: dict[str, str | None] = {}
        """What each character becomes whatever its neighbors are; None if they matter."""
        self._changing: set[str] = set()
        """The characters that become another, or nothing."""
        self._wild: set[str] = set()
        ascii_letters = map(chr, range(128))
        self._easy = bytes(ord(letter) for letter in ascii_letters if self._learn(letter) == _ascii(letter))
        self._is_wild = re.compile("(?!)").search
        self._number = _number(steps.context_signs, spaced=steps.spaced_thousands)
        self._normalized = lru_cache(_NUMBERS_KEPT)(steps.normalized)
        self._watch(letter for letter in map(chr, range(128)) if self._becomes[letter] is None)

    def __call__(self, texts: Sequence[str]) -> list[str]:
        """Return each text with its units between white space."""
        if self._steps.is_turkic:  # what an I becomes depends on the mark that may follow it
            texts = [unicodedata.normalize("NFC", text) for text in texts]
        joined = _END.join(texts)
        if joined.count(_END) != len(texts) - 1:
            return list(map(self._steps.normalized, texts))
        if not self._steps.by_character and _are_plain(joined):
            return list(texts)
        characters = self._characters(joined)
        if self._wild.isdisjoint(characters):
            return self._together(joined, characters, texts)
        if not self._steps.is_mixed and any(map(str.isdecimal, characters)):
            parts = self._number.split(f"{_END}{joined}")
            parts[2::3] = map(self._normalized, parts[2::3])
            joined = "".join(parts)[1:]
            characters = self._characters(joined)
            if self._wild.isdisjoint(characters):
                return self._together(joined, characters, texts)
        spelled = joined.split(_END)
        is_wild = [self._is_wild(text) is not None for text in spelled]
        tame = [index for index, wild in enumerate(is_wild) if not wild]
        joined = _END.join(spelled[index] for index in tame)
        done = iter(self._together(joined, self._characters(joined), [texts[index] for index in tame]))
        return [
            self._steps.normalized(text) if wild else next(done)
            for text, wild in zip(texts, is_wild, strict=True)
        ]

    def _characters(self, joined: str) -> set[str]:
        """Return the characters that the table of bytes does not know, after having learned them."""
        strange = joined.encode("utf-8", "surrogatepass").translate(None, self._easy)
        characters = set(_IDEOGRAPHS.sub("", strange.decode("utf-8", "surrogatepass")))
        for character in characters.difference(self._becomes):
            self._learn(character)
        return characters

    def _together(self, joined: str, characters: Iterable[str], texts: Sequence[str]) -> list[str]:
        text = f"{_END}{joined}{_END}"
        for character in self._changing.intersection(characters):
            text = text.replace(character, self._becomes[character] or "")
        text = text.encode().translate(_TABLE).decode()
        if not text.isascii() and not unicodedata.is_normalized("NFKC", text):
            return list(map(self._steps.normalized, texts))  # parts of one letter are side by side
        while "'" in text and any(pair in text for pair in _LOOSE):
            for pair, blank in _LOOSE.items():
                text = text.replace(pair, blank)
        done = text[1:-1].split(_END)
        return list(map(self._steps.finish, done)) if self._steps.by_character else done

    def _learn(self, character: str) -> str | None:
        become = self._judge(character)
        self._becomes[character] = become
        if become is None:
            if not character.isascii():
                self._watch(character)
        elif become != character:
            self._changing.add(character)
        return become

    def _watch(self, characters: Iterable[str]) -> None:
        """Add characters whose texts go through the rules one by one."""
        self._wild.update(characters)
        self._is_wild = re.compile(f"[{re.escape(''.join(sorted(self._wild)))}]").search

    def _judge(self, character: str) -> str | None:
        if character == _END:
            return character
        if character in APOSTROPHES:
            return None if self._steps.apostrophes_depend else "'"
        category = unicodedata.category(character)
        compatible = unicodedata.normalize("NFKC", character)
        if (
            category == "Cs"
            or character in COMPOSING
            or any(sign in compatible for sign in self._steps.context_signs)
            or any(unicodedata.category(part)[0] == "N" for part in compatible)
            or (category[0] == "M" and character.casefold() != character)
            # As in __call__: the mark after a Roman number or a wide I is not composed with it yet.
            or (self._steps.is_turkic and compatible != character and compatible.endswith("I"))
        ):
            return None
        become = self._steps.alone(character)
        return None if self._steps.apostrophes_depend and "'" in become else become
