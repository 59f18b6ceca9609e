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
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class Unit(StrEnum):
    """What is counted as a word."""

    WORD = "word"
    MIXED = "mixed"  # a character of a script written without spaces, or a word of another script
    CHARACTER = "character"  # a code point other than a space, as most tools count characters

    @property
    def rate(self) -> str:
        """What the error rate over such units is called."""
        return {"word": "WER", "mixed": "mixed error rate", "character": "CER"}[self]

    @property
    def noun(self) -> str:
        """What one such unit is called: most of the mixed are characters."""
        return "word" if self is Unit.WORD else "character"


VERSIONS = {"english": 2, "general": 2, "chinese": 2, "unspaced": 2}
"""The rule sets. A change that can alter a result raises the version; a test remembers the results."""

_RULES = {
    "en": "english",
    **dict.fromkeys(("zh", "yue", "wuu"), "chinese"),
    **dict.fromkeys(("ja", "km", "lo", "my", "th"), "unspaced"),
}


class Normaliser(NamedTuple):
    """A rule set for one locale: text in, units out. Made by :func:`normaliser`.

    ``replacements`` are pairs of normalised texts: wherever the first stands as whole units, the second takes
    its place, until there is nothing left to replace.
    """

    name: str
    version: int
    locale: str
    unit: Unit
    replacements: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 (64 hex) over all that determines the result."""
        import hashlib  # noqa: PLC0415 - 4 ms

        parts = [self.name, str(self.version), self.locale, str(self.unit)]
        parts += [text for pair in self.replacements for text in pair]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def key(self) -> str:
        """Name, version, unit and the beginning of the digest: ``english-2-word-3f2a91c0``."""
        return f"{self.name}-{self.version}-{self.unit}-{self.digest[:8]}"

    def to_json(self) -> dict[str, Any]:
        """Return the rules for ``json.dumps``, the digest included."""
        return {**self._asdict(), "unit": str(self.unit), "digest": self.digest}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Normaliser:
        """Read what :meth:`to_json` wrote. The version tells whether this package still has the rules."""
        pairs = tuple((left, right) for left, right in value["replacements"])
        return cls(value["name"], value["version"], value["locale"], Unit(value["unit"]), pairs)

    def __call__(self, text: str) -> str:
        """Return the units of ``text``, joined by single spaces."""
        return " ".join(self.words(text))

    def words(self, text: str) -> list[str]:
        """Return the units of ``text`` in their order."""
        if _is_plain(text) and not self.replacements and self.unit is not Unit.CHARACTER:
            return text.split()
        if "º" in text or "ª" in text:
            from .numerals import spell_indicated  # noqa: PLC0415 - many texts have none

            text = spell_indicated(text, self.locale)
        if self.name == "english":
            text = _POWER.sub(lambda match: _POWERS[match[0]], text)
        text = self._folded(text)
        if self.locale.startswith("he"):
            text = _GERESH.sub("", text)
        if self.has_numerals(text) or (self.name == "english" and ("%" in text or "&" in text)):
            from .numerals import spell  # noqa: PLC0415 - many texts have none

            text = self._folded(spell(text, self.locale))
        text = text.translate(_CLOSING)
        if self.name == "chinese":
            text = text.replace("\N{IDEOGRAPHIC NUMBER ZERO}", "零")
        if self.unit is Unit.MIXED:
            text = text.translate(_CUTTING)
        text = re.sub(_LOOSE, " ", text)
        if self.unit is Unit.CHARACTER:
            text = " ".join(re.sub(_INNER, "", text))
        units = text.split()
        return _replaced(units, self.replacements) if self.replacements else units

    def has_numerals(self, text: str) -> bool:
        """Tell whether ``text`` is written with digits, which can be spoken in more ways than one."""
        return re.search(r"\d", text) is not None

    def words_of(self, texts: Iterable[str]) -> Callable[[str], list[str]]:
        """Return the fastest function that gives the units of each of ``texts``.

        Texts that need no rule, such as the service's lexical English, need only be split.
        """
        if self.replacements or self.unit is Unit.CHARACTER:
            return self.words
        return str.split if _is_plain(" ".join(texts)) else self.words

    def _folded(self, text: str) -> str:
        """Unify what Unicode holds for the same character, and case."""
        text = text.translate(_OPENING)
        if text.isascii() and not self._is_turkic:
            return text.lower()
        text = unicodedata.normalize("NFKC", text)
        if self._is_turkic:
            text = text.translate(_TURKIC)
        return unicodedata.normalize("NFKC", text.casefold().translate(_OPENING))

    @property
    def _is_turkic(self) -> bool:
        return self.locale.startswith(("tr", "az"))


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
    if not replacements.strip():
        return rules
    from .replacements import read  # noqa: PLC0415 - for those who have some

    return rules._replace(replacements=read(replacements, rules.__call__))


def _is_plain(text: str) -> bool:
    """Tell whether no rule of any language would change the words of ``text``."""
    plain = text.isascii() and not text.encode().translate(None, _PLAIN)
    return plain and not ("'" in text and re.search(_LOOSE, text))


def _replaced(units: list[str], pairs: tuple[tuple[str, str], ...]) -> list[str]:
    from .replacements import replace  # noqa: PLC0415 - for those who have some

    return replace(units, pairs)


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
        elif decomposition.startswith("<fraction>") or (
            decomposition.startswith("<super>") and character.isdigit()
        ):
            self[code] = f" {character}"  # one and a half is not eleven halves, ten squared not 102
        elif category in ("Cc", "Cs", "Zl", "Zp") or decomposition.startswith("<compat> 0020"):
            self[code] = " "
        return self[code]


class _Closing(dict[int, str | int]):
    """For each character: punctuation and symbols become spaces, save those that stand inside words."""

    def __missing__(self, code: int) -> str | int:
        outside = chr(code) not in _INNER and unicodedata.category(chr(code))[0] in "PSZC"
        self[code] = " " if outside else code
        return self[code]


class _Cutting(dict[int, str | int]):
    """For each character: those of scripts written without spaces stand alone."""

    def __missing__(self, code: int) -> str | int:
        alone = any(first <= code <= last for first, last in _UNSPACED_SCRIPTS)
        self[code] = f" {chr(code)} " if alone else code
        return self[code]


_APOSTROPHES = "\u2018\u2019\u201b\u2032\u02b9\u02bb\u02bc\u02bd\u00b4`"

_VANISHING = "\u0640\u05f3\u05f4\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""Tatweel, geresh, gershayim and fillers: letters and marks with no sound of their own."""

_GERESH = re.compile(r"(?<=[\u0591-\u05f4])[\"'](?=[\u05d0-\u05ea])")
"""Geresh and gershayim as most keyboards write them: inside a Hebrew word, without a sound of their own."""

_POWERS = {"²": " squared ", "³": " cubed "}
_POWER = re.compile(r"(?<=\d)[²³]")

_INNER = "['\N{MIDDLE DOT}]"
"""It's, l'homme, col·lecció."""

_TURKIC = str.maketrans(
    {"I": "\N{LATIN SMALL LETTER DOTLESS I}", "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}": "i"}
)

_LOOSE = rf"(?<!\S){_INNER}+|{_INNER}+(?!\S)|{_INNER}{{2,}}"
_PLAIN = b"abcdefghijklmnopqrstuvwxyz' \t\n\r"

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

_OPENING, _CLOSING, _CUTTING = _Opening(), _Closing(), _Cutting()
