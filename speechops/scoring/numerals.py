"""Numbers written with digits become the words that say them, by the spell-out rules of Unicode CLDR.

Digits can be spoken in more ways than one ("104": one hundred four, one oh four); the text alone cannot tell
which. These rules choose one way, the same on every side, so that neither model is favoured:

* up to four digits, or digits with separators between the thousands, are a cardinal ("104", "1,250");
* in English and German four digits without a separator are a year ("1999": nineteen ninety nine); in Chinese
  four digits before the sign for year are read one by one;
* a leading zero, or five digits and more without a separator, make a code, read digit by digit ("007",
  "90210");
* after a decimal sign the digits are read one by one; the sign is silent where its word is not listed here;
* in English "1st" and "22nd" are ordinals, "%" is percent and "&" is and; in French "1er" and "2e" are, in
  Spanish, Portuguese, Italian and Catalan "1º" and "1ª";
* thousands stand apart by the sign of the locale: comma, point, space, the apostrophe of Switzerland, or the
  Arabic sign; in India also the two digits of lakh and crore ("1,00,000").

Where CLDR has no rules for the language, digits stay digits.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unicode_rbnf import RbnfEngine

_CLDR_NAMES = {
    "nb": "no",
    "wuu": "zh",
    "zh-hk": "yue",
    "zh-mo": "yue",
    "zh-tw": "zh_Hant",
    "yue-cn": "yue_Hans",
    "de-ch": "de_CH",
    "en-in": "en_IN",
    "fr-be": "fr_BE",
    "fr-ch": "fr_CH",
    "pt-pt": "pt_PT",
}
"""CLDR's names of locales and languages, where they are not the language's code."""

_POINT_LANGUAGES = frozenset(
    (
        *("am", "ar", "as", "bn", "cy", "en", "fa", "fil", "ga", "gu", "he", "hi", "ja", "kn", "ko", "ml"),
        *("mr", "ms", "mt", "my", "ne", "or", "pa", "si", "sw", "ta", "te", "th", "ur", "wuu", "yue", "zh"),
        "zu",
    )
)
_MAGHREB = frozenset(f"ar-{region}" for region in ("dz", "eh", "ly", "ma", "mr", "tn"))
_SPANISH_POINT = frozenset(
    f"es-{region}" for region in ("do", "gt", "hn", "mx", "ni", "pa", "pe", "pr", "sv", "us")
)
_SWISS = frozenset(("de-ch", "de-li", "fr-ch", "it-ch"))
_POINT_LOCALES = _SPANISH_POINT | {"de-ch", "de-li", "it-ch"}
"""Where the decimal sign is a point and a comma separates the thousands (CLDR, symbols of numbers); not in
the Maghreb."""

_SPACED = frozenset(
    (
        *("af", "bg", "cs", "de", "es", "et", "fi", "fr", "hu", "hy", "ka", "kk", "lt", "lv", "nb", "pl"),
        *("pt-pt", "ru", "sk", "sq", "sv", "uk"),
    )
)
"""Where a space may separate the thousands (CLDR; of German and Spanish, their standards)."""

_LAKHS = frozenset(("as", "bn", "en-in", "gu", "hi", "kn", "ml", "mr", "ne", "or", "pa", "ta", "te"))

_ORDINALS = {
    "en": {"st": "", "nd": "", "rd": "", "th": ""},
    "fr": {
        "er": "masculine", "re": "feminine", "ère": "feminine",
        "e": "masculine", "ème": "masculine", "eme": "masculine",
    },
}  # fmt: skip
"""The endings of ordinals and the gender they tell."""

_INDICATORS = {"º": "masculine", "ª": "feminine"}
_INDICATED = frozenset(("ca", "es", "it", "pt"))

_POINT_WORDS = {
    "ca": "coma", "da": "komma", "de": "komma", "en": "point", "es": "coma", "fi": "pilkku", "fr": "virgule",
    "hi": "दशमलव", "id": "koma", "it": "virgola", "ja": "点", "ko": "점", "nb": "komma", "nl": "komma",
    "pl": "przecinek", "pt": "vírgula", "sv": "komma", "th": "จุด", "tr": "virgül", "wuu": "点", "yue": "點",
    "zh": "点", **dict.fromkeys(_SPANISH_POINT, "punto"),
}  # fmt: skip

_CHINESE = frozenset(("zh", "yue", "wuu"))
_YEAR_LANGUAGES = frozenset(("de", "en"))
_YEAR_DIGITS = 4
_CODE_DIGITS = 5
_LONGEST = 12
"""Digits of the longest number that is said as a whole: all languages of CLDR go that far."""


def spell(text: str, locale: str) -> str:
    """Return ``text`` with its numbers in the words of ``locale``; both in lower case."""
    return _speller(locale).spell(text)


def spell_indicated(text: str, locale: str) -> str:
    """Return ``text`` with its ordinals in words whose sign folding would turn into a letter: 1º, 1.ª."""
    return _speller(locale).spell_indicated(text)


class _Speller:
    """The rules for one locale, and the numbers said so far."""

    def __init__(self, locale: str) -> None:
        self.language = locale.split("-", maxsplit=1)[0]
        self.engine = _engine(_CLDR_NAMES.get(locale) or _CLDR_NAMES.get(self.language) or self.language)
        self.point = _POINT_WORDS.get(locale, _POINT_WORDS.get(self.language, ""))
        self.number = lru_cache(maxsize=100_000)(self._number)
        point = locale in _POINT_LOCALES or (self.language in _POINT_LANGUAGES and locale not in _MAGHREB)
        thousands, decimal = (",", ".") if point else (".", ",")
        if locale in _SWISS:
            thousands += "'"
        separator = f"[{thousands}\u066c]"
        whole = [rf"\d{{1,3}}(?:{separator}\d{{3}})+(?!\d)"]
        if locale in _LAKHS or self.language in _LAKHS:
            whole.append(rf"\d{{1,2}}(?:{separator}\d\d)+{separator}\d{{3}}(?!\d)")
        if locale in _SPACED or self.language in _SPACED:
            whole.append(r"(?<!\d )[1-9]\d{0,2}(?: \d{3})+(?! ?\d)")
        self.endings = _ORDINALS.get(self.language, {})
        endings = "|".join(sorted(self.endings, key=len, reverse=True))
        ordinal = rf"(?P<ordinal>(?:{endings})(?![^\W\d_]))?" if endings else "(?P<ordinal>)"
        self.pattern = re.compile(
            rf"(?<!\d[.,\u066b\u066c])(?P<whole>{'|'.join(whole)}|\d+)"
            rf"(?:[{decimal}\u066b](?P<decimals>\d+)(?![.,\u066b\u066c]?\d)|{ordinal})"
            r"|(?P<rest>\d+)"
        )

    def spell_indicated(self, text: str) -> str:
        if self.language not in _INDICATED:
            return text
        return re.sub(
            r"(\d+)\.?([ºª])",
            lambda match: f" {self.number(_ascii(match[1]), 'ORDINAL', _INDICATORS[match[2]])} ",
            text,
        )

    def spell(self, text: str) -> str:
        if self.language == "en":
            text = text.replace("%", " percent ").replace("&", " and ")
        return self.pattern.sub(self._apart, text)

    def _apart(self, match: re.Match[str]) -> str:
        """Set the words of a number apart, but leave endings where they are: 3fach, 5'te, 104호."""
        before = match.string[match.start() - 1 : match.start()]
        close = "" if self.language != "en" and not before.isalpha() else " "
        return f" {self._words(match)}{close}"

    def _words(self, match: re.Match[str]) -> str:
        whole = match["whole"] or match["rest"]
        digits, decimals = _ascii(whole), _ascii(match["decimals"] or "")
        if self.engine is None:
            return f"{digits} {decimals}" if decimals else digits
        if decimals:
            return f"{self.number(digits)} {self.point} {self._one_by_one(decimals)}"
        if match["ordinal"]:
            return self.number(digits, "ORDINAL", self.endings[match["ordinal"]])
        if len(digits) < len(whole):
            return self.number(digits)
        year = len(digits) == _YEAR_DIGITS
        chinese_year = year and self.language in _CHINESE and match.string.startswith("年", match.end())
        if chinese_year or len(digits) >= _CODE_DIGITS or (digits[0] == "0" and len(digits) > 1):
            return self._one_by_one(digits)
        return self.number(digits, "YEAR" if year and self.language in _YEAR_LANGUAGES else "CARDINAL")

    def _one_by_one(self, digits: str) -> str:
        return " ".join(self.number(digit) for digit in digits)

    def _number(self, digits: str, purpose: str = "CARDINAL", gender: str = "") -> str:
        from unicode_rbnf import FormatPurpose  # noqa: PLC0415 - 30 ms, which only texts with digits pay

        if self.engine is None or len(digits) > _LONGEST:
            return self._one_by_one(digits)
        chosen = None if purpose == "CARDINAL" else FormatPurpose[purpose]
        said = self.engine.format_number(int(digits), chosen)
        return str(said.text_by_ruleset.get(f"spellout-ordinal-{gender}", said.text) if gender else said.text)


def _ascii(digits: str) -> str:
    """Return the digits of any script as 0 to 9, without separators."""
    return "".join(str(int(digit)) for digit in digits if digit.isdecimal())


@lru_cache(maxsize=64)
def _speller(locale: str) -> _Speller:
    return _Speller(locale)


def _engine(name: str) -> RbnfEngine | None:
    from unicode_rbnf import RbnfEngine  # noqa: PLC0415

    try:
        return RbnfEngine.for_language(name)
    except ValueError:
        return None
