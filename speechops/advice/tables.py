"""Where the errors are: kinds of regions, classes of words, lengths, ends, and a table of single words."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops.advice import words as classes
from speechops.advice.regions import Kind
from speechops.advice.situation import taught

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from speechops.advice.evidence import Evidence, Side
    from speechops.registry.documents import Vocabulary

_WORDS = 300
_HEARD = 3
_IDS = 50
_BOUNDS = (5, 10, 20)


@dataclass(frozen=True, slots=True)
class RegionCounts:
    """The error regions of one model by kind."""

    replaced: int
    lost: int
    extra: int
    lost_words: int = 0
    extra_words: int = 0

    @property
    def total(self) -> int:
        """All regions."""
        return self.replaced + self.lost + self.extra


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class of words, or of lengths of utterances: how often said, and how often wrong in each model."""

    name: str
    said: int
    benchmark: int
    candidate: int | None


@dataclass(frozen=True, slots=True)
class WordRow:
    """One word: how often said and wrong, what was recognized instead, and how often it was taught.

    ``benchmark_taught`` and ``candidate_taught`` count it in the training data; None if that is unknown.
    """

    word: str
    said: int
    benchmark: int
    candidate: int | None
    benchmark_heard: tuple[str, ...]
    candidate_heard: tuple[str, ...]
    benchmark_taught: int | None
    candidate_taught: int | None
    pronounced: bool
    utterances: tuple[str, ...]

    @property
    def change(self) -> int:
        """How much more often the candidate got the word wrong: negative is better."""
        return 0 if self.candidate is None else self.candidate - self.benchmark


@dataclass(frozen=True, slots=True)
class Tables:
    """The figures of the part "Where the errors are", and its words."""

    benchmark: RegionCounts
    candidate: RegionCounts | None
    classes: tuple[ClassRow, ...] = ()
    lengths: tuple[ClassRow, ...] = ()
    words: tuple[WordRow, ...] = ()


def tables(
    evidence: Evidence, before: Vocabulary | None, after: Vocabulary | None, terms: Collection[str] = ()
) -> Tables:
    """Return the tables of ``evidence``; ``before`` and ``after`` are what both models were trained on."""
    return Tables(
        _counts(evidence.benchmark),
        _counts(evidence.candidate) if evidence.candidate else None,
        tuple(_classes(evidence, frozenset(terms))),
        tuple(_lengths(evidence)),
        tuple(_words(evidence, before, after)),
    )


def _counts(side: Side) -> RegionCounts:
    kinds = {kind: side.count(kind) for kind in Kind}
    return RegionCounts(
        kinds[Kind.REPLACED],
        kinds[Kind.LOST],
        kinds[Kind.EXTRA],
        side.words(Kind.LOST),
        side.words(Kind.EXTRA),
    )


def class_of(word: str, terms: Collection[str]) -> str:
    """Return the class of a word: key term, number, function word or content word."""
    if word in terms:
        return "key terms"
    if classes.is_number(word):
        return "numbers"
    return "function words" if classes.is_function_word(word) else "content words"


def _classes(evidence: Evidence, terms: frozenset[str]) -> Iterator[ClassRow]:
    names = ("content words", "key terms", "numbers", "function words")
    counts: dict[str, list[int]] = {name: [0, 0, 0] for name in names}
    for word, said in evidence.said.items():
        row = counts[class_of(word, terms)]
        row[0] += said
        row[1] += evidence.benchmark.wrong[word]
        row[2] += evidence.candidate.wrong[word] if evidence.candidate else 0
    for name, (said, before, after) in counts.items():
        if said:
            yield ClassRow(name, said, before, after if evidence.candidate else None)


def _lengths(evidence: Evidence) -> Iterator[ClassRow]:
    """Yield words and wrong words by length of utterance; nothing if all are about as long."""
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    lengths: dict[str, int] = {}
    for utterance in evidence.utterances:
        length = utterance.reference.count(" ") + 1 if utterance.reference else 0
        lengths[utterance.id] = sum(length > bound for bound in _BOUNDS)
        counts[lengths[utterance.id]][0] += length
    for place, side in enumerate((evidence.benchmark, evidence.candidate), 1):
        for mistake in side.mistakes if side else ():
            counts[lengths[mistake.utterance.id]][place] += len(mistake.region.said)
    if len(counts) < 2:  # noqa: PLR2004 - nothing to compare
        return
    names = ("1 to 5 words", "6 to 10 words", "11 to 20 words", "more than 20 words")
    for bound in sorted(counts):
        said, before, after = counts[bound]
        yield ClassRow(names[bound], said, before, after if evidence.candidate else None)


def _words(evidence: Evidence, before: Vocabulary | None, after: Vocabulary | None) -> Iterator[WordRow]:
    """Yield the words that were wrong, those that got worse first, then those that are wrong most often."""
    new, old = evidence.candidate, evidence.benchmark
    wrong = set(old.wrong) | set(new.wrong if new else ())

    def rank(word: str) -> tuple[bool, int, int, str]:
        now = new.wrong[word] if new else old.wrong[word]
        change = now - old.wrong[word]
        taught_less = before is not None and after is not None and before.words.get(word, 0) > 0
        return classes.is_everyday(word), -change, -now if not taught_less else -now - 1, word

    chosen = sorted(wrong, key=rank)[:_WORDS]
    heard = [_heard(side, frozenset(chosen)) for side in (old, new) if side]
    for word in chosen:
        places = dict.fromkeys(identity for side in reversed(heard) for identity in side[word][1])
        last = after if new else before
        yield WordRow(
            word,
            evidence.said[word],
            old.wrong[word],
            new.wrong[word] if new else None,
            _most(heard[0][word][0]),
            _most(heard[1][word][0]) if new else (),
            taught(before, word),
            taught(after, word) if new else None,
            last is not None and word in last.pronunciations,
            tuple(places)[:_IDS],
        )


def _heard(side: Side, chosen: frozenset[str]) -> dict[str, tuple[Counter[str], dict[str, None]]]:
    found: dict[str, tuple[Counter[str], dict[str, None]]] = defaultdict(lambda: (Counter(), {}))
    for utterance, region, _ in side.mistakes:
        text = ""
        for word in region.said:
            if word in chosen:
                text = text or " ".join(region.heard)
                counter, places = found[word]
                counter[text] += 1
                places[utterance.id] = None
    return found


def _most(counter: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text, _ in counter.most_common(_HEARD)) if isinstance(counter, Counter) else ()
