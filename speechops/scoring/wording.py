"""The words in which a comparison is told: numbers with their nouns, rates, differences and bounds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .comparison import Comparison, GroupComparison
    from .counts import Counts
    from .units import Interval

_ARROW = "\N{RIGHTWARDS ARROW}"
_SCATTER = 2
"""Standard deviations by which a kind of error must change to have moved: a count scatters by its root."""


def numbers(comparison: Comparison) -> str:
    """Return both rates, their difference, and how many utterances and words it comes from."""
    if comparison.benchmark.error_rate is None:
        return "no error rate without words"
    improved = counted(comparison.improved, "utterance")
    tally = [f"{improved} improved, {comparison.worsened:,} got worse, {comparison.equal:,} equal"]
    tally += _countermoves(comparison)
    if comparison.by_cluster:
        tally.append(f"drawn as {counted(comparison.units, 'cluster')}")
    tally.append(counted(comparison.words, comparison.unit.noun))
    if comparison.excluded:
        tally.append(f"{counted(len(comparison.excluded), 'utterance')} left out")
    if comparison.missing:
        tally.append(f"{counted(len(comparison.missing), 'utterance')} without text")
    if comparison.silent:
        before, after = comparison.silent_insertions
        silent = counted(comparison.silent, "utterance")
        tally.append(
            f"in {silent} without speech {before:,} {_ARROW} {after:,} {comparison.unit.noun}s heard"
        )
    change = change_of(comparison.benchmark, comparison.candidate, comparison.interval, comparison.confidence)
    return f"{comparison.unit.rate} {change[:-1]}; {'; '.join(tally)})"


def _countermoves(comparison: Comparison) -> list[str]:
    """Return the kinds of error that moved against the others, by more than counts of their size scatter."""
    before, after = comparison.benchmark, comparison.candidate
    changes = {
        kind: (getattr(after, kind) - getattr(before, kind), getattr(after, kind) + getattr(before, kind))
        for kind in ("substitutions", "deletions", "insertions")
    }
    total = after.errors - before.errors
    risen = any(change > 0 for change, _ in changes.values())
    fallen = any(change < 0 for change, _ in changes.values())
    if not (risen and fallen):
        return []
    return [
        f"{kind} {change:+,}".replace("-", "\N{MINUS SIGN}")
        for kind, (change, both) in changes.items()
        if change * total <= 0 and abs(change) > _SCATTER * math.sqrt(both)
    ]


def change_of(
    benchmark: Counts, candidate: Counts, interval: Interval | None, confidence: float | None = None
) -> str:
    """Return both rates, their difference and its bounds: ``10.9 % → 12.4 % (+1.5 points, ...)``."""
    before, after = benchmark.error_rate or 0.0, candidate.error_rate or 0.0
    values = [after - before, *((interval.low, interval.high) if interval else ())]
    places = next((n for n in (1, 2, 3) if all(round(value * 100, n) or not value for value in values)), 4)
    signed = [f"{value * 100:+.{places}f}" if value else "0" for value in values]
    points, *bounds = (text.replace("-", "\N{MINUS SIGN}") for text in signed)
    sure = f", {confidence * 100:.4g} % interval {' to '.join(bounds)}" if bounds and confidence else ""
    return f"{before * 100:.{places}f} % {_ARROW} {after * 100:.{places}f} % ({points} points{sure})"


def units_of(drawn: Comparison | GroupComparison, *, by_cluster: bool) -> str:
    """Return the number of units drawn with their noun."""
    return counted(drawn.units, "cluster" if by_cluster else "utterance")


def counted(number: int, thing: str) -> str:
    """Return a count with its noun: ``1 word``, ``2,406 words``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def in_percent(fraction: float, *, up: bool = False) -> str:
    """Return a share or a size in percent with two digits that count, or all before the point.

    A bound is rounded ``up``.
    """
    percent = abs(fraction) * 100
    places = max(0, 1 - math.floor(math.log10(percent))) if percent else 0
    if up:
        percent = math.ceil(percent * 10**places - 1e-9) / 10**places
    return f"{percent:,.{places}f}"


def rounded(words: float) -> int:
    """Round up to two digits: an estimate should look like one."""
    unit: int = 10 ** max(0, math.floor(math.log10(max(words, 1))) - 1)
    return math.ceil(words / unit) * unit
