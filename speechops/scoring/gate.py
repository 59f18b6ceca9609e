"""The gate: the policy that turns a verdict into promote or stop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from speechops.errors import Place, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


class Policy(StrEnum):
    """What a candidate must show."""

    SUPERIORITY = "superiority"  # better beyond chance, by at least the required improvement
    NON_INFERIORITY = "non-inferiority"  # with confidence, not worse by more than the margin
    ANY_IMPROVEMENT = "any-improvement"  # a lower error rate: the rule of the original template


class Metric(StrEnum):
    """What the verdict is about."""

    WORDS = "word-error-rate"
    TOKENS = "token-error-rate"  # of display text


class OtherMetric(StrEnum):
    """What is done with the rate that the verdict is not about, if the transcripts are in display form."""

    REPORT = "report"
    NOT_WORSE = "not-worse"  # a candidate whose rate surely rose is stopped


class Action(StrEnum):
    """What happens next."""

    PROMOTE = "promote"
    PASS = "pass"  # noqa: S105 - stop, and stay green
    FAIL = "fail"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Margin:
    """A difference in error rate, in points (0.5 is half a percentage point) or percent of a rate."""

    value: float
    relative: bool = False

    def of(self, rate: float | None) -> float:
        """Return the margin as a fraction, where the benchmark's error rate is ``rate``."""
        return self.value / 100 * ((rate or 0.0) if self.relative else 1)

    def phrase(self) -> str:
        """Return the margin in words."""
        if self.relative:
            return f"{self._digits()} % of the error rate"
        return f"{self._digits()} point{'' if self.value == 1 else 's'}"

    def __str__(self) -> str:
        """As in settings: ``0.5`` or ``5%``."""
        return f"{self._digits()}{'%' if self.relative else ''}"

    def _digits(self) -> str:
        """Return all digits of the value and no exponent, which settings do not have."""
        digits = f"{Decimal(repr(self.value)):f}"
        return digits.rstrip("0").rstrip(".") if "." in digits else digits


@dataclass(frozen=True, slots=True)
class RecallDemand:
    """The share of spoken key terms that must be recognized: ``least``; None: that of the benchmark."""

    least: float | None = None

    def __str__(self) -> str:
        """As in settings: ``not-worse`` or ``95%``."""
        return _NOT_WORSE if self.least is None else f"{self.least * 100:.12g}%"


@dataclass(frozen=True, slots=True)
class Gate:
    """The settings of the gate. The defaults promote only what is better beyond chance.

    ``metric`` is the rate that the verdict is about, ``other_metric`` what becomes of the other one.
    ``min_improvement`` is for superiority, ``margin`` for non-inferiority. A group that with confidence got
    worse by more than ``max_regression`` stops the candidate, unless that is None, as does an utterance that
    ``must_pass`` (an id, or a pattern with ``*``) and has an error, and key terms that were missed more often
    than ``key_terms_recall`` allows. A test set of fewer than ``min_words`` or ``min_utterances`` (clusters,
    where they are drawn) is inconclusive. ``on_inconclusive`` and ``on_worse`` say what happens to a
    candidate that is not promoted.
    """

    policy: Policy = Policy.SUPERIORITY
    confidence: float = 0.95
    min_improvement: Margin = Margin(0.0)
    margin: Margin = Margin(0.5)
    max_regression: Margin | None = None
    must_pass: tuple[str, ...] = ()
    key_terms_recall: RecallDemand | None = None
    min_words: int = 100
    min_utterances: int = 10
    on_inconclusive: Action = Action.FAIL
    on_worse: Action = Action.FAIL
    correct_for_repeated_tests: bool = False
    metric: Metric = Metric.WORDS
    other_metric: OtherMetric = OtherMetric.REPORT

    def level(self, test_number: int = 1) -> float:
        """Return the confidence to compare at, when the test set judges for the ``test_number``-th time.

        Corrected, all tests together err with less than 1 - confidence (Bonferroni), by a spending plan that
        is fixed beforehand: the first ten share one half of it evenly, all later ones the other half, test k
        with 5 / (k (k - 1)) of the whole, which adds up to one half.
        """
        if not self.correct_for_repeated_tests:
            return self.confidence
        share = _PLANNED_TESTS / (2 * max(_PLANNED_TESTS**2, test_number * (test_number - 1)))
        return 1 - (1 - self.confidence) * share

    def demands(self, key: str) -> bool:
        """Return whether the utterance ``key`` must pass."""
        return any(matches(pattern, key) for pattern in self.must_pass)

    def refuse_strangers(self, keys: Collection[str], place: Place) -> None:
        """Raise UsageError if an utterance that must pass is not among ``keys``."""
        for pattern in self.must_pass:
            if not any(matches(pattern, key) for key in keys):
                raise UsageError(
                    f"must-pass: no utterance of the test set matches '{pattern}'.",
                    hint="Use the file names of the test data; * stands for anything.",
                    place=place,
                )


def matches(pattern: str, key: str) -> bool:
    """Return whether ``pattern`` names the utterance ``key``: only ``*`` stands for anything."""
    return fnmatchcase(key, re.sub(r"[\[?]", r"[\g<0>]", pattern))


def _confidence(text: str) -> float:
    value = float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)
    value = round(value, _DIGITS)  # 99.9 / 100 is a little more than 0.999
    if not _LEAST_CONFIDENCE <= value <= _MOST_CONFIDENCE:
        raise ValueError(text)
    return value


def _margin(text: str) -> Margin:
    match = re.fullmatch(r"(\d{1,2}(?:\.\d+)?)\s*(%|points?)?", text)
    if match is None:
        raise ValueError(text)
    return Margin(float(match[1]), relative=match[2] == "%")


def _recall(text: str) -> RecallDemand:
    if text == _NOT_WORSE:
        return RecallDemand()
    value = float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)
    if not 0 < value <= 1:
        raise ValueError(text)
    return RecallDemand(round(value, _DIGITS))


def _whole_number(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,9}", text) is None:
        raise ValueError(text)
    return int(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in re.split(r"[,\n]", text) if name.strip())


def _stop(text: str) -> Action:
    action = Action(text)
    if action is Action.PROMOTE:
        raise ValueError(text)
    return action


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


_NOT_WORSE = "not-worse"
_PLANNED_TESTS = 10
_LEAST_CONFIDENCE, _MOST_CONFIDENCE = 0.5, 0.999
_DIGITS = 12
_DIFFERENCE = "points, such as 0.5, or percent of the benchmark's error rate, such as 5%; below 100"
_STOPS = "pass (stop, stay green), fail, ask"

SETTINGS: dict[str, tuple[Callable[[str], object], str]] = {
    "policy": (Policy, ", ".join(Policy)),
    "confidence": (_confidence, "0.5 to 0.999, or 50% to 99.9%"),
    "min-improvement": (_margin, _DIFFERENCE),
    "margin": (_margin, _DIFFERENCE),
    "max-regression": (_margin, _DIFFERENCE),
    "must-pass": (_names, "utterance ids, with commas or line ends between them; * stands for anything"),
    "key-terms-recall": (_recall, "not-worse, or a share such as 95% or 0.95"),
    "min-words": (_whole_number, "a whole number"),
    "min-utterances": (_whole_number, "a whole number"),
    "on-inconclusive": (_stop, _STOPS),
    "on-worse": (_stop, _STOPS),
    "correct-for-repeated-tests": (_boolean, "true, false"),
    "metric": (Metric, ", ".join(Metric)),
    "other-metric": (OtherMetric, ", ".join(OtherMetric)),
}
"""Each setting of the gate: how it is read, and what is allowed in words."""
