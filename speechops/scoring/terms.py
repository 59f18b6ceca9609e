"""Key terms: how often words that matter were said, heard, and found where they were said."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .normalise import Normaliser


@dataclass(frozen=True, slots=True)
class TermScore:
    """A listed term: how often it was ``said``, ``heard``, and ``found`` where it was said."""

    term: str
    said: int
    heard: int
    found: int

    @property
    def recall(self) -> float | None:
        """The share of what was said that was found; None if it was never said."""
        return self.found / self.said if self.said else None

    @property
    def precision(self) -> float | None:
        """The share of what was heard that had been said; None if it was never heard."""
        return self.found / self.heard if self.heard else None


@dataclass(frozen=True, slots=True)
class TermRecall:
    """All key terms together under both models: how often any was said, and found by each."""

    said: int
    benchmark: int
    candidate: int


class TermIndex:
    """Terms by their first word, so that a text is searched once, however many terms there are."""

    def __init__(self, terms: Iterable[str], normaliser: Normaliser) -> None:
        """Cut each of ``terms``; one without a word is left out."""
        cut = {term: normaliser.words(term) for term in terms}
        self.terms = tuple(term for term, words in cut.items() if words)
        self._by_first: defaultdict[str, list[tuple[str, list[str]]]] = defaultdict(list)
        for term in self.terms:
            first, *rest = cut[term]
            self._by_first[first].append((term, rest))

    def occurrences(self, words: Sequence[str]) -> Counter[str]:
        """Count how often each term occurs in a text; two of the same term do not overlap."""
        found: Counter[str] = Counter()
        free: dict[str, int] = {}
        for position, word in enumerate(words):
            for term, rest in self._by_first.get(word, ()):
                end = position + 1 + len(rest)
                if position >= free.get(term, 0) and list(words[position + 1 : end]) == rest:
                    found[term] += 1
                    free[term] = end
        return found


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

    A term is found as often as it was both said and heard in the same utterance, wherever it was heard there:
    of several alignments with the fewest errors none is better than the others, so none decides.
    """
    said: Counter[str] = Counter()
    heard: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for reference, hypothesis in utterances:
        here, there = index.occurrences(reference), index.occurrences(hypothesis)
        said.update(here)
        heard.update(there)
        found.update(here & there)
    return tuple(TermScore(term, said[term], heard[term], found[term]) for term in index.terms)


def term_recall(
    utterances: Iterable[tuple[Sequence[str], Sequence[str], Sequence[str]]], index: TermIndex
) -> TermRecall:
    """Sum up how often terms were said, and found by benchmark and candidate."""
    said = benchmark = candidate = 0
    for reference, before, after in utterances:
        here = index.occurrences(reference)
        if here:
            said += here.total()
            benchmark += (here & index.occurrences(before)).total()
            candidate += (here & index.occurrences(after)).total()
    return TermRecall(said, benchmark, candidate)
