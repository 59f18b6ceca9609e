"""The verdict: better, worse or inconclusive; what follows from it; and the sentence that says why."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from speechops.errors import Place, UsageError

from .comparison import Comparison, compare, some
from .gate import Action, Gate, Policy
from .normalise import Unit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from .bootstrap import Interval
    from .counts import Counts
    from .scores import Scores

_LABELS = {Unit.WORD: "WER", Unit.MIXED: "mixed error rate", Unit.CHARACTER: "CER"}
_CHANCE = "the difference may be chance"
_LEAST_UNITS = 2
_MANY_WORDS = 1_000_000
_COARSE = 0.1
"""A test set is called small where it cannot show a change of a tenth of the error rate."""


class Outcome(StrEnum):
    """What the evidence says of the candidate."""

    BETTER = "better"
    WORSE = "worse"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome, what follows from it under the gate, and the numbers behind it.

    ``looks`` counts how often the test set has judged, this time included. ``reasons`` say why it is
    inconclusive; ``blockers`` why the candidate is not promoted whatever the outcome; ``notes`` what a reader
    must know besides. All are phrases without a full stop; they name utterance ids and groups, never what was
    said.
    """

    outcome: Outcome
    action: Action
    gate: Gate
    comparison: Comparison
    looks: int = 1
    reasons: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def promotes(self) -> bool:
        """Whether the candidate becomes the benchmark."""
        return self.action is Action.PROMOTE

    def sentence(self) -> str:
        """Return the verdict in one sentence a person can act on."""
        within = (
            self.promotes
            and self.gate.policy is Policy.NON_INFERIORITY
            and self.outcome is not Outcome.BETTER
        )
        allowed = f"not worse by more than {self.gate.margin.phrase()}" if within else ""
        why = [*self.reasons, allowed, _numbers(self.comparison), self._missing(), *self.blockers]
        return f"{self.outcome}: {'; '.join(part for part in why if part)}"

    def _missing(self) -> str:
        """Say how much more test audio would settle an inconclusive verdict."""
        difference = self.comparison.difference
        if self.reasons != (_CHANCE,) or not difference:
            return ""
        more = (self.comparison.words_needed(difference) or math.inf) - self.comparison.words
        if more > _MANY_WORDS:
            return "no realistic amount of test audio would show a difference of this size"
        amount = f"about {_rounded(more):,} more words of test audio"
        return f"{amount} would be needed to see a difference of this size"

    def to_json(self) -> dict[str, Any]:
        """Return the verdict for ``json.dumps``, the sentence included."""
        return {
            "outcome": str(self.outcome),
            "action": str(self.action),
            "sentence": self.sentence(),
            "reasons": list(self.reasons),
            "blockers": list(self.blockers),
            "notes": list(self.notes),
            "looks": self.looks,
            "gate": self.gate.to_settings(),
            "comparison": self.comparison.to_json(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Verdict:
        """Read what :meth:`to_json` wrote."""
        return cls(
            Outcome(value["outcome"]),
            Action(value["action"]),
            Gate.from_settings(value["gate"]),
            Comparison.from_json(value["comparison"]),
            value["looks"],
            tuple(value["reasons"]),
            tuple(value["blockers"]),
            tuple(value["notes"]),
        )


def judge(
    benchmark: Scores,
    candidate: Scores,
    gate: Gate,
    *,
    seed: int,
    looks: int = 1,
    exclude: Collection[str] = (),
    draws: int = 10_000,
) -> Verdict:
    """Compare at the confidence that the gate asks for, and decide."""
    comparison = compare(
        benchmark, candidate, seed=seed, draws=draws, confidence=gate.level(looks), exclude=exclude
    )
    return decide(comparison, gate, looks=looks)


def decide(comparison: Comparison, gate: Gate, *, looks: int = 1) -> Verdict:
    """Judge the candidate; ``looks`` counts how often this test set has judged, this time included.

    Raises ValueError for a comparison that was not made at ``gate.level(looks)``, and UsageError where an
    utterance that must pass is not in the test set.
    """
    if not math.isclose(comparison.confidence, gate.level(looks)):
        raise ValueError(f"compared at {comparison.confidence}, but the gate asks for {gate.level(looks)}")
    outcome, reasons = _outcome(comparison, gate)
    blockers = (*_missed(comparison, gate), *_regressions(comparison, gate))
    if _good_enough(outcome, comparison, gate) and not blockers:
        action = Action.PROMOTE
    else:
        action = gate.on_worse if blockers or outcome is Outcome.WORSE else gate.on_inconclusive
    notes = tuple(_notes(comparison, gate, looks))
    return Verdict(outcome, action, gate, comparison, looks, reasons, blockers, notes)


def _outcome(comparison: Comparison, gate: Gate) -> tuple[Outcome, tuple[str, ...]]:
    """Return what the evidence says, and why where it says nothing."""
    if gate.policy is Policy.ANY_IMPROVEMENT:
        return _by_rate(comparison)
    interval = comparison.interval
    doubts = _too_small(comparison, gate) or _too_few_changes(comparison)
    if doubts or interval is None:
        return Outcome.INCONCLUSIVE, doubts
    least = gate.min_improvement.of(comparison.benchmark.error_rate)
    if interval.high < -least:
        return Outcome.BETTER, ()
    if interval.low > 0:
        return Outcome.WORSE, ()
    if interval.high < 0:
        return Outcome.INCONCLUSIVE, (
            f"an improvement, but not surely one of {gate.min_improvement.phrase()}",
        )
    return Outcome.INCONCLUSIVE, (_CHANCE,)


def _by_rate(comparison: Comparison) -> tuple[Outcome, tuple[str, ...]]:
    """Apply the rule of the original template: a lower rate is better, whatever chance has to say."""
    difference = comparison.difference
    if difference is None:
        return Outcome.INCONCLUSIVE, ("the test set has no words",)
    if not difference:
        return Outcome.INCONCLUSIVE, ("both models have the same error rate",)
    return (Outcome.BETTER if difference < 0 else Outcome.WORSE), ()


def _too_small(comparison: Comparison, gate: Gate) -> tuple[str, ...]:
    found = []
    least = max(gate.min_utterances, _LEAST_UNITS)
    if comparison.units < least:
        found.append(f"{_units(comparison)} cannot tell progress from chance; it takes {least} or more")
    least = max(gate.min_words, 1)
    if comparison.words < least:
        words = _count(comparison.words, "word")
        found.append(f"{words} cannot tell progress from chance; it takes {least} or more")
    return tuple(found)


def _too_few_changes(comparison: Comparison) -> tuple[str, ...]:
    """Without enough units that changed even all of them for the better could be chance: the sign test."""
    if not comparison.changed:
        return ("no difference: both models made as many errors in every utterance",)
    least = _least_changes(comparison.confidence)
    if comparison.changed >= least:
        return ()
    changed = f"only {comparison.changed} of {_units(comparison)} changed"
    return (f"{changed}; fewer than {least} could all be chance",)


def _least_changes(confidence: float) -> int:
    """Return the least n for which n changes in one direction have a two-sided p below 1 - confidence."""
    return math.ceil(math.log2(2 / (1 - confidence)) - 1e-9)


def _good_enough(outcome: Outcome, comparison: Comparison, gate: Gate) -> bool:
    if gate.policy is Policy.NON_INFERIORITY and comparison.interval and not _too_small(comparison, gate):
        return comparison.interval.high <= gate.margin.of(comparison.benchmark.error_rate)
    return outcome is Outcome.BETTER


def _missed(comparison: Comparison, gate: Gate) -> tuple[str, ...]:
    """Return a blocker where utterances that must pass were not recognised without an error."""
    if not gate.must_pass:
        return ()
    if comparison.utterances and not comparison.pairs:
        raise ValueError("utterances that must pass can only be judged where the pairs are at hand")
    for pattern in gate.must_pass:
        if not _matching([*(pair.id for pair in comparison.pairs), *comparison.excluded], [pattern]):
            raise UsageError(
                f"must-pass: no utterance of the test set is called '{pattern}'.",
                hint="Use the file names of the test data; * stands for anything.",
                place=Place(input="must-pass"),
            )
    wrong = _matching([pair.id for pair in comparison.pairs if pair.candidate_errors], gate.must_pass)
    return (f"{some(wrong)} must pass and {'has' if len(wrong) == 1 else 'have'} errors",) if wrong else ()


def _matching(keys: Sequence[str], patterns: Sequence[str]) -> list[str]:
    return [key for key in keys if any(fnmatchcase(key, pattern) for pattern in patterns)]


def _regressions(comparison: Comparison, gate: Gate) -> tuple[str, ...]:
    """Return a blocker for each group that surely got worse by more than is allowed."""
    return tuple(
        f"group {group.name} got worse: {_change(group.benchmark, group.candidate, group.interval)}"
        for group in comparison.groups
        if group.interval
        and group.changed >= _least_changes(comparison.confidence)
        and group.interval.low > gate.max_regression.of(group.benchmark.error_rate)
    )


def _notes(comparison: Comparison, gate: Gate, looks: int) -> Iterator[str]:
    if gate.policy is Policy.ANY_IMPROVEMENT:
        yield "the gate promotes any lower error rate: equal models pass it every second time"
    yield from _too_small(comparison, gate) if gate.policy is Policy.ANY_IMPROVEMENT else ()
    smallest, rate = comparison.smallest_difference(), comparison.benchmark.error_rate
    if smallest and rate and smallest > _COARSE * rate:
        yield (
            f"a small test set: it finds differences of {_percent(smallest)} points or more"
            f" ({smallest / rate:.0%} of the error rate) four times in five, smaller ones less often"
        )
    if looks > 1:
        yield _looks(gate, looks)
    if comparison.numerals:
        written = f"{_count(comparison.numerals, 'transcript')} written with digits"
        yield f"{written}, which can be spoken in more ways than one: write numbers as they were spoken"


def _looks(gate: Gate, looks: int) -> str:
    """Say what judging again and again by one test set does to the chance of a false promotion.

    Each look promotes an equal candidate by chance in half of 1 - confidence; the looks share a test set, but
    at worst they are independent.
    """
    judged = f"this test set has judged {looks} candidates since it last changed"
    if gate.correct_for_looks:
        return f"{judged}; this one at {gate.level(looks) * 100:.4g} % confidence to make up for it"
    risk = 1 - (1 - (1 - gate.confidence) / 2) ** looks
    return f"{judged}: the risk that one of them was promoted by chance has grown to {risk * 100:.2g} %"


def _numbers(comparison: Comparison) -> str:
    if comparison.benchmark.error_rate is None:
        return "no error rate without words"
    improved = _count(comparison.improved, "utterance")
    unit = "character" if comparison.unit is Unit.CHARACTER else "word"
    tally = [
        f"{improved} improved, {comparison.worsened:,} got worse, {comparison.equal:,} equal",
        _count(comparison.words, unit),
    ]
    if comparison.excluded:
        tally.append(f"{_count(len(comparison.excluded), 'utterance')} left out")
    change = _change(comparison.benchmark, comparison.candidate, comparison.interval, comparison.confidence)
    return f"{_LABELS[comparison.unit]} {change[:-1]}; {'; '.join(tally)})"


def _change(
    benchmark: Counts, candidate: Counts, interval: Interval | None, confidence: float | None = None
) -> str:
    """Return both rates, their difference and its bounds: ``10.9 % → 12.4 % (+1.5 points, ...)``."""
    before, after = benchmark.error_rate or 0.0, candidate.error_rate or 0.0
    values = [after - before, *((interval.low, interval.high) if interval else ())]
    places = next((n for n in (1, 2, 3) if all(round(value * 100, n) or not value for value in values)), 4)
    signed = [f"{value * 100:+.{places}f}" if value else "0" for value in values]
    points, *bounds = (text.replace("-", "\N{MINUS SIGN}") for text in signed)
    sure = f", {confidence * 100:.4g} % interval {' to '.join(bounds)}" if bounds and confidence else ""
    arrow = "\N{RIGHTWARDS ARROW}"
    return f"{before * 100:.{places}f} % {arrow} {after * 100:.{places}f} % ({points} points{sure})"


def _units(comparison: Comparison) -> str:
    return _count(comparison.units, "block" if comparison.by_block else "utterance")


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _percent(fraction: float) -> str:
    return f"{fraction * 100:.2g}"


def _rounded(words: float) -> int:
    """Round up to two digits: an estimate should look like one."""
    unit: int = 10 ** max(0, math.floor(math.log10(max(words, 1))) - 1)
    return math.ceil(words / unit) * unit
