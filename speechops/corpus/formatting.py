"""Output formatting: rules that turn recognized words into display text, in four sections.

``#itn`` has one pattern a line, ``#rewrite`` and ``#test`` two phrases with a tab between them,
``#profanity`` one phrase. Lines that begin with ``//`` are comments.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from speechops.corpus.kinds import Tier
from speechops.corpus.rules import Rule
from speechops.corpus.text import Lines
from speechops.corpus.wording import shown

if TYPE_CHECKING:
    from speechops.corpus.findings import Findings
    from speechops.corpus.text_file import TextFile

MOST_BYTES = dict.fromkeys(Tier, 10 << 20)
MOST_LINES = {"itn": 200, "rewrite": 1_000, "profanity": 1_000}

_SECTIONS = frozenset({*MOST_LINES, "test"})
_PUNCTUATION = frozenset(".,?、!:;？。，¿¡।؟،")  # noqa: RUF001 - the signs that are meant
_ESCAPED = re.compile(r"\\.")
_PAIRS = {")": "(", "]": "[", "}": "{"}


def examine(file: TextFile, _locale: str, findings: Findings) -> None:
    """Check the lines of the file; the rules are those of every locale."""
    section = ""
    counts = dict.fromkeys(MOST_LINES, 0)
    with file.open() as stream:
        lines = Lines(stream)
        for line in lines.checked(findings):
            text = line.text.strip()
            if text.startswith("//"):
                continue
            if text.startswith("#"):
                section = text[1:].strip().casefold()
                if section not in _SECTIONS:
                    findings.add(Rule.FORMATTING_SECTION, f"Unknown section {shown(text)}.", line=line.number)
                continue
            if not section:
                message = "The line precedes the first section."
                findings.add(Rule.FORMATTING_SECTION, message, line=line.number)
                continue
            if fault := _fault(section, line.text):
                findings.add(Rule.FORMATTING_LINE, fault, line=line.number)
            if section in counts:
                counts[section] += 1
        lines.check_mark(findings)
    for name, count in counts.items():
        if count > MOST_LINES[name]:
            message = f"#{name} has {count:,} lines; the limit is {MOST_LINES[name]:,}."
            findings.add(Rule.FORMATTING_LIMIT, message)


def _fault(section: str, text: str) -> str:
    match section:
        case "rewrite" | "test":
            phrases = [phrase.strip() for phrase in text.split("\t")]
            if len(phrases) != 2 or not all(phrases):  # noqa: PLR2004 - old and new, input and output
                return f"#{section} needs two phrases separated by one tab."
        case "itn" if not _balanced(_ESCAPED.sub("", text)):
            return "The brackets of the pattern are not balanced."
        case "profanity" if signs := _PUNCTUATION.intersection(text):
            return f"#profanity does not support {' '.join(sorted(signs))}"
    return ""


def _balanced(pattern: str) -> bool:
    opened: list[str] = []
    for char in pattern:
        if char in _PAIRS.values():
            opened.append(char)
        elif char in _PAIRS and (not opened or opened.pop() != _PAIRS[char]):
            return False
    return not opened
