"""Links between the pages, and to places within them, lead somewhere."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from speechops.clock import SystemClock
from speechops.errors import QuotaExceeded, SpeechOpsError
from speechops.output import Output

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    {
        *ROOT.glob("*.md"),
        *ROOT.glob(".github/**/*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("examples/**/*.md"),
    }
)


def targets(text: str) -> list[str]:
    """Return where the links and pictures of a page lead, in order."""
    found = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        for child in token.children or ():
            target = child.attrGet("href") or child.attrGet("src")
            if target:
                found.append(str(target))
    return found


def anchors(path: Path) -> set[str]:
    """Return the names that GitHub gives to the headings of a page."""
    names: set[str] = set()
    tokens = MarkdownIt("commonmark").parse(path.read_text(encoding="utf-8"))
    for before, token in pairwise(tokens):
        if before.type == "heading_open":
            text = "".join(child.content for child in token.children or ())
            name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            names.add(name if name not in names else f"{name}-1")
    return names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links__lead_somewhere(page: Path) -> None:
    for target in targets(page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = page.parent / path if path else page
        assert file.exists(), target
        assert file.resolve().is_relative_to(ROOT), f"{target} leads out of the repository"
        assert not anchor or anchor in anchors(file), target


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_front_page__links_every_page(page: Path) -> None:
    front = targets((ROOT / "README.md").read_text(encoding="utf-8"))
    assert f"docs/{page.name}" in {target.partition("#")[0] for target in front}


def _errors(kind: type[SpeechOpsError]) -> list[type[SpeechOpsError]]:
    return [kind, *(error for below in kind.__subclasses__() for error in _errors(below))]


@pytest.mark.parametrize("kind", _errors(SpeechOpsError))
def test_errors__name_a_heading_of_troubleshooting(kind: type[SpeechOpsError]) -> None:
    assert kind.topic in anchors(ROOT / "docs" / "troubleshooting.md")


def test_errors__say_where_to_read_on() -> None:
    stream = io.StringIO()
    Output(stream, SystemClock(), in_actions=False).show(QuotaExceeded("Two datasets are in use."))
    assert stream.getvalue().endswith(f"docs/troubleshooting.md#{QuotaExceeded.topic}\n")
