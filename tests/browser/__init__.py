"""Chromium, driven by Playwright, and axe-core's accessibility checks, for the tests of pages.

Debian's ``chromium`` is used as it is installed; ``make .venv/.browser`` installs axe-core.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

AXE = Path(sys.prefix) / "browser/node_modules/axe-core/axe.min.js"
_FLAGS = (
    "--no-sandbox",  # containers run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextlib.contextmanager
def running() -> Iterator[Browser]:
    """Run Chromium with an empty profile; skip the test where it is not installed."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - beside Chromium alone

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def show_all(page: Page) -> None:
    """Have rows out of sight laid out too, which ``content-visibility`` saves."""
    page.evaluate(
        "for (const row of document.querySelectorAll('#list > li')) row.style.contentVisibility = 'visible'"
    )


def violations(page: Page) -> list[str]:
    """Return what axe-core has against a page; skip the test where axe-core is not installed."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make .venv/.browser needs npm's registry")
    show_all(page)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for one in result["violations"]
        for node in one["nodes"]
    ]
