"""Structured text: sentences that refer to lists of words, and a lexicon of phones, in Markdown.

::

    // comment
    @ list food =
    - pizza
    - ice cream

    @ speech:phoneticlexicon
    - pizza/p i t s ax

    # Section_1
    - I like {@food} very much

The parser takes any lines and returns a frozen value; what it cannot read becomes a fault in that value, so
that checks only need that value. Syntax: Microsoft, "Training and testing datasets", structured text.
"""

from __future__ import annotations

import itertools
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops.corpus import wording
from speechops.corpus.kinds import Tier
from speechops.corpus.rules import Rule
from speechops.corpus.text import LineCounts, Lines
from speechops.corpus.wording import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from speechops.corpus.findings import Findings
    from speechops.corpus.text import Line
    from speechops.corpus.text_file import TextFile

MOST_BYTES = dict.fromkeys(Tier, 200 << 20)
MOST_LISTS, SAFE_LISTS = 20, 10
MOST_ITEMS, SAFE_ITEMS = 35_000, 4_000
SAFE_SENTENCES = 50_000
MOST_ENTRIES = 15_000
MOST_PRONUNCIATIONS = 2

MOST_FILLINGS, MOST_FILLED = 1_000, 200_000
"""Bounds of :meth:`StructuredText.sentences`."""

PHONES_EN_US = frozenset(
    {"B", "CH", "D", "DH", "F", "G", "H", "JH", "K", "L", "M", "N", "NG", "P", "R", "S", "SH", "T", "TH"}
    | {"V", "W", "J", "Z", "ZH", "AA", "AE", "AH", "AO", "AOX", "AU", "AX", "AI", "EH", "EHX", "ER", "EI"}
    | {"IH", "I", "O", "OI", "OWX", "Q", "UH", "U", "UWX", ".", "S1", "S2"}
)
"""The Universal Phone Set for en-US (Microsoft, "Structured text phonetic pronunciation data"), case aside,
with the marks of syllable and stress."""

_LIST = "list "
_LEXICON = "speech:phoneticlexicon"
_BULLETS = ("- ", "* ", "+ ", "-\t", "*\t", "+\t")
_REFERENCE = re.compile(r"\{\s*@([^{}@]+)\}")
_COMMENT = re.compile(r"(?:^|\s)//.*")
_SECTION_NAME = re.compile(r"\w+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """A text with its line number: an item of a list, or a sentence."""

    line: int
    text: str

    @property
    def references(self) -> tuple[str, ...]:
        """The names of the lists that a sentence refers to, in order."""
        return tuple(name.strip() for name in _REFERENCE.findall(self.text))


@dataclass(frozen=True, slots=True)
class Group:
    """A named list with its items, or a named section with its sentences."""

    line: int
    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """A word of the lexicon and its phones."""

    line: int
    word: str
    phones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that could not be read."""

    line: int
    rule: Rule
    message: str = ""


@dataclass(frozen=True, slots=True)
class StructuredText:
    """The content of a structured text file, and the lines that could not be read."""

    lists: tuple[Group, ...] = ()
    lexicon: tuple[Pronunciation, ...] = ()
    sections: tuple[Group, ...] = ()
    faults: tuple[Fault, ...] = ()

    def templates(self) -> Iterator[Entry]:
        """Yield the sentences as they are written, with their references."""
        for section in self.sections:
            yield from section.entries

    def sentences(self) -> Iterator[tuple[int, str]]:
        """Yield (line, text) with the references filled in, up to the limits.

        One written sentence becomes at most ``MOST_FILLINGS``, all together at most ``MOST_FILLED`` unless
        more are written; the last reference varies first. An undefined reference is kept unchanged.
        """
        items = {group.name: [entry.text for entry in group.entries] for group in self.lists}
        written = sum(len(section.entries) for section in self.sections)
        most = min(MOST_FILLINGS, max(1, MOST_FILLED // max(1, written)))
        for entry in self.templates():
            for text in _fillings(entry.text, items, most):
                yield entry.line, text


def _fillings(template: str, items: Mapping[str, list[str]], most: int) -> Iterator[str]:
    """Yield the first ``most`` fillings, which take no more than the first ``most`` items of any list."""
    pieces = _REFERENCE.split(template)
    form = "%s".join(piece.replace("%", "%%") for piece in pieces[::2])
    choices = [items.get(name.strip(), [])[:most] or [f"{{@{name}}}"] for name in pieces[1::2]]
    return map(form.__mod__, itertools.islice(itertools.product(*choices), most))


@dataclass(slots=True)
class _Block:
    """Collects the lines under a heading, the first ``most`` of them."""

    line: int
    name: str
    most: int = sys.maxsize
    entries: list[Entry] = field(default_factory=list)

    def group(self) -> Group:
        return Group(self.line, self.name, tuple(self.entries))


def parse(lines: Iterable[Line], *, most_items: int = sys.maxsize) -> StructuredText:
    """Read structured text, and so many items of each list."""
    lists: list[_Block] = []
    sections: list[_Block] = []
    lexicon = _Block(0, "")
    faults: list[Fault] = []
    block: _Block | None = None
    for line in lines:
        text = (_COMMENT.sub("", line.text) if "//" in line.text else line.text).strip()
        if not text:
            continue
        if block and text.startswith(_BULLETS):
            if len(block.entries) < block.most:
                block.entries.append(Entry(line.number, text[1:].strip()))
        elif text.startswith("#"):
            block = _Block(line.number, text.lstrip("#").strip())
            sections.append(block)
        elif name := _list_name(text):
            block = _Block(line.number, name, most_items)
            lists.append(block)
        elif _is_lexicon(text):
            block = lexicon
        else:
            faults.append(Fault(line.number, Rule.MARKDOWN_SYNTAX))
    pronunciations, broken = _pronunciations(lexicon.entries)
    return StructuredText(
        tuple(block.group() for block in lists),
        pronunciations,
        tuple(block.group() for block in sections),
        tuple(sorted((*faults, *broken), key=lambda fault: fault.line)),
    )


def _list_name(text: str) -> str:
    body = text.removeprefix("@").strip()
    if text.startswith("@") and body.startswith(_LIST) and body.endswith("="):
        return body[len(_LIST) : -1].strip()
    return ""


def _is_lexicon(text: str) -> bool:
    return text.startswith("@") and text[1:].rstrip("=").strip().casefold() == _LEXICON


def _pronunciations(entries: Iterable[Entry]) -> tuple[tuple[Pronunciation, ...], list[Fault]]:
    read, broken = [], []
    for entry in entries:
        word, _, phones = entry.text.rpartition("/")
        if word.strip() and phones.strip():
            read.append(Pronunciation(entry.line, word.strip(), tuple(phones.split())))
        else:
            broken.append(Fault(entry.line, Rule.LEXICON_ENTRY))
    return tuple(read), broken


def examine(file: TextFile, locale: str, findings: Findings) -> None:
    """Check the file."""
    with file.open() as stream:
        lines = Lines(stream)
        text = parse(lines.checked(findings))
        lines.check_mark(findings)
    if lines.foreign or lines.empty:
        return
    for fault in text.faults:
        findings.add(fault.rule, fault.message, line=fault.line)
    _check_lists(text, findings)
    _check_lexicon(text, locale, findings)
    _check_sentences(text, locale, findings)


def sentences(file: TextFile) -> Iterator[tuple[int, str]]:
    """Yield number and text of each sentence, with references filled in."""
    with file.open() as stream:
        text = parse(Lines(stream).readable(), most_items=MOST_FILLINGS)
    yield from text.sentences()


def _check_lists(text: StructuredText, findings: Findings) -> None:
    _check_limit(len(text.lists), "lists", MOST_LISTS, SAFE_LISTS, None, findings)
    used = {name for entry in text.templates() for name in entry.references}
    seen: set[str] = set()
    for group in text.lists:
        if group.name in seen:
            findings.add(Rule.LIST_REPEATED, f"List {shown(group.name)} is defined above.", line=group.line)
        seen.add(group.name)
        if not group.entries:
            findings.add(Rule.LIST_EMPTY, f"List {shown(group.name)} is empty.", line=group.line)
        if group.name not in used:
            message = f"No sentence refers to list {shown(group.name)}."
            findings.add(Rule.LIST_UNUSED, message, line=group.line)
        size = len(group.entries)
        _check_limit(size, f"items in list {shown(group.name)}", MOST_ITEMS, SAFE_ITEMS, group.line, findings)
        items: set[str] = set()
        for entry in group.entries:
            if entry.text in items:
                findings.add(Rule.LIST_ITEM_REPEATED, line=entry.line)
            items.add(entry.text)


def _check_limit(count: int, what: str, most: int, safe: int, line: int | None, findings: Findings) -> None:
    if count > most:
        findings.add(Rule.LIST_LIMIT, f"{count:,} {what}; the limit is {most:,}.", line=line)
    elif count > safe:
        findings.add(Rule.LIST_LIMIT_DISPUTED, f"There are {count:,} {what}.", line=line)


def _check_lexicon(text: StructuredText, locale: str, findings: Findings) -> None:
    if len(text.lexicon) > MOST_ENTRIES:
        message = f"The lexicon has {len(text.lexicon):,} entries; the limit is {MOST_ENTRIES:,}."
        findings.add(Rule.LEXICON_LIMIT, message)
    counts: Counter[str] = Counter()
    for entry in text.lexicon:
        counts[entry.word] += 1
        if counts[entry.word] == MOST_PRONUNCIATIONS + 1:
            message = f"A word has more than {MOST_PRONUNCIATIONS} pronunciations."
            findings.add(Rule.LEXICON_LIMIT, message, line=entry.line)
        unknown = [phone for phone in entry.phones if phone.upper() not in PHONES_EN_US]
        if unknown and locale.casefold() == "en-us":
            findings.add(Rule.PHONE_UNKNOWN, f"Unknown phones: {shown(' '.join(unknown))}.", line=entry.line)


def _check_sentences(text: StructuredText, locale: str, findings: Findings) -> None:
    for section in text.sections:
        if not _SECTION_NAME.fullmatch(section.name):
            findings.add(Rule.SECTION_NAME, f"Section {shown(section.name)}.", line=section.line)
    defined = {group.name for group in text.lists}
    counts = LineCounts()
    for entry in text.templates():
        for name in entry.references:
            if name not in defined:
                findings.add(Rule.LIST_UNDEFINED, f"Undefined list {shown(name)}.", line=entry.line)
        plain = _REFERENCE.sub(" ", entry.text)
        if "{" in plain or "}" in plain:
            findings.add(Rule.REFERENCE_SYNTAX, line=entry.line)
        faults = tuple(wording.faults(plain, locale))
        for rule, message in faults:
            findings.add(rule, message, line=entry.line)
        counts.count(rule for rule, _ in faults)
    counts.check(findings)
    if not counts.lines:
        findings.add(Rule.NO_SENTENCES)
    if counts.lines > SAFE_SENTENCES:
        findings.add(Rule.LIST_LIMIT_DISPUTED, f"There are {counts.lines:,} sentences.")
