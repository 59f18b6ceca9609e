"""Figures for people: rates, differences, days, counts. Every renderer writes them the same way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from speechops.registry.documents import short
from speechops.scoring import Outcome, Unit, in_percent
from speechops.scoring import counted as counted  # noqa: PLC0414 - the templates have their figures from here

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speechops.report.report import Test
    from speechops.scoring import Counts, Interval, Verdict

NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
ARROW = "\N{RIGHTWARDS ARROW}"
_SOON = 90


def rate(value: float | None) -> str:
    """Return a rate in percent: ``10.9 %``."""
    return NONE if value is None else f"{value * 100:.1f} %"


def points(value: float | None) -> str:
    """Return a difference of rates in signed percentage points: ``-1.5``, with a minus sign."""
    if value is None:
        return NONE
    shown = f"{value * 100:+.1f}"
    return "0.0" if shown in {"+0.0", "-0.0"} else shown.replace("-", MINUS)


def interval(value: Interval | None) -> str:
    """Return the bounds of a difference: ``-2.3 to -0.7``."""
    return NONE if value is None else f"{points(value.low)} to {points(value.high)}"


def size(value: float) -> str:
    """Return the size of a difference in percentage points: ``2.1``."""
    return in_percent(value)


def sign(value: float | None) -> str:
    """Return the color of a difference: green for fewer errors, red for more."""
    return colour(None if not value else Outcome.BETTER if value < 0 else Outcome.WORSE)


def tick(value: float, step: float) -> str:
    """Return a difference on an axis, in signed points, with the digits that the step has."""
    return f"{value * 100:+.{_digits(step)}f}".replace("-", MINUS)


def percent_tick(value: float, step: float) -> str:
    """Return a rate on an axis, in percent, with the digits that the step has."""
    return f"{value * 100:.{_digits(step)}f} %"


def _digits(step: float) -> int:
    return max(0, -math.floor(math.log10(step * 100) + 1e-9))


def certainty(confidence: float) -> str:
    """Return a confidence in percent: ``95 %``."""
    return f"{confidence * 100:.4g} %"


def count(number: int) -> str:
    """Return a count with its thousands apart: ``2,406``."""
    return f"{number:,}"


def signed(number: int) -> str:
    """Return a signed count, such as a change in errors: ``-3``, with a minus sign."""
    return f"{number:+,}".replace("-", MINUS) if number else "0"


def day(moment: str) -> str:
    """Return the day of an ISO time: ``2026-11-25``."""
    return moment[:10] or NONE


def minute(moment: str) -> str:
    """Return an ISO time to the minute, in UTC: ``2026-11-25 09:41 UTC``."""
    return f"{moment[:10]} {moment[11:16]} UTC" if len(moment) > len("2026-11-25T09:41") else moment or NONE


def commit(name: str) -> str:
    """Return the first seven letters of a commit, and whether it lacks data; a dash outside of git."""
    return short(name) or NONE


def label(test: Test | None) -> str:
    """Return how the error rate of a test is called: WER, mixed error rate or CER."""
    return (test.unit if test else Unit.WORD).rate


def article(test: Test | None) -> str:
    """Return the indefinite article of the rate's name."""
    return "an" if label(test)[0] in "aeiou" else "a"


TOKEN_CLASSES = {
    "punctuation": "punctuation",
    "capitalization": "capitals",
    "inverseTextNormalization": "numbers as written",
    "lexical": "words",
    "others": "other",
}
"""What readers call the classes of token errors."""


def token_classes(classes: Mapping[str, int]) -> str:
    """Return how many token errors there are of each class: ``3 / 1 / 0 / 4 / 0``."""
    return " / ".join(count(classes.get(name, 0)) for name in TOKEN_CLASSES)


def other_counts(test: Test) -> tuple[str, list[Counts]]:
    """Return the name of the rate that the test is not about, and its counts of each model."""
    models = test.display.models if test.display else ()
    if test.unit is Unit.TOKEN:
        return "WER", [model.words for model in models]
    return Unit.TOKEN.rate, [model.tokens for model in models]


def rate_change(counts: Sequence[Counts]) -> str:
    """Return the difference of two rates in points; a dash where there are not two."""
    rates = [part.error_rate for part in counts]
    if len(rates) < 2 or rates[0] is None or rates[1] is None:  # noqa: PLR2004
        return NONE
    return points(rates[1] - rates[0])


_BANDS = ((0.1, "good"), (0.2, "acceptable"), (0.3, "between acceptable and poor"))


def band(value: float | None) -> str:
    """Return what Microsoft calls a word error rate: 5 to 10 % good, 20 % acceptable, 30 % poor."""
    if value is None:
        return NONE
    return next((name for bound, name in _BANDS if value <= bound), "poor")


def duration(minutes: float) -> str:
    """Return a length of audio: ``1.3 min``; nothing if it is not known."""
    return f"{minutes:.1f} min" if minutes else ""


def expiry(day: str, today: str) -> str:
    """Judge the day from which a model can no longer transcribe: ``expired``, ``soon``, or nothing.

    Both are ISO dates; ``soon`` is within 90 days.
    """
    from datetime import date  # noqa: PLC0415 - for those with a history

    try:
        left = (date.fromisoformat(day[:10]) - date.fromisoformat(today[:10])).days
    except ValueError:
        return ""
    return "expired" if left <= 0 else "soon" if left <= _SOON else ""


def sentence(verdict: Verdict) -> str:
    """Return the verdict's sentence with a capital and a full stop."""
    return phrase(verdict.sentence())


def phrase(text: str) -> str:
    """Return a phrase as a sentence: a capital, and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def colour(outcome: Outcome | None) -> str:
    """Return the name of the color of an outcome, as style sheets and badges know it."""
    match outcome:
        case Outcome.BETTER:
            return "green"
        case Outcome.WORSE:
            return "red"
        case _:
            return "grey"
