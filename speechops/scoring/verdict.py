"""The verdict: better, worse or inconclusive; what follows from it; and the sentence that says why."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from speechops.errors import Place

from .clusters import prefixes
from .comparison import Comparison, compare, least_changes, some
from .gate import Action, Gate, OtherMetric, Policy
from .hidden_loss import hidden_share, units_needed
from .wording import change_of, counted, in_percent, numbers, rounded, units_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from .comparison import GroupComparison, Pair
    from .scores import Scores
    from .terms import TermRecall

_CHANCE = "the difference may be chance"
_LEAST_UNITS = 2
_MANY_WORDS = 1_000_000
_ROUNDING = 1e-9
_COARSE = 0.1
"""A test set is called small where it cannot show a change of a tenth of the error rate."""

_MOST_MISSING = 0.1
"""The share of a test set that may go without text; beyond it what is left is another test set."""


class Outcome(StrEnum):
    """What the evidence says of the candidate."""

    BETTER = "better"
    WORSE = "worse"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome, what follows from it under the gate, and the numbers behind it.

    ``test_number`` counts how often the test set has judged, this time included. ``reasons`` say why it is
    inconclusive; ``blockers`` why the candidate is not promoted whatever the outcome; ``notes`` what a reader
    must know besides. All are phrases without a full stop; they name utterance ids and groups, never what was
    said. ``second`` compares the models by the metric that the verdict is not about, if there is one.
    """

    outcome: Outcome
    action: Action
    gate: Gate
    comparison: Comparison
    test_number: int = 1
    reasons: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    second: Comparison | None = None

    @property
    def promotes(self) -> bool:
        """Whether the candidate becomes the benchmark."""
        return self.action is Action.PROMOTE

    def without_pairs(self) -> Verdict:
        """Return the verdict without the utterances' own counts, which follow from their texts."""
        second = self.second.without_pairs() if self.second else None
        return replace(self, comparison=self.comparison.without_pairs(), second=second)

    def sentence(self) -> str:
        """Return the verdict in one sentence a person can act on."""
        why = [*self.reasons, self._allowed(), numbers(self.comparison), self._beside(), self._lacking()]
        why += self.blockers
        return f"{self.outcome}: {'; '.join(part for part in why if part)}"

    def _allowed(self) -> str:
        """Say how the most that the candidate could be worse by compares with what is allowed."""
        required = self.gate.policy is Policy.NON_INFERIORITY and self.outcome is not Outcome.BETTER
        comparison = self.comparison
        worst = _worst(comparison)
        if not required or worst is None or _too_small(comparison, self.gate):
            return ""
        allowed, phrase = self.gate.margin.of(comparison.benchmark.error_rate), self.gate.margin.phrase()
        if worst > allowed:
            return _hidden(comparison, allowed, phrase) or (
                f"could be worse by up to {in_percent(worst, up=True)} points, more than the {phrase} allowed"
            )
        if self.outcome is Outcome.WORSE:
            return f"but surely by no more than {phrase}"
        return f"surely not worse by more than {phrase}"

    def _beside(self) -> str:
        """Say how the other rate changed."""
        return _change(self.second) if self.second else ""

    def _lacking(self) -> str:
        """Say how much more test audio would decide an inconclusive verdict."""
        difference = self.comparison.difference
        if self.gate.policy is not Policy.SUPERIORITY or self.reasons != (_CHANCE,) or not difference:
            return ""
        size, goal = abs(difference), "to see a difference of this size"
        least = self.gate.min_improvement.of(self.comparison.benchmark.error_rate)
        if least and difference < 0:
            size -= least
            goal = f"to show an improvement of more than {self.gate.min_improvement.phrase()}"
        if size <= 0:
            return f"an improvement of this size is not the {self.gate.min_improvement.phrase()} required"
        more = (self.comparison.words_needed(size) or math.inf) - self.comparison.words
        if more <= 0:
            return "a few utterances decide it: check those that changed most"
        if more > _MANY_WORDS:
            return f"no realistic amount of test audio would be enough {goal}"
        amount = f"about {rounded(more):,} more {self.comparison.unit.noun}s of test audio"
        return f"{amount} would be needed {goal}"


def judge(
    benchmark: Scores,
    candidate: Scores,
    gate: Gate,
    *,
    test_number: int = 1,
    exclude: Collection[str] = (),
    missing: Collection[str] = (),
    key_terms: TermRecall | None = None,
    second: tuple[Scores, Scores] | None = None,
) -> Verdict:
    """Compare at the confidence that the gate asks for, and decide.

    ``second`` are the scores of both models by the metric that the verdict is not about.
    ``key_terms`` is needed if the gate judges them: how often they were said and found in what is compared.
    """
    level = gate.level(test_number)
    comparison = compare(
        benchmark, candidate, confidence=level, exclude=exclude, missing=missing, key_terms=key_terms
    )
    beside = compare(*second, confidence=level, exclude=exclude, missing=missing) if second else None
    return decide(comparison, gate, test_number=test_number, second=beside)


def decide(
    comparison: Comparison, gate: Gate, *, test_number: int = 1, second: Comparison | None = None
) -> Verdict:
    """Judge the candidate; ``test_number`` counts how often this test set has judged, this time included.

    Raises ValueError for a comparison that was not made at ``gate.level(test_number)``, and UsageError if an
    utterance that must pass is not in the test set.
    """
    if not math.isclose(comparison.confidence, gate.level(test_number)):
        raise ValueError(
            f"compared at {comparison.confidence}, but the gate asks for {gate.level(test_number)}"
        )
    outcome, reasons = _outcome(comparison, gate)
    blockers = (
        *_missed(comparison, gate),
        *_lost_terms(comparison, gate),
        *_regressions(comparison, gate),
        *_worse_otherwise(second, gate),
    )
    if _good_enough(outcome, comparison, gate) and not blockers:
        action = Action.PROMOTE
    else:
        action = gate.on_worse if blockers or outcome is Outcome.WORSE else gate.on_inconclusive
    notes = tuple(_notes(comparison, gate, test_number))
    return Verdict(outcome, action, gate, comparison, test_number, reasons, blockers, notes, second)


def _outcome(comparison: Comparison, gate: Gate) -> tuple[Outcome, tuple[str, ...]]:
    """Return what the evidence says, and why where it says nothing."""
    if gate.policy is Policy.ANY_IMPROVEMENT:
        doubts = _too_little_text(comparison)
        return (Outcome.INCONCLUSIVE, doubts) if doubts else _by_rate(comparison)
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
        units = units_of(comparison, by_cluster=comparison.by_cluster)
        found.append(f"{units} cannot tell progress from chance; it takes {least} or more")
    least = max(gate.min_words, 1)
    if comparison.words < least:
        words = counted(comparison.words, comparison.unit.noun)
        found.append(f"{words} cannot tell progress from chance; it takes {least} or more")
    return (*found, *_too_little_text(comparison))


def _too_little_text(comparison: Comparison) -> tuple[str, ...]:
    """Return the doubt that what is left without the missing texts is another test set."""
    missing = len(comparison.missing)
    whole = comparison.utterances + len(comparison.excluded) + missing
    if missing <= _MOST_MISSING * whole:
        return ()
    return (f"the service has no text for {missing:,} of {counted(whole, 'utterance')}",)


def _too_few_changes(comparison: Comparison) -> tuple[str, ...]:
    """Without enough units that changed even all of them for the better could be chance: the sign test."""
    if not comparison.changed:
        unit = "cluster" if comparison.by_cluster else "utterance"
        return (f"no difference: both models made the same number of errors in each {unit}",)
    least = least_changes(comparison.confidence)
    if comparison.changed >= least:
        return ()
    changed = f"only {comparison.changed} of {units_of(comparison, by_cluster=comparison.by_cluster)} changed"
    return (f"{changed}; fewer than {least} could all be chance",)


def _good_enough(outcome: Outcome, comparison: Comparison, gate: Gate) -> bool:
    worst = _worst(comparison)
    if gate.policy is Policy.NON_INFERIORITY and worst is not None and not _too_small(comparison, gate):
        return worst <= gate.margin.of(comparison.benchmark.error_rate)
    return outcome is Outcome.BETTER


def _worst(comparison: Comparison) -> float | None:
    """Return by how much the candidate could be worse; None if there is no telling.

    That is the upper end of the interval, and at least what units could hide that were lost elsewhere.
    """
    if comparison.upper_bound is None:
        return None
    seen = comparison.interval.high if comparison.interval else comparison.upper_bound
    return max(seen, comparison.upper_bound)


def _hidden(comparison: Comparison, allowed: float, phrase: str) -> str:
    """Say what a test set of this size could hide, if that alone is more than what is allowed."""
    tail = (1 - comparison.confidence) / 2
    share = hidden_share(comparison.units, tail)
    if share <= allowed:
        return ""
    unit = "cluster" if comparison.by_cluster else "utterance"
    needed = f"; it takes {units_needed(allowed, tail):,}" if 0 < allowed < 1 else ""
    return (
        f"a loss of up to {in_percent(share, up=True)} % of {unit}s could be hidden in {comparison.units:,},"
        f" more than the {phrase} allowed{needed}"
    )


def _missed(comparison: Comparison, gate: Gate) -> tuple[str, ...]:
    """Return a blocker where utterances that must pass were not recognized without an error.

    Those left out as leaked are judged too: what a model gets wrong that it was shown, it gets wrong.
    """
    if not gate.must_pass:
        return ()
    if comparison.utterances and not comparison.pairs:
        raise ValueError("utterances that must pass can only be judged where the pairs are at hand")
    heard: tuple[Pair, ...] = (*comparison.pairs, *comparison.left_out)
    gate.refuse_strangers([*(pair.id for pair in heard), *comparison.missing], Place(input="must-pass"))
    wrong = sorted(pair.id for pair in heard if pair.candidate_errors and gate.demands(pair.id))
    silent = [key for key in comparison.missing if gate.demands(key)]
    return tuple(
        f"{some(keys)} must pass and {'has' if len(keys) == 1 else 'have'} {what}"
        for keys, what in ((wrong, "errors"), (silent, "no text"))
        if keys
    )


def _lost_terms(comparison: Comparison, gate: Gate) -> tuple[str, ...]:
    """Return a blocker if too few key terms were found. Plain counts are compared: each term matters."""
    demand, terms = gate.key_terms_recall, comparison.key_terms
    if demand is None:
        return ()
    if terms is None:
        raise ValueError("key terms can only be judged if they were searched for")
    if not terms.said:
        return ("no key term is said in the test data, so that their recall cannot be judged",)
    needed = terms.benchmark if demand.least is None else demand.least * terms.said
    if terms.candidate >= needed - _ROUNDING:
        return ()
    required = f"the benchmark {terms.benchmark:,}" if demand.least is None else f"it takes {demand}"
    return (f"{terms.candidate:,} of {counted(terms.said, 'key term')} found, {required}",)


def _regressions(comparison: Comparison, gate: Gate) -> tuple[str, ...]:
    """Return a blocker for each group that surely got worse by more than is allowed."""
    allowed = gate.max_regression
    if allowed is None:
        return ()
    return tuple(
        f"group {group.name} got worse: {change_of(group.benchmark, group.candidate, group.interval)}"
        for group in comparison.groups
        if group.interval and group.interval.low > allowed.of(group.benchmark.error_rate)
    )


def _worse_otherwise(second: Comparison | None, gate: Gate) -> tuple[str, ...]:
    """Return a blocker if the rate that the verdict is not about surely rose, or cannot be told."""
    if gate.other_metric is not OtherMetric.NOT_WORSE:
        return ()
    if second is None:
        return ("other-metric cannot be judged: it takes transcripts and recognized text in display form",)
    if second.interval is None or second.interval.low <= 0:
        return ()
    return (f"{second.unit.rate} got worse",)


def _change(comparison: Comparison) -> str:
    change = change_of(comparison.benchmark, comparison.candidate, comparison.interval, comparison.confidence)
    return f"{comparison.unit.rate} {change}"


def _beyond_judgement(comparison: Comparison) -> list[GroupComparison]:
    """Return the groups of so few units that they could get worse in all of them by chance."""
    least = least_changes(comparison.group_confidence)
    return [group for group in comparison.groups if group.units < least]


def _notes(comparison: Comparison, gate: Gate, test_number: int) -> Iterator[str]:
    if gate.policy is Policy.ANY_IMPROVEMENT:
        yield "the gate promotes any lower error rate: equal models pass it every second time"
        yield from (
            doubt for doubt in _too_small(comparison, gate) if doubt not in _too_little_text(comparison)
        )
    smallest, rate = comparison.smallest_difference(), comparison.benchmark.error_rate
    if smallest and rate and smallest > _COARSE * rate:
        yield (
            f"a small test set: it finds differences of {in_percent(smallest)} points or more"
            f" ({smallest / rate:.0%} of the error rate) four times in five, smaller ones less often"
        )
    small = _beyond_judgement(comparison) if gate.max_regression is not None else []
    if small:
        least = least_changes(comparison.group_confidence)
        names = some(
            [f"{group.name} ({units_of(group, by_cluster=comparison.by_cluster)})" for group in small]
        )
        groups = "group" if len(small) == 1 else "groups"
        yield f"max-regression cannot judge {groups} {names}: it takes {least}"
    if test_number > 1 and (gate.policy is Policy.SUPERIORITY or gate.correct_for_repeated_tests):
        yield _repeated_tests(gate, test_number)
    if not comparison.by_cluster and (speakers := prefixes([pair.id for pair in comparison.pairs])):
        yield (
            f"the names look like those of {len(speakers):,} speakers or recordings ({some(speakers)}):"
            " without clusters their utterances count as independent, and the verdict may be overconfident"
        )
    if comparison.numerals:
        written = f"{counted(comparison.numerals, 'transcript')} written with digits"
        yield f"{written}, which can be spoken in more ways than one: write numbers as they were spoken"


def _repeated_tests(gate: Gate, test_number: int) -> str:
    """Say what judging again and again by one test set does to the chance of a false promotion.

    Each test promotes an equal candidate by chance in half of 1 - confidence; the tests share a test set, but
    at worst they are independent.
    """
    judged = f"this test set has judged {test_number} candidates since it last changed"
    if gate.correct_for_repeated_tests:
        return f"{judged}; this one at {gate.level(test_number) * 100:.4g} % confidence to make up for it"
    risk = 1 - (1 - (1 - gate.confidence) / 2) ** test_number
    return (
        f"{judged}: the risk that one of them was promoted by chance has grown to up to {in_percent(risk)} %"
    )
