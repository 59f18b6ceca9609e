"""Judge many test sets whose truth is known, count, and print the tables of docs/verdict.md.

    python -m bench.calibration            all tables, some twenty minutes
    python -m bench.calibration --quick    half a minute, for CI: fails if too many equal models pass

``--table NAME`` prints one of them, ``--trials`` says how many test sets each line judges.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.calibration.sources import (
    MadeUp,
    Source,
    Speakers,
    Swapped,
    lengths_of,
    paths_of,
    recognised,
    scores,
)
from speechops import scoring
from speechops.scoring import Gate, Margin, Outcome, Policy, Scores, Verdict, bootstrap
from speechops.scoring.units import Units

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

ALLOWED = 0.05
TAIL = ALLOWED / 2
MOST_PROMOTED = 0.03
ANY_SIZE = Gate(min_utterances=2, min_words=1)

EQUAL = (
    MadeUp("equal"),
    MadeUp("equal, 90% shared", shared=0.9),
    MadeUp("equal, 2% WER", rate=0.02),
    MadeUp("equal, 40% WER", rate=0.4),
    MadeUp("equal, each loses 2%", lost=0.02),
    MadeUp("equal, each invents in 2%", invented=0.02),
    MadeUp("equal, 90% shared, loses and invents 1%", shared=0.9, lost=0.01, invented=0.01),
    MadeUp("equal, bursts in 3%", bursts=0.03),
)
BETTER = (
    MadeUp("10% better", gain=0.1),
    MadeUp("20% better", gain=0.2),
    MadeUp("30% better", gain=0.3),
    MadeUp("20% better, 2% WER", gain=0.2, rate=0.02),
    MadeUp("20% better, 40% WER", gain=0.2, rate=0.4),
    MadeUp("30% better, each loses 1%", gain=0.3, lost=0.01),
)


@dataclass(frozen=True)
class Trial:
    """Which tests promote the candidate, and which intervals hold the truth; None without an interval."""

    promoted: dict[str, bool]
    covered: dict[str, bool] | None
    words: int


def trial(source: Source, utterances: int, random: np.random.Generator) -> Trial:
    """Judge two models on one test set by every test."""
    one, other = source.draw(utterances, random)
    verdict = scoring.judge(scores(one), scores(other), ANY_SIZE)
    ours, truth = verdict.comparison, source.truth
    differences = np.array([pair.difference for pair in ours.pairs])
    drawn = bootstrap.interval(Units.of(differences.tolist(), [pair.words for pair in ours.pairs]), TAIL)
    mapsswe = ours.matched_pairs
    covered = None
    if ours.interval:
        covered = {
            "bootstrap": drawn.low <= truth <= drawn.high,
            "verdict": ours.interval.low <= truth <= ours.interval.high,
        }
    return Trial(
        {
            "lower wins": bool(differences.sum() < 0),
            "sign": _sign(ours.improved, ours.worsened),
            "permutation": _permutation(differences),
            "MAPSSWE": mapsswe.p is not None and mapsswe.p < ALLOWED and mapsswe.mean < 0,
            "bootstrap": drawn.high < 0 and ours.interval is not None,
            "verdict": verdict.outcome is Outcome.BETTER,
        },
        covered,
        ours.words,
    )


def _sign(improved: int, worsened: int) -> bool:
    """Apply the sign test by utterance, two-sided."""
    changed = improved + worsened
    tail = sum(math.comb(changed, count) for count in range(worsened + 1)) / 2**changed
    return improved > worsened and tail <= TAIL


def _permutation(differences: NDArray[np.int64]) -> bool:
    """Apply the exact paired permutation test, two-sided: all flips at once, by Fourier's transform."""
    total = int(differences.sum())
    sizes, times = np.unique(np.abs(differences[differences != 0]), return_counts=True)
    if total >= 0:
        return False
    most = int(sizes @ times)
    length = 1 << (most + 1).bit_length()
    angles = 2 * np.pi * np.arange(length // 2 + 1) / length
    waves = np.ones(len(angles), complex)
    for size, number in zip(sizes, times, strict=True):
        waves *= ((1 + np.exp(-1j * angles * size)) / 2) ** number
    return float(np.fft.irfft(waves, length)[: (most + total) // 2 + 1].sum()) <= TAIL


@dataclass(frozen=True)
class Cell:
    """A line of the table: the share of trials that each test promotes and each interval covers."""

    source: Source
    utterances: int
    words: float
    promoted: dict[str, float]
    covered: dict[str, float]
    intervals: float

    def __str__(self) -> str:
        """As a line of the table."""
        shares = [*self.promoted.values(), *self.covered.values()]
        cells = [f"{self.utterances:,}", f"{self.words:,.0f}", self.source.name]
        return f"| {' | '.join(cells + [f'{share:.1%}' for share in shares])} |"


def measure(source: Source, utterances: int, trials: int) -> Cell:
    """Judge many test sets from one source."""
    random = np.random.default_rng([11, utterances])
    found = [trial(source, utterances, random) for _ in range(trials)]
    with_interval = [one.covered for one in found if one.covered]
    return Cell(
        source,
        utterances,
        sum(one.words for one in found) / trials,
        {test: sum(one.promoted[test] for one in found) / trials for test in found[0].promoted},
        {
            which: sum(covered[which] for covered in with_interval) / max(len(with_interval), 1)
            for which in ("bootstrap", "verdict")
        },
        len(with_interval) / trials,
    )


def table(sources: Sequence[Source], sizes: Sequence[int], trials: int) -> list[Cell]:
    """Measure and print the table."""
    cells = []
    for utterances in sizes:
        for source in sources:
            cells.append(measure(source, utterances, trials))
            if len(cells) == 1:
                tests = [*cells[0].promoted, *(f"{test} covers" for test in cells[0].covered)]
                print(f"\n| utterances | words | models | {' | '.join(tests)} |")
                print("|" + "---|" * (3 + len(tests)))
            print(cells[-1], flush=True)
    return cells


def summary(cells: Sequence[Cell]) -> None:
    """Print the worst of the lines. A test is valid if it promotes at most 3 % of equal models in each."""
    equal = [cell for cell in cells if not cell.source.truth]
    better = [cell for cell in cells if cell.source.truth]
    most = {test: max(cell.promoted[test] for cell in equal) for test in equal[0].promoted}
    print(
        "\nequal models promoted, at most:", ", ".join(f"{test} {share:.1%}" for test, share in most.items())
    )
    valid = [test for test, share in most.items() if share <= MOST_PROMOTED and test != "verdict"]
    gaps = [
        max((cell.promoted[test] for test in valid), default=0.0) - cell.promoted["verdict"]
        for cell in better
    ]
    print(f"valid besides the verdict: {', '.join(valid)}; the best of them finds at most", end=" ")
    print(f"{max(gaps, default=0.0) * 100:.1f} points more")
    known = [cell.covered["verdict"] for cell in cells if cell.intervals == 1]
    print(f"coverage in lines whose every test set has an interval: {min(known):.1%} to {max(known):.1%}")


def decisions(trials: int) -> None:
    """Print who is promoted under superiority."""
    cells = table([*EQUAL, *BETTER], [20, 50, 200], trials)
    cells += table([EQUAL[0], EQUAL[4], EQUAL[5], EQUAL[7], BETTER[0]], [1000], trials)
    cells += table(recognised(), [50, 200], trials)
    summary(cells)
    table([EQUAL[0], EQUAL[3], EQUAL[5], BETTER[2]], [6, 10], trials)


def non_inferiority(trials: int) -> None:
    """Print how often a candidate that is worse by exactly the margin is promoted, and an equal one."""
    print("\n| utterances | margin, points | loses utterances | errs on more words | equal |")
    print("|---|---|---|---|---|")
    for utterances in (80, 200, 400, 800, 1500):
        for margin in (0.5, 2.0):
            worse = margin / 100
            sources = (MadeUp(forgets=worse / 0.9), Swapped(MadeUp(gain=worse / 0.1)), MadeUp())
            promoted = [_not_worse(source, utterances, trials, margin) for source in sources]
            print(
                f"| {utterances:,} | {margin} | {' | '.join(f'{one:.1%}' for one in promoted)} |", flush=True
            )


def _not_worse(source: Source, utterances: int, trials: int, margin: float) -> float:
    """Return the share of candidates that non-inferiority promotes."""
    random = np.random.default_rng([14, utterances])
    gate = Gate(Policy.NON_INFERIORITY, margin=Margin(margin), min_utterances=2, min_words=1)
    tests = (source.draw(utterances, random) for _ in range(trials))
    return sum(scoring.judge(scores(one), scores(other), gate).promotes for one, other in tests) / trials


def clusters(trials: int) -> None:
    """Print how often equal models are promoted where speakers are clusters, and where that is not said."""
    print(
        "\n| speakers | utterances | words | promoted, clusters not given | promoted, by speaker | covers |"
    )
    print("|---|---|---|---|---|---|")
    for speakers in (10, 20, 40, 80):
        random = np.random.default_rng([12, speakers])
        pairs = [_without_and_with_clusters(speakers, random) for _ in range(trials)]
        apart, together = ([pair[which].comparison for pair in pairs] for which in (0, 1))
        promoted = [sum(pair[which].outcome is Outcome.BETTER for pair in pairs) for which in (0, 1)]
        intervals = [one.interval for one in together if one.interval]
        cells = [
            f"{speakers}",
            f"{sum(one.utterances for one in apart) / trials:,.0f}",
            f"{sum(one.words for one in apart) / trials:,.0f}",
            *(f"{share / trials:.1%}" for share in promoted),
            f"{sum(one.low <= 0 <= one.high for one in intervals) / len(intervals):.1%}",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


def _without_and_with_clusters(speakers: int, random: np.random.Generator) -> tuple[Verdict, Verdict]:
    """Judge two equal models on one test set, by utterance and by speaker."""
    one, other, speaker = Speakers().draw(speakers, random)
    return (
        scoring.judge(scores(one), scores(other), ANY_SIZE),
        scoring.judge(scores(one, speaker), scores(other), ANY_SIZE),
    )


def repeated_tests(trials: int) -> None:
    """Print what a correction for repeated tests costs: the share of 20 % better candidates that is found."""
    levels: dict[str, Callable[[int], float]] = {
        "not corrected": lambda _: 1 - ALLOWED,
        "1 / (k (k + 1))": lambda number: 1 - ALLOWED / (number * (number + 1)),
        "the plan": Gate(correct_for_repeated_tests=True).level,
    }
    print(f"\n| test | {' | '.join(levels)} |")
    print("|---|---|---|---|")
    random = np.random.default_rng(15)
    tests = [tuple(map(scores, MadeUp(gain=0.2).draw(100, random))) for _ in range(trials)]
    for number in (1, 2, 5, 10, 20, 40):
        found = [_found(tests, level(number)) for level in levels.values()]
        print(f"| {number} | {' | '.join(f'{one:.1%}' for one in found)} |", flush=True)
    chain = [_chain(np.random.default_rng([16, run])) for run in range(trials // 10)]
    risks = [sum(any(flags) for flags in column) / len(chain) for column in zip(*chain, strict=True)]
    print(f"any of 20 equal candidates promoted on one test set, of {len(chain)}:", end=" ")
    print(f"not corrected {risks[0]:.1%}, by the plan {risks[1]:.1%}")


def _found(tests: Sequence[tuple[Scores, ...]], confidence: float) -> float:
    found = (scoring.compare(*pair, confidence=confidence).interval for pair in tests)
    return sum(interval is not None and interval.high < 0 for interval in found) / len(tests)


def _chain(random: np.random.Generator) -> tuple[list[bool], list[bool]]:
    """Judge twenty equal candidates on one test set, without and with the correction."""
    lengths, chance = lengths_of(100, random), random.beta(0.4, 3.6, 100)
    models = [scores(paths_of(random.random(int(lengths.sum())) < np.repeat(chance, lengths), lengths))]
    models += [
        scores(paths_of(random.random(int(lengths.sum())) < np.repeat(chance, lengths), lengths))
        for _ in range(20)
    ]
    plain, corrected = Gate(), Gate(correct_for_repeated_tests=True)
    return tuple(  # type: ignore[return-value]
        [
            scoring.judge(models[0], model, gate, test_number=number).promotes
            for number, model in enumerate(models[1:], 1)
        ]
        for gate in (plain, corrected)
    )


def groups(trials: int) -> None:
    """Print how often all groups' intervals hold the truth, and max-regression stops equal models."""
    print("\n| groups | utterances in each | all intervals hold | stopped | with an interval |")
    print("|---|---|---|---|---|")
    gate = Gate(max_regression=Margin(0), min_utterances=2, min_words=1)
    for number, size in ((1, 20), (5, 20), (20, 20), (20, 100)):
        random = np.random.default_rng([17, number, size])
        names = tuple(f"{index % number:02}" for index in range(number * size))
        held = stopped = intervals = 0
        for _ in range(trials):
            one, other = MadeUp().draw(number * size, random)
            found = scoring.judge(scores(one)._replace(groups=names), scores(other), gate)
            known = [group.interval for group in found.comparison.groups if group.interval]
            held += all(interval.low <= 0 <= interval.high for interval in known)
            intervals += len(known)
            stopped += bool(found.blockers)
        shares = (held / trials, stopped / trials, intervals / trials / number)
        print(f"| {number} | {size} | {' | '.join(f'{share:.1%}' for share in shares)} |", flush=True)


def sizes_needed(_: int) -> None:
    """Print how many words of test audio it takes to find a gain four times in five."""
    gains = (0.05, 0.1, 0.2, 0.3)
    print("\n| error rate | shared words | " + " | ".join(f"{g:.0%} better" for g in gains) + " |")
    print("|" + "---|" * (2 + len(gains)))
    for rate in (0.05, 0.1, 0.2):
        for shared in (0.5, 0.7, 0.9):
            one, other = MadeUp(shared=shared, rate=rate).draw(20_000, np.random.default_rng(12))
            found = scoring.compare(scores(one), scores(other))
            needed = [found.words_needed(gain * rate) or 0.0 for gain in gains]
            print(f"| {rate:.0%} | {shared:.0%} | {' | '.join(f'{round(n, -2):,.0f}' for n in needed)} |")


TABLES: dict[str, Callable[[int], None]] = {
    "decisions": decisions,
    "non-inferiority": non_inferiority,
    "clusters": clusters,
    "repeated-tests": repeated_tests,
    "groups": groups,
    "sizes": sizes_needed,
}


def main() -> int:
    """Measure, print, and say whether the limits hold."""
    parser = argparse.ArgumentParser(prog="python -m bench.calibration")
    parser.add_argument("--quick", action="store_true", help="few trials, for CI")
    parser.add_argument("--table", choices=TABLES, help="one table alone")
    parser.add_argument("--trials", type=int, default=2000)
    options = parser.parse_args()
    if options.quick:
        trials = 300
        cells = table([EQUAL[0], EQUAL[5], BETTER[2]], [50, 200], trials)
        slack = 3 * math.sqrt(TAIL * (1 - TAIL) / trials)
        return int(any(cell.promoted["verdict"] > TAIL + slack for cell in cells if not cell.source.truth))
    print(f"{options.trials:,} trials a line")
    for name, show in TABLES.items():
        if options.table in (None, name):
            show(options.trials)
    return 0


if __name__ == "__main__":
    sys.exit(main())
