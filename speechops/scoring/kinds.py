"""What went wrong: the words most often confused, missed and made up, and how listed terms fared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from . import alignment
from .counts import DELETION, HIT, INSERTION, SUBSTITUTION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .alignment import Column
    from .normalise import Normaliser
    from .scores import Utterance


class ErrorKind(NamedTuple):
    """One kind of error and how often it happened. Of a deletion and an insertion, one side is empty."""

    reference: str
    hypothesis: str
    times: int


@dataclass(frozen=True, slots=True)
class ErrorKinds:
    """The most frequent errors of each kind, the most frequent first, then in the order of the words."""

    substitutions: tuple[ErrorKind, ...]
    deletions: tuple[ErrorKind, ...]
    insertions: tuple[ErrorKind, ...]


@dataclass(frozen=True, slots=True)
class TermScore:
    """A listed term: how often it was ``said``, ``heard``, and ``found`` where it was said."""

    term: str
    said: int
    heard: int
    found: int

    @property
    def recall(self) -> float | None:
        """The share of what was said that was found; None where it was never said."""
        return self.found / self.said if self.said else None

    @property
    def precision(self) -> float | None:
        """The share of what was heard that had been said; None where it was never heard."""
        return self.found / self.heard if self.heard else None


def align(reference: str, hypothesis: str, normaliser: Normaliser) -> tuple[Column, ...]:
    """Return the alignment of two texts, column by column, for a reader."""
    said, heard = normaliser.words(reference), counted_words(reference, hypothesis, normaliser)
    (path,) = alignment.paths([" ".join(said)], [" ".join(heard)], str.split)
    return tuple(alignment.columns(path, said, heard))


def counted_words(reference: str, hypothesis: str, normaliser: Normaliser) -> list[str]:
    """Return the units of a hypothesis as they are counted against a reference.

    They are its own, but for the alternatives of the reference: the first is in place of another one.
    """
    if normaliser.alternatives:
        from . import alternatives  # noqa: PLC0415 - on request only

        if alternatives.has_any(reference):
            return alternatives.fit(reference, hypothesis, normaliser.words).heard
    return normaliser.words(hypothesis)


def error_kinds(utterances: Iterable[Utterance], normaliser: Normaliser, *, top: int = 20) -> ErrorKinds:
    """Count the errors of one model by their words and keep the ``top`` of each kind."""
    found: dict[str, Counter[tuple[str, str]]] = {
        kind: Counter() for kind in (SUBSTITUTION, DELETION, INSERTION)
    }
    for one in utterances:
        for column in align(one.reference, one.hypothesis, normaliser):
            if column.kind != HIT:
                found[column.kind][column.reference, column.hypothesis] += 1

    def most(kind: str) -> tuple[ErrorKind, ...]:
        ranked = sorted(found[kind].items(), key=lambda item: (-item[1], item[0]))
        return tuple(ErrorKind(*words, times) for words, times in ranked[:top])

    return ErrorKinds(most(SUBSTITUTION), most(DELETION), most(INSERTION))


def read_terms(text: str) -> tuple[str, ...]:
    """Return the terms of a file: one a line, ``#`` begins a comment, nothing counts after a tab.

    So the service's pronunciation file, of display form and pronunciation, is a list of terms as it is.
    """
    lines = (line.split("#", 1)[0].split("\t", 1)[0].strip() for line in text.lstrip("\ufeff").splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def term_scores(
    utterances: Iterable[Utterance], normaliser: Normaliser, terms: Iterable[str]
) -> tuple[TermScore, ...]:
    """Score each of ``terms``, as written. A term is found where all its words are hits, side by side."""
    units = {term: normaliser.words(term) for term in terms}
    wanted = {term: words for term, words in units.items() if words}
    said: Counter[str] = Counter()
    heard: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for one in utterances:
        columns = align(one.reference, one.hypothesis, normaliser)
        reference = [column.reference for column in columns if column.kind != INSERTION]
        hypothesis = [column.hypothesis for column in columns if column.kind != DELETION]
        hits = [column.reference if column.kind == HIT else None for column in columns]
        for term, words in wanted.items():
            said[term] += _occurrences(reference, words)
            heard[term] += _occurrences(hypothesis, words)
            found[term] += _occurrences(hits, words)
    return tuple(TermScore(term, said[term], heard[term], found[term]) for term in wanted)


def _occurrences(text: Sequence[str | None], words: list[str]) -> int:
    """Count how often ``words`` stand in ``text`` without overlap."""
    count = start = 0
    while start + len(words) <= len(text):
        if text[start : start + len(words)] == words:
            count += 1
            start += len(words)
        else:
            start += 1
    return count
