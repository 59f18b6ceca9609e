"""Key terms: how often important words were spoken, recognized, and found where they were spoken."""

from __future__ import annotations

from collections import Counter
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


class TermIndex:
    """Terms by their words, so that a text is searched once, however many terms there are."""

    def __init__(self, terms: Iterable[str], normaliser: Normaliser) -> None:
        """Cut each of ``terms``; one without a word is left out."""
        cut = {term: tuple(normaliser.words(term)) for term in terms}
        self.terms = tuple(term for term, words in cut.items() if words)
        self._terms: dict[tuple[str, ...], list[str]] = {}
        lengths: dict[str, set[int]] = {}
        for term in self.terms:
            words = cut[term]
            self._terms.setdefault(words, []).append(term)
            lengths.setdefault(words[0], set()).add(len(words))
        self._lengths = {first: sorted(sizes) for first, sizes in lengths.items()}

    def occurrences(self, words: Sequence[str]) -> dict[str, int]:
        """Count how often each term occurs in a text; two of the same term do not overlap."""
        found: dict[str, int] = {}
        free: dict[tuple[str, ...], int] = {}
        for position, word in enumerate(words):
            for length in self._lengths.get(word, ()):
                key = tuple(words[position : position + length])
                if len(key) == length and key in self._terms and position >= free.get(key, 0):
                    if length > 1:
                        free[key] = position + length
                    for term in self._terms[key]:
                        found[term] = found.get(term, 0) + 1
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
    utterances: Iterable[tuple[Sequence[str], Sequence[str]]], index: TermIndex
) -> tuple[TermScore, ...]:
    """Score each term by the words of reference and hypothesis of each utterance.

    A term is found as often as it was both said and recognized in the same utterance, wherever in it:
    of several alignments with the fewest errors none is better than the others, so none decides.
    """
    said: Counter[str] = Counter()
    recognized: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for reference, hypothesis in utterances:
        here, there = index.occurrences(reference), index.occurrences(hypothesis)
        for sums, counts in ((said, here), (recognized, there), (found, _in_both(here, there))):
            for term, times in counts.items():
                sums[term] += times
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
