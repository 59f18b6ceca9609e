"""The views of the page: links, search, filters, keys, sorting, what is left out, print, no script."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from speechops import report
from speechops.report import charts
from speechops.report.page import page as rendered
from speechops.scoring import Gate
from speechops.scoring.gate import Margin
from tests.advice import sample
from tests.report.making import history, made, result, sentences

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


def expect_url(page: Page, part: str) -> None:
    from playwright.sync_api import expect  # noqa: PLC0415 - beside Chromium alone

    expect(page).to_have_url(re.compile(re.escape(part)))


def expect_text(page: Page, place: str, text: str) -> None:
    from playwright.sync_api import expect  # noqa: PLC0415 - beside Chromium alone

    expect(page.locator(place)).to_have_text(text)


def shown(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("#list > li .head code").all_text_contents()]


def test_harmful__leads_from_the_first_step_to_its_utterances(open_page: Callable[..., Page]) -> None:
    page = open_page(rendered(sample.made("harmful")))
    assert page.locator("main h2").all_inner_texts() == [
        "What to do next", "Where the errors are", "Words", "Utterances", "History",
    ]  # fmt: skip
    step = page.locator(".advice").first
    assert step.locator("h3").inner_text() == "Restore 16 words that this change removed from text.txt"
    assert step.bounding_box()["y"] < 900  # type: ignore[index]
    step.locator("a.button").click()
    expect_text(page, "#count", "14 of 20 utterances")
    assert page.url.endswith("#advice=0")
    page.locator("#narrowed").click()
    expect_text(page, "#count", "20 of 20 utterances")


def test_word__leads_to_its_utterances(open_page: Callable[..., Page]) -> None:
    page = open_page(rendered(sample.made("harmful")))
    page.locator("#words ~ .scroll a", has_text="metformin").first.click()
    expect_text(page, "#count", "1 of 20 utterances")
    assert shown(page) == ["02-rms.wav"]


def test_address__keeps_the_view_and_gives_it_back(open_page: Callable[..., Page]) -> None:
    html = rendered(sample.made("harmful"))
    page = open_page(html)
    page.locator("#show").select_option("worse")
    page.locator("#sort").select_option("id")
    page.locator("#search").fill("level")
    expect_url(page, "q=level")
    seen, address = shown(page), page.url.partition("#")[2]
    assert seen == ["05-slt.wav", "13-slt.wav"]
    page = open_page(html)
    page.evaluate("(hash) => { location.hash = hash; }", address)
    expect_text(page, "#count", "2 of 20 utterances")
    assert shown(page) == seen
    assert page.locator("#sort").input_value() == "id"
    page.locator("#list .anchor").last.click()
    expect_text(page, "#count", "1 of 20 utterances")
    assert shown(page) == ["13-slt.wav"]
    assert page.url.endswith("#u=13-slt.wav")


@pytest.mark.parametrize("name", ["a b+c.wav", "50%.wav", "#1 & 2.wav"])
def test_address__holds_names_of_any_letters(name: str, open_page: Callable[..., Page]) -> None:
    html = rendered(made(sentences(3), names=[name]))
    page = open_page(html)
    page.locator("#list .anchor").nth(shown(page).index(name)).click()
    expect_text(page, "#count", "1 of 3 utterances")
    assert shown(page) == [name]
    address = page.url.partition("#")[2]
    page = open_page(html)
    page.evaluate("(hash) => { location.hash = hash; }", address)
    expect_text(page, "#count", "1 of 3 utterances")
    assert shown(page) == [name]


@pytest.mark.parametrize(
    ("locale", "said", "query"),
    [
        ("ja-JP", "\u85ac\u3092\u98f2\u3080", "\u85ac\u3092"),
        ("zh-CN", "\u8bf7\u670d\u7528\u4e24\u7247\u836f", "\u4e24\u7247"),
        ("en-US", "the Wi-Fi is down", "Wi-Fi"),
        ("en-US", "at two o\u2019clock", "o\u2019clock"),
        ("en-US", "take 5 mg.", "5 mg."),
        ("en-US", "take five tablets", "FIVE"),
    ],
)
def test_search__finds_text_as_written_and_as_compared(
    locale: str, said: str, query: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(rendered(made([(said, "x", "y"), ("zz", "zz", "zz")], locale=locale)))
    page.locator("#search").fill(query)
    expect_text(page, "#count", "1 of 2 utterances")
    assert shown(page) == ["001.wav"]


def test_left_out__is_grey_named_and_found_by_its_filter(open_page: Callable[..., Page]) -> None:
    page = open_page(rendered(made(sentences(30), leaked=["004.wav"], missing=["gone.wav"])))
    page.locator("#show").select_option("left")
    assert set(shown(page)) == {"004.wav", "gone.wav"}
    assert set(page.locator("#list .outcome").all_text_contents()) == {
        "left out: leaked",
        "left out: without text",
    }
    page.locator("#show").select_option("better")
    assert "004.wav" not in shown(page)


def test_left_out__is_in_no_sum_of_the_page(open_page: Callable[..., Page]) -> None:
    judged = sentences(40)
    taught = [("metformin zolpidem", "met forming soul bid then", "metformin zolpidem")] * 3
    page = open_page(rendered(made([*taught, *judged], leaked=["001.wav", "002.wav", "003.wav"])))
    page.locator("#show").select_option("better")
    better, _, of = page.locator("#count").inner_text().split(" ")[:3]
    assert page.locator("figcaption .key.green").first.inner_text() == f"{better} improved"
    assert of == "43"
    assert not {"001.wav", "002.wav", "003.wav"} & set(shown(page))
    words = sum(len(said.split()) for said, _, _ in judged)
    figures = page.get_by_role("region", name="Figures of the models").locator("tbody tr").first
    assert figures.locator("td").nth(4).inner_text() == str(words)
    terms = page.get_by_role("region", name="Key terms").locator("tr", has_text="metformin")
    said = sum(said.split().count("metformin") for said, _, _ in judged)
    assert terms.locator("td").first.inner_text() == str(said)
    for name in ("Most frequent error regions", "Words"):
        assert "zolpidem" not in (page.locator(f"[aria-label^='{name}']").first.text_content() or "")


def test_kinds__narrow_the_list(open_page: Callable[..., Page]) -> None:
    rows = [("a b c", "a b c", "a c"), ("a b c", "a b c", "a x c"), ("a b c", "a b c", "a b b c")]
    page = open_page(rendered(made(rows)))
    page.locator("#kinds input[value=replaced]").uncheck()
    page.locator("#kinds input[value=extra]").uncheck()
    assert shown(page) == ["001.wav"]
    assert page.url.endswith("#without=replaced%2Cextra")


def test_keys__lead_to_the_next_error(open_page: Callable[..., Page]) -> None:
    rows = [("a b", "a b", "a b"), ("c d", "c d", "c x"), ("e f", "e f", "e f"), ("g h", "g h", "g x")]
    page = open_page(rendered(made(rows)))
    page.locator("#sort").select_option("id")
    page.locator("body").press("n")
    focused = "document.activeElement.querySelector('code').textContent"
    assert page.evaluate(focused) == "002.wav"
    page.keyboard.press("n")
    assert page.evaluate(focused) == "004.wav"
    page.keyboard.press("p")
    assert page.evaluate(focused) == "002.wav"


def test_tables__sort_by_their_columns(open_page: Callable[..., Page]) -> None:
    page = open_page(rendered(sample.made("harmful")))
    table = page.locator("table.sortable", has=page.locator("th", has_text="In benchmark\u2019s text")).first
    head = table.locator("th", has_text="In benchmark\u2019s text")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    counts = [int(text[:-1]) for text in table.locator("tbody td:nth-child(5)").all_inner_texts()]
    assert counts == sorted(counts, reverse=True)


def test_long_stretches__fold_and_open(open_page: Callable[..., Page]) -> None:
    words = " ".join(["word"] * 40)
    page = open_page(rendered(made([(f"{words} end", f"{words} end", f"{words} and")])))
    assert page.locator("#list .c.hit").count() == 4
    page.locator("#list .fold").click()
    assert page.locator("#list .c.hit").count() == 40


def test_copy__takes_lines_as_text(open_page: Callable[..., Page]) -> None:
    page = open_page(rendered(sample.made("harmful")))
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.taken = text; }")
    page.locator("button.copy").first.click()
    lines = page.evaluate("window.taken").splitlines()
    assert len(lines) == 32
    assert "He stopped metformin on his own because of diarrhea." in lines
    page.locator("#list .copied").first.click()
    assert page.evaluate("window.taken").splitlines()[0] == "13-slt.wav"


def test_print__is_dark_on_white_from_the_dark_theme(open_page: Callable[..., Page]) -> None:
    page = open_page(rendered(made(sentences(20))), theme="dark")
    page.emulate_media(media="print")
    ink, paper = page.evaluate(
        "(() => { const style = getComputedStyle(document.body);"
        " return [style.color, style.backgroundColor].map((text) => text.match(/[0-9]+/g).map(Number)); })()"
    )
    assert max(ink) < 80
    assert min(paper) > 240


def test_without_script__the_twenty_most_changed_are_there(chromium: Browser) -> None:
    made_report = made(sentences(60))
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(rendered(made_report))
    assert page.locator("#list > li").count() == 20
    test = made_report.test
    assert test is not None
    worst = test.regressions(1) + test.improvements(1)
    assert {one.id for one in worst} <= set(shown(page))
    assert page.locator("#list dd").first.is_visible()
    context.close()


def test_legend__has_a_ring_that_can_be_seen(open_page: Callable[..., Page]) -> None:
    page = open_page(rendered(made(sentences(20))))
    color = page.evaluate("getComputedStyle(document.querySelector('.key.ring'), '::before').borderTopColor")
    assert color not in {"rgba(0, 0, 0, 0)", "transparent"}
    width = page.evaluate("getComputedStyle(document.querySelector('.key.ring'), '::before').borderTopWidth")
    assert width == "2px"


def test_history__counts_characters_where_characters_are_counted() -> None:
    chinese = made([("\u8bf7\u670d\u836f", "\u8bf7\u670d", "\u8bf7\u670d\u836f")] * 12, locale="zh-CN")
    assert '<th scope="col" class="n">Characters</th>' in rendered(chinese)
    assert '<th scope="col" class="n">Words</th>' not in rendered(chinese)


def test_trend__shows_the_first_promotion_and_whiskers() -> None:
    told = history(result(sentences(60)))
    (point,) = told.points
    drawn = charts.trend(replace(told, points=(replace(point, promoted=True),)))
    line = drawn.split('<polyline class="trend" points="')[1].split('"')[0].split()
    assert len(line) == 2
    assert drawn.count('class="whisker"') == 1


def test_difference__draws_the_gates_line() -> None:
    verdict = made(sentences(60), gate=Gate(min_improvement=Margin(2.0))).verdict
    assert verdict is not None
    assert charts.gate_line(verdict) == pytest.approx(-0.02)
    assert 'class="gate"' in charts.difference(-0.1, None, charts.gate_line(verdict))


def test_json__holds_the_advice() -> None:
    before = sample.made("harmful")
    assert report.from_json(report.to_json(before)).test.advice == before.test.advice  # type: ignore[union-attr]
