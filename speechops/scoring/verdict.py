"""The verdict: better, worse or inconclusive, and the sentence that says why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from .comparison import Comparison
from .gate import Action, Gate, Policy

if TYPE_CHECKING:
    from collections.abc import Mapping


class Outcome(StrEnum):
    """What the evidence says about the candidate."""

    BETTER = "better"
    WORSE = "worse"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome, what follows from it, and the numbers behind it.

    ``reasons`` say why it is inconclusive; ``blockers`` why a candidate is not promoted all the same (a
    group that got worse, an utterance that must pass); ``notes`` what a reader must know besides.
    """

    outcome: Outcome
    action: Action
    comparison: Comparison
    reasons: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Return the verdict in one sentence."""
        one = self.comparison
        why = f"{'; '.join(self.reasons)}; " if self.reasons else ""
        return f"{self.outcome}: {why}{_numbers(one)}"

    def to_json(self) -> dict[str, Any]:
        """Return the verdict for ``json.dumps``, the sentence included."""
        return {
            "outcome": str(self.outcome),
            "action": str(self.action),
            "sentence": self.sentence(),
            "reasons": list(self.reasons),
            "blockers": list(self.blockers),
            "notes": list(self.notes),
            "comparison": self.comparison.to_json(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Verdict:
        """Read what :meth:`to_json` wrote."""
        return cls(
            Outcome(value["outcome"]),
            Action(value["action"]),
            Comparison.from_json(value["comparison"]),
            tuple(value["reasons"]),
            tuple(value["blockers"]),
            tuple(value["notes"]),
        )


def decide(comparison: Comparison, gate: Gate, *, looks: int = 1) -> Verdict:
    """Judge the candidate; ``looks`` counts how often this test set has judged, this time included."""
    outcome, reasons = _outcome(comparison, gate)
    blockers = _blockers(comparison, gate)
    return Verdict(outcome, _action(outcome, gate, comparison, blockers), comparison, reasons, blockers, ())


def _outcome(comparison: Comparison, gate: Gate) -> tuple[Outcome, tuple[str, ...]]:
    difference, interval = comparison.difference, comparison.interval
    if difference is None:
        return Outcome.INCONCLUSIVE, ("the test set has no reference words",)
    if gate.policy is Policy.ANY_IMPROVEMENT:
        if difference == 0:
            return Outcome.INCONCLUSIVE, ("both models have the same error rate",)
        return (Outcome.BETTER if difference < 0 else Outcome.WORSE), ()
    reasons = []
    if comparison.units < gate.min_utterances:
        reasons.append(
            f"{comparison.units} utterances are too few to judge by ({gate.min_utterances} are needed)"
        )
    if comparison.words < gate.min_words:
        reasons.append(f"{comparison.words} words are too few to judge by ({gate.min_words} are needed)")
    if not reasons and comparison.improved + comparison.worsened == 0:
        reasons.append("no difference: both models made as many errors in every utterance")
    if reasons or interval is None:
        return Outcome.INCONCLUSIVE, tuple(reasons)
    least = gate.min_improvement.of(comparison.benchmark.error_rate or 0.0)
    if interval.high < -least:
        return Outcome.BETTER, ()
    if interval.low > 0:
        return Outcome.WORSE, ()
    return Outcome.INCONCLUSIVE, ("the difference may be chance",)


def _blockers(comparison: Comparison, gate: Gate) -> tuple[str, ...]:
    missed = [pair.id for pair in comparison.pairs if pair.id in gate.must_pass and pair.candidate_errors]
    worse = [
        group.name
        for group in comparison.groups
        if group.interval and group.interval.low > gate.max_regression.of(group.benchmark.error_rate or 0.0)
    ]
    return (
        *(f"{one} must be recognised without an error" for one in missed),
        *(f"group {name} got worse" for name in worse),
    )


def _action(outcome: Outcome, gate: Gate, comparison: Comparison, blockers: tuple[str, ...]) -> Action:
    good = outcome is Outcome.BETTER
    if gate.policy is Policy.NON_INFERIORITY and comparison.interval is not None:
        good = comparison.interval.high < gate.margin.of(comparison.benchmark.error_rate or 0.0)
    if good and not blockers:
        return Action.PROMOTE
    return gate.on_worse if outcome is Outcome.WORSE or blockers else gate.on_inconclusive


def _numbers(comparison: Comparison) -> str:
    before, after = comparison.benchmark.error_rate, comparison.candidate.error_rate
    if before is None or after is None:
        return "no error rate"
    difference = comparison.difference or 0.0
    interval = comparison.interval
    bounds = (
        f", {comparison.confidence * 100:g} % interval {_points(interval.low)} to {_points(interval.high)}"
        if interval
        else ""
    )
    return (
        f"WER {before * 100:.1f} % \N{RIGHTWARDS ARROW} {after * 100:.1f} % "
        f"({_points(difference)} points{bounds}; {comparison.improved} utterances improved, "
        f"{comparison.worsened} got worse, {comparison.equal} equal; {comparison.words:,} words)"
    )


def _points(difference: float) -> str:
    return f"{difference * 100:+.1f}".replace("-", "\N{MINUS SIGN}")
