"""Key terms: how often important words were spoken, recognized, and found where they were spoken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .normalise import Normaliser


@dataclass(frozen=True, slots=True)
class TermScore:
    """A listed term: how often it was ``said``, ``recognized``, and ``found`` where it was said."""

    term: str
    said: int
    recognized: int
    found: int

    @property
    def recall(self) -> float | None:
        """The share of what was said that was found; None if it was never said."""
        return self.found / self.said if self.said else None

    @property
    def precision(self) -> float | None:
        """The share of recognized terms that had been said; None if it was never recognized."""
        return self.found / self.recognized if self.recognized else None


@dataclass(frozen=True, slots=True)
class TermRecall:
    """All key terms together under both models: how often any was said, and found by each."""

    said: int
    benchmark: int
    candidate: int


class _Node:
    """Where terms that begin with the same words part: those that end here, and the words that may follow."""

    __slots__ = ("following", "terms")

    def __init__(self) -> None:
        self.terms: list[str] = []
        self.following: dict[str, _Node] = {}


class TermIndex:
    """Terms by their words, so that a text is searched once, however many terms there are."""

    def __init__(self, terms: Iterable[str], normaliser: Normaliser) -> None:
        """Cut each of ``terms``; one without a word is left out."""
        cut = {term: normaliser.words(term) for term in terms}
        self.terms = tuple(term for term, words in cut.items() if words)
        self._root = _Node()
        self._repeating: dict[str, int] = {}
        """The lengths of terms that may overlap themselves: their first word occurs again in them."""
        for term in self.terms:
            node, words = self._root, cut[term]
            for word in words:
                node = node.following.setdefault(word, _Node())
            node.terms.append(term)
            if words[0] in words[1:]:
                self._repeating[term] = len(words)

    def occurrences(self, words: Sequence[str]) -> dict[str, int]:
        """Count how often each term occurs in a text; two of the same term do not overlap."""
        found: dict[str, int] = {}
        free: dict[str, int] = {}
        first, end = self._root.following, len(words)
        if first.keys().isdisjoint(words):
            return found
        for start, word in enumerate(words):
            node = first.get(word)
            position = start
            while node is not None:
                for term in node.terms:
                    if term in self._repeating:
                        if start < free.get(term, 0):
                            continue
                        free[term] = start + self._repeating[term]
                    found[term] = found.get(term, 0) + 1
                position += 1
                if position == end:
                    break
                node = node.following.get(words[position])
        return found


def _in_both(said: Mapping[str, int], recognized: Mapping[str, int]) -> dict[str, int]:
    """Return how often each term was found: as often as it was both said and recognized."""
    return {term: min(times, recognized[term]) for term, times in said.items() if term in recognized}


def read_terms(text: str) -> tuple[str, ...]:
    """Return the terms of a file: one a line, ``#`` begins a comment, nothing counts after a tab.

    So the service's pronunciation file, of display form and pronunciation, is a list of terms as it is.
    """
    lines = (line.split("#", 1)[0].split("\t", 1)[0].strip() for line in text.lstrip("\ufeff").splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def term_scores(
    utterances: Iterable[tuple[Mapping[str, int], Mapping[str, int]]], index: TermIndex
) -> tuple[TermScore, ...]:
    """Score each term by its occurrences in reference and hypothesis of each utterance.

    A term is found as often as it was both said and recognized in the same utterance, wherever in it:
    of several alignments with the fewest errors none is better than the others, so none decides.
    """
    said, recognized, found = (dict.fromkeys(index.terms, 0) for _ in range(3))
    for here, there in utterances:
        for term, times in here.items():
            said[term] += times
            if term in there:
                found[term] += min(times, there[term])
        for term, times in there.items():
            recognized[term] += times
    return tuple(TermScore(term, said[term], recognized[term], found[term]) for term in index.terms)


def term_recall(
    utterances: Iterable[tuple[Sequence[str], Sequence[str], Sequence[str]]], index: TermIndex
) -> TermRecall:
    """Sum up how often terms were said, and found by benchmark and candidate."""
    said = benchmark = candidate = 0
    for reference, before, after in utterances:
        here = index.occurrences(reference)
        if here:
            said += sum(here.values())
            benchmark += sum(_in_both(here, index.occurrences(before)).values())
            candidate += sum(_in_both(here, index.occurrences(after)).values())
    return TermRecall(said, benchmark, candidate)
