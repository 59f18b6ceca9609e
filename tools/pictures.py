"""``python -m tools.pictures``: the pictures of README.md, from what ``make demo`` has measured.

Takes the test of the demo's worse change out of its store, and shows in Chromium the report's page and the
comment that a pull request with it would get. The comment is rendered by CommonMark with tables; its style
is only like GitHub's. Its sign needs a font with emoji (Debian: fonts-noto-color-emoji).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from speechops import command_line
from speechops import settings as values
from speechops.evaluation import reporting
from speechops.registry import FolderStore
from speechops.registry.registry import Registry
from speechops.report import Origin, markdown
from speechops.report.page import page
from speechops.scoring import Outcome
from tests import browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from speechops.report import Report

IMAGES = Path(__file__).parent.parent / "docs" / "images"
NAMES = ("comment", "report", "utterances")
"""The pictures that this tool writes."""

DEMO = Path(".speechops/demo/pharmacy")
_RUN = "https://github.com/OWNER/DATA/actions/runs/17"

_STYLE = """
body { margin: 0; padding: 16px; font: 14px/1.5 system-ui, "Segoe UI", "Noto Sans", sans-serif;
  color: #1f2328; background: #fff; }
article { border: 1px solid #d1d9e0; border-radius: 6px; }
header { padding: 8px 16px; background: #f6f8fa; border-bottom: 1px solid #d1d9e0; color: #59636e;
  border-radius: 6px 6px 0 0; }
main { padding: 16px; }
h3 { font-size: 1.25em; margin: 0 0 16px; }
table { border-collapse: collapse; margin-bottom: 16px; }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; }
tr:nth-child(2n) { background: #f6f8fa; }
a { color: #0969da; }
code { background: #818b981f; border-radius: 6px; padding: .2em .4em; font-size: 85%; }
details, p, ol { margin: 0 0 16px; }
blockquote { margin: 0 0 16px; padding: 8px 16px; border-inline-start: 4px solid #0969da; color: #59636e; }
"""


def main(project: Path) -> None:
    """Write the pictures of the demo in the folder ``project``."""
    report = _report(project)
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, browser.running() as chromium:
        path = Path(name) / "page.html"
        path.write_text(page(report), encoding="utf-8")
        _picture(chromium, path, "report", height=1060)
        _picture(chromium, path, "utterances", height=620, part="utterances")
        github(chromium, "comment", "github-actions</b> bot commented", _comment(report))


def _report(project: Path) -> Report:
    """Return the report on the demo's worse change."""
    settings = values.read(command_line.read(["report", "--config", str(project / "speechops.yml")], {}))
    (model,) = settings.models
    registry = Registry(FolderStore(settings.storage.folder))
    worse = [test for test in registry.tests(model.name) if test.outcome is Outcome.WORSE]
    result = registry.result_named(worse[-1].name) if worse else None
    if result is None:
        sys.exit(f"{project} has no test of a worse change: run make demo first.")
    origin = Origin("compare", result.created, "17", result.commit)
    return reporting.build(model, registry, registry.recent(model.name), result, origin)


def _comment(report: Report) -> str:
    entry = markdown.Entry(report.model, report.locale, report, where=f"speechops-compare-{report.model}")
    text = markdown.comment([entry], markdown.Context(report.origin.commit, url=_RUN))
    return markdown.linked(text, report, f"{_RUN}/artifacts/5")


def github(chromium: Browser, name: str, header: str, text: str) -> None:
    """Write a picture of Markdown below a header, in a style like GitHub's."""
    rendered = MarkdownIt("commonmark").enable("table").render(text)
    page = (
        f"<!doctype html><meta charset=utf-8><title>{name}</title><style>{_STYLE}</style>"
        f"<article><header><b>{header}</header><main>{rendered}</main></article>"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(page, encoding="utf-8")
        _picture(chromium, path, name, height=0)


def _picture(chromium: Browser, path: Path, name: str, *, height: int, part: str = "") -> None:
    """Write a picture: a page from its top or from a part of it, or, with a height of 0, all of it."""
    tab = chromium.new_page(
        viewport={"width": 960, "height": height or 100}, color_scheme="light", reduced_motion="reduce"
    )
    tab.goto(f"{path.as_uri()}#{part}" if part else path.as_uri())
    tab.evaluate("document.fonts.ready")
    if part:
        tab.evaluate(f"document.getElementById('{part}').scrollIntoView({{behavior: 'instant'}})")
    tab.screenshot(path=IMAGES / f"{name}.png", full_page=not height, animations="disabled")
    tab.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO)
