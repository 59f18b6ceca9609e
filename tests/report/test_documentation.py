"""docs/reports.md lists the rules and decisions that there are; pictures are those that the tools write."""

from __future__ import annotations

import re
from pathlib import Path

from speechops.advice import Rule
from speechops.report import decision
from tools import pictures, walk

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reports.md").read_text(encoding="utf-8")


def table(after: str) -> list[str]:
    """Return the first cells of the first table after a text."""
    rows = re.search(r"(?:^\|.*\n)+", PAGE[PAGE.index(after) :], re.MULTILINE)
    assert rows is not None
    return [line.split("|")[1].strip() for line in rows[0].splitlines()[2:]]


def test_rules__are_those_of_the_code() -> None:
    assert {name.strip("`") for name in table("## What to do next")} == set(Rule)


def test_decisions__are_those_of_the_code() -> None:
    listed = {
        title for cell in table("Mark, color and title follow") for title in re.split(r", (?=[A-Z])", cell)
    }
    assert listed == set(decision.TITLES.values())


def test_pictures__are_those_that_the_tools_write() -> None:
    shown = {
        name
        for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
        for name in re.findall(r"!\[[^\]]*\]\((?:docs/)?images/([^)]+)\)", page.read_text(encoding="utf-8"))
    }
    written = {path.name for path in pictures.IMAGES.iterdir()}
    assert shown == written == {f"{name}.png" for name in (*pictures.NAMES, *walk.NAMES)}
