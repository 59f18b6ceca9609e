"""The gate: the policy that turns a verdict into promote or stop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from speechops.errors import Place, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .verdict import Verdict


class Policy(StrEnum):
    """What a candidate must show."""

    SUPERIORITY = "superiority"
    NON_INFERIORITY = "non-inferiority"
    ANY_IMPROVEMENT = "any-improvement"


class Action(StrEnum):
    """What happens next."""

    PROMOTE = "promote"
    PASS = "pass"  # noqa: S105 - stop, and stay green
    FAIL = "fail"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Margin:
    """A difference in error rate: points (0.5 is half a percentage point) or percent of the benchmark's."""

    value: float
    relative: bool = False

    def of(self, rate: float) -> float:
        """Return the margin as a fraction, where the benchmark's error rate is ``rate``."""
        return self.value / 100 * (rate if self.relative else 1)

    def __str__(self) -> str:
        """As it is written in settings."""
        return f"{self.value:g}{'%' if self.relative else ''}"


@dataclass(frozen=True, slots=True)
class Gate:
    """The settings of the gate; the defaults promote only what is better beyond chance."""

    policy: Policy = Policy.SUPERIORITY
    confidence: float = 0.95
    min_improvement: Margin = Margin(0.0)
    margin: Margin = Margin(0.5)
    max_regression: Margin = Margin(0.0)
    must_pass: tuple[str, ...] = ()
    min_words: int = 100
    min_utterances: int = 10
    on_inconclusive: Action = Action.PASS
    on_worse: Action = Action.FAIL
    correct_for_looks: bool = False

    def level(self, looks: int = 1) -> float:
        """Return the confidence to compare with at the ``looks``-th judgement by the same test set.

        Corrected, the error allowed at look k is (1 - confidence) / (k (k + 1)); over any number of looks
        these add up to 1 - confidence.
        """
        if not self.correct_for_looks:
            return self.confidence
        return 1 - (1 - self.confidence) / (looks * (looks + 1))

    def promotes(self, verdict: Verdict) -> bool:
        """Tell whether the candidate becomes the benchmark."""
        return verdict.action is Action.PROMOTE

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Gate:
        """Read the gate from settings; blank values mean the default.

        Raises UsageError with the key, the value and what is allowed.
        """
        for key in settings:
            if key not in _READERS:
                raise UsageError(
                    f"The gate has no setting '{key}'.",
                    hint=f"Known: {', '.join(_READERS)}.",
                    place=Place(input=key),
                )
        values: dict[str, object] = {}
        for key, text in settings.items():
            if text.strip():
                read, allowed = _READERS[key]
                try:
                    values[key.replace("-", "_")] = read(text.strip())
                except ValueError:
                    raise UsageError(
                        f"{key}: '{text}' is not allowed.",
                        hint=f"Allowed: {allowed}.",
                        place=Place(input=key),
                    ) from None
        return cls(**values)  # type: ignore[arg-type]


def _confidence(text: str) -> float:
    value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0.5 <= value < 1:  # noqa: PLR2004
        raise ValueError(text)
    return value


def _margin(text: str) -> Margin:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%|points?)?", text)
    if match is None:
        raise ValueError(text)
    return Margin(float(match[1]), relative=match[2] == "%")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(text)
    return int(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[,\n]", text) if part.strip())


def _action(text: str) -> Action:
    action = Action(text)
    if action is Action.PROMOTE:
        raise ValueError(text)
    return action


E = TypeVar("E", bound=object)


def _boolean(text: str) -> bool:
    values = {"true": True, "false": False}
    if text.lower() not in values:
        raise ValueError(text)
    return values[text.lower()]


_MARGIN = "points such as 0.5, or percent of the benchmark's error rate such as 5%"
_READERS: dict[str, tuple[Callable[[str], object], str]] = {
    "policy": (Policy, ", ".join(Policy)),
    "confidence": (_confidence, "a number from 0.5 to below 1, such as 0.95, or 95%"),
    "min-improvement": (_margin, _MARGIN),
    "margin": (_margin, _MARGIN),
    "max-regression": (_margin, _MARGIN),
    "must-pass": (_names, "utterance ids, separated by commas or lines"),
    "min-words": (_count, "a whole number"),
    "min-utterances": (_count, "a whole number"),
    "on-inconclusive": (_action, "pass, fail, ask"),
    "on-worse": (_action, "pass, fail, ask"),
    "correct-for-looks": (_boolean, "true, false"),
}
