"""Whole numbers as words, by the spell-out rules of Unicode CLDR (``unicode-rbnf``) and corrections to them.

CLDR's data has words that its languages do not have: an accent too many in Greek, Thai letters in Lao,
hundreds in two words in Arabic. :data:`_CORRECTIONS` lists them; tests compare the results with
``num2words`` and hand-made tables.
"""

# ruff: noqa: RUF001 - letters of other scripts

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from unicode_rbnf import RbnfEngine

_CLDR_NAMES = {
    "bs": "sr_Latn",
    "nb": "no",
    "wuu": "zh",
    "zh-hk": "yue",
    "zh-mo": "yue",
    "zh-tw": "zh_Hant",
    "yue-cn": "yue_Hans",
    "de-ch": "de_CH",
    "en-in": "en_IN",
    "fa-af": "fa_AF",
    "fr-be": "fr_BE",
    "fr-ch": "fr_CH",
    "pt-pt": "pt_PT",
    "sr-latn-rs": "sr_Latn",
}
"""CLDR's names of locales and languages, where they are not the language's code."""

_TWENTIES_AM = {
    "ሁለት": "ሃያ", "ሦስት": "ሠላሳ", "አራት": "አርባ", "አምስት": "ሃምሳ", "ስድስት": "ስድሳ", "ሰባት": "ሰባ",
    "ስምንት": "ሰማንያ", "ዘጠኝ": "ዘጠና",
}  # fmt: skip
_TENS_SL = "dvajset|trideset|štirideset|petdeset|šestdeset|sedemdeset|osemdeset|devetdeset"
_THAI_IN_LAO = {
    "ศูนย์": "ສູນ", "ร้อย": "ຮ້ອຍ", "พัน": "ພັນ", "หมื่น": "ໝື່ນ", "แสน": "ແສນ", "ล้าน": "ລ້ານ",
}  # fmt: skip

_CORRECTIONS: Mapping[str, Sequence[tuple[str, str]]] = {
    "am": (
        *((f"{digit} አስር", tens) for digit, tens in _TWENTIES_AM.items()),
        ("አስር (?!ሺ)", "አሥራ "),
    ),
    "ar": (
        ("إثن", "اثن"),
        (r"إحدى عشر\b", "أحد عشر"),
        ("(ثلاث|أربع|خمس|ست|سبع|تسع)ة مائة", r"\1مائة"),
        ("ثمانية مائة", "ثمانمائة"),
        ("مائتان (?=ألف|مليون|مليار)", "مائتا "),
        ("اثنان مليون", "مليونان"),
        ("اثنان مليار", "ملياران"),
    ),
    "az": (("atmış", "altmış"),),
    "be": (
        ("пяцьдзесят", "пяцьдзясят"),
        ("шэсцьдзесят", "шэсцьдзясят"),
        ("i", "\N{CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I}"),
    ),
    "bs": (("dvesta", "dvjesto"),),
    "el": (("χίλιάδες", "χιλιάδες"), ("εννενήντα", "ενενήντα")),
    "ga": ((" (?=,|$)", " míle"),),
    "hy": (("^մեկհարյուր", "հարյուր"), ("միլիօն", "միլիոն"), (r"միլիար\b", "միլիարդ")),
    "ja": (("〇", "零"),),
    "lo": tuple(_THAI_IN_LAO.items()),
    "mk": (("еднасто", "сто"), (r"(?<!една )\bилјада", "илјади")),
    "my": (("(ရာ|ထောင်)့$", r"\1"), ("ထောင့်$", "ထောင်")),
    "ro": (
        ("ş", "ș"),
        ("ţ", "ț"),
        ("patrusprezece", "paisprezece"),
        ("șase(?=sprezece|zeci)", "șai"),
        (r"(zeci(?: și \w+)?|sut[ăe]) (?=mii|milioane|miliarde)", r"\1 de "),
    ),
    "sl": ((rf"({_TENS_SL}) (ena|dva|tri|štiri|pet|šest|sedem|osem|devet)\b", r"\2in\1"),),
    "wuu": (("〇", "零"),),
    "zh": (("〇", "零"),),
}
"""By language: a pattern and what replaces it, one after the other."""

_YEARS: Mapping[str, range] = {
    **dict.fromkeys(("de", "en", "lb"), range(1000, 10_000)),
    **dict.fromkeys(("af", "da", "fo", "ga", "nb", "nl", "nn", "no", "sv"), range(1100, 2100)),
}
"""Where four digits without a separator are a year, by CLDR's rule for years, and which."""

_OLD_CENTURIES_ONLY = frozenset(("af", "da", "fo", "ga", "nb", "nn", "no"))
"""Where 2000 to 2009 and 1000 to 1009 are said as numbers, whatever CLDR's rule for years gives."""

_LONGEST = 12
"""Digits of the longest number that is said as a whole: all languages of CLDR go that far."""

_THREE_THOUSANDS_SL = {"3": "tri", "4": "štiri"}


class Spellout:
    """The words for whole numbers in one locale. Numbers come as ASCII digits without separators."""

    def __init__(self, locale: str, *, says_and: bool = False) -> None:
        self.language = locale.split("-", maxsplit=1)[0]
        self.locale = locale
        self.has_rules = _engine(self._cldr_name) is not None
        self._says_and = says_and
        self.say = lru_cache(maxsize=100_000)(self._say)

    @property
    def _cldr_name(self) -> str:
        return _CLDR_NAMES.get(self.locale) or _CLDR_NAMES.get(self.language) or self.language

    def cardinal(self, digits: str) -> str:
        """Return a number such as one hundred four."""
        return self.say(digits, "")

    def ordinal(self, digits: str, kind: str = "") -> str:
        """Return a number such as third. ``kind`` is the end of CLDR's name of the rule: ``feminine``."""
        return self.say(digits, f"spellout-ordinal-{kind}".rstrip("-"))

    def year(self, digits: str) -> str:
        """Return four digits as a year if the language says years unlike other numbers."""
        number = int(digits)
        if number not in _YEARS.get(self.language, ()) or (
            self.language in _OLD_CENTURIES_ONLY and number % 1000 < 10  # noqa: PLR2004
        ):
            return self.cardinal(digits)
        year = self.say(digits, "spellout-numbering-year")
        return self.cardinal(digits) if year == self.say(digits, "spellout-numbering") else year

    def one_by_one(self, digits: str) -> str:
        """Return the digits of a code, each by itself."""
        return " ".join(map(self.cardinal, digits))

    def _say(self, digits: str, rule: str) -> str:
        engine = _engine(self._cldr_name)
        if engine is None or len(digits) > _LONGEST:
            return (
                " ".join(self.say(digit, "") for digit in digits) if len(digits) > 1 else self._digit(digits)
            )
        if self._says_and and rule in ("", "spellout-ordinal"):
            rule = f"{rule or 'spellout-cardinal'}-verbose"
        if rule not in engine.rulesets:
            rule = _usual_rule(self._cldr_name)
        said = engine.format_number(int(digits), ruleset_names=[rule]).text
        return self._corrected(digits, said)

    def _digit(self, digit: str) -> str:
        engine = _engine(self._cldr_name)
        return digit if engine is None else self._corrected(digit, engine.format_number(int(digit)).text)

    def _corrected(self, digits: str, said: str) -> str:
        for pattern, correction in _CORRECTIONS.get(self.language, ()):
            said = re.sub(pattern, correction, said)
        if self.language == "sl" and digits[-4:-3] in _THREE_THOUSANDS_SL and digits[-5:-4] in ("", "0"):
            said = said.replace("dva tisoč", f"{_THREE_THOUSANDS_SL[digits[-4]]} tisoč")
        return said


@cache
def _engine(name: str) -> RbnfEngine | None:
    from unicode_rbnf import RbnfEngine  # noqa: PLC0415 - 30 ms, which only texts with digits pay

    try:
        return RbnfEngine.for_language(name)
    except ValueError:
        return None


@cache
def _usual_rule(name: str) -> str:
    """Return the rule that the engine chooses if it is given none: it tries all to choose, every time."""
    engine = _engine(name)
    return engine.format_number(1).text_ruleset if engine else ""
