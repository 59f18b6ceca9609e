"""Charts as inline SVG, drawn here: three small ones that a library of charts would not make lighter.

Colours come from the page's style sheet by class; every mark has a shape of its own besides its color. Text
goes in through :class:`markupsafe.Markup`, which escapes it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup

from speechops.report import figures
from speechops.scoring import Outcome, Policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speechops.advice import Tables
    from speechops.report.report import History, Point
    from speechops.scoring import GroupComparison, Interval, Verdict

_POINTS = 60
"""The latest tests that a trend shows."""

_WIDTH, _HEIGHT = 720, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 16, 26, 30


def tally(improved: int, equal: int, worse: int) -> Markup:
    """Return a bar whose parts are the utterances that improved, stayed and got worse."""
    total = improved + equal + worse or 1
    label = f"{improved} utterances improved, {equal} are equal, {worse} got worse"
    parts, left = Markup(), 0.0
    for number, name in ((improved, "green"), (equal, "grey"), (worse, "red")):
        width = 320 * number / total
        parts += Markup('<rect class="tally {}" x="{:.2f}" y="8" width="{:.2f}" height="22"/>').format(
            name, left, max(width - 1.5, 0)
        )
        left += width
    return _svg(320, 38, label, parts)


def gate_line(verdict: Verdict) -> float:
    """Return where the gate draws its line: the interval must be left of it for the candidate to pass."""
    gate, rate = verdict.gate, verdict.comparison.benchmark.error_rate
    if gate.policy is Policy.NON_INFERIORITY:
        return gate.margin.of(rate)
    return -gate.min_improvement.of(rate) if gate.policy is Policy.SUPERIORITY else 0.0


def gate_phrase(verdict: Verdict) -> str:
    """Say what has to be left of the gate's line."""
    if verdict.gate.policy is Policy.ANY_IMPROVEMENT:
        return "the difference has to be left of it"
    return "the whole interval has to be left of it"


def difference(value: float | None, interval: Interval | None, gate: float = 0.0) -> Markup:
    """Return the difference of the error rates on an axis with zero, its interval, and the gate's line."""
    bounds = [0.0, value or 0.0, gate, *((interval.low, interval.high) if interval else ())]
    step: float = _step(max(bounds) - min(bounds) or 0.01, 4)
    low, high = math.floor(min(bounds) / step) * step, math.ceil(max(bounds) / step) * step
    span: float = high - low or step

    def across(rate: float) -> float:
        at: float = 14 + 292 * (rate - low) / span
        return at

    parts = Markup()
    for number in range(round(span / step) + 1):
        at = low + number * step
        zero = abs(at) < step / 2
        parts += Markup('<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="4" y2="34"/>').format(
            "zero" if zero else "axis", across(at), across(at)
        )
        parts += Markup('<text x="{:.1f}" y="50" text-anchor="middle">{}</text>').format(
            across(at), "0" if zero else figures.tick(at, step)
        )
    name = "grey"
    if interval is not None:
        name = "green" if interval.high < 0 else "red" if interval.low > 0 else "grey"
        left, right = across(interval.low), across(interval.high)
        parts += Markup('<rect class="band {}" x="{:.1f}" y="13" width="{:.1f}" height="12" rx="6"/>').format(
            name, left, max(right - left, 1)
        )
    parts += Markup('<line class="gate" x1="{:.1f}" x2="{:.1f}" y1="2" y2="36"/>').format(
        across(gate), across(gate)
    )
    if value is not None:
        parts += Markup('<circle class="{}" cx="{:.1f}" cy="19" r="6"/>').format(name, across(value))
    label = f"Difference {figures.points(value)} points"
    if interval is not None:
        label += f", interval {figures.interval(interval)}"
    return _svg(320, 56, label, parts)


def kinds(tables: Tables) -> Markup:
    """Return a bar for each model whose parts are its replaced, lost and extra regions."""
    rows = [("benchmark", tables.benchmark), *([("candidate", tables.candidate)] if tables.candidate else [])]
    most = max(row.total for _, row in rows) or 1
    parts, label = Markup(), []
    for index, (name, row) in enumerate(rows):
        top, left = 4 + index * 30, 74.0
        parts += Markup('<text class="name" x="0" y="{}">{}</text>').format(top + 15, name)
        for kind, number in (("replaced", row.replaced), ("lost", row.lost), ("extra", row.extra)):
            width = 200 * number / most
            if number:
                parts += Markup(
                    '<rect class="tally {}" x="{:.2f}" y="{}" width="{:.2f}" height="22"/>'
                ).format(kind, left, top, max(width - 1, 1))
            left += width
        parts += Markup('<text class="name" x="{:.1f}" y="{}">{}</text>').format(
            left + 6, top + 15, figures.count(row.total)
        )
        label.append(f"{name}: {row.replaced} replaced, {row.lost} lost, {row.extra} extra")
    return _svg(320, 4 + 30 * len(rows), "; ".join(label), parts)


def dumbbell(group: GroupComparison, groups: Sequence[GroupComparison]) -> Markup:
    """Return both error rates of a group on the scale of all of them: a ring, and a diamond."""
    rates = [part.error_rate or 0.0 for item in groups for part in (item.benchmark, item.candidate)]
    top = max([*rates, 0.01])
    before, after = (8 + 144 * (part.error_rate or 0.0) / top for part in (group.benchmark, group.candidate))
    parts = Markup('<line class="link" x1="{:.1f}" x2="{:.1f}" y1="10" y2="10"/>').format(before, after)
    parts += Markup('<circle class="open" cx="{:.1f}" cy="10" r="5"/>').format(before)
    parts += Markup('<path class="{}" d="M{:.1f} 4l6 6l-6 6l-6 -6z"/>').format(
        figures.sign(group.difference), after
    )
    label = f"{figures.rate(group.benchmark.error_rate)} to {figures.rate(group.candidate.error_rate)}"
    return _svg(160, 20, label, parts)


def trend(history: History) -> Markup:
    """Return the error rates over the latest tests, with releases and changes of the test data marked."""
    points = history.points[-_POINTS:]
    rates = [
        rate
        for point in points
        for rate in (point.benchmark_rate, point.candidate_rate, *(_whisker(point) or ()))
        if rate is not None
    ]
    plot = _Plot.of(len(points), max([*rates, 0.01]) * 1.08)
    parts = plot.scale() + plot.events(history, points)
    for line in _lines(points):
        parts += plot.line(line)
    for index, point in enumerate(points):
        if point.candidate_rate is not None:
            x = plot.across(index)
            if whisker := _whisker(point):
                parts += plot.whisker(x, *whisker)
            parts += _mark(point, x, plot.down(point.candidate_rate))
    for index in _dated(len(points)):
        parts += Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
            plot.across(index), _HEIGHT - 8, figures.day(points[index].created)
        )
    label = (
        f"Error rate over {figures.counted(len(points), 'test')}; the table of tests below has the figures"
    )
    return _svg(_WIDTH, _HEIGHT, label, parts)


@dataclass(frozen=True, slots=True)
class _Plot:
    """Tests side by side, rates from zero up to ``top`` in steps of ``step``."""

    tests: int
    top: float
    step: float

    @classmethod
    def of(cls, tests: int, highest: float) -> _Plot:
        step = _step(highest, 4)
        return cls(tests, math.ceil(highest / step) * step, step)

    def across(self, index: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (index + 0.5) / self.tests

    def down(self, rate: float) -> float:
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - rate / self.top)

    def scale(self) -> Markup:
        parts = Markup()
        for number in range(round(self.top / self.step) + 1):
            at = self.down(number * self.step)
            parts += Markup('<line class="axis" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
                _LEFT, _WIDTH - _RIGHT, at, at
            )
            parts += Markup('<text x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(
                _LEFT - 8, at + 4, figures.percent_tick(number * self.step, self.step)
            )
        return parts

    def events(self, history: History, points: Sequence[Point]) -> Markup:
        parts = Markup()
        for index, (first, second) in enumerate(pairwise(points)):
            if not _comparable(first, second):
                parts += _upright("data", self.across(index + 0.5))
        for version, place in _releases(history, points):
            parts += _upright("release", self.across(place))
            parts += Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
                self.across(place), _TOP - 10, version
            )
        return parts

    def whisker(self, x: float, low: float, high: float) -> Markup:
        top, bottom = self.down(high), self.down(low)
        return Markup('<path class="whisker" d="M{:.1f} {:.1f}h8m-4 0V{:.1f}m-4 0h8"/>').format(
            x - 4, top, bottom
        )

    def line(self, line: Sequence[tuple[int, float]]) -> Markup:
        path = " ".join(f"{self.across(index):.1f},{self.down(rate):.1f}" for index, rate in line)
        parts = Markup('<polyline class="trend" points="{}"/>').format(path)
        for index, rate in line:
            parts += Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="3"/>').format(
                self.across(index), self.down(rate)
            )
        return parts


def _comparable(first: Point, second: Point) -> bool:
    return (first.fingerprint, first.scale) == (second.fingerprint, second.scale)


def _lines(points: Sequence[Point]) -> Iterator[list[tuple[int, float]]]:
    """Yield the benchmark's rate at each test, and after it if it moved, in lines of comparable rates."""
    line: list[tuple[int, float]] = []
    for index, point in enumerate(points):
        if line and not _comparable(point, points[index - 1]):
            yield line
            line = []
        if point.benchmark_rate is not None:
            line.append((index, point.benchmark_rate))
        if point.promoted and point.candidate_rate is not None:
            line.append((index, point.candidate_rate))  # straight down: the benchmark has moved
    yield line


def _releases(history: History, points: Sequence[Point]) -> Iterator[tuple[str, float]]:
    """Yield the version of each release and where it stands among the tests: right after the last before."""
    for release in history.releases:
        before = sum(point.created <= release.created for point in points)
        if before:
            yield release.version, before - 1 + 0.25


def _whisker(point: Point) -> tuple[float, float] | None:
    """Return the bounds of the candidate's rate: those of the difference, beside the benchmark."""
    if point.interval is None or point.benchmark_rate is None:
        return None
    return max(0.0, point.benchmark_rate + point.interval.low), point.benchmark_rate + point.interval.high


def _mark(point: Point, x: float, y: float) -> Markup:
    title = f"{figures.minute(point.created)}: candidate {figures.rate(point.candidate_rate)}"
    match point.outcome:
        case Outcome.BETTER:
            shape = Markup('<path class="green" d="M{:.1f} {:.1f}l6 11h-12z">').format(x, y - 7)
            end = Markup("</path>")
        case Outcome.WORSE:
            shape = Markup('<path class="red" d="M{:.1f} {:.1f}l6 -11h-12z">').format(x, y + 7)
            end = Markup("</path>")
        case _:
            shape = Markup('<circle class="grey hollow" cx="{:.1f}" cy="{:.1f}" r="5">').format(x, y)
            end = Markup("</circle>")
    return shape + Markup("<title>{}, {}</title>").format(title, point.outcome or figures.NONE) + end


def _upright(name: str, x: float) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="{}" y2="{}"/>').format(
        name, x, x, _TOP - 4, _HEIGHT - _BOTTOM
    )


def _dated(number: int) -> list[int]:
    """Return the tests under which their day is written: at most six, the first and the last among them."""
    if number <= 1:
        return list(range(number))
    shown = min(number, 6)
    return sorted({round(index * (number - 1) / (shown - 1)) for index in range(shown)})


def _step(span: float, parts: int) -> float:
    """Return a round step (1, 2 or 5 times a power of ten) that cuts ``span`` into about ``parts``."""
    rough = span / parts
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next((factor * power for factor in (1, 2, 5) if rough <= factor * power * 1.0001), 10 * power)


def _svg(width: int, height: int, label: str, parts: Markup) -> Markup:
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        width, height, label, parts
    )
