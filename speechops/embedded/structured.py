"""Structured text (``LanguageMarkdown``) as the sentences that it stands for.

The format is the part of Bot Framework's ``.lu`` that custom speech takes
(learn.microsoft.com, "Training and testing datasets", section "Structured-text data")::

    // a comment
    @ list pet =
    - cat
    - dog
    @ speech:phoneticlexicon
    - cat/k ae t
    # AnySection
    - what {@pet} do you have
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PRODUCT_LIMIT = 200
"""Combinations of list items up to which a sentence stands for all of them."""

_COMMENT = re.compile(r"(?:^|\s)//.*")
_LIST = re.compile(r"@\s*list\s+(.+?)\s*=?", re.IGNORECASE)
_LEXICON = re.compile(r"@\s*speech:phoneticlexicon\s*=?", re.IGNORECASE)
_ITEM = re.compile(r"-\s*(\S.*)")
_SLOT = re.compile(r"\{\s*@\s*([^{}]*?)\s*\}")


@dataclass
class StructuredText:
    """What a file says.

    ``lists`` has the items of each list under its name in lower case, ``sentences`` the sentences with their
    slots, ``lexicon`` the entries ``word/phones``, ``unread`` the lines that mean nothing, and why.
    """

    lists: dict[str, list[str]] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)
    lexicon: list[str] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)

    def expanded(self) -> Iterator[str]:
        """Return what the sentences stand for, without those that ask for a list that is not there."""
        for sentence in self.sentences:
            texts, names = (part := _SLOT.split(sentence))[::2], part[1::2]
            for items in _fillings([self.lists.get(name.lower(), []) for name in names]):
                yield texts[0] + "".join(item + text for item, text in zip(items, texts[1:], strict=True))


def _fillings(lists: Sequence[list[str]]) -> Iterator[tuple[str, ...]]:
    """One item of each list at a time.

    All combinations if they are few; otherwise as many as the longest list has items, such that every item
    of every list is met.
    """
    if prod(len(items) for items in lists) <= PRODUCT_LIMIT:
        yield from product(*lists)
        return
    for turn in range(max(len(items) for items in lists)):
        # Each slot begins one further on, lest two slots of one list always hold the same item.
        yield tuple(items[(turn + slot) % len(items)] for slot, items in enumerate(lists))


def parsed(lines: Iterable[str]) -> StructuredText:
    """Read a structured text."""
    text = StructuredText()
    collect = None
    for raw in lines:
        line = _COMMENT.sub("", raw).strip()
        if not line:
            continue
        if line.startswith("#"):
            collect = text.sentences.append
        elif match := _LIST.fullmatch(line):
            collect = text.lists.setdefault(match[1].lower(), []).append
        elif _LEXICON.fullmatch(line):
            collect = text.lexicon.append
        elif (match := _ITEM.fullmatch(line)) and collect:
            collect(match[1])
        elif collect is None:
            text.unread.append((line, "the line is outside any list or section"))
        else:
            reason = "the line is not a heading and does not begin with a hyphen and a text"
            text.unread.append((line, reason))
    return text


def lists_of(sentence: str) -> list[str]:
    """Return the names of the lists that a sentence refers to, in lower case."""
    return [name.lower() for name in _SLOT.findall(sentence)]
