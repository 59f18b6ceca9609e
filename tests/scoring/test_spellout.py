"""Numbers in words against a second opinion, ``num2words``, and against tables made by hand."""

from __future__ import annotations

import unicodedata

import pytest
from num2words import num2words
from unicode_rbnf import RbnfEngine

from speechops.scoring.spellout import Spellout, _usual_rule

NUMBERS = (
    *(0, 1, 2, 7, 11, 12, 19, 20, 21, 35, 48, 53, 67, 76, 89, 98, 100, 101, 104, 200, 345, 500, 999, 1000),
    *(1001, 2000, 2345, 3000, 5000, 10_000, 15_000, 21_000, 100_000, 123_456, 1_000_000),
)

AGREE: dict[str, tuple[int, ...]] = {
    "be-BY": (),
    "de-DE": (),
    "en-GB": (),
    "en-IN": (),
    "es-ES": (21_000,),
    "fr-FR": (),
    "id-ID": (),
    "it-IT": (21_000, 123_456),
    "ja-JP": (),
    "ko-KR": (),
    "pl-PL": (),
    "pt-PT": (),
    "ru-RU": (),
    "tr-TR": (),
    "uk-UA": (),
}
"""The numbers that ``num2words`` says wrongly or in another right form: un mil, ventunmila."""


def plain(text: str) -> str:
    """Return the letters of a number: where the words of one are joined is a matter of style."""
    letters = (letter for letter in text.casefold() if letter.isalpha() or unicodedata.combining(letter))
    return "".join(letters).replace("\u02bc", "")


@pytest.mark.parametrize("locale", AGREE)
def test_cardinal__agrees_with_num2words(locale: str) -> None:
    language = {"en-IN": "en_IN", "pt-PT": "pt"}.get(locale, locale[:2])
    spellout = Spellout(locale.casefold(), says_and=locale[:2] == "en")
    odd = {}
    for number in NUMBERS:
        said, wanted = spellout.cardinal(str(number)), num2words(number, lang=language)
        if plain(said) != plain(wanted) and number not in AGREE[locale]:
            odd[number] = said, wanted
    assert not odd


BY_HAND = {
    "ar-EG": {300: "ثلاثمائة", 500: "خمسمائة", 800: "ثمانمائة", 11: "أحد عشر", 2_000_000: "مليونان"},
    "bs-BA": {1000: "hiljadu", 3000: "tri hiljade"},
    "da-DK": {21: "enogtyve", 50: "halvtreds", 77: "syvoghalvfjerds"},
    "el-GR": {90: "ενενήντα", 3000: "τρεις χιλιάδες", 10_000: "δέκα χιλιάδες"},
    "ga-IE": {150_000: "céad caoga míle"},
    "lo-LA": {0: "ສູນ", 100: "ໜຶ່ງຮ້ອຍ"},
    "mk-MK": {104: "сто четири", 3000: "три илјади", 1000: "една илјада"},
    "my-MM": {500: "ငါးရာ", 3000: "သုံးထောင်"},
    "nb-NO": {104: "hundre og fire", 21: "tjueén"},
    "nl-NL": {21: "eenentwintig", 104: "honderdvier"},
    "ro-RO": {14: "paisprezece", 16: "șaisprezece", 25: "douăzeci și cinci", 60: "șaizeci",
              21_000: "douăzeci și una de mii", 2000: "două mii"},
    "sl-SI": {21: "enaindvajset", 3000: "tri tisoč", 4500: "štiri tisoč petsto", 2000: "dva tisoč"},
    "sv-SE": {40: "fyrtio", 104: "etthundrafyra"},
    "zh-CN": {0: "零", 104: "一百零四", 15_000: "一万五千"},
    "zh-TW": {0: "零", 15_000: "一萬五千"},
    "ja-JP": {0: "零", 104: "百四"},
}  # fmt: skip

YEARS = {
    "af-ZA": {1999: "negentien nege-en-negentig"},
    "da-DK": {1999: "nittenhundrede og nioghalvfems", 2005: "to tusind og fem"},
    "de-DE": {1999: "neunzehnhundertneunundneunzig", 2024: "zweitausendvierundzwanzig"},
    "en-US": {1905: "nineteen oh-five", 2005: "two thousand five", 2024: "twenty twenty-four"},
    "en-GB": {2005: "two thousand and five", 1999: "nineteen ninety-nine"},
    "es-ES": {1999: "mil novecientos noventa y nueve"},
    "fr-FR": {1999: "mille neuf cent quatre-vingt-dix-neuf"},
    "nb-NO": {1999: "nittenhundre og nittini", 2000: "to tusen", 3500: "tre tusen fem hundre"},
    "nl-NL": {1999: "negentiennegenennegentig", 2024: "tweeduizendvierentwintig"},
    "sv-SE": {1999: "nittonhundranittionio", 2024: "tjugohundratjugofyra"},
}


@pytest.mark.parametrize("locale", BY_HAND)
def test_cardinal__by_hand(locale: str) -> None:
    spellout = Spellout(locale.casefold())
    said = {number: spellout.cardinal(str(number)).replace("\u200b", "") for number in BY_HAND[locale]}
    assert said == BY_HAND[locale]


@pytest.mark.parametrize("locale", YEARS)
def test_year__by_hand(locale: str) -> None:
    spellout = Spellout(locale.casefold(), says_and=locale == "en-GB")
    assert {year: spellout.year(str(year)) for year in YEARS[locale]} == YEARS[locale]


@pytest.mark.parametrize("language", RbnfEngine.get_supported_languages())
def test_cardinal__has_letters_of_one_script(language: str) -> None:
    spellout = Spellout(language.replace("_", "-").casefold())
    for number in (*NUMBERS, 2_000_000, 10**9):
        letters = [
            letter
            for letter in spellout.cardinal(str(number))
            if unicodedata.category(letter) in ("Ll", "Lo")
        ]
        scripts = {unicodedata.name(letter).split(maxsplit=1)[0] for letter in letters}
        assert len(scripts) == 1, (number, spellout.cardinal(str(number)))


@pytest.mark.parametrize("language", RbnfEngine.get_supported_languages())
def test_cardinal__is_that_of_the_rule_that_the_library_chooses(language: str) -> None:
    engine, rule = RbnfEngine.for_language(language), _usual_rule(language)
    for number in (*NUMBERS, 2_000_000, 10**9, 999_999_999_999):
        said = engine.format_number(number)
        assert engine.format_number(number, ruleset_names=[rule]).text == said.text
