"""The decision: what became of a candidate, or will, under the gate, a freeze and leaks.

Mark, color and title of page, comment and check follow it, not the outcome alone: a better candidate that the
gate stopped is not promoted, and one that is not worse by more than is allowed may be.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from speechops.registry.documents import Cause
from speechops.report import figures
from speechops.scoring import Action, Outcome

if TYPE_CHECKING:
    from speechops.report.report import Report, Test
    from speechops.scoring import Verdict


class Decision(StrEnum):
    """What became of the candidate. The names are part of ``report.json``'s documentation."""

    PROMOTED = "promoted"
    PASSES = "passes"  # a pull request: its merge promotes the candidate
    ASKS = "asks"  # a person decides, by approving the deployment
    FROZEN = "frozen"  # it would be promoted, but the benchmark is frozen
    STOPPED = "stopped"  # not promoted, and the run is red
    NOT_PROMOTED = "not-promoted"  # not promoted, and the run stays green
    MEASURED = "measured"  # nothing to decide: a model was tested alone, or a new base model


_MARKS = {
    Decision.PROMOTED: "\N{WHITE HEAVY CHECK MARK}",
    Decision.PASSES: "\N{WHITE HEAVY CHECK MARK}",
    Decision.ASKS: "\N{RAISED HAND}",
    Decision.FROZEN: "\N{SNOWFLAKE}\N{VARIATION SELECTOR-16}",
    Decision.STOPPED: "\N{CROSS MARK}",
    Decision.NOT_PROMOTED: "\N{MEDIUM WHITE CIRCLE}",
    Decision.MEASURED: "\N{BAR CHART}",
}
WARNING = "\N{WARNING SIGN}\N{VARIATION SELECTOR-16}"

_COLORS = {
    Decision.PROMOTED: "green",
    Decision.PASSES: "green",
    Decision.ASKS: "amber",
    Decision.FROZEN: "amber",
    Decision.STOPPED: "red",
}

TITLES = {
    Decision.PROMOTED: "Promoted",
    Decision.PASSES: "Passes",
    Decision.ASKS: "Left to a person",
    Decision.FROZEN: "Frozen, not promoted",
    Decision.STOPPED: "Not promoted",
    Decision.NOT_PROMOTED: "Not promoted",
    Decision.MEASURED: "Measured",
}

_CONSEQUENCES = {
    Decision.PROMOTED: "The candidate is the benchmark now.",
    Decision.PASSES: "The merge promotes this candidate.",
    Decision.ASKS: "The gate leaves it to the person who approves the deployment.",
    Decision.STOPPED: "The benchmark stays as it is.",
    Decision.NOT_PROMOTED: "The benchmark stays as it is; the gate lets the run pass.",
}


_OF_TEXTS = {
    Decision.PASSES: "The gate lets the candidate pass.",
    Decision.ASKS: "The gate leaves it to a person.",
    Decision.STOPPED: "The gate stops the candidate.",
    Decision.NOT_PROMOTED: "The candidate does not pass; the gate lets the run pass.",
}
"""What follows where only texts were scored: there is no benchmark that could move."""

_FAILS = "Does not pass"
_COUNTED = {Decision.PASSES: "pass", Decision.FROZEN: "frozen"}
_NO_TEST = "not tested yet"
ENDINGS = (
    *dict.fromkeys(_COUNTED.get(key, title.lower()) for key, title in TITLES.items()),
    _FAILS.lower(),
    _NO_TEST,
)
"""All that :func:`ending` returns, the best first."""


def of(report: Report) -> Decision:
    """Return what became of the candidate of a report."""
    test, verdict = report.test, report.verdict
    if test is None or verdict is None or test.cause is Cause.BASE_MODEL:
        return Decision.MEASURED
    match verdict.action:
        case Action.PROMOTE:
            if report.history.frozen:
                return Decision.FROZEN
            in_review = report.origin.operation == "compare" or test.cause in {
                Cause.PULL_REQUEST,
                Cause.SCORE,
            }
            return Decision.PASSES if in_review else Decision.PROMOTED
        case Action.ASK:
            return Decision.ASKS
        case Action.PASS:
            return Decision.NOT_PROMOTED
        case _:
            return Decision.STOPPED


def mark(report: Report) -> str:
    """Return the sign of a decision; a warning if the test set is void, unless the candidate is stopped."""
    decision = of(report)
    if report.test and report.test.void and decision is not Decision.STOPPED:
        return WARNING
    return _MARKS[decision]


def color(report: Report) -> str:
    """Return the name of the color, as the style sheet knows it."""
    decision = of(report)
    if report.test and report.test.void and decision is not Decision.STOPPED:
        return "amber"
    return _COLORS.get(decision, "grey")


def title(report: Report) -> str:
    """Return the decision in a few words: ``Not promoted``."""
    if report.test is None:
        return "No test yet"
    decision = of(report)
    if _is_of_texts(report) and decision in {Decision.STOPPED, Decision.NOT_PROMOTED}:
        return _FAILS
    return TITLES[decision]


def _is_of_texts(report: Report) -> bool:
    return report.test is not None and report.test.cause is Cause.SCORE


def ending(report: Report) -> str:
    """Return the decision as one counts it: ``2 promoted, 1 not promoted``."""
    return _COUNTED.get(of(report), title(report).lower()) if report.test else _NO_TEST


def consequence(report: Report) -> str:
    """Return the sentence that says what follows: one and the same in comment, check, page and log."""
    decision = of(report)
    if decision is Decision.FROZEN:
        return frozen(report.history.frozen)
    return (_OF_TEXTS if _is_of_texts(report) else _CONSEQUENCES).get(decision, "")


def frozen(reason: str) -> str:
    """Return the one sentence about a freeze."""
    return f"The benchmark is frozen, nothing is promoted until unfreeze: {reason}"


def leak(test: Test) -> str:
    """Return what makes a test void; empty if it is not."""
    if not test.void:
        return ""
    return f"{len(test.leaked):,} of {figures.counted(test.total, 'test utterance')} are training data too"


def change(verdict: Verdict) -> str:
    """Return the verdict as one phrase that goes after the model's name: ``worse by 29.3 points``."""
    difference = verdict.comparison.difference
    if difference is None:
        return "not comparable, without words"
    size = f"{abs(difference) * 100:.1f} points"
    if verdict.outcome is not Outcome.INCONCLUSIVE:
        phrase = f"{verdict.outcome} by {size}"
    elif verdict.promotes:
        phrase = f"not worse by more than {verdict.gate.margin.phrase()} ({figures.points(difference)})"
    elif not difference:
        phrase = "no different"
    else:
        phrase = f"{'better' if difference < 0 else 'worse'} by {size}, which is inconclusive"
    return f"{phrase}, but {verdict.blockers[0]}" if verdict.blockers else phrase


def headline(report: Report) -> str:
    """Return the line that is enough: ``Not promoted: pharmacy en-US is worse by 29.3 points``."""
    test, verdict = report.test, report.verdict
    name = f"{report.model} {report.locale}"
    if test is None:
        return f"{name}: no test yet"
    if verdict is None:
        rate = figures.rate(test.benchmark.error_rate)
        line = f"{name} has {figures.article(test)} {figures.label(test)} of {rate}"
    else:
        line = f"{title(report)}: {name} is {change(verdict)}"
    return f"Leak: {leak(test)}. {line}" if test.void else line
