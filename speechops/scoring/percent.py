"""Percent, as the languages say it.

The word comes after the number in most languages and before it in some. If it depends on the number, the
categories are those of Unicode CLDR's plural rules.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

_AFTER = {
    "af": "persent", "am": "በመቶ", "ar": "بالمئة", "as": "শতাংশ", "az": "faiz", "bn": "শতাংশ",
    "bs": "posto", "ca": "per cent", "cy": "y cant", "da": "procent", "de": "prozent",
    "el": "τοις εκατό", "en": "percent", "eo": "procentoj", "es": "por ciento", "fa": "درصد",
    "fil": "porsiyento", "fo": "prosent", "fr": "pour cent", "ga": "faoin gcéad", "gl": "por cento",
    "gu": "ટકા", "hi": "प्रतिशत", "hr": "posto", "hu": "százalék", "hy": "տոկոս", "id": "persen",
    "is": "prósent", "it": "per cento", "ja": "パーセント", "jv": "persen", "ka": "პროცენტი",
    "kk": "пайыз", "km": "ភាគរយ", "ko": "퍼센트", "ky": "пайыз", "lb": "prozent", "lo": "ເປີເຊັນ",
    "mk": "проценти", "ml": "ശതമാനം", "mn": "хувь", "mr": "टक्के", "ms": "peratus",
    "mt": "fil mija", "my": "ရာခိုင်နှုန်း", "nb": "prosent", "ne": "प्रतिशत", "nl": "procent",
    "nn": "prosent", "no": "prosent", "or": "ପ୍ରତିଶତ", "pa": "ਪ੍ਰਤੀਸ਼ਤ", "ps": "سلنه",
    "pt": "por cento", "ro": "la sută", "sq": "për qind", "sr": "одсто", "su": "persén",
    "sv": "procent", "ta": "சதவீதம்", "te": "శాతం", "th": "เปอร์เซ็นต์", "ur": "فیصد", "uz": "foiz",
    "vi": "phần trăm",
}  # fmt: skip

_BEFORE = {
    "eu": "ehuneko", "kn": "ಶೇಕಡಾ", "si": "සියයට", "so": "boqolkiiba", "sw": "asilimia",
    "tr": "yüzde", "wuu": "百分之", "yue": "百分之", "zh": "百分之", "zu": "amaphesenti",
}  # fmt: skip

_INFLECTED = {
    "be": {"one": "працэнт", "few": "працэнты", "other": "працэнта", "": "працэнтаў"},
    "bg": {"one": "процент", "": "процента"},
    "cs": {"one": "procento", "few": "procenta", "many": "procenta", "": "procent"},
    "et": {"one": "protsent", "": "protsenti"},
    "fi": {"one": "prosentti", "": "prosenttia"},
    "he": {"one": "אחוז", "": "אחוזים"},
    "lt": {"one": "procentas", "few": "procentai", "many": "procento", "": "procentų"},
    "lv": {"one": "procents", "": "procenti"},
    "pl": {"": "procent"},
    "ru": {"one": "процент", "few": "процента", "other": "процента", "": "процентов"},
    "sk": {"one": "percento", "few": "percentá", "many": "percenta", "": "percent"},
    "sl": {"one": "odstotek", "two": "odstotka", "few": "odstotki", "": "odstotkov"},
    "uk": {"one": "відсоток", "few": "відсотки", "other": "відсотка", "": "відсотків"},
}
"""By plural category; the empty one is for all that are not listed."""


class Percent(NamedTuple):
    """How a language says percent."""

    language: str
    word: str
    is_before: bool = False

    def say(self, number: str, digits: str, decimals: str = "") -> str:
        """Return the words for ``number`` percent; ``digits`` and ``decimals`` are how it was written."""
        if self.is_before:
            return f"{self.word} {_hundred(number, digits, decimals, self.language)}"
        forms = _INFLECTED.get(self.language)
        word = forms.get(_category(self.language, digits, decimals), forms[""]) if forms else self.word
        return f"{number} {word}"


@cache
def of_language(language: str) -> Percent | None:
    """Return how ``language`` says percent, None if that is not known here."""
    if language in _INFLECTED:
        return Percent(language, _INFLECTED[language][""])
    if language in _AFTER:
        return Percent(language, _AFTER[language])
    if language in _BEFORE:
        return Percent(language, _BEFORE[language], is_before=True)
    return None


def _hundred(number: str, digits: str, decimals: str, language: str) -> str:
    """Chinese says 百分之百, not one hundred, for all of a thing."""
    return "百" if language in ("zh", "yue", "wuu") and digits == "100" and not decimals else number


def _category(language: str, digits: str, decimals: str) -> str:
    from decimal import Decimal  # noqa: PLC0415

    from unicode_rbnf.plural_rules import get_plural_category  # noqa: PLC0415

    return get_plural_category(language, Decimal(f"{digits}.{decimals}" if decimals else digits))
