"""Plain text for training: one utterance on a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.corpus import wording
from speechops.corpus.kinds import Tier
from speechops.corpus.rules import Rule
from speechops.corpus.text import LineCounts, Lines, check_line_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.corpus.findings import Findings
    from speechops.corpus.text_file import TextFile

MOST_BYTES = {Tier.F0: 200 << 20, Tier.S0: 1536 << 20}
SAFE_BYTES = 200 << 20
MOST_COMPARED = 200_000
"""Distinct lines that are remembered to find repeats (our own limit; later ones are not compared)."""


def examine(file: TextFile, locale: str, findings: Findings) -> None:
    """Check the lines of the file."""
    counts, repeats, seen = LineCounts(), 0, set[int]()
    with file.open() as stream:
        lines = Lines(stream)
        for line in lines.checked(findings):
            text = line.text.strip()
            faults = tuple(wording.faults(text, locale))
            for rule, message in faults:
                findings.add(rule, message, line=line.number)
            counts.count(rule for rule, _ in faults)
            mark = hash(text)
            repeats += mark in seen
            if len(seen) < MOST_COMPARED:
                seen.add(mark)
        lines.check_mark(findings)
    if file.size > SAFE_BYTES:
        findings.add(Rule.FILE_BIG)
    counts.check(findings)
    check_line_count(counts.lines, locale, findings)
    if repeats:
        findings.add(Rule.TEXT_REPEATED, f"{repeats:,} of {counts.lines:,} lines repeat an earlier one.")


def sentences(file: TextFile) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line that is not blank."""
    with file.open() as stream:
        for line in Lines(stream).readable():
            yield line.number, line.text.strip()
