"""Pages of reports, opened in Chromium."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from tests import browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

Theme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.running() as started:
        yield started


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))  # where continuous integration keeps them
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def open_page(chromium: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open pages; fail where one of them says something on its console, or asks for more than itself."""
    said: list[str] = []
    asked: list[str] = []
    pages: list[Page] = []

    def opened(html: str, *, theme: Theme = "light", width: int = 1200) -> Page:
        path = tmp_path / "index.html"
        path.write_text(html, encoding="utf-8")
        tab = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
        pages.append(tab)
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url[:120]))
        tab.goto(path.as_uri())
        return tab

    yield opened
    for tab in pages:
        tab.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert sum(url.startswith("file:") for url in asked) == len(pages)
