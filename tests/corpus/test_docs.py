"""``docs/data.md`` lists every rule as the code has it.

``python -m tests.corpus.test_docs`` prints the tables again.
"""

from __future__ import annotations

import re
from pathlib import Path

from speechops.corpus import Rule

PAGE = Path(__file__).parents[2] / "docs" / "data.md"


def row(rule: Rule) -> str:
    weight = f"{rule.severity}, line left out" if rule.drops else str(rule.severity)
    return f"| `{rule.id}` | {weight} | {rule.breaks} | {rule.advice} |"


def test_data_page__has_the_rules_as_they_are() -> None:
    found = re.findall(r"^\| `[a-z0-9-]+` \|.*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert found == [row(rule) for rule in Rule]


if __name__ == "__main__":
    print(*map(row, Rule), sep="\n")  # noqa: T201 - the rows to paste
