"""Judge many test sets whose truth is known, count, and write the tables of docs/calibration.md.

    python -m bench.calibration            print all tables, some twenty minutes of processor time
    python -m bench.calibration --write    write them into docs/calibration.md too
    python -m bench.calibration --quick    half a minute, for CI: fails if too many equal models pass

``--table NAME`` makes one of them, ``--trials`` says how many test sets each line judges; lines of equal
models judge five times as many, as their share is small.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bench import tables
from bench.calibration.evidence import TAIL, Evidence, agrees
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
from bench.tables import heading, row, share
from speechops import scoring
from speechops.scoring import Gate, Margin, Policy, bootstrap, permutation
from speechops.scoring.matched_pairs import matched_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

ALLOWED = 2 * TAIL
MOST_PROMOTED = 0.03
ANY_SIZE = Gate(min_utterances=2, min_words=1)
CHECKED = 50
"""Every so many test sets are judged by the gate itself too."""

EQUAL_TRIALS = 5
"""How many times as many test sets the lines of equal models judge."""

LARGE = 1000
LEAST_COVERED, MOST_COVERED = 93.0, 97.0
PAGE = "calibration.md"
LINE = (
    "utterances", "words", "models", "lower wins", "sign", "permutation", "MAPSSWE", "bootstrap", "verdict",
    "covers", "trials",
)  # fmt: skip
"""The columns of the tables of decisions."""

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
SAME_RATE = MadeUp("20% fewer errors, 2.2% of utterances lost", gain=0.2, forgets=0.02 / 0.92)
"""The errors that are gone and those of the lost utterances make the same rate."""


@dataclass(frozen=True)
class Trial:
    """Which tests promote the candidate; whether the interval, if any, holds the truth."""

    promoted: dict[str, bool]
    covered: bool | None
    words: int


def trial(source: Source, utterances: int, random: np.random.Generator, *, checked: bool) -> Trial:
    """Judge two models on one test set by every test; have the gate judge too if it is ``checked``."""
    before, after = source.draw(utterances, random)
    evidence = Evidence.of(before, after)
    differences = np.repeat(evidence.units.differences, evidence.units.times.astype(int)).astype(int)
    mapsswe = matched_pairs(before, after)
    if checked:
        agrees(evidence, (before, after), ANY_SIZE, promotes=evidence.is_better, truth=source.truth)
    return Trial(
        {
            "lower wins": bool(differences.sum() < 0),
            "sign": _sign(int((differences < 0).sum()), int((differences > 0).sum())),
            "permutation": _permutation(differences),
            "MAPSSWE": mapsswe.p is not None and mapsswe.p < ALLOWED and mapsswe.mean < 0,
            "bootstrap": evidence.has_interval
            and bootstrap.position(evidence.units, 0.0) > permutation.reach(TAIL),
            "verdict": evidence.is_better,
        },
        not evidence.beyond(source.truth) if evidence.has_interval else None,
        int(evidence.units.total_words),
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
    """A line of the table: in how many trials each test promotes and the interval holds the truth."""

    source: Source
    utterances: int
    trials: int
    words: int
    promoted: dict[str, int]
    covered: int
    intervals: int

    def cells(self) -> list[object]:
        """Return the line, without the number of trials."""
        shares = [share(times, self.trials) for times in self.promoted.values()]
        return [
            f"{self.utterances:,}",
            f"{self.words / self.trials:,.0f}",
            self.source.name,
            *shares,
            self._coverage(),
        ]

    def _coverage(self) -> str:
        """Return the share of intervals that hold the truth; of how many, if most test sets have none."""
        covers = share(self.covered, self.intervals)
        few = 0 < self.intervals < self.trials / 2
        return f"{covers} of {self.intervals:,}" if few else covers

    def rate(self, test: str) -> float:
        """Return the share of candidates that a test promotes."""
        return self.promoted[test] / self.trials


def measure(source: Source, utterances: int, trials: int) -> Cell:
    """Judge many test sets from one source."""
    random = np.random.default_rng([11, utterances, zlib.crc32(source.name.encode())])
    found = [trial(source, utterances, random, checked=not number % CHECKED) for number in range(trials)]
    return Cell(
        source,
        utterances,
        trials,
        sum(result.words for result in found),
        {test: sum(result.promoted[test] for result in found) for test in found[0].promoted},
        sum(result.covered is True for result in found),
        sum(result.covered is not None for result in found),
    )


def table(sources: Sequence[Source], sizes: Sequence[int], trials: int) -> list[Cell]:
    """Measure the lines of a table, and say so on the way."""
    cells = []
    for utterances in sizes:
        for source in sources:
            times = trials if source.truth else trials * EQUAL_TRIALS
            cells.append(measure(source, utterances, times))
            print(row(*cells[-1].cells(), f"{times:,}"), file=sys.stderr, flush=True)
    return cells


def lines_of(cells: Sequence[Cell]) -> list[str]:
    """Return the table of some cells."""
    return [
        *heading(*LINE),
        *(row(*cell.cells(), f"{cell.trials:,}") for cell in cells),
    ]


def summary(_: int) -> list[str]:
    """Return the worst of the lines that stand in docs/calibration.md, of 20 utterances and more.

    A test is valid if it promotes at most 3 % of equal models in each line. The sign test is about another
    question than the rate: the table of unlike models with the same rate shows what it promotes.
    """
    lines = [
        dict(zip(LINE, cells, strict=True))
        for cells in tables.rows(PAGE)
        if len(cells) == len(LINE)
        and "%" not in cells[-1]
        and cells[0] in {"20", "50", "200", "1,000"}
        and SAME_RATE.name not in cells
    ]
    rates = {test: [float(line[test].split("%")[0]) for line in lines] for test in (*LINE[4:9], "covers")}
    is_equal = [line["models"].split(",")[0] == "equal" or line["models"].endswith("equal") for line in lines]
    most = {test: max(itertools.compress(rates[test], is_equal)) for test in LINE[4:9]}
    valid = [
        test for test, of in most.items() if of <= MOST_PROMOTED * 100 and test not in {"verdict", "sign"}
    ]
    gap, where = max(
        (max(rates[test][index] for test in valid) - rates["verdict"][index], index)
        for index, equal in enumerate(is_equal)
        if not equal
    )
    name = f"{lines[where]['models']}, {lines[where]['utterances']} utterances"
    outside = [
        f"{line['covers'].replace('%', ' %')} ({line['utterances']}, {line['models']})"
        for line, share in zip(lines, rates["covers"], strict=True)
        if not LEAST_COVERED <= share <= MOST_COVERED
    ]
    return [
        f"* Equal models promoted, at most: {', '.join(f'{test} {of} %' for test, of in most.items())}.",
        f"* Tests of the rate that promote at most 3 % in every line of equal models: {', '.join(valid)}.",
        f"* The best of them finds {gap:.1f} points more than the verdict at most, of {name}.",
        f"* Coverage that is not within 93 to 97 %: {'; '.join(outside) or 'none'}.",
    ]


def models(sizes: int) -> Callable[[int], list[str]]:
    """Return what makes the table of test sets of one size."""
    sources = [*EQUAL, *BETTER] if sizes < LARGE else [EQUAL[0], EQUAL[4], EQUAL[5], EQUAL[7], BETTER[0]]
    return lambda trials: lines_of(table(sources, [sizes], trials))


def recognitions(trials: int) -> list[str]:
    """Return who is promoted of models that the embedded recognizer heard."""
    return lines_of(table(recognised(), [50, 200], trials))


def small(trials: int) -> list[str]:
    """Return who is promoted on very small test sets."""
    return lines_of(table([EQUAL[0], EQUAL[3], EQUAL[5], BETTER[2]], [6, 10], max(trials // 5, 1)))


def same_rate(trials: int) -> list[str]:
    """Return who is promoted where the candidate has the same rate by other errors."""
    return lines_of(table([SAME_RATE], [50, 200, 1000], trials))


def non_inferiority(trials: int) -> list[str]:
    """Return how often a candidate that is worse by exactly the margin is promoted, and an equal one."""
    lines = heading("utterances", "margin, points", "loses utterances", "errs on more words", "equal")
    for utterances in (80, 200, 400, 800, 1500):
        for margin in (0.5, 2.0):
            worse = margin / 100
            sources = (MadeUp(forgets=worse / 0.9), Swapped(MadeUp(gain=worse / 0.1)), MadeUp())
            promoted = [_not_worse(source, utterances, trials, margin) for source in sources]
            lines.append(row(f"{utterances:,}", margin, *(f"{part:.1%}" for part in promoted)))
    return lines


def _not_worse(source: Source, utterances: int, trials: int, margin: float) -> float:
    """Return the share of candidates that non-inferiority promotes."""
    random = np.random.default_rng([14, utterances])
    gate = Gate(Policy.NON_INFERIORITY, margin=Margin(margin), min_utterances=2, min_words=1)
    promoted = 0
    for number in range(trials):
        before, after = source.draw(utterances, random)
        evidence = Evidence.of(before, after)
        promotes = evidence.excludes_loss(margin / 100)
        if not number % CHECKED:
            agrees(evidence, (before, after), gate, promotes=promotes)
        promoted += promotes
    return promoted / trials


def clusters(trials: int) -> list[str]:
    """Return how often equal models are promoted where speakers are clusters, and where that is not said."""
    lines = heading(
        "speakers", "utterances", "words", "promoted, clusters not given", "promoted, by speaker", "covers"
    )
    for speakers in (10, 20, 40, 80):
        random = np.random.default_rng([12, speakers])
        utterances = words = apart = together = covered = intervals = 0
        for number in range(trials):
            before, after, speaker = Speakers().draw(speakers, random)
            alone, grouped = Evidence.of(before, after), Evidence.of(before, after, speaker)
            utterances += len(before)
            words += int(alone.units.total_words)
            apart += alone.is_better
            together += grouped.is_better
            intervals += grouped.has_interval
            covered += grouped.has_interval and not grouped.beyond(0.0)
            if not number % CHECKED:
                agrees(grouped, (before, after), ANY_SIZE, promotes=grouped.is_better, clusters=speaker)
        means = (f"{total / trials:,.0f}" for total in (utterances, words))
        shares = (share(apart, trials), share(together, trials), share(covered, intervals))
        lines.append(row(speakers, *means, *shares))
    return lines


def repeated_tests(trials: int) -> list[str]:
    """Return what a correction for repeated tests costs: the share found of 20 % better candidates."""
    levels: dict[str, Callable[[int], float]] = {
        "not corrected": lambda _: 1 - ALLOWED,
        "1 / (k (k + 1))": lambda number: 1 - ALLOWED / (number * (number + 1)),
        "the plan": Gate(correct_for_repeated_tests=True).level,
    }
    lines = heading("test", *levels)
    random = np.random.default_rng(15)
    tests = [Evidence.of(*MadeUp(gain=0.2).draw(100, random)) for _ in range(trials)]
    for number in (1, 2, 5, 10, 20, 40):
        tails = [(1 - level(number)) / 2 for level in levels.values()]
        found = [sum(replace(test, tail=tail).is_better for test in tests) for tail in tails]
        lines.append(row(number, *(share(times, trials) for times in found)))
    chain = [_chain(np.random.default_rng([16, run])) for run in range(trials // 10)]
    risks = [sum(any(flags) for flags in column) / len(chain) for column in zip(*chain, strict=True)]
    risk = f"not corrected {risks[0]:.1%}, by the plan {risks[1]:.1%}"
    return [
        *lines,
        "",
        f"Any of 20 equal candidates promoted on one test set, of {len(chain):,} test sets: {risk}.",
    ]


def _chain(random: np.random.Generator) -> tuple[list[bool], list[bool]]:
    """Judge twenty equal candidates on one test set, without and with the correction."""
    lengths, chance = lengths_of(100, random), random.beta(0.4, 3.6, 100)
    difficulty = np.repeat(chance, lengths)
    benchmark, *candidates = (
        paths_of(random.random(len(difficulty)) < difficulty, lengths) for _ in range(21)
    )
    plain, corrected = [], []
    level = Gate(correct_for_repeated_tests=True).level
    for number, candidate in enumerate(candidates, 1):
        evidence = Evidence.of(benchmark, candidate)
        plain.append(evidence.is_better)
        corrected.append(replace(evidence, tail=(1 - level(number)) / 2).is_better)
    return plain, corrected


def groups(trials: int) -> list[str]:
    """Return how often all groups' intervals hold the truth, and max-regression stops equal models."""
    lines = heading("groups", "utterances in each", "all intervals hold", "stopped", "with an interval")
    gate = Gate(max_regression=Margin(0), min_utterances=2, min_words=1)
    for number, size in ((1, 20), (5, 20), (20, 20), (20, 100)):
        random = np.random.default_rng([17, number, size])
        covered = stopped = intervals = 0
        for run in range(trials):
            before, after = MadeUp().draw(number * size, random)
            parts = [
                Evidence.of(before[part::number], after[part::number], tail=TAIL / number)
                for part in range(number)
            ]
            sides = [part.beyond(0.0) for part in parts if part.has_interval]
            covered += not any(sides)
            stopped += -1 in sides
            intervals += len(sides)
            if not run % CHECKED:
                names = tuple(f"{index % number:02}" for index in range(number * size))
                found = scoring.judge(scores(before)._replace(groups=names), scores(after), gate)
                assert len(sides) == sum(group.interval is not None for group in found.comparison.groups)
                assert sides.count(-1) == len(found.blockers)
        shares = (covered / trials, stopped / trials, intervals / trials / number)
        lines.append(row(number, size, *(f"{part:.1%}" for part in shares)))
    return lines


def sizes_needed(_: int) -> list[str]:
    """Return how many words of test audio it takes to find a gain four times in five."""
    gains = (0.05, 0.1, 0.2, 0.3)
    lines = heading("error rate", "shared words", *(f"{gain:.0%} better" for gain in gains))
    for rate in (0.05, 0.1, 0.2):
        for shared in (0.5, 0.7, 0.9):
            one, other = MadeUp(shared=shared, rate=rate).draw(20_000, np.random.default_rng(12))
            found = scoring.compare(scores(one), scores(other))
            needed = [found.words_needed(gain * rate) or 0.0 for gain in gains]
            lines.append(row(f"{rate:.0%}", f"{shared:.0%}", *(f"{round(n, -2):,.0f}" for n in needed)))
    return lines


TABLES: dict[str, tuple[Callable[[int], list[str]], int]] = {
    "sizes": (sizes_needed, 1),
    "20-utterances": (models(20), 1),
    "50-utterances": (models(50), 1),
    "200-utterances": (models(200), 1),
    "1000-utterances": (models(1000), 2),
    "recognized": (recognitions, 1),
    "same-rate": (same_rate, 1),
    "small": (small, 1),
    "non-inferiority": (non_inferiority, 2),
    "clusters": (clusters, 2),
    "groups": (groups, 10),
    "repeated-tests": (repeated_tests, 10),
    "summary": (summary, 1),
}
"""Each table, and the part of the trials that its lines judge: some lines judge many times."""


def main() -> int:
    """Measure, print, and say whether the limits hold."""
    parser = argparse.ArgumentParser(prog="python -m bench.calibration")
    parser.add_argument("--quick", action="store_true", help="few trials, for CI")
    parser.add_argument("--table", choices=TABLES, help="one table alone")
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--write", action="store_true", help="write into docs/calibration.md")
    options = parser.parse_args()
    if options.quick:
        cells = table([EQUAL[0], EQUAL[5], BETTER[2]], [50, 200], 100)
        equal = [cell for cell in cells if not cell.source.truth]
        slack = 3 * math.sqrt(TAIL * (1 - TAIL) / equal[0].trials)
        return int(any(cell.rate("verdict") > TAIL + slack for cell in equal))
    for name, (make, part) in TABLES.items():
        if options.table in (None, name):
            trials = max(options.trials // part, 10)
            lines = make(trials)
            if name in {"non-inferiority", "clusters", "groups", "repeated-tests"}:
                lines += ["", f"{trials:,} trials a line."]
            tables.write(PAGE if options.write else "", name, lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
