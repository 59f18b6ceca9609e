"""Normalisation: which texts count as the same. Named, versioned rules, applied alike to every side.

English follows the service's own rules for transcripts (Microsoft, "How to create human-labeled
transcriptions"): lower case, no punctuation but apostrophes inside words, numbers as words, a hyphen is a
space. Other languages follow the same rules in general form. Languages written without spaces are cut into
characters, where a run of Latin letters stays one word, as in the mixed error rate of Chinese-English speech
(Shi et al., "The ASRU 2019 Mandarin-English Code-Switching Speech Recognition Challenge", 2020).

In all of them Unicode's compatibility forms are one (NFKC), case is folded, combining marks stay with their
letters (without them Indic and Thai words fall apart), invisible characters vanish, and other punctuation and
symbols become spaces. Applying a rule set twice is applying it once.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from speechops.errors import DataError, Place

from . import numerals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Unit(StrEnum):
    """What is counted as a word."""

    WORD = "word"
    MIXED = "mixed"  # a character of a script written without spaces, or a word of another script
    CHARACTER = "character"  # a code point other than a space, as most tools count characters


VERSIONS = {"english": 1, "general": 1, "chinese": 1, "unspaced": 1}
"""The rule sets. A change that can alter a result raises the version; a test remembers the results."""

_RULES = {
    "en": "english",
    **dict.fromkeys(("zh", "yue", "wuu"), "chinese"),
    **dict.fromkeys(("ja", "km", "lo", "my", "th"), "unspaced"),
}

_PASSES = 16
"""How often replacements may act upon each other's results."""


@dataclass(frozen=True)
class Normaliser:
    """A rule set for one locale: text in, units out. Made by :func:`normaliser`.

    ``replacements`` are pairs of normalised texts: wherever the first stands as whole units, the second takes
    its place, until there is nothing left to replace.
    """

    name: str
    version: int
    locale: str
    unit: Unit
    replacements: tuple[tuple[str, str], ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 (64 hex) over all that determines the result."""
        import hashlib  # noqa: PLC0415 - 4 ms

        parts = [self.name, str(self.version), self.locale, str(self.unit)]
        parts += [text for pair in self.replacements for text in pair]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def key(self) -> str:
        """Name, version, unit and the beginning of the digest: ``english-1-word-3f2a91c0``."""
        return f"{self.name}-{self.version}-{self.unit}-{self.digest[:8]}"

    def __call__(self, text: str) -> str:
        """Return the units of ``text``, joined by single spaces."""
        return " ".join(self.words(text))

    def words(self, text: str) -> list[str]:
        """Return the units of ``text`` in their order."""
        text = self._folded(text)
        if numerals.found(text):
            text = self._folded(numerals.spell(text, self.locale))
        elif self.name == "english":
            text = numerals.spell(text, self.locale)
        text = text.translate(_CLOSING)
        if self.name == "chinese":
            text = text.replace("\N{IDEOGRAPHIC NUMBER ZERO}", "零")
        if self.unit is Unit.MIXED:
            text = _UNSPACED.sub(r" \g<0> ", text)
        text = _LOOSE.sub(" ", text)
        if self.unit is Unit.CHARACTER:
            text = " ".join(_NEITHER.sub("", text))
        return self._replaced(text).split() if self.replacements else text.split()

    def words_of(self, texts: Iterable[str]) -> Callable[[str], list[str]]:
        """Return the fastest function that gives the units of each of ``texts``.

        Texts that need no rule, as the service's lexical English, need only be split.
        """
        if self.replacements or self.unit is Unit.CHARACTER:
            return self.words
        joined = f" {' '.join(texts)} "
        plain = joined.isascii() and not joined.encode().translate(None, _PLAIN)
        loose = "' " in joined or " '" in joined or "''" in joined
        return str.split if plain and not loose else self.words

    def _folded(self, text: str) -> str:
        """Unify what Unicode holds for the same character, and case."""
        if text.isascii():
            return text.translate(_OPENING).lower()
        if self.locale.startswith(("tr", "az")):
            text = text.translate(_TURKISH)
        folded = unicodedata.normalize("NFKC", text.translate(_OPENING)).casefold()
        return unicodedata.normalize("NFKC", folded.translate(_OPENING))

    def _replaced(self, text: str) -> str:
        pattern, table = self._table
        padded = f" {' '.join(text.split())} "
        for _ in range(_PASSES):
            before = padded
            padded = f" {' '.join(pattern.sub(lambda match: table[match[0]], before).split())} "
            if padded == before:
                return padded
        raise DataError(
            "The replacements never come to an end: one makes what another replaces.",
            hint="Let the right side of every line be a form that no line replaces.",
        )

    @cached_property
    def _table(self) -> tuple[re.Pattern[str], dict[str, str]]:
        table = dict(self.replacements)
        longest_first = sorted(table, key=len, reverse=True)
        return re.compile(f"(?<= )(?:{'|'.join(map(re.escape, longest_first))})(?= )"), table


def normaliser(locale: str, replacements: str = "", *, unit: Unit | None = None) -> Normaliser:
    """Choose the rules for a locale such as ``en-US``.

    ``replacements`` is the text of a file of lines ``a | b``: ``a`` and ``b`` count as the same; with nothing
    after the bar, ``a`` counts as not there. ``#`` begins a comment. ``unit`` overrules the locale's own.
    Raises DataError, with the line, for a file that cannot be applied.
    """
    locale = locale.strip().replace("_", "-").casefold()
    name = _RULES.get(locale.split("-")[0], "general")
    own = Unit.WORD if name in ("english", "general") else Unit.MIXED
    rules = Normaliser(name, VERSIONS[name], locale, unit or own)
    pairs = tuple(sorted(_read(replacements, rules).items()))
    return Normaliser(rules.name, rules.version, rules.locale, rules.unit, pairs)


def reported_units(locale: str) -> tuple[Unit, ...]:
    """Return the units to report for a locale; the first is the one that decides.

    Korean is written with spaces, but where they fall is disputed, so characters are shown besides.
    """
    own = normaliser(locale).unit
    return (own, Unit.CHARACTER) if locale.casefold().startswith("ko") else (own,)


def _read(text: str, rules: Normaliser) -> dict[str, str]:
    pairs: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        written = line.split("#", 1)[0].strip()
        if not written:
            continue
        left, bar, right = (part.strip() for part in written.partition("|"))
        left, right = rules(left), rules(right)
        if not bar or not left or "|" in written.partition("|")[2]:
            raise _bad(
                number, "is not of the form 'a | b'", "Write what is to be replaced, a bar, and its form."
            )
        if pairs.get(left, right) != right:
            raise _bad(number, f"replaces what line {lines[left]} replaces otherwise", "Keep one of them.")
        if left != right:
            pairs[left], lines[left] = right, number
    whole = Normaliser(rules.name, rules.version, rules.locale, rules.unit, tuple(pairs.items()))
    for left, number in lines.items():
        try:
            whole.words(left)
        except DataError as error:
            raise _bad(number, "starts a circle of replacements", error.hint) from None
    return pairs


def _bad(line: int, what: str, hint: str) -> DataError:
    return DataError(f"Line {line} of the replacements {what}.", hint=hint, place=Place(line=line))


class _Opening(dict[int, str | int]):
    """For each character: the invisible vanishes, apostrophes become one, controls become spaces."""

    def __missing__(self, code: int) -> str | int:
        character = chr(code)
        category = unicodedata.category(character)
        decomposition = unicodedata.decomposition(character)
        self[code] = code
        if (
            category == "Cf"
            or character in _VANISHING
            or unicodedata.name(character, "").startswith("VARIATION")
        ):
            self[code] = ""
        elif character in _APOSTROPHES:
            self[code] = "'"
        elif decomposition.startswith("<fraction>"):
            self[code] = f" {character}"  # one and a half is not eleven halves
        elif category in ("Cc", "Cs", "Zl", "Zp") or decomposition.startswith("<compat> 0020"):
            self[code] = " "
        return self[code]


class _Closing(dict[int, str | int]):
    """For each character: punctuation and symbols become spaces, save those that stand inside words."""

    def __missing__(self, code: int) -> str | int:
        outside = chr(code) not in _INNER and unicodedata.category(chr(code))[0] in "PSZC"
        self[code] = " " if outside else code
        return self[code]


_APOSTROPHES = "\u2018\u2019\u201b\u2032\u02b9\u02bb\u02bc\u02bd\u00b4`"

_VANISHING = "\u0640\u05f3\u05f4\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""Tatweel, geresh, gershayim and fillers: letters and marks with no sound of their own."""

_INNER = "'\N{MIDDLE DOT}"
"""It's, l'homme, col·lecció."""

_TURKISH = str.maketrans(
    {"I": "\N{LATIN SMALL LETTER DOTLESS I}", "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}": "i"}
)

_NEITHER = re.compile(f"[{_INNER}]")
_LOOSE = re.compile(rf"(?<!\S)[{_INNER}]+|[{_INNER}]+(?!\S)|[{_INNER}]{{2,}}")
_PLAIN = b"abcdefghijklmnopqrstuvwxyz '"

_UNSPACED = re.compile(
    "["
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"  # Myanmar
    "\u1780-\u17ff"  # Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3038-\u303b"  # radicals, marks and numerals of Han
    "\u3040-\u30ff\u31f0-\u31ff\U0001b000-\U0001b16f"  # kana
    "\u3100-\u312f\u31a0-\u31bf"  # bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "]"
)

_OPENING, _CLOSING = _Opening(), _Closing()
