"""Numbers written with digits become the words that say them.

Digits can be spoken in more ways than one ("104": one hundred four, one oh four); the text alone cannot tell
which. These rules choose one way, the same on every side, so that neither model is favored:

* digits are a cardinal ("104", "1,250"); four digits without a separator are a year where the language says
  years unlike other numbers and CLDR has the rule ("1999": nineteen ninety nine, nittonhundranittionio); in
  Chinese four digits before the sign for year are read one by one;
* a leading zero makes a code, read digit by digit ("007"); so do five digits and more without a separator in
  English, which writes one in 15,000, and ten and more in all languages;
* after a decimal sign the digits are read one by one, also without a digit before it (".5");
* an ending is said with its number where the locale has it: ordinals ("1st", "1er", "1e", "1:a", "3-й"),
  suffixes ("3fach", "1990s", "90-talet", "5'te"); all other letters are separated ("14h30", "5G");
* "%" is percent, before or after the number as the language says it;
* thousands are separated by the sign of the locale: comma, point, space, the apostrophe of Switzerland, or
  the Arabic sign; in India also the two digits of lakh and crore ("1,00,000").

Where CLDR has no rules for the language, digits stay digits, apart from letters.
"""

from __future__ import annotations

import re
from functools import lru_cache

from . import numeral_locales as locales
from . import percent
from .spellout import Spellout

_CHINESE = frozenset(("zh", "yue", "wuu"))
_YEAR_DIGITS = 4
_NATIVE_BELOW_KO, _LAST_NATIVE_HOUR_KO = 100, 12


def spell(text: str, locale: str, *, says_and: bool = False) -> str:
    """Return ``text`` with its numbers in the words of ``locale``; both in lower case.

    ``says_and`` puts the "and" of British English into English numbers.
    """
    return _speller(locale, says_and).spell(text)


def spell_indicated(text: str, locale: str) -> str:
    """Return ``text`` with its ordinals in words whose sign folding would turn into a letter: 1º, 1.ª."""
    return _speller(locale, says_and=False).spell_indicated(text)


class _Speller:
    """The rules for one locale."""

    def __init__(self, locale: str, says_and: bool) -> None:
        self.language = locale.split("-", maxsplit=1)[0]
        self.words = Spellout(locale, says_and=says_and)
        self.percent = percent.of_language(self.language)
        self.point = locales.POINT_WORDS.get(locale, locales.POINT_WORDS.get(self.language, ""))
        self.endings = locales.ORDINALS.get(self.language, {})
        self.code_digits = locales.CODE_DIGITS.get(self.language, locales.CODE_DIGITS_ELSEWHERE)
        self.pattern = _pattern(locale, self.language, tuple(self.endings))

    def spell_indicated(self, text: str) -> str:
        if self.language not in locales.INDICATED:
            return text
        return re.sub(
            r"(\d+)\.?([ºª])",
            lambda match: f" {self.words.ordinal(_ascii(match[1]), locales.INDICATORS[match[2]])} ",
            text,
        )

    def spell(self, text: str) -> str:
        text = self.pattern.sub(lambda match: f" {self._said(match)} ", text)
        if "%" in text and self.percent:
            text = text.replace("%", f" {self.percent.word} ")
        return text

    def _said(self, match: re.Match[str]) -> str:
        """Return the words of a number with its ending, suffix or percent sign."""
        digits, decimals = _ascii(match["whole"] or match["rest"] or ""), _ascii(match["decimals"] or "")
        if match["lone"]:
            digits, decimals = "", _ascii(match["lone"])
        said = self._number(match, digits, decimals)
        if (match["percent"] or match["before"]) and self.percent:
            return self.percent.say(said, digits or "0", decimals)
        if match["suffix"]:
            return self._with_suffix(said, match["suffix"])
        return said

    def _number(self, match: re.Match[str], digits: str, decimals: str) -> str:
        if not self.words.has_rules:
            return f"{digits} {decimals}".strip()
        if decimals:
            whole = self.words.cardinal(digits) if digits else ""
            return f"{whole} {self.point} {self.words.one_by_one(decimals)}".strip()
        if match["ordinal"]:
            return self.words.ordinal(digits, self.endings[match["ordinal"]])
        if match["counter"]:
            return self._counted(match, digits)
        return self._whole(match, digits)

    def _whole(self, match: re.Match[str], digits: str) -> str:
        if len(digits) < len(match["whole"] or match["rest"]):
            return self.words.cardinal(digits)
        if self._is_code(match, digits):
            return self.words.one_by_one(digits)
        return self.words.year(digits) if len(digits) == _YEAR_DIGITS else self.words.cardinal(digits)

    def _is_code(self, match: re.Match[str], digits: str) -> bool:
        chinese_year = (
            self.language in _CHINESE
            and len(digits) == _YEAR_DIGITS
            and match.string.startswith("年", match.end())
        )
        return chinese_year or len(digits) >= self.code_digits or (digits[0] == "0" and len(digits) > 1)

    def _counted(self, match: re.Match[str], digits: str) -> str:
        """Return a Korean number and its counter: 스무 살, but 십사 시."""
        counter, number = match["counter"], int(digits)
        is_native = 0 < number < _NATIVE_BELOW_KO and (
            counter != locales.HOUR_KO or number <= _LAST_NATIVE_HOUR_KO
        )
        rule = "spellout-cardinal-native-attributive" if is_native else ""
        return f"{self.words.say(digits, rule)} {counter}"

    def _with_suffix(self, said: str, suffix: str) -> str:
        """Join a suffix to the last word of a number, as the language does."""
        if not self.words.has_rules:
            return f"{said} {suffix}"
        if self.language == "en":
            return f"{said}'s" if suffix.startswith("'") else _plural(said)
        suffix = suffix.lstrip("-'")
        if self.language == "de" and said.endswith("eins") and not suffix.startswith("er"):
            said = said.removesuffix("s")  # einfach, einmal
        return f"{said}{suffix}"


def _plural(said: str) -> str:
    """Return the plural of an English number: nineties, sixes, hundreds."""
    if said.endswith("y"):
        return f"{said[:-1]}ies"
    return f"{said}es" if said.endswith("x") else f"{said}s"


def _pattern(locale: str, language: str, endings: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of a number as ``locale`` writes it."""
    point = locale in locales.POINT_LOCALES or (
        language in locales.POINT_LANGUAGES and locale not in locales.MAGHREB
    )
    thousands, decimal = (",", ".") if point else (".", ",")
    if locale in locales.SWISS:
        thousands += "'"
    separator, decimal = f"[{thousands}\u066c]", f"[{decimal}\u066b]"
    whole = [rf"\d{{1,3}}(?:{separator}\d{{3}})+(?!\d)"]
    if locale in locales.LAKHS or language in locales.LAKHS:
        whole.append(rf"\d{{1,2}}(?:{separator}\d\d)+{separator}\d{{3}}(?!\d)")
    if locale in locales.SPACED or language in locales.SPACED:
        whole.append(r"(?<!\d )[1-9]\d{0,2}(?: \d{3})+(?! ?\d)")
    end = r"(?![^\W\d_])"
    ordinal = "|".join(map(re.escape, sorted(endings, key=len, reverse=True))) or "(?!)"
    suffix = locales.SUFFIXES.get(language, "(?!)")
    counter = "|".join(sorted(locales.COUNTERS_KO, key=len, reverse=True)) if language == "ko" else "(?!)"
    follows = (
        rf"(?P<ordinal>(?:{ordinal}){end})|(?P<suffix>(?:{suffix}){end})|"
        rf"(?P<counter>(?:{counter}))"
    )
    return re.compile(
        rf"(?P<before>%\s?)?(?:"
        rf"(?<!\d[.,\u066b\u066c])(?P<whole>{'|'.join(whole)}|\d+)"
        rf"(?:{decimal}(?P<decimals>\d+)(?![.,\u066b\u066c]?\d)|{follows})?"
        rf"|(?<![\w.,\u066b\u066c]){decimal}(?P<lone>\d+)(?![.,\u066b\u066c]?\d)"
        r"|(?P<rest>\d+))(?P<percent>\s?%)?"
    )


def _ascii(digits: str) -> str:
    """Return the digits of any script as 0 to 9, without separators."""
    if digits.isascii() and digits.isdecimal():
        return digits
    return "".join(str(int(digit)) for digit in digits if digit.isdecimal())


@lru_cache(maxsize=64)
def _speller(locale: str, says_and: bool) -> _Speller:
    return _Speller(locale, says_and)
