"""Two models on the same utterances: the difference of their error rates and how sure it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from speechops.errors import DataError

from .counts import Counts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .scores import Scores, UtteranceScore


class Pair(NamedTuple):
    """One utterance under both models: reference words and the errors of each."""

    id: str
    words: int
    benchmark_errors: int
    candidate_errors: int
    group: str = ""
    block: str = ""


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of the difference in error rate, as fractions."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GroupComparison:
    """One group under both models; ``interval`` is None where the group is too small to say."""

    name: str
    utterances: int
    benchmark: Counts
    candidate: Counts
    interval: Interval | None

    @property
    def difference(self) -> float | None:
        """Candidate minus benchmark, as a fraction: negative is better."""
        return _difference(self.benchmark, self.candidate)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Benchmark and candidate on the same utterances. Rates and differences are fractions.

    ``units`` is the number of things drawn: blocks where blocks are given, otherwise utterances.
    ``interval`` is None where fewer than two can be drawn.
    """

    normaliser: str
    benchmark: Counts
    candidate: Counts
    utterances: int
    units: int
    improved: int
    worsened: int
    equal: int
    confidence: float
    interval: Interval | None
    standard_error: float | None
    probability_of_improvement: float | None
    draws: int
    seed: int
    groups: tuple[GroupComparison, ...] = ()
    excluded: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = field(default=(), compare=False, repr=False)

    @property
    def words(self) -> int:
        """N of the utterances compared."""
        return self.benchmark.reference_words

    @property
    def difference(self) -> float | None:
        """Candidate minus benchmark, as a fraction: negative is better. None without reference words."""
        return _difference(self.benchmark, self.candidate)

    def to_json(self) -> dict[str, Any]:
        """Return the numbers for ``json.dumps``. The pairs stay behind: :class:`Scores` keep them."""
        value = asdict(self)
        del value["pairs"]
        return {**value, "difference": self.difference}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Comparison:
        """Read what :meth:`to_json` wrote."""
        rest = {key: each for key, each in value.items() if key != "difference"}
        return cls(
            **{
                **rest,
                "benchmark": Counts.from_json(value["benchmark"]),
                "candidate": Counts.from_json(value["candidate"]),
                "interval": Interval(**value["interval"]) if value["interval"] else None,
                "groups": tuple(
                    GroupComparison(
                        one["name"],
                        one["utterances"],
                        Counts.from_json(one["benchmark"]),
                        Counts.from_json(one["candidate"]),
                        Interval(**one["interval"]) if one["interval"] else None,
                    )
                    for one in value["groups"]
                ),
                "excluded": tuple(value["excluded"]),
            }
        )


def compare(
    benchmark: Scores,
    candidate: Scores,
    *,
    seed: int,
    draws: int = 10_000,
    confidence: float = 0.95,
    exclude: Collection[str] = (),
) -> Comparison:
    """Compare two models on the same utterances, less those in ``exclude``.

    Raises DataError where the two were scored on different utterances or under different normalisers.
    """
    pairs, left, right = _pair(benchmark, candidate, frozenset(exclude))
    names = sorted({pair.group for pair in pairs})
    groups = []
    for name in names if names != [""] else []:
        members = [pair for pair in pairs if pair.group == name]
        interval, _, _ = _bootstrap(members, seed, draws, confidence)
        inside = {pair.id for pair in members}
        groups.append(
            GroupComparison(name, len(members), _total(left, inside), _total(right, inside), interval)
        )
    interval, error, probability = _bootstrap(pairs, seed, draws, confidence)
    return Comparison(
        normaliser=benchmark.normaliser,
        benchmark=_total(left),
        candidate=_total(right),
        utterances=len(pairs),
        units=len({pair.block or pair.id for pair in pairs}),
        improved=sum(pair.candidate_errors < pair.benchmark_errors for pair in pairs),
        worsened=sum(pair.candidate_errors > pair.benchmark_errors for pair in pairs),
        equal=sum(pair.candidate_errors == pair.benchmark_errors for pair in pairs),
        confidence=confidence,
        interval=interval,
        standard_error=error,
        probability_of_improvement=probability,
        draws=draws,
        seed=seed,
        groups=tuple(groups),
        excluded=tuple(sorted({one.id for one in benchmark.utterances} & set(exclude))),
        pairs=tuple(pairs),
    )


def _pair(
    benchmark: Scores, candidate: Scores, exclude: frozenset[str]
) -> tuple[list[Pair], list[UtteranceScore], list[UtteranceScore]]:
    if benchmark.normaliser != candidate.normaliser:
        raise DataError(
            f"The two models were scored under different rules: {benchmark.normaliser} and {candidate.normaliser}.",
            hint="Score both again from their texts.",
        )
    mine = {one.id: one for one in benchmark.utterances if one.id not in exclude}
    other = {one.id: one for one in candidate.utterances if one.id not in exclude}
    if mine.keys() != other.keys():
        odd = sorted(mine.keys() ^ other.keys())
        raise DataError(
            f"The two models were not scored on the same utterances; {len(odd)} differ: {', '.join(odd[:10])}.",
            hint="Test both models on the same test data.",
        )
    left = [mine[key] for key in sorted(mine)]
    right = [other[key] for key in sorted(mine)]
    pairs = [
        Pair(a.id, a.counts.reference_words, a.counts.errors, b.counts.errors, a.group, a.block)
        for a, b in zip(left, right, strict=True)
    ]
    return pairs, left, right


def _total(scores: list[UtteranceScore], inside: Collection[str] | None = None) -> Counts:
    return sum((one.counts for one in scores if inside is None or one.id in inside), Counts())


def _difference(benchmark: Counts, candidate: Counts) -> float | None:
    words = benchmark.reference_words
    return (candidate.errors - benchmark.errors) / words if words else None


def _bootstrap(
    pairs: list[Pair], seed: int, draws: int, confidence: float
) -> tuple[Interval | None, float | None, float | None]:
    """Bisani and Ney (2004): draw utterances (or blocks) with replacement, keep the difference in rate."""
    import numpy as np  # noqa: PLC0415 - imported only where models are compared

    blocks: dict[str, tuple[int, int]] = {}
    for pair in pairs:
        errors, words = blocks.get(pair.block or pair.id, (0, 0))
        blocks[pair.block or pair.id] = (
            errors + pair.candidate_errors - pair.benchmark_errors,
            words + pair.words,
        )
    rows, counts = np.unique(np.array(list(blocks.values()) or [(0, 0)]), axis=0, return_counts=True)
    if len(blocks) < 2 or not rows[:, 1].all():  # noqa: PLR2004 - one unit has no variance
        return None, None, None
    drawn = np.random.default_rng(seed).multinomial(len(blocks), counts / len(blocks), size=draws) @ rows
    rates = drawn[:, 0] / drawn[:, 1]
    low, high = np.quantile(rates, [(1 - confidence) / 2, (1 + confidence) / 2])
    better = float(np.mean(rates < 0) + np.mean(rates == 0) / 2)
    return Interval(float(low), float(high)), float(rates.std(ddof=1)), better
