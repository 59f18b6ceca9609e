"""Many texts normalized together: the same words as one by one, several times faster.

Most characters become the same whatever their neighbors are. So the texts of a batch are joined, the ASCII
among them goes through a table of bytes, and each of the few other characters is replaced in the whole
batch at once. Texts with a character whose neighbors matter, such as a digit, go through the rules one by
one.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from .characters import APOSTROPHES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .normalise import Steps

_END = "\0"
"""Between the texts of a batch. If a text contains it, the batch is processed one text at a time."""

_PLAIN = b"abcdefghijklmnopqrstuvwxyz' \t\n\r\0"
_BLANK = str.maketrans("\t\n\r", "   ")
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


class Batch:
    """The steps of one normaliser, applied to many texts at once."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._becomes: dict[str, str | None] = {}
        """What each character becomes whatever its neighbors are; None if they matter."""
        self._wild: set[str] = set()
        ascii_letters = map(chr, range(128))
        self._easy = bytes(ord(letter) for letter in ascii_letters if self._learn(letter) == _ascii(letter))
        self._is_wild = re.compile("(?!)").search
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
        strange = joined.encode("utf-8", "surrogatepass").translate(None, self._easy)
        characters = set(strange.decode("utf-8", "surrogatepass"))
        for character in characters.difference(self._becomes):
            self._learn(character)
        if self._wild.isdisjoint(characters):
            return self._together(joined, characters, texts)
        tame = [text for text in texts if not self._is_wild(text)]
        done = iter(self(tame) if tame else ())
        return [self._steps.normalized(text) if self._is_wild(text) else next(done) for text in texts]

    def _together(self, joined: str, characters: Iterable[str], texts: Sequence[str]) -> list[str]:
        text = f"{_END}{joined}{_END}"
        for character in characters:
            become = self._becomes[character]
            if become is not None and become != character:
                text = text.replace(character, become)
        text = text.encode().translate(_TABLE).decode()
        if not text.isascii() and not unicodedata.is_normalized("NFKC", text):
            return list(map(self._steps.normalized, texts))  # parts of one letter are side by side
        while "'" in text and any(pair in text for pair in _LOOSE):
            for pair, blank in _LOOSE.items():
                text = text.replace(pair, blank)
        return list(map(self._steps.finish, text[1:-1].split(_END)))

    def _learn(self, character: str) -> str | None:
        become = self._judge(character)
        self._becomes[character] = become
        if become is None and not character.isascii():
            self._watch(character)
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
            or any(sign in compatible for sign in self._steps.context_signs)
            or any(unicodedata.category(part)[0] == "N" for part in compatible)
            or (category[0] == "M" and character.casefold() != character)
        ):
            return None
        become = self._steps.alone(character)
        return None if self._steps.apostrophes_depend and "'" in become else become
