"""The report's page in Chromium. Screenshots stay in pytest's temporary folder, or in ``SCREENSHOTS``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from speechops import report
from speechops.report.page import overview
from speechops.report.page import page as rendered
from tests import browser
from tests.report.making import made, sentences
from tests.report.test_markdown import HOSTILE
from tests.stub_engine import speech

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

    from tests.report.conftest import Theme

THEMES: tuple[Theme, ...] = ("light", "dark")
ARABIC = ("تناول حبتين مع الطعام كل يوم", "تناول حبة مع طعام كل يوم", "تناول حبتين مع الطعام كل يوم")
CHINESE = ("请在饭后服用两片药", "请在饭后服两片要", "请在饭后服用两片药")

# Playwright's own event loop leaves its sockets to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


def rows(page: Page) -> Locator:
    return page.locator("#list > li")


def expect_count(page: Page, text: str) -> None:
    from playwright.sync_api import expect  # noqa: PLC0415 - beside Chromium alone

    expect(page.locator("#count")).to_have_text(text)


def names(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("#list > li .head code").all_text_contents()]


def test_page__tells_the_verdict_and_every_utterance(open_page: Callable[..., Page]) -> None:
    made_report = made([("take two tablets", "take to tablets", "take two"), *sentences(30)])
    page = open_page(rendered(made_report))
    assert "Better by" in page.locator("h1").inner_text()
    expect_count(page, "31 of 31 utterances")
    assert rows(page).count() == 31
    page.locator("#search").fill("take to")
    expect_count(page, "1 of 31 utterances")
    assert names(page) == ["001.wav"]
    row = rows(page).first
    assert row.locator(".words .r").all_text_contents() == ["take", "two", "tablets"]
    assert row.locator(".words .s").all_text_contents() == ["to"]
    assert row.locator(".words .gap").all_text_contents() == ["∅"]
    assert row.locator(".sr").text_content() == (
        "Said: take two tablets. Benchmark, 1 error: take to tablets. Candidate, 1 error: take two. "
    )


def test_page__filters_and_sorts(open_page: Callable[..., Page]) -> None:
    made_report = made(sentences(200))
    test = made_report.test
    assert test is not None
    page = open_page(rendered(made_report))
    assert names(page)[: len(test.regressions(5))] == [one.id for one in test.regressions(5)]
    page.locator("#sort").select_option("better")
    assert names(page)[:5] == [one.id for one in test.improvements(5)]
    page.locator("#sort").select_option("id")
    assert names(page)[:3] == ["001.wav", "002.wav", "003.wav"]
    page.locator("#show").select_option("worse")
    expect_count(page, f"{len(test.regressions(999))} of 200 utterances")
    page.locator("#show").select_option("right")
    assert set(page.locator("#list .outcome").all_text_contents()) == {"equal"}
    page.locator("#search").fill("no such word")
    expect_count(page, "0 of 200 utterances")


def test_page__makes_rows_as_they_are_needed(open_page: Callable[..., Page]) -> None:
    page = open_page(rendered(made(sentences(2_000))))
    assert rows(page).count() < 200
    before = rows(page).count()
    page.mouse.wheel(0, 100_000)
    rows(page).nth(before).wait_for()


def test_page__is_used_by_keyboard_alone(open_page: Callable[..., Page]) -> None:
    page = open_page(rendered(made(sentences(100))))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = []
    for _ in range(120):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
        if reached[-1] == "LI":
            break
    assert [one for one in reached if one in {"link", "theme", "search", "show", "sort", "copy", "LI"}] == [
        "link", "theme", "search", "show", "sort", "copy", "LI",
    ]  # fmt: skip
    first = "[...document.querySelectorAll('#list > li')].indexOf(document.activeElement)"
    for key, place in (("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("Home", 0)):
        page.keyboard.press(key)
        assert page.evaluate(first) == place
    for _ in range(60):
        page.keyboard.press("ArrowDown")
    assert page.evaluate(first) == 60
    page.locator("#theme").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.style.colorScheme") == "dark"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", ["pair", "alone", "empty", "arabic"])
def test_page__is_accessible(kind: str, theme: Theme, open_page: Callable[..., Page]) -> None:
    page = open_page(rendered(REPORTS[kind]()), theme=theme)
    assert page.evaluate("document.documentElement.style.colorScheme") == theme
    assert browser.violations(page) == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [360, 768, 1200])
@pytest.mark.parametrize("kind", ["pair", "arabic", "chinese", "hostile"])
def test_page__fits_every_width(
    kind: str, width: int, theme: Theme, open_page: Callable[..., Page], pictures: Path
) -> None:
    page = open_page(rendered(REPORTS[kind]()), theme=theme, width=width)
    browser.show_all(page)
    page.screenshot(path=pictures / f"{kind}-{width}-{theme}.png", full_page=kind != "hostile")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_page__aligns_right_to_left(open_page: Callable[..., Page]) -> None:
    page = open_page(rendered(made([ARABIC], locale="ar-EG")))
    words = page.locator("#list .words").first
    assert words.get_attribute("dir") == "rtl"
    assert words.get_attribute("lang") == "ar-EG"
    left = [box["x"] for one in words.locator(".c").all() if (box := one.bounding_box())]
    assert left[1:] == sorted(left[1:], reverse=True)


def test_page__aligns_characters_where_words_have_no_spaces(open_page: Callable[..., Page]) -> None:
    page = open_page(rendered(made([CHINESE], locale="zh-CN")))
    row = rows(page).first
    assert row.locator(".r").all_text_contents() == list(CHINESE[0])
    assert row.locator(".s").all_text_contents() == ["要"]
    assert "9 characters" in (row.locator(".head").text_content() or "")


def test_page__shows_hostile_text_and_runs_none_of_it(open_page: Callable[..., Page]) -> None:
    page = open_page(rendered(REPORTS["hostile"]()))
    assert page.locator("#list img, #list script, #list h1, main iframe").count() == 0
    shown = set(page.locator("#list > li .head code").all_text_contents())
    assert {name for name in HOSTILE if name.isascii() and name.isprintable()} <= shown | {""}
    assert page.evaluate("typeof window.hacked") == "undefined"


def test_page__forbids_by_its_policy_what_is_not_ours(chromium: Browser, tmp_path: Path) -> None:
    html = rendered(made(sentences(3)))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert "default-src &#39;none&#39;" in policy[1]
    assert "unsafe" not in policy[1]
    path = tmp_path / "index.html"
    path.write_text(html.replace("</main>", "<script>window.hacked = 1</script></main>"), encoding="utf-8")
    page = chromium.new_page()
    page.goto(path.as_uri())
    assert page.evaluate("typeof window.hacked") == "undefined"
    assert rows(page).count() == 3
    page.close()


def test_page__plays_recordings(open_page: Callable[..., Page]) -> None:
    clip = speech("take two tablets", seconds=0.2)
    page = open_page(rendered(made(sentences(3)), {"001.wav": clip}))
    assert page.locator("audio").count() == 1
    length = page.evaluate(
        "new Promise(done => { const a = document.querySelector('audio'); a.onerror = () => done(-1);"
        "a.onloadedmetadata = () => done(a.duration); a.preload = 'metadata'; a.load(); })"
    )
    assert length == pytest.approx(0.2, abs=0.01)


def test_page__is_printed_with_its_utterances(chromium: Browser, open_page: Callable[..., Page]) -> None:
    del chromium
    page = open_page(rendered(made(sentences(150))))
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert rows(page).count() == 150
    assert not page.locator("#filters").is_visible()
    assert page.locator("#list > li").last.is_visible()


def test_overview__links_every_model(open_page: Callable[..., Page]) -> None:
    reports = [REPORTS["pair"](), REPORTS["empty"]()]
    page = open_page(overview(reports), width=360)
    assert page.locator("tbody a").all_text_contents() == ["pharmacy", "new"]
    assert page.locator("tbody a").first.get_attribute("href") == "pharmacy/index.html"
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert browser.violations(page) == []


def hostile() -> report.Report:
    rows = [(f"{text} said", f"{text} heard", f"{text} said") for text in HOSTILE]
    return made([*rows, *sentences(20)], names=HOSTILE)


REPORTS: dict[str, Callable[[], report.Report]] = {
    "pair": lambda: made(sentences(60), names=[f"{number:02}-phone.wav" for number in range(30)]),
    "alone": lambda: made([(said, heard, None) for said, heard, _ in sentences(20)]),
    "empty": lambda: report.Report(
        "new", "en-US", report.Origin("report", "2026-11-25T09:41:00Z"), None, report.History()
    ),
    "arabic": lambda: made([ARABIC] * 12, locale="ar-EG"),
    "chinese": lambda: made([CHINESE] * 12, locale="zh-CN"),
    "hostile": hostile,
}
