"""Normalization: which texts count as the same. Named, versioned rules, applied alike to every side.

English follows the service's own rules for transcripts (Microsoft, "How to create human-labeled
transcriptions"): lower case, no punctuation but apostrophes inside words, numbers as words, a hyphen is a
space. Other languages follow the same rules in general form. Languages written without spaces are cut into
characters, where a run of Latin letters stays one word, as in the mixed error rate of Chinese-English speech
(Shi et al., "The ASRU 2019 Mandarin-English Code-Switching Speech Recognition Challenge", 2020).

In all of them Unicode's compatibility forms are one (NFKC), case is folded, combining marks stay with their
letters (without them Indic and Thai words fall apart) unless they are optional in the language
(:mod:`.folding`), invisible characters vanish, and other punctuation and symbols become spaces. Applying a
rule set twice is applying it once.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from . import characters, folding
from .batch import Batch, is_plain
from .numeral_locales import SPACED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Unit(StrEnum):
    """What is counted as a word."""

    WORD = "word"
    MIXED = "mixed"  # a character of a script written without spaces, or a word of another script
    CHARACTER = "character"  # a code point other than a space, as most tools count characters
    TOKEN = "token"  # noqa: S105 - of display text, see :mod:`.tokens`

    @property
    def rate(self) -> str:
        """What the error rate over such units is called."""
        return {"word": "WER", "mixed": "mixed error rate", "character": "CER", "token": "TER"}[self]

    @property
    def noun(self) -> str:
        """What one such unit is called: most of the mixed are characters."""
        return str(self) if self in {Unit.WORD, Unit.TOKEN} else "character"


VERSIONS = {"english": 3, "general": 3, "chinese": 3, "unspaced": 3}
"""The rule sets. A change that can alter a result increases the version; a test pins the results."""

_RULES = {
    "en": "english",
    **dict.fromkeys(("zh", "yue", "wuu"), "chinese"),
    **dict.fromkeys(("ja", "km", "lo", "my", "th"), "unspaced"),
}

_CHARACTERS_BESIDE = frozenset(
    language for language, name in _RULES.items() if name in {"chinese", "unspaced"}
) | {"ko"}
"""Where the character error rate is reported too. Korean has spaces, but where they belong is disputed."""

_HEBREW = ("he", "yi")
_TURKIC = ("az", "tr")

_GERESH = re.compile(r"(?<=[\u0591-\u05f4])[\"'](?=[\u05d0-\u05ea])")
"""Geresh and gershayim as most keyboards write them: inside a Hebrew word, without a sound of their own."""

_POWERS = {"²": " squared ", "³": " cubed "}
_POWER = re.compile(r"(?<=\d)[²³]")
_DIGIT = re.compile(r"\d")


class _Rules(NamedTuple):
    name: str
    version: int
    locale: str
    unit: Unit
    optional_marks: str = folding.NONE
    transcriber_marks: str = ""
    says_and: bool = False
    alternatives: bool = False
    replacements: tuple[tuple[str, str], ...] = ()


class Normaliser(_Rules):
    """A rule set for one locale: text in, units out. Made by :func:`normaliser`.

    ``optional_marks`` names the set of :mod:`.folding`, ``transcriber_marks`` the list of marks that are
    dropped; ``says_and`` puts the "and" into English numbers; with ``alternatives`` a reference may hold
    NIST's ``{a / b}`` and ``(uh)``. ``replacements`` are pairs of normalized texts: wherever the first
    occurs as whole units, the second takes its place, until there is nothing left to replace.
    """

    @property
    def digest(self) -> str:
        """SHA-256 (64 hex) over all that determines the result."""
        import hashlib  # noqa: PLC0415 - 4 ms

        parts = [str(value) for name, value in self._asdict().items() if name != "replacements"]
        parts += [text for pair in self.replacements for text in pair]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def key(self) -> str:
        """Name, version, unit and the beginning of the digest: ``english-3-word-3f2a91c0``."""
        return f"{self.name}-{self.version}-{self.unit}-{self.digest[:8]}"

    def __call__(self, text: str) -> str:
        """Return the units of ``text``, joined by single spaces."""
        return " ".join(self.words(text))

    def words(self, text: str) -> list[str]:
        """Return the units of ``text`` in their order."""
        if is_plain(text) and self.unit is not Unit.CHARACTER:
            units = text.split()
        else:
            units = list(self.cut(self._steps.normalized(text)))
        return self._substitute(units) if self.replacements else units

    def batch(self, texts: Sequence[str]) -> list[str]:
        """Return each of ``texts`` in a form that :attr:`cut` takes apart into its units.

        The same units as :meth:`words`, several times faster for hundreds of texts at once.
        """
        normalized = self._batch(texts)
        if not self.replacements:
            return normalized
        return [self._replaced_text(text) for text in normalized]

    @property
    def cut(self) -> Callable[[str], Sequence[str]]:
        """The function that cuts a text of :meth:`batch` into units."""
        return characters.cut if self.unit is Unit.MIXED else str.split

    def _replaced_text(self, text: str) -> str:
        units = list(self.cut(text))
        replaced = self._substitute(units)
        return text if replaced is units else " ".join(replaced)

    @cached_property
    def _substitute(self) -> Callable[[list[str]], list[str]]:
        from .replacements import Replacements  # noqa: PLC0415 - for those who have some

        return Replacements(self.replacements)

    @cached_property
    def _steps(self) -> Steps:
        return Steps(self)

    @cached_property
    def _batch(self) -> Batch:
        return Batch(self._steps)


class Steps:
    """The steps of a normaliser from a text to a text whose units only need cutting."""

    def __init__(self, rules: Normaliser) -> None:
        self._rules = rules
        self.language = rules.locale.split("-", maxsplit=1)[0]
        self.by_character = rules.unit is Unit.CHARACTER
        self.is_mixed = rules.unit is Unit.MIXED
        self.inside = characters.inside_words(self.language)
        self.apostrophes_depend = rules.unit is Unit.MIXED or self.language in _HEBREW
        """Whether what becomes of an apostrophe depends on more than the spaces around it."""
        self.spaced_thousands = not SPACED.isdisjoint((self.language, rules.locale))
        self._is_english = rules.name == "english"
        self.is_turkic = self.language in _TURKIC
        self._folding = folding.table(rules.optional_marks)
        self._loose = characters.loose(self.inside)
        self._closing = characters.Closing(self.inside)
        self._squared = {} if characters.keeps_squared_words(self.language) else characters.SQUARED
        self._drops_marks = bool(rules.transcriber_marks)

    @property
    def context_signs(self) -> str:
        """The characters, besides digits and apostrophes, that some step reads with their neighbors."""
        signs = "%&" if self._is_english else "%"
        if self.language in _HEBREW:
            signs += '"'
        if self._drops_marks:
            signs += "[<({*\uff08\u3010\uff3b"
        if self._rules.alternatives:
            signs += "({"
        return signs + self.inside.replace("'", "")

    def normalized(self, text: str) -> str:
        """Return ``text`` normalized, still to be cut into its units."""
        if self._rules.alternatives and ("{" in text or "(" in text):
            from .alternatives import first  # noqa: PLC0415 - few transcripts have some

            text = first(text)
        if self._drops_marks:
            from .transcriber_marks import drop  # noqa: PLC0415 - for those who drop them

            text = drop(text)
        if "º" in text or "ª" in text:
            from .numerals import spell_indicated  # noqa: PLC0415 - many texts have none

            text = spell_indicated(text, self._rules.locale)
        if self._is_english:
            text = _POWER.sub(lambda match: _POWERS[match[0]], text)
        text = self._folded(text)
        if self.language in _HEBREW:
            text = _GERESH.sub("", text)
        if "%" in text or _DIGIT.search(text):
            from .numerals import spell  # noqa: PLC0415 - many texts have none

            text = self._folded(spell(text, self._rules.locale, says_and=self._rules.says_and))
        if self._is_english:
            text = text.replace("&", " and ")
        text = self._closed(text)
        if self._rules.unit is Unit.MIXED:
            text = text.translate(characters.CUTTING)
        return self.finish(self._loose.sub(" ", text))

    def finish(self, text: str) -> str:
        """Separate all characters if characters are counted."""
        if not self.by_character:
            return text
        return " ".join("".join(text.split()).translate(dict.fromkeys(map(ord, self.inside))))

    def alone(self, character: str) -> str:
        """Return what ``character`` becomes if its neighbors do not matter."""
        return self._closed(self._folded(character))

    def _folded(self, text: str) -> str:
        """Unify what Unicode holds for the same character, and case."""
        if text.isascii() and not self.is_turkic:
            return text.translate(characters.OPENING).lower()
        text = text.translate(characters.OPENING)
        if self._squared:
            text = text.translate(self._squared)
        text = unicodedata.normalize("NFKC", text)
        if self.is_turkic:
            text = text.translate(characters.TURKIC)
        return unicodedata.normalize("NFKC", text.casefold().translate(characters.OPENING))

    def _closed(self, text: str) -> str:
        text = text.translate(self._closing)
        if self._rules.name == "chinese":
            text = text.replace("\N{IDEOGRAPHIC NUMBER ZERO}", "零")
        return text.translate(self._folding) if self._folding else text


def normaliser(
    locale: str,
    replacements: str = "",
    *,
    unit: Unit | None = None,
    optional_marks: str = "",
    drop_transcriber_marks: bool = False,
    says_and: bool | None = None,
    alternatives: bool = False,
) -> Normaliser:
    """Choose the rules for a locale such as ``en-US``.

    ``replacements`` is the text of a file of lines ``a | b``: ``a`` and ``b`` count as the same; with
    nothing after the bar, ``a`` is ignored. ``#`` begins a comment. ``unit``, ``optional_marks``
    (the name of a set of :mod:`.folding`, or ``none``) and ``says_and`` override the locale's own. Raises
    DataError, with the line, for a file that cannot be applied, UsageError for a set of marks that does not
    exist.
    """
    locale = locale.strip().replace("_", "-").casefold()
    language = locale.split("-")[0]
    name = _RULES.get(language, "general")
    own = Unit.WORD if name in ("english", "general") else Unit.MIXED
    rules = Normaliser(
        name,
        VERSIONS[name],
        locale,
        unit or own,
        folding.chosen(optional_marks, language),
        _MARKS if drop_transcriber_marks else "",
        _says_and(locale) if says_and is None else says_and and name == "english",
        alternatives,
    )
    if not replacements.strip():
        return rules
    from .replacements import read  # noqa: PLC0415 - for those who have some

    return rules._replace(replacements=read(replacements, rules.__call__))


def has_character_rate(locale: str) -> bool:
    """Whether the character error rate of a locale is reported beside its error rate."""
    return locale.strip().replace("_", "-").casefold().split("-")[0] in _CHARACTERS_BESIDE


def count_numerals(texts: Sequence[str]) -> int:
    """Count the texts that are written with digits, which can be spoken in more ways than one."""
    left = "".join(texts).encode("utf-8", "surrogatepass").translate(None, _NO_DIGITS)
    if not _DIGIT.search(left.decode("utf-8", "surrogatepass")):
        return 0
    return sum(map(bool, map(_DIGIT.search, texts)))


_NO_DIGITS = bytes(code for code in range(128) if not chr(code).isdigit())

_MARKS = "marks-1"
"""The name of the list in :mod:`.transcriber_marks`."""

_AND_LOCALES = frozenset(
    f"en-{region}" for region in ("au", "gb", "gh", "hk", "ie", "in", "ke", "ng", "nz", "sg", "tz", "za")
)
"""Where one hundred and four is said with its "and"; not in the United States, Canada and the Philippines."""


def _says_and(locale: str) -> bool:
    return locale in _AND_LOCALES
