"""How the locales write numbers: separators, ordinals, suffixes, counters. Data for :mod:`.numerals`.

Separators are those of Unicode CLDR's symbols of numbers; those of India are its patterns of numbers.
"""

# ruff: noqa: RUF001 - letters of other scripts
from __future__ import annotations

POINT_LANGUAGES = frozenset(
    (
        *("am", "ar", "as", "bn", "cy", "en", "fa", "fil", "ga", "gu", "he", "hi", "ja", "kn", "ko", "ml"),
        *("mr", "ms", "mt", "my", "ne", "or", "pa", "si", "sw", "ta", "te", "th", "ur", "wuu", "yue", "zh"),
        "zu",
    )
)
MAGHREB = frozenset(f"ar-{region}" for region in ("dz", "eh", "ly", "ma", "mr", "tn"))
SPANISH_POINT = frozenset(
    f"es-{region}" for region in ("do", "gt", "hn", "mx", "ni", "pa", "pe", "pr", "sv", "us")
)
SWISS = frozenset(("de-ch", "de-li", "fr-ch", "it-ch"))
POINT_LOCALES = SPANISH_POINT | {"de-ch", "de-li", "it-ch"}
"""Where the decimal sign is a point and a comma separates the thousands; not in the Maghreb."""

SPACED = frozenset(
    (
        *("af", "bg", "cs", "de", "es", "et", "fi", "fr", "hu", "hy", "ka", "kk", "lt", "lv", "nb", "pl"),
        *("pt-pt", "ru", "sk", "sq", "sv", "uk"),
    )
)
"""Where a space may separate the thousands (of German and Spanish, by their standards)."""

LAKHS = frozenset(("as", "bn", "en-in", "gu", "hi", "kn", "ml", "mr", "ne", "or", "pa", "ta", "te"))

POINT_WORDS = {
    "ca": "coma", "da": "komma", "de": "komma", "en": "point", "es": "coma", "fi": "pilkku", "fr": "virgule",
    "hi": "दशमलव", "id": "koma", "it": "virgola", "ja": "点", "ko": "점", "nb": "komma", "nl": "komma",
    "pl": "przecinek", "pt": "vírgula", "sv": "komma", "th": "จุด", "tr": "virgül", "wuu": "点", "yue": "點",
    "zh": "点", **dict.fromkeys(SPANISH_POINT, "punto"),
}  # fmt: skip
"""The word for the decimal sign; it is silent in languages that are not listed."""

ORDINALS = {
    "be": {"-ы": "masculine", "-і": "masculine", "-я": "feminine", "-ая": "feminine", "-е": "neuter"},
    "ca": {
        "r": "masculine", "n": "masculine", "t": "masculine", "è": "masculine", "é": "masculine",
        "a": "feminine",
    },
    "en": {"st": "", "nd": "", "rd": "", "th": ""},
    "es": {
        "er": "masculine-adjective",
        **dict.fromkeys(("ro", "do", "to", "mo", "vo", "no"), "masculine"),
        **dict.fromkeys(("ra", "da", "ta", "ma", "va", "na"), "feminine"),
    },
    "fr": {
        "er": "masculine", "re": "feminine", "ère": "feminine",
        "e": "masculine", "ème": "masculine", "eme": "masculine",
        "ers": "masculine-plural", "res": "feminine-plural", "ères": "feminine-plural",
        "es": "masculine-plural", "èmes": "masculine-plural",
    },
    "nl": {"e": "", "de": "", "ste": ""},
    "ru": {
        "-й": "masculine", "-я": "feminine", "-е": "neuter", "-го": "masculine-genitive",
        "-му": "masculine-dative", "-х": "plural-genitive", "-ю": "feminine-accusative",
    },
    "sv": {":a": "neuter", ":e": "neuter"},
}  # fmt: skip
"""The endings of ordinals and the form they tell, by the end of the name of CLDR's rule."""

INDICATORS = {"º": "masculine", "ª": "feminine"}
INDICATED = frozenset(("ca", "es", "it", "pt"))

SUFFIXES = {
    "de": (
        r"-?(?:(?:fach|malig|mal|jährig|köpfig|monatig|monatlich|minütig|prozentig|seitig|spurig|stellig|"
        r"stöckig|stufig|stündig|tägig|teilig|türig|wöchig|zeilig)(?:e[mnrs]?)?|ern?s?)"
    ),
    "en": r"(?<=0)s|'s",
    "nb": r"-?tall(?:et|ets)?",
    "nn": r"-?tal(?:et)?",
    "sv": r"-?tal(?:et|ets|en)?",
    "tr": r"'[^\W\d_]+",
    "az": r"'[^\W\d_]+",
}
"""Suffixes that form one word with a number: dreifach, nineties, nittiotalet, beşte."""

COUNTERS_KO = (
    "가지", "개", "그루", "달", "마리", "명", "번째", "벌", "병", "사람", "살", "송이", "시", "시간",
    "잔", "장", "채", "척", "켤레",
)  # fmt: skip
"""Korean counters before which numbers below 100 are native."""
HOUR_KO = "시"
"""The hour of the day, which is native up to twelve."""

CODE_DIGITS = {"en": 5}
CODE_DIGITS_ELSEWHERE = 10
"""Digits without a separator that make a code: English writes the comma of 15,000, others 15000."""
