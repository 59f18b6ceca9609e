"""Tables of the documentation that commands write: each between two comments that name it."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def write(page: str, name: str, lines: list[str]) -> None:
    """Print a table and, if ``page`` has a place for it, put it there.

    A blank ``page`` only prints. Raises ValueError for a page without the two comments.
    """
    text = "\n".join(lines)
    print(f"\n{text}", flush=True)
    if not page:
        return
    path = DOCS / page
    found = re.sub(
        rf"(?<=<!-- {re.escape(name)} -->\n).*?(?=<!-- end -->)",
        lambda _: f"\n{text}\n\n",
        path.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    if f"{text}\n\n<!-- end -->" not in found:
        raise ValueError(f"docs/{page} has no place for the table {name}")
    path.write_text(found, encoding="utf-8")


def row(*cells: object) -> str:
    """Return a line of a table."""
    return f"| {' | '.join(map(str, cells))} |"


def heading(*cells: str) -> list[str]:
    """Return the first two lines of a table."""
    return [row(*cells), "|" + "---|" * len(cells)]


def share(part: float, whole: float) -> str:
    """Return a share in percent; a dash of nothing."""
    return f"{part / whole:.1%}" if whole else "\N{EN DASH}"


def rows(page: str) -> list[list[str]]:
    """Return the cells of every line of the tables of a page."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    return [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]
