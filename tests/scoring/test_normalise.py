# ruff: noqa: RUF001 - signs that look alike are what is tested
from __future__ import annotations

import hashlib
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from speechops.scoring import Unit, folding, normaliser
from speechops.scoring.alignment import paths
from speechops.scoring.characters import cut
from speechops.scoring.normalise import VERSIONS

LOCALES = [
    "en-US", "en-IN", "de-DE", "de-CH", "fr-FR", "es-ES", "es-MX", "pt-PT",
    "tr-TR", "ru-RU", "pl-PL", "el-GR", "ar-EG", "he-IL", "fa-IR", "hi-IN",
    "bn-IN", "ta-IN", "th-TH", "lo-LA", "km-KH", "my-MM", "zh-CN", "zh-TW",
    "zh-HK", "wuu-CN", "ja-JP", "ko-KR", "ca-ES", "uk-UA", "nb-NO", "xx-XX",
]  # fmt: skip

TEXTS = st.text(st.characters()) | st.text(
    st.sampled_from(
        "aZ ıİIßſŉ0123٣१๓.,-'\u2019\u00b7%&½²①Ⅷ\u0301\u0345\u200b\u200d\u00ad\u0640\ufe71中〇年กัか한"
    )
)


def tell(locale: str, text: str) -> str:
    return normaliser(locale)(text)


@pytest.mark.parametrize("locale", LOCALES)
@given(text=TEXTS)
@example("e\u200d\u0301")
@example("ﹱ ŉ ΐ ᾳ İ")
@example("1½ 2024年 007 1,000.5")
@example("0,0A")
def test_normaliser__is_idempotent(locale: str, text: str) -> None:
    rules = normaliser(locale)
    once = rules(text)
    assert rules(once) == once
    assert once.split() == rules.words(text)


@pytest.mark.parametrize("locale", ["en-US", "ja-JP", "ko-KR"])
@given(text=TEXTS)
def test_normaliser__is_idempotent_by_character(locale: str, text: str) -> None:
    rules = normaliser(locale, unit=Unit.CHARACTER)
    assert rules(rules(text)) == rules(text)
    assert all(len(unit) == 1 for unit in rules.words(text))


@pytest.mark.parametrize("locale", LOCALES)
@given(text=TEXTS)
def test_normaliser__knows_no_forms_of_the_same_text(locale: str, text: str) -> None:
    rules = normaliser(locale)
    assert rules(unicodedata.normalize("NFD", text)) == rules(unicodedata.normalize("NFC", text))


PIECES = (
    "10|000|5%|%|%5|5%%|a%7|1,000.5|.5|3rd|$5,|(7|7)|{3|/|}|[8|1½|2²|1º|5'te|3-й|20살|2024年|1990s|90-talet|x&9|"
    "\u200b000|10\u200b|\u0665|it's|''4''|uh|12:30|10\u00a0000|1\u2009000|\u200b"
)
NUMBERS = st.lists(st.sampled_from(PIECES.split("|")), max_size=6).map(" ".join)
BATCHES = st.lists(TEXTS | NUMBERS | st.text(st.sampled_from("aBz' \n.,!?-éÉßİI’“”\u0301&%(")), max_size=6)


@pytest.mark.parametrize("locale", LOCALES)
@given(texts=BATCHES)
@example(["a", "b\0c", ""])
@example(["'a' ''b'' c'd", "' '", "`x`"])
@example(["J\u030c", "x"])
@example(["\u1100\u1161", "가"])
@example(["1½ \u200b000", "x"])
@example(["\u2165\u0300", "\uff29\u0301"])
@example(["10 000", "% 5 %", "5%% 3", "10 \u200b000", "10\u200b 000", "x"])
def test_batch__agrees_with_words(locale: str, texts: list[str]) -> None:
    for rules in (
        normaliser(locale),
        normaliser(locale, "a | b c\nz |"),
        normaliser(locale, unit=Unit.CHARACTER),
        normaliser(locale, drop_transcriber_marks=True, alternatives=True),
    ):
        assert [list(rules.cut(text)) for text in rules.batch(texts)] == [rules.words(text) for text in texts]


IDEOGRAPHS = "".join(map(chr, range(0x4E00, 0xA000)))


@pytest.mark.parametrize("locale", LOCALES)
def test_batch__no_rule_changes_an_ideograph(locale: str) -> None:
    for rules in (normaliser(locale), *(normaliser(locale, optional_marks=name) for name in folding.NAMES)):
        assert rules(IDEOGRAPHS).replace(" ", "") == IDEOGRAPHS


@given(texts=st.lists(st.text("你好吗是ab 。", max_size=9), min_size=2, max_size=2))
def test_cut__text_of_characters_alone_is_aligned_as_its_list(texts: list[str]) -> None:
    said, heard = normaliser("zh-CN").batch(texts)
    assert paths([said], [heard], cut) == paths([said], [heard], lambda text: list(cut(text)))


def test_batch__plain_text_is_left_alone() -> None:
    texts = ["it's plain\n", "lexical text"]
    assert normaliser("en-US").batch(texts) == texts
    assert normaliser("en-US").batch(["It's 5.", "A 'quote'"]) == ["it's  five  ", "a  quote "]


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("en-US", '"Holy cow!" said Batman.', "holy cow said batman"),
        ("en-US", '"What?" said Batman\'s sidekick, Robin.', "what said batman's sidekick robin"),
        ("en-US", "Go get -em!", "go get em"),
        ("en-US", "I'm double-jointed.", "i'm double jointed"),
        ("en-US", "Pi is about 3.14", "pi is about three point one four"),
        (
            "en-US",
            "don\u2019t \u2018quote\u2019 rock 'n' roll, the dogs'",
            "don't quote rock n roll the dogs",
        ),
        ("en-US", "foo\u200bbar soft\u00adhyphen", "foobar softhyphen"),
        ("en-US", "\u202babc\u202c", "abc"),
        ("en-US", "naïve nai\u0308ve", "naïve naïve"),
        ("en-US", "ﬁne ｆｕｌｌ", "fine full"),
        ("en-US", "5% of R&D", "five percent of r and d"),
        ("en-US", "H2O 4K 2x4", "h two o four k two x four"),
        ("en-US", "1½ cups", "one one two cups"),
        ("de-DE", "Straße STRASSE", "strasse strasse"),
        ("de-DE", "3fach, 1.000 und 3,14", "dreifach eintausend und drei komma eins vier"),
        ("de-DE", "10 000, 10\u202f000 oder 100 20", "zehntausend zehntausend oder einhundert zwanzig"),
        ("de-DE", "06 123 456", "null sechs einhundertdreiundzwanzig vierhundertsechsundfünfzig"),
        ("de-CH", "1'000 und 1\u2019000.5", "eintausend und eintausend komma fünf"),
        (
            "fr-FR",
            "10 000 le 1er, la 1re, la 1ère, le 2e, 3ème",
            "dix mille le premier la première la première le deuxième troisième",
        ),
        ("fr-FR", "5 enfants", "cinq enfants"),
        ("ru-RU", "10\u00a0000", "десять тысяч"),
        ("sv-SE", "10 000", "tiotusen"),
        ("es-ES", "el 1º, la 1.ª y el 2.º", "el primero la primera y el segundo"),
        ("pt-BR", "1º 2ª", "primeiro segunda"),
        ("en-US", "10² 2³ m² x¹", "ten squared two cubed m two x one"),
        ("de-DE", "10²", "zehn zwei"),
        (
            "en-IN",
            "1,00,000 12,34,567",
            "one lakh twelve lakh thirty four thousand five hundred and sixty seven",
        ),
        ("hi-IN", "1,00,000", "एक लाख"),
        ("te-IN", "1,00,000 2.5", "100000 2 5"),
        ("ar-EG", "1,000 ١٬٠٠٠ ١٫٥", "الف الف واحد خمسة"),
        ("ar-MA", "1.000", "الف"),
        ("he-IL", "צה\"ל צ'ק צ׳ק", "צהל צק צק"),
        ("he-IL", 'אמר "שלום" לו', "אמר שלום לו"),
        ("tr-TR", "IĞDIR İstanbul 5'te", "ığdır istanbul beşte"),
        ("fr-FR", "L\u2019été à 80 km/h", "l'été à quatre vingts km h"),
        ("es-ES", "3,14 y 1.000", "tres coma uno cuatro y mil"),
        ("es-MX", "3.14 y 1,000", "tres punto uno cuatro y mil"),
        ("ca-ES", "col·lecció · l'hora", "col·lecció l'hora"),
        ("hi-IN", "मुझे हिंदी में १०४ चाहिए।", "मुझे हिंदी में एक सौ चार चाहिए"),
        ("ar-EG", "كـتـاب ١٠٤", "كتاب مائة واربعة"),
        ("fa-IR", "می\u200cخواهم", "میخواهم"),
        ("he-IL", "צה״ל", "צהל"),
        ("th-TH", "กี่โมง", "ก ี ่ โ ม ง"),
        ("zh-CN", "我有ＡＢＣ 104个。", "我 有 abc 一 百 零 四 个"),
        ("zh-CN", "2024年", "二 零 二 四 年"),
        ("ja-JP", "東京タワー iPhone", "東 京 タ ワ ー iphone"),
        ("ko-KR", "104호, 서울", "백사 호 서울"),
        ("xx-XX", "1,000 ٣", "1 000 3"),
    ],
)
def test_normaliser__examples(locale: str, text: str, expected: str) -> None:
    assert tell(locale, text) == expected


def test_normaliser__combining_marks_stay() -> None:
    word = "हिन्दी"
    assert tell("hi-IN", word) == word


def test_key__tells_rules_apart() -> None:
    keys = {
        normaliser("en-US").key,
        normaliser("en-GB").key,
        normaliser("en-US", "a | b").key,
        normaliser("en-US", unit=Unit.CHARACTER).key,
    }
    assert len(keys) == 4
    assert normaliser("en-us", "b | c\na | d").key == normaliser("en_US", "a | d # comment\n\nb|c").key
    assert normaliser("en-US").key.startswith("english-3-word-")


REMEMBERED = {
    "english-3": "844a117e887fc728",
    "general-3": "5575c163a5392866",
    "chinese-3": "9eaf715c9571cd77",
    "unspaced-3": "6c593ded901ffb5b",
}


def test_versions__results_are_remembered() -> None:
    """A change of results needs a new version in ``VERSIONS``, and here."""
    found = {}
    text = (
        "Dr. Café's 104 m² at 3.14, 007! don’t e-mail 1,000th 50% & 1999 90210 ½ Straße İI ﬁ ① "
        "10² 1,00,000 10 000 1º 2er 1'000 ١٬٠٠٠٫٥ צה\"ל "
        "हिंदी १०४ ไทย ๕ 今天2024年 ２３ 한국 104호 كـ ١ col·lecció צה״ל a\u200bb"
    )
    for name, version in VERSIONS.items():
        results = [tell(locale, text) for locale in LOCALES if normaliser(locale).name == name]
        found[f"{name}-{version}"] = hashlib.sha256("\n".join(results).encode()).hexdigest()[:16]
    assert found == REMEMBERED
