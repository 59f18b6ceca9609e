"""Names and text of a data repository that would act in the browser of whoever opens the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.operations.project import TESTS
from tests.report.conftest import chromium
from tests.stub_engine import speech

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.operations.project import Project

__all__ = ["chromium"]  # a fixture

# Playwright's own event loop leaves its sockets to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

ACTS = "window.owned = 1"
HOSTILE = [
    f"<script>{ACTS}</script>",
    f"</script><script>{ACTS}</script>",
    f"<!--<script>{ACTS}//--></script>",
    f"<img src=x onerror='{ACTS}'>",
    f"<svg/onload='{ACTS}'><style>*{{color:red}}</style>",
    f"<a href='javascript:{ACTS}' autofocus onfocus='{ACTS}'>click</a>",
    "<iframe src='https://attacker.example'></iframe>",
    "<form action=https://attacker.example><button>Approve</button></form>",
    "<meta http-equiv=refresh content='0;url=https://attacker.example'><base href=https://attacker.example>",
    f"' onmouseover='{ACTS}\" onmouseover=\"{ACTS}",
    f"{{{{ {ACTS} }}}} ${{{ACTS}}} `{ACTS}` \\u003cscript\\u003e{ACTS}",
    "__proto__ constructor \u202e reversed \u2028 separated \u0000 ended",
]


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages of files; afterwards hold that nothing acted, was asked for, or left the page."""
    pages: list[tuple[Page, str]] = []
    said: list[str] = []
    asked: list[str] = []

    def opened(path: Path, fragment: str = "") -> Page:
        page = chromium.new_page()
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri() + fragment)
        pages.append((page, path.as_uri()))
        return page

    yield opened
    for page, address in pages:
        assert page.evaluate("typeof window.owned") == "undefined"
        assert page.evaluate("typeof {}.owned") == "undefined"
        assert page.url.partition("#")[0] == address
        assert page.locator("iframe, form[action], base, object, embed, img:not([src^='data:'])").count() == 0
        assert page.locator("meta[http-equiv=refresh]").count() == 0
        assert page.evaluate("document.querySelectorAll('[onerror], [onload], [onfocus]').length") == 0
        links = page.locator("a[href]").evaluate_all("all => all.map(a => a.protocol)")
        assert set(links) <= {"file:", "https:", "http:", "data:"}
        assert "attacker.example" not in json.dumps(
            page.locator("[href], [src], [action]").evaluate_all("all => all.map(a => a.href || a.src || '')")
        )
        page.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert said == []


def report_of(project: Project, operation: str = "train-data") -> Path:
    """Run an operation whose report is the attacker's data, and return its page."""
    answer = project.run(operation, "--show-transcripts", "true", "--gate", "any-improvement")
    assert answer.code in {0, 3}, answer.text
    return Path(answer.outputs["report"])


def test_text_of_the_transcripts__is_text(project: Project, opened: Callable[..., Page]) -> None:
    project.write_tests([text.replace("\0", "").replace("\u2028", "") for text in HOSTILE])
    project.write_training([*TESTS, f"<script>{ACTS}</script>"])
    page = opened(report_of(project))
    assert page.locator("#count").inner_text() == f"{len(HOSTILE)} of {len(HOSTILE)} utterances"
    page.locator("#search").fill("script")
    page.locator("#search").fill("")
    for button in page.locator("#list button").all()[:5]:
        button.click()


def test_names_of_files_and_groups__are_text(project: Project, opened: Callable[..., Page]) -> None:
    """A name with a slash, a quotation mark or a bracket is not read; these are what is left."""
    folder = project.folder / "test"
    names = [
        "javascript&colon;window.owned=1.wav",
        "&lt;script&gt;.wav",
        "__proto__.wav",
        "'; owned = 1;.wav",
    ]
    lines = []
    for name, sentence in zip(names, TESTS, strict=False):
        (folder / name).write_bytes(speech(sentence))
        lines.append(f"{name}\t{sentence}")
    (folder / "trans.txt").write_text("\n".join(lines), encoding="utf-8-sig")
    for old in folder.glob("[0-9]*.wav"):
        old.unlink()
    groups = "\n".join(f"{name}\t{text}" for name, text in zip(names, HOSTILE, strict=False))
    (project.folder / "groups.tsv").write_text(f"audio\t__proto__\n{groups}\n", encoding="utf-8")
    project.settings = "    groups: groups.tsv:__proto__\n"
    project.write_training(TESTS)
    page = opened(report_of(project))
    shown = page.locator("#list .head code").all_text_contents()
    assert sorted(text.strip() for text in shown) == sorted(names)


@pytest.mark.parametrize("text", HOSTILE[:4])
def test_what_people_write__is_text_in_history_and_overview(
    project: Project, opened: Callable[..., Page], text: str
) -> None:
    """The reason of a freeze, the name of a template's branch, a commit that is no commit."""
    report_of(project)
    assert project.run("freeze", "--reason", text).code == 0
    config = project.folder / "speechops.yml"
    config.write_text(config.read_text() + "  n:\n    locale: en-US\n    test-data: test\n")
    project.run("report")
    for page in ("index.html", "m/index.html", "n/index.html"):
        opened(project.folder / ".speechops/report" / page)


FRAGMENTS = [
    f"#q=<img src=x onerror='{ACTS}'>",
    f"#q=%3Cscript%3E{ACTS}%3C/script%3E&show=worse&sort=__proto__",
    "#u=__proto__",
    "#u=\"]')<script>",
    "#advice=__proto__",
    "#advice=-1",
    "#advice=99999999999999999999",
    "#without=constructor,toString",
    "#__proto__[owned]=1&constructor.prototype.owned=1",
    "#q=%E0%A4%A",
    "#" + "q=a&" * 20_000,
]


def test_link_to_the_report_with_a_hostile_end__shows_the_report(
    project: Project, opened: Callable[..., Page]
) -> None:
    report = report_of(project, "test-data")
    for fragment in FRAGMENTS:
        assert opened(report, fragment).locator("#list").count() == 1, fragment[:80]


def test_page_opened_from_another__cannot_be_written_by_it(
    project: Project, chromium: Browser, tmp_path: Path
) -> None:
    """A page that frames or opens the report reads nothing of it: files have no common origin."""
    report = report_of(project, "test-data")
    page = chromium.new_page()
    attacker = tmp_path / "attacker.html"
    attacker.write_text(f"<iframe src='{report.as_uri()}'></iframe>")
    page.goto(attacker.as_uri())
    read = "() => { try { return frames[0].document.title } catch (error) { return error.name } }"
    assert page.evaluate(read) in {"SecurityError", "TypeError"}
    page.close()
