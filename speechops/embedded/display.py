"""How a custom model writes what it heard: capitals of its training text, rewrites, masked profanity.

The order is the service's: capitals, then the rules of output formatting ("How to prepare display text format
training data for custom speech", Microsoft). Patterns of ``#itn`` and cases of ``#test`` have no effect here.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping  # noqa: TC003 - msgspec reads the annotations at run time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_EDGES = "\"'()[]{}<>*_.,;:!?\N{RIGHT SINGLE QUOTATION MARK}"
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*", re.IGNORECASE)
_END = (".", "!", "?", ":")
_SECTION = re.compile(r"#\s*(\w+)")


@dataclass(frozen=True)
class DisplayRules:
    """What display text is made by: words with their ``capitals``, ``rewrites`` of phrases, ``profanity``."""

    capitals: Mapping[str, str] = field(default_factory=dict)
    rewrites: tuple[tuple[str, str], ...] = ()
    profanity: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any rule."""
        return bool(self.capitals or self.rewrites or self.profanity)

    def word(self, word: str) -> str:
        """Return a recognized word with its capitals."""
        return self.capitals.get(word, word)

    def formatted(self, text: str) -> str:
        """Return display text with phrases rewritten, in any case, and profanity masked letter by letter."""
        for old, new in sorted(self.rewrites, key=_longest_first):
            text = _phrase(old).sub(new.replace("\\", r"\\"), text)
        for phrase in sorted(self.profanity, key=len, reverse=True):
            text = _phrase(phrase).sub(lambda match: re.sub(r"\S", "*", match[0]), text)
        return text


def _longest_first(rewrite: tuple[str, str]) -> tuple[int, str]:
    return -len(rewrite[0]), rewrite[0]


def _phrase(text: str) -> re.Pattern[str]:
    words = r"\s+".join(map(re.escape, text.split()))
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


def read(lines: Iterable[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the rewrites and the profanity of an output formatting file."""
    rewrites, profanity = [], []
    for section, line in sections(lines):
        if section == "rewrite":
            old, _, new = (part.strip() for part in line.partition("\t"))
            if old and new:
                rewrites.append((old, new))
        elif section == "profanity":
            profanity.append(line)
    return rewrites, profanity


def sections(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each line of an output formatting file with the section that it is in, empty before the first."""
    section = ""
    for line in map(str.strip, lines):
        if not line or line.startswith("//"):
            continue
        if heading := _SECTION.fullmatch(line):
            section = heading[1].casefold()
        else:
            yield section, line


def capitals(sentences: Iterable[str]) -> dict[str, str]:
    """Return the words that are mostly written with a capital inside of sentences, by their lower case.

    The first word of a sentence tells nothing, nor does a sentence all in capitals.
    """
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        if not sentence.isupper():
            for form in _inner_words(sentence.split()):
                seen[form.lower()][form] += 1
    usual = {word: forms.most_common(1)[0][0] for word, forms in sorted(seen.items())}
    return {word: form for word, form in usual.items() if form != word}


def _inner_words(chunks: Sequence[str]) -> Iterable[str]:
    for before, chunk in pairwise(chunks):
        form = chunk.strip(_EDGES)
        if not before.endswith(_END) and _WORD.fullmatch(form):
            yield form
