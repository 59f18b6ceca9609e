"""How often the verdict is wrong, and how often it finds what is there: the tables of docs/verdict.md.

    python -m bench.calibration            some fifteen minutes
    python -m bench.calibration --clusters   the table of speakers alone: a minute
    python -m bench.calibration --quick    half a minute, for CI: fails where too many equal models pass

Two models are judged on many test sets and the verdicts are counted. Made-up utterances have 3 to 60 words,
12 on average; the chance of an error is 10 % on average and differs from utterance to utterance (a beta
distribution of concentration 4); on some share of the words the second model does what the first did, on the
others it errs on its own account; of its errors, a gain takes away a part. Other test sets are drawn from
recognitions of the embedded service (``recognitions.json``, made by ``python -m bench.recognitions``).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from speechops import scoring
from speechops.scoring import Gate, Method, Outcome, Scores, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CONCENTRATION = 4
ENGLISH = scoring.normaliser("en-US")
RECOGNITIONS = Path(__file__).with_name("recognitions.json")
ALLOWED = 0.05

Paths = list[str]


class Source(Protocol):
    """Where test sets come from."""

    @property
    def name(self) -> str:
        """What stands in the table."""
        ...

    @property
    def truth(self) -> float:
        """The difference in error rate that an endless test set would show."""
        ...

    def draw(self, utterances: int, random: np.random.Generator) -> tuple[Paths, Paths]:
        """Return the paths of both models on a test set."""
        ...


@dataclass(frozen=True)
class MadeUp:
    """Utterances out of a model of speech recognition."""

    gain: float
    shared: float = 0.7
    rate: float = 0.1

    @property
    def name(self) -> str:
        """What stands in the table."""
        what = f"{self.gain:.0%} better" if self.gain else "equal"
        return f"{what}, {self.shared:.0%} shared"

    @property
    def truth(self) -> float:
        """The difference in error rate that an endless test set would show."""
        return -self.gain * self.rate

    def draw(self, utterances: int, random: np.random.Generator) -> tuple[Paths, Paths]:
        """Return the paths of both models on a test set."""
        lengths = np.clip(np.round(3 + random.gamma(1.6, 9.2 / 1.6, utterances)), 3, 60).astype(int)
        chance = random.beta(self.rate * CONCENTRATION, (1 - self.rate) * CONCENTRATION, utterances)
        words = int(lengths.sum())
        difficulty = np.repeat(chance, lengths)
        one = random.random(words) < difficulty
        own = random.random(words) < difficulty
        other = np.where(random.random(words) < self.shared, one, own) & (random.random(words) >= self.gain)
        return _paths(one, lengths), _paths(other, lengths)


@dataclass(frozen=True)
class Recognised:
    """Utterances that the embedded recogniser heard, drawn with replacement.

    Equal models trade places at random in each utterance, so that their true difference is zero.
    """

    benchmark: Paths
    candidate: Paths
    equal: bool

    @property
    def name(self) -> str:
        """What stands in the table."""
        gain = -self.truth / (scoring.Counts.of("".join(self.benchmark)).error_rate or 1.0)
        return "recognised, equal" if self.equal else f"recognised, {gain:.0%} better"

    @property
    def truth(self) -> float:
        """The difference in error rate over all the recognitions."""
        one, other = (scoring.Counts.of("".join(paths)) for paths in (self.benchmark, self.candidate))
        return 0.0 if self.equal else (other.errors - one.errors) / one.reference_words

    def draw(self, utterances: int, random: np.random.Generator) -> tuple[Paths, Paths]:
        """Return the paths of both models on a test set."""
        chosen = random.integers(0, len(self.benchmark), utterances)
        pairs = [(self.benchmark[index], self.candidate[index]) for index in chosen]
        if self.equal:
            turns = random.choice([1, -1], utterances)
            pairs = [pair[::turn] for pair, turn in zip(pairs, turns, strict=True)]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


@dataclass(frozen=True)
class Speakers:
    """Equal models that suit each speaker differently; some speakers have many utterances, most have few.

    Both models' chances of an error with a speaker come from the same beta distribution (mean 10 %,
    concentration 20); the number of a speaker's utterances is lognormal (median 8, sigma 1).
    """

    rate: float = 0.1
    concentration: float = 20

    def draw(self, speakers: int, random: np.random.Generator) -> tuple[Paths, Paths, list[str]]:
        """Return the paths of both models on a test set, and each utterance's speaker."""
        sizes = np.clip(np.round(random.lognormal(math.log(8), 1, speakers)), 1, 200).astype(int)
        speaker = np.repeat(np.arange(speakers), sizes)
        lengths = np.clip(np.round(3 + random.gamma(1.6, 9.2 / 1.6, len(speaker))), 3, 60).astype(int)
        mean, rest = self.rate * self.concentration, (1 - self.rate) * self.concentration
        chances = random.beta(mean, rest, (2, speakers))[:, np.repeat(speaker, lengths)]
        one, other = random.random(chances.shape) < chances
        return _paths(one, lengths), _paths(other, lengths), list(map(str, speaker))


def clusters(sizes: Sequence[int], trials: int, draws: int) -> None:
    """Print how often equal models are promoted where speakers are clusters, and where they are not."""
    print(f"{trials:,} trials each")
    print("| speakers | utterances | words | promoted, by utterance | promoted, by speaker | covers |")
    print("|---|---|---|---|---|---|")
    for speakers in sizes:
        random = np.random.default_rng([12, speakers])
        pairs = [_by_utterance_and_speaker(speakers, random, draws) for _ in range(trials)]
        apart, together = ([pair[which].comparison for pair in pairs] for which in (0, 1))
        promoted = [sum(pair[which].outcome is Outcome.BETTER for pair in pairs) for which in (0, 1)]
        held = sum(
            one.interval is not None and one.interval.low <= 0 <= one.interval.high for one in together
        )
        cells = [
            f"{speakers}",
            f"{sum(one.utterances for one in apart) / trials:,.0f}",
            f"{sum(one.words for one in apart) / trials:,.0f}",
            *(f"{share / trials:.1%}" for share in (*promoted, held)),
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


def _by_utterance_and_speaker(
    speakers: int, random: np.random.Generator, draws: int
) -> tuple[Verdict, Verdict]:
    """Judge two equal models on one test set, by utterance and by speaker."""
    one, other, speaker = Speakers().draw(speakers, random)
    gate = Gate(min_utterances=2, min_words=1)
    benchmark, candidate = scores(one), scores(other)
    return (
        scoring.judge(benchmark, candidate, gate, seed=1, draws=draws),
        scoring.judge(benchmark._replace(clusters=tuple(speaker)), candidate, gate, seed=1, draws=draws),
    )


def recognised() -> list[Source]:
    """Return what ``bench.recognitions`` heard, as two equal models and as one that is better."""
    paths = json.loads(RECOGNITIONS.read_text(encoding="utf-8"))
    return [
        Recognised(paths["one"], paths["other"], equal=True),
        Recognised(paths["one"], paths["better"], equal=False),
    ]


def _paths(wrong: NDArray[np.bool_], lengths: NDArray[np.int64]) -> Paths:
    text = np.where(wrong, b"S", b"=").tobytes().decode("ascii")
    ends = np.cumsum(lengths)
    return [text[end - length : end] for end, length in zip(ends.tolist(), lengths.tolist(), strict=True)]


def scores(paths: Paths) -> Scores:
    """Return the scores of a model."""
    blank = ("",) * len(paths)
    return Scores(
        ENGLISH, scoring.Weights.UNIT, tuple(map(str, range(len(paths)))), tuple(paths), blank, blank
    )


@dataclass(frozen=True)
class Trial:
    """Which tests promote the candidate, and which intervals hold the truth."""

    promoted: dict[str, bool]
    covered: dict[str, bool]
    words: int


def trial(source: Source, utterances: int, random: np.random.Generator, draws: int) -> Trial:
    """Judge two models on one test set by every test."""
    one, other = (scores(paths) for paths in source.draw(utterances, random))
    seed = int(random.integers(1 << 30))
    gate = Gate(min_utterances=2, min_words=1)
    verdict = scoring.judge(one, other, gate, seed=seed, draws=draws)
    ours = verdict.comparison
    simple = scoring.compare(one, other, seed=seed, draws=draws, method=Method.PERCENTILE)
    mapsswe = ours.matched_pairs
    assert ours.interval
    assert simple.interval
    differences = np.array([pair.difference for pair in ours.pairs])
    return Trial(
        {
            "lower wins": differences.sum() < 0,
            "sign": _sign(ours.improved, ours.worsened),
            "permutation": _permutation(differences, random, draws),
            "percentile": simple.interval.high < 0,
            "MAPSSWE": mapsswe.p is not None and mapsswe.p < ALLOWED and mapsswe.mean < 0,
            "verdict": verdict.outcome is Outcome.BETTER,
        },
        {
            "percentile": simple.interval.low <= source.truth <= simple.interval.high,
            "verdict": ours.interval.low <= source.truth <= ours.interval.high,
        },
        ours.words,
    )


def _sign(improved: int, worsened: int) -> bool:
    """Apply the sign test by utterance, two-sided."""
    changed = improved + worsened
    tail = sum(math.comb(changed, count) for count in range(worsened + 1)) / 2**changed
    return improved > worsened and 2 * tail < ALLOWED


def _permutation(differences: NDArray[np.int64], random: np.random.Generator, draws: int) -> bool:
    """Apply the paired permutation test, two-sided: models trade places at random in each utterance."""
    sizes, counts = np.unique(np.abs(differences[differences != 0]), return_counts=True)
    if not len(sizes):
        return False
    sums = (2 * random.binomial(counts, 0.5, (draws, len(sizes))) - counts) @ sizes
    return float((sums <= differences.sum()).sum() + 1) / (draws + 1) < ALLOWED / 2


@dataclass(frozen=True)
class Cell:
    """A line of the table: the share of trials that each test promotes and each interval covers."""

    source: Source
    utterances: int
    words: float
    promoted: dict[str, float]
    covered: dict[str, float]

    def __str__(self) -> str:
        """As a line of the table."""
        shares = [*self.promoted.values(), *self.covered.values()]
        cells = [f"{self.utterances:,}", f"{self.words:,.0f}", self.source.name]
        return f"| {' | '.join(cells + [f'{share:.1%}' for share in shares])} |"


def measure(source: Source, utterances: int, trials: int, draws: int) -> Cell:
    """Judge many test sets from one source."""
    random = np.random.default_rng([11, utterances])
    found = [trial(source, utterances, random, draws) for _ in range(trials)]
    return Cell(
        source,
        utterances,
        sum(one.words for one in found) / trials,
        {test: sum(one.promoted[test] for one in found) / trials for test in found[0].promoted},
        {test: sum(one.covered[test] for one in found) / trials for test in found[0].covered},
    )


def table(sources: Sequence[Source], sizes: Sequence[int], trials: int, draws: int) -> list[Cell]:
    """Measure and print the table."""
    cells = []
    for utterances in sizes:
        for source in sources:
            cells.append(measure(source, utterances, trials, draws))
            if len(cells) == 1:
                tests = [*cells[0].promoted, *(f"{test} covers" for test in cells[0].covered)]
                print(f"| utterances | words | models | {' | '.join(tests)} |")
                print("|" + "---|" * (3 + len(tests)))
            print(cells[-1], flush=True)
    return cells


def summary(cells: Sequence[Cell]) -> None:
    """Print the worst of the lines."""
    equal = [cell for cell in cells if not cell.source.truth]
    better = [cell for cell in cells if cell.source.truth]
    coverage = [cell.covered["verdict"] for cell in cells]
    gaps = [
        max(share for test, share in cell.promoted.items() if test != "lower wins") - cell.promoted["verdict"]
        for cell in better
    ]
    print(f"\nequal models promoted by the verdict: at most {max(c.promoted['verdict'] for c in equal):.1%}")
    print(f"power behind the best of the other tests: at most {max(gaps) * 100:.1f} points")
    print(f"coverage of the verdict's interval: {min(coverage):.1%} to {max(coverage):.1%}")


def sizes_needed() -> None:
    """Print how many words of test audio it takes to find a gain four times in five."""
    gains = (0.05, 0.1, 0.2, 0.3)
    print("\n| error rate | shared words | " + " | ".join(f"{g:.0%} better" for g in gains) + " |")
    print("|" + "---|" * (2 + len(gains)))
    for rate in (0.05, 0.1, 0.2):
        for shared in (0.5, 0.7, 0.9):
            one, other = MadeUp(0, shared, rate).draw(20_000, np.random.default_rng(12))
            found = scoring.compare(scores(one), scores(other), seed=1, draws=100)
            needed = [found.words_needed(gain * rate) or 0.0 for gain in gains]
            print(f"| {rate:.0%} | {shared:.0%} | {' | '.join(f'{round(n, -2):,.0f}' for n in needed)} |")


def main() -> int:
    """Measure, print, and say whether the limits hold."""
    parser = argparse.ArgumentParser(prog="python -m bench.calibration")
    parser.add_argument("--quick", action="store_true", help="few trials, for CI")
    parser.add_argument("--clusters", action="store_true", help="the table of speakers alone")
    parser.add_argument("--trials", type=int, default=2000)
    options = parser.parse_args()
    if options.clusters:
        clusters([10, 20, 40], min(options.trials, 1000), draws=2000)
        return 0
    if options.quick:
        trials = 300
        cells = table([MadeUp(0), MadeUp(0.3)], [50, 200], trials, draws=500)
        slack = 3 * math.sqrt(ALLOWED * (1 - ALLOWED) / trials)
        return int(any(c.promoted["verdict"] > ALLOWED + slack for c in cells if not c.source.truth))
    made_up = [MadeUp(0), MadeUp(0, 0.9), MadeUp(0.1), MadeUp(0.2)]
    summary(table(made_up, [50, 200, 1000], options.trials, draws=2000))
    print()
    summary(table(recognised(), [50, 200, 1000], options.trials, draws=2000))
    print()
    table([MadeUp(0), MadeUp(0.3)], [10, 20], options.trials, draws=2000)
    print()
    clusters([10, 20, 40], min(options.trials, 1000), draws=2000)
    sizes_needed()
    return 0


if __name__ == "__main__":
    sys.exit(main())
