from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unicode_rbnf import RbnfEngine

from speechops.scoring import normaliser
from speechops.scoring.percent import of_language


@pytest.mark.parametrize("language", RbnfEngine.get_supported_languages())
def test_spell__every_language_of_cldr_reads_every_number(language: str) -> None:
    rules = normaliser(language.replace("_", "-"))
    for number in ("0", "7", "104", "1999", "2005", "0042", "12345", "999999999999", "9" * 30):
        said = rules(number)
        assert said
        assert not re.search(r"\d", said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("104", "one hundred four"),
        ("102.7", "one hundred two point seven"),
        ("1999", "nineteen ninety nine"),
        ("2005", "two thousand five"),
        ("1,999", "one thousand nine hundred ninety nine"),
        ("1,250,000.50", "one million two hundred fifty thousand point five zero"),
        ("007", "zero zero seven"),
        ("0", "zero"),
        ("0.5", "zero point five"),
        ("90210", "nine zero two one zero"),
        ("1st 2nd 23rd 1,000th", "first second twenty third one thousandth"),
        ("4them", "four them"),
        ("1.2.3", "one two three"),
        ("192.168.0.1", "one hundred ninety two one hundred sixty eight zero one"),
        ("10:05", "ten zero five"),
        ("1,000,000,000,000", "one zero zero zero zero zero zero zero zero zero zero zero zero"),
        ("1,00", "one zero zero"),
        ("12,3456", "twelve thirty four fifty six"),
        ("3.", "three"),
        ("$3.14", "three point one four"),
    ],
)
def test_spell__english(text: str, said: str) -> None:
    assert normaliser("en-US")(text) == said


def test_spell__indian_english_counts_in_lakhs() -> None:
    assert normaliser("en-IN")("1,000,000") == "ten lakh"


def test_spell__decimal_sign_of_the_locale() -> None:
    assert normaliser("de-CH")("1.5") == "eins komma fünf"
    assert normaliser("de-DE")("1.5") == "eins fünf"
    assert normaliser("ru-RU")("1,5") == "один пять"


@pytest.mark.parametrize(
    "locale",
    [
        *("ar-EG", "ar-MA", "bn-IN", "de-CH", "de-DE", "en-IN", "en-US", "es-ES", "fa-IR", "fr-CH", "fr-FR"),
        *("gl-ES", "he-IL", "hi-IN", "pt-PT", "ru-RU", "sv-SE", "te-IN", "uz-UZ", "zh-CN"),
    ],
)
@given(text=st.text(st.sampled_from("0123456789 .,'\"\u066b\u066cºª²erשA٣"), max_size=24))
def test_spell__twice_is_once(locale: str, text: str) -> None:
    rules = normaliser(locale)
    assert rules(rules(text)) == rules(text)
    assert not text.isdecimal() or rules(text)


SPELLED = [
    *("ar-EG", "ca-ES", "cs-CZ", "da-DK", "de-DE", "el-GR", "en-GB", "en-US", "es-ES", "fi-FI", "fr-FR"),
    *("he-IL", "hi-IN", "it-IT", "ja-JP", "ko-KR", "nb-NO", "nl-NL", "pl-PL", "pt-BR", "ru-RU", "sv-SE"),
    *("sw-KE", "te-IN", "th-TH", "tr-TR", "uk-UA", "zh-CN"),
]


@pytest.mark.parametrize("locale", SPELLED)
@given(number=st.integers(1, 9999), letters=st.text("ghkmqvxzжщβ", min_size=1, max_size=3))
def test_spell__letters_that_are_no_ending_stand_apart(locale: str, number: int, letters: str) -> None:
    rules = normaliser(locale)
    assert rules(f"{number}{letters}") == rules(f"{number} {letters}")
    assert rules(f"{letters}{number}") == rules(f"{letters} {number}")


@pytest.mark.parametrize("language", sorted({locale[:2] for locale in SPELLED} | {"bn", "eu", "fil", "yue"}))
@given(number=st.integers(0, 10**9))
def test_percent__is_the_same_word_wherever_the_sign_stands(language: str, number: int) -> None:
    rules = normaliser(language)
    written = (f"{number}%", f"{number} %", f"{number}\u00a0%", f"%{number}", f"% {number}", f"{number}٪")
    (said,) = {rules(text) for text in written}
    percent = of_language(language)
    assert percent
    if percent.is_before:
        assert said.startswith(rules(percent.word))
    else:
        assert said.startswith(f"{rules(str(number))} ")
    assert len(said) > len(rules(str(number)))
