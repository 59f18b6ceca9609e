"""Pronunciations: on each line a display form, a tab, and the spoken form written out."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from speechops.corpus.kinds import Tier, english
from speechops.corpus.rules import Rule
from speechops.corpus.text import LineCounts, Lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.corpus.findings import Findings
    from speechops.corpus.text_file import TextFile

MOST_BYTES = {Tier.F0: 1 << 10, Tier.S0: 1 << 20}

_SPOKEN_SIGNS = frozenset("'’-.")  # noqa: RUF001 - apostrophes that are meant


def examine(file: TextFile, locale: str, findings: Findings) -> None:
    """Check the lines of the file; for English the ANSI code page is accepted."""
    seen: set[tuple[str, ...]] = set()
    counts = LineCounts()
    with file.open() as stream:
        lines = Lines(stream, ansi=english(locale))
        for line in lines.checked(findings):
            forms = tuple(part.strip() for part in line.text.split("\t"))
            rules = tuple(_faults(forms, seen))
            for rule in rules:
                findings.add(rule, line=line.number)
            counts.count(rules)
            seen.add(forms)
        if not (english(locale) and lines.ascii):
            lines.check_mark(findings)
    counts.check(findings)


def _faults(forms: tuple[str, ...], seen: set[tuple[str, ...]]) -> Iterator[Rule]:
    if len(forms) != 2 or not all(forms):  # noqa: PLR2004 - a display form and a spoken form
        yield Rule.PRONUNCIATION_LINE
        return
    if forms in seen:
        yield Rule.PRONUNCIATION_REPEATED
    if not all(map(_is_spoken, forms[1])):
        yield Rule.SPOKEN_FORM


def _is_spoken(char: str) -> bool:
    return char.isspace() or char in _SPOKEN_SIGNS or unicodedata.category(char)[0] in "LM"
