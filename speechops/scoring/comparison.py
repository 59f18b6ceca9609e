"""Two models on the same utterances: the difference of their error rates, and its uncertainty."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import compress
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

from speechops.errors import DataError

from . import bootstrap, hidden_loss, permutation
from .counts import HIT, INSERTION, Counts
from .matched_pairs import MatchedPairs, matched_pairs
from .normalise import Unit  # noqa: TC001 - stored verdicts are read by their types
from .terms import TermRecall  # noqa: TC001
from .units import Interval, Units

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from .scores import Scores

_SHOWN = 10
_LEAST_UNITS = 2
"""One unit has no variance."""

_DIGITS = 9
"""Digits of a bound that every processor computes alike; so 0 is 0."""

_POWER = 0.8
"""The certainty with which a real difference should be found (Cohen, Statistical Power Analysis, 1988)."""


class Pair(NamedTuple):
    """One utterance under both models: the words of its reference and the errors of each."""

    id: str
    words: int
    benchmark_errors: int
    candidate_errors: int
    group: str = ""
    cluster: str = ""

    @property
    def difference(self) -> int:
        """Errors of the candidate less those of the benchmark: negative is better."""
        return self.candidate_errors - self.benchmark_errors


@dataclass(frozen=True, slots=True)
class GroupComparison:
    """One group under both models. ``changed`` counts those of its ``units`` whose errors differ.

    Its interval has :attr:`Comparison.group_confidence`, and is None if too few units changed for one.
    """

    name: str
    utterances: int
    benchmark: Counts
    candidate: Counts
    changed: int
    interval: Interval | None
    units: int = 0

    @property
    def difference(self) -> float | None:
        """Candidate less benchmark, as a fraction: negative is better; None without reference words."""
        return _difference(self.benchmark, self.candidate)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Benchmark and candidate on the same utterances. Rates and differences are fractions.

    ``units`` are what is resampled: clusters if given, otherwise utterances; ``changed`` of them have
    a different number of errors under the two models.

    ``interval`` covers both the bootstrap's and the permutation test's, so that what lies outside of it is
    rejected by both; it is None if fewer units changed than the sign test needs (:func:`least_changes`).
    ``upper_bound`` is by how much the candidate could be worse if units were lost that the test set does not
    show. ``permutation_p`` is two-sided. All of these, ``standard_error`` and ``probability_of_improvement``
    are None without two units and a word.

    ``silent`` counts the utterances in which nothing is said, ``silent_insertions`` the words that benchmark
    and candidate recognized there. ``key_terms`` are only present if the gate judges them. ``numerals``
    counts utterances whose reference is written with digits; ``excluded`` names those left out on request,
    ``missing`` those that neither model has a text for. ``pairs``, and ``left_out`` of what is excluded, are
    not stored: they follow from the texts.
    """

    normaliser: str
    unit: Unit
    benchmark: Counts
    candidate: Counts
    utterances: int
    improved: int
    worsened: int
    units: int
    changed: int
    confidence: float
    interval: Interval | None
    upper_bound: float | None
    standard_error: float | None
    probability_of_improvement: float | None
    permutation_p: float | None
    matched_pairs: MatchedPairs
    groups: tuple[GroupComparison, ...] = ()
    excluded: tuple[str, ...] = ()
    silent: int = 0
    silent_insertions: tuple[int, int] = (0, 0)
    key_terms: TermRecall | None = None
    numerals: int = 0
    by_cluster: bool = False
    missing: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = field(default=(), compare=False, repr=False)
    left_out: tuple[Pair, ...] = field(default=(), compare=False, repr=False)

    def without_pairs(self) -> Comparison:
        """Return the comparison without the utterances' own counts, which follow from their texts."""
        return replace(self, pairs=(), left_out=())

    @property
    def group_confidence(self) -> float:
        """The confidence of each group's interval: the groups share the chance of an error (Bonferroni)."""
        return _shared(self.confidence, len(self.groups))

    @property
    def equal(self) -> int:
        """The utterances with as many errors under both models."""
        return self.utterances - self.improved - self.worsened

    @property
    def words(self) -> int:
        """The length of all references, N."""
        return self.benchmark.reference_words

    @property
    def difference(self) -> float | None:
        """Candidate less benchmark, as a fraction: negative is better; None without reference words."""
        return _difference(self.benchmark, self.candidate)

    def smallest_difference(self, power: float = _POWER) -> float | None:
        """Return the difference that this test set finds with certainty ``power``; None if unknown.

        The two-sided test at ``confidence``, by the normal approximation: (z[(1 + c) / 2] + z[power]) SE.
        """
        if not self.standard_error:
            return None
        return _reach(self.confidence, power) * self.standard_error

    def words_needed(self, difference: float, power: float = _POWER) -> float | None:
        """Return how many words a test set needs to find ``difference``; None if unknown.

        The standard error falls with the square root of the number of words.
        """
        smallest = self.smallest_difference(power)
        if not smallest or not difference:
            return None
        return self.words * (smallest / difference) ** 2


@dataclass(frozen=True, slots=True)
class _Evidence:
    """A comparison of some of the pairs: the numbers of units and changed units, and the statistics."""

    number: int
    changed: int
    units: Units | None

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> _Evidence:
        differences, words = _units(pairs)
        enough = len(words) >= _LEAST_UNITS and sum(words) > 0
        return cls(len(words), sum(map(bool, differences)), Units.of(differences, words) if enough else None)

    def interval(self, confidence: float) -> Interval | None:
        """Return the interval that covers those of the bootstrap and the permutation test."""
        if self.units is None or self.changed < least_changes(confidence):
            return None
        tail = (1 - confidence) / 2
        drawn, flipped = bootstrap.interval(self.units, tail), permutation.interval(self.units, tail)
        bounds = min(drawn.low, flipped.low), max(drawn.high, flipped.high)
        return Interval(*(round(bound, _DIGITS) for bound in bounds))


def least_changes(confidence: float) -> int:
    """Return the least n for which n changes in one direction have a two-sided p below 1 - confidence.

    Of fewer units that changed, even all of them for the better could be chance: the sign test.
    """
    return math.ceil(math.log2(2 / (1 - confidence)) - 1e-9)


def compare(
    benchmark: Scores,
    candidate: Scores,
    *,
    confidence: float = 0.95,
    exclude: Collection[str] = (),
    missing: Collection[str] = (),
    key_terms: TermRecall | None = None,
) -> Comparison:
    """Compare two models on the same utterances, less those whose ids are in ``exclude``.

    ``missing`` names utterances of the test set that neither model recognized. Utterances with the same
    ``cluster`` are drawn together; each group gets an interval of its own. The order of the utterances does
    not matter. Raises DataError if the models were not scored on the same utterances under the same rules.
    """
    columns: tuple[tuple[str, ...], ...] = (
        benchmark.ids,
        benchmark.paths,
        _paths(benchmark, candidate),
        benchmark.groups,
        benchmark.clusters,
    )
    excluded = frozenset(exclude).intersection(benchmark.ids)
    left_out: tuple[Pair, ...] = ()
    if excluded:
        out = [key in excluded for key in benchmark.ids]
        left_out = _pairs(*(tuple(compress(column, out)) for column in columns))
        columns = tuple(tuple(compress(column, (not is_out for is_out in out))) for column in columns)
    _, before, after, *_ = columns
    pairs = _pairs(*columns)
    whole = _Evidence.of(pairs)
    units = whole.units
    silent = [pair for pair in pairs if not pair.words]
    return Comparison(
        normaliser=benchmark.rules.key,
        unit=benchmark.rules.unit,
        benchmark=Counts.of("".join(before)),
        candidate=Counts.of("".join(after)),
        utterances=len(pairs),
        improved=sum(pair.difference < 0 for pair in pairs),
        worsened=sum(pair.difference > 0 for pair in pairs),
        units=whole.number,
        by_cluster=any(pair.cluster for pair in pairs),
        changed=whole.changed,
        confidence=confidence,
        interval=whole.interval(confidence),
        upper_bound=hidden_loss.upper_bound(units, (1 - confidence) / 2) if units else None,
        standard_error=units.standard_error if units else None,
        probability_of_improvement=bootstrap.probability_of_improvement(units) if units else None,
        permutation_p=permutation.p_value(units) if units else None,
        matched_pairs=matched_pairs(before, after),
        groups=tuple(_group_comparisons(pairs, before, after, confidence)),
        silent=len(silent),
        silent_insertions=(
            sum(pair.benchmark_errors for pair in silent),
            sum(pair.candidate_errors for pair in silent),
        ),
        key_terms=key_terms,
        excluded=tuple(sorted(excluded)),
        missing=tuple(sorted(missing)),
        numerals=benchmark.numerals,
        pairs=pairs,
        left_out=left_out,
    )


def _group_comparisons(
    pairs: Sequence[Pair], before: Sequence[str], after: Sequence[str], confidence: float
) -> Iterator[GroupComparison]:
    groups = _groups(pairs)
    shared = _shared(confidence, len(groups))
    for name, members in groups:
        evidence = _Evidence.of(pairs[index] for index in members)
        yield GroupComparison(
            name,
            len(members),
            Counts.of("".join(before[index] for index in members)),
            Counts.of("".join(after[index] for index in members)),
            evidence.changed,
            evidence.interval(shared),
            evidence.number,
        )


def _shared(confidence: float, groups: int) -> float:
    """Return the confidence for each group at which all groups hold simultaneously (Bonferroni)."""
    return 1 - (1 - confidence) / max(groups, 1)


def _pairs(
    ids: Sequence[str],
    before: Sequence[str],
    after: Sequence[str],
    groups: Sequence[str],
    clusters: Sequence[str],
) -> tuple[Pair, ...]:
    errors = map(_errors, before), map(_errors, after)
    return tuple(map(Pair, ids, map(_words, before), *errors, groups, clusters))


def _paths(benchmark: Scores, candidate: Scores) -> tuple[str, ...]:
    """Return the candidate's paths in the order of the benchmark's utterances."""
    rules = [scores.rules.key for scores in (benchmark, candidate)]
    if rules[0] != rules[1]:
        raise DataError(
            f"The two models were scored by different rules: {' and '.join(rules)}.",
            hint="Score both again from their texts.",
        )
    repeated = [key for key, times in Counter(benchmark.ids).items() if times > 1]
    if repeated:
        raise DataError(
            f"Duplicate utterances in the test set: {some(repeated)}.", hint="Give each utterance its own ID."
        )
    odd = sorted(set(benchmark.ids) ^ set(candidate.ids))
    if odd or len(candidate.ids) > len(benchmark.ids):
        raise DataError(
            f"The two models were not scored on the same utterances; only one has {some(odd)}.",
            hint="Test both models on the same test data.",
        )
    paths = candidate.paths
    if benchmark.ids != candidate.ids:
        by_id = dict(zip(candidate.ids, candidate.paths, strict=True))
        paths = tuple(by_id[key] for key in benchmark.ids)
    unlike = [
        key
        for key, first, second in zip(benchmark.ids, benchmark.paths, paths, strict=True)
        if _words(first) != _words(second)
    ]
    if unlike:
        raise DataError(
            f"The two models were scored against different transcripts of {some(unlike)}.",
            hint="Test both models on the same test data.",
        )
    return paths


def some(names: Sequence[str]) -> str:
    """Name the first few of many."""
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else shown


def _words(path: str) -> int:
    return len(path) - path.count(INSERTION)


def _errors(path: str) -> int:
    return len(path) - path.count(HIT)


def _units(pairs: Iterable[Pair]) -> tuple[list[int], list[int]]:
    """Return the difference in errors and the words of each unit: a cluster, or an utterance without one."""
    clusters: dict[str, tuple[int, int]] = {}
    differences, words = [], []
    for pair in pairs:
        if pair.cluster:
            errors, length = clusters.get(pair.cluster, (0, 0))
            clusters[pair.cluster] = errors + pair.difference, length + pair.words
        else:
            differences.append(pair.difference)
            words.append(pair.words)
    for errors, length in clusters.values():
        differences.append(errors)
        words.append(length)
    return differences, words


def _groups(pairs: Sequence[Pair]) -> list[tuple[str, list[int]]]:
    members: dict[str, list[int]] = {}
    for index, pair in enumerate(pairs):
        if pair.group:
            members.setdefault(pair.group, []).append(index)
    return sorted(members.items())


def _difference(benchmark: Counts, candidate: Counts) -> float | None:
    words = benchmark.reference_words
    return (candidate.errors - benchmark.errors) / words if words else None


def _reach(confidence: float, power: float) -> float:
    normal = NormalDist()
    return normal.inv_cdf((1 + confidence) / 2) + normal.inv_cdf(power)
