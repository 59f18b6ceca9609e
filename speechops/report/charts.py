"""Charts as inline SVG, drawn here: three small ones that a library of charts would not make lighter.

Colours come from the page's style sheet by class; every mark has a shape of its own besides its colour. Text
goes in through :class:`markupsafe.Markup`, which escapes it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup

from speechops.report import figures
from speechops.scoring import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speechops.report.report import History, Point
    from speechops.scoring import Interval

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


def difference(value: float | None, interval: Interval | None) -> Markup:
    """Return the difference of the error rates on an axis with zero, with its interval."""
    bounds = [0.0, value or 0.0, *((interval.low, interval.high) if interval else ())]
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
    if value is not None:
        parts += Markup('<circle class="{}" cx="{:.1f}" cy="19" r="6"/>').format(name, across(value))
    label = f"Difference {figures.points(value)} points"
    if interval is not None:
        label += f", interval {figures.interval(interval)}"
    return _svg(320, 56, label, parts)


def trend(history: History) -> Markup:
    """Return the error rates over the latest tests, with releases and changes of the test data marked."""
    points = history.points[-_POINTS:]
    rates = [rate for one in points for rate in (one.benchmark_rate, one.candidate_rate) if rate is not None]
    plot = _Plot.of(len(points), max([*rates, 0.01]) * 1.08)
    parts = plot.scale() + plot.events(history, points)
    for line in _lines(points):
        parts += plot.line(line)
    for index, one in enumerate(points):
        if one.candidate_rate is not None:
            parts += _mark(one, plot.across(index), plot.down(one.candidate_rate))
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
        for index, (one, other) in enumerate(pairwise(points)):
            if one.fingerprint != other.fingerprint:
                parts += _upright("data", self.across(index + 0.5))
        for version, place in _releases(history, points):
            parts += _upright("release", self.across(place))
            parts += Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
                self.across(place), _TOP - 10, version
            )
        return parts

    def line(self, line: Sequence[tuple[int, float]]) -> Markup:
        path = " ".join(f"{self.across(index):.1f},{self.down(rate):.1f}" for index, rate in line)
        parts = Markup('<polyline class="trend" points="{}"/>').format(path)
        for index, rate in line:
            parts += Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="3"/>').format(
                self.across(index), self.down(rate)
            )
        return parts


def _lines(points: Sequence[Point]) -> Iterator[list[tuple[int, float]]]:
    """Yield the benchmark's rate after each test, in lines that break where the test data changed."""
    line: list[tuple[int, float]] = []
    for index, one in enumerate(points):
        if line and one.fingerprint != points[index - 1].fingerprint:
            yield line
            line = []
        rate = one.candidate_rate if one.promoted else one.benchmark_rate
        if rate is not None:
            line.append((index, rate))
    yield line


def _releases(history: History, points: Sequence[Point]) -> Iterator[tuple[str, float]]:
    """Yield the version of each release and where it stands among the tests: right after the last before."""
    for release in history.releases:
        before = sum(one.created <= release.created for one in points)
        if before:
            yield release.version, before - 1 + 0.25


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
