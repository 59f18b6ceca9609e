"""Alternatives and optional words in references, as NIST's ``sclite`` writes them: ``{a / b}`` and ``(uh)``.

Of ``{going to / gonna}`` the hypothesis may have either, of ``{uh / @}`` and ``(uh)`` also nothing. The
errors are those of the reading that fits best. Both models need the same number of reference words, so a
group counts as many words as its first alternative, whichever was chosen; if it was recognized with more
errors than that, the rest are insertions. (``sclite`` counts the words of the chosen one.)
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from speechops.errors import DataError

from .counts import DELETION, HIT, INSERTION, SUBSTITUTION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Words = list[str]

_GROUP = re.compile(r"\{(?P<choices>[^{}]*/[^{}]*)\}|\((?P<optional>[^(){}]*)\)")
_NOTHING = "@"
_CELLS = 4_000_000
"""The largest table, in words of all alternatives times hypothesis words, that is filled."""


class Costs(NamedTuple):
    """What an error costs in an alignment."""

    substitution: int = 1
    gap: int = 1


UNIT = Costs()


class _Segment(NamedTuple):
    """A part of a reference: plain words, or a group of alternatives in the order written."""

    choices: tuple[Words, ...]
    is_group: bool


class _Step(NamedTuple):
    """A column of an alignment and the segment of the reference it belongs to."""

    kind: str
    said: str
    recognized: str
    segment: int


class Fit(NamedTuple):
    """A hypothesis as it is counted against a reference with alternatives.

    ``path`` (see :mod:`.counts`) has the columns of the first alternatives; ``recognized`` are the words of
    the hypothesis, with the first alternative in place of another one that was recognized.
    """

    path: str
    recognized: Words


def has_any(reference: str) -> bool:
    """Tell whether a reference has alternatives or optional words."""
    return ("{" in reference or "(" in reference) and _GROUP.search(reference) is not None


def first(reference: str) -> str:
    """Return ``reference`` with the first alternative of each group and all optional words."""
    return _GROUP.sub(lambda match: f" {_choices(match)[0]} ", reference)


def fit(reference: str, hypothesis: str, words: Callable[[str], Words], costs: Costs = UNIT) -> Fit:
    """Align with the reading that fits best; ``words`` normalizes and cuts a text."""
    segments = _segments(reference, words)
    steps = _align(segments, words(hypothesis), costs)
    letters: list[str] = []
    recognized: Words = []
    for index, segment in enumerate(segments):
        columns = [step for step in steps if step.segment == index]
        if segment.is_group:
            columns = _as_first(columns, segment.choices[0])
        letters += [column.kind for column in columns]
        recognized += [column.recognized for column in columns if column.kind != DELETION]
    return Fit("".join(letters), recognized)


def _choices(match: re.Match[str]) -> list[str]:
    if match["optional"] is not None:
        return [match["optional"], ""]
    return ["" if choice.strip() == _NOTHING else choice.strip() for choice in match["choices"].split("/")]


def _segments(reference: str, words: Callable[[str], Words]) -> list[_Segment]:
    segments = []
    position = 0
    for match in _GROUP.finditer(reference):
        segments.append(_Segment((words(reference[position : match.start()]),), is_group=False))
        segments.append(_Segment(tuple(map(words, _choices(match))), is_group=True))
        position = match.end()
    segments.append(_Segment((words(reference[position:]),), is_group=False))
    return segments


def _as_first(columns: list[_Step], words: Words) -> list[_Step]:
    """Return the columns of a group as those of its first alternative, with the same number of errors."""
    wrong = [column for column in columns if column.kind == DELETION]
    wrong += [column for column in columns if column.kind == SUBSTITUTION]
    inserted = [column.recognized for column in columns if column.kind == INSERTION]
    excess = max(len(wrong) - len(words), 0)
    if excess:
        # The first alternative is used up; further recognized words are insertions.
        inserted += [column.recognized for column in reversed(columns) if column.recognized][:excess]
        wrong = wrong[: len(words)]
    right = len(words) - len(wrong)
    segment = columns[0].segment if columns else 0
    return [
        *(_Step(HIT, word, word, segment) for word in words[:right]),
        *(column._replace(said=word) for word, column in zip(words[right:], wrong, strict=True)),
        *(_Step(INSERTION, "", word, segment) for word in inserted),
    ]


def _align(segments: Sequence[_Segment], recognized: Words, costs: Costs) -> list[_Step]:
    """Fill the table of all readings, then walk back from its end along the cheapest."""
    cells = sum(len(words) for segment in segments for words in segment.choices) * len(recognized)
    if cells > _CELLS:
        raise DataError(
            f"An utterance with alternatives and {len(recognized):,} recognized words is too long to align.",
            hint="Cut the recording into utterances.",
        )
    costs_so_far = list(accumulate([costs.gap] * len(recognized), initial=0))
    tables: list[list[list[list[int]]]] = []
    for segment in segments:
        table = [_rows(words, recognized, costs_so_far, costs) for words in segment.choices]
        tables.append(table)
        costs_so_far = [min(column) for column in zip(*(rows[-1] for rows in table), strict=True)]
    steps: list[_Step] = []
    column = len(recognized)
    for index in reversed(range(len(segments))):
        table = tables[index]
        best = min(range(len(table)), key=lambda choice: table[choice][-1][column])
        words, rows = segments[index].choices[best], table[best]
        for row in reversed(range(1, len(rows))):
            column = _walk(rows, row, column, words[row - 1], recognized, costs, index, steps)
    steps += [_Step(INSERTION, "", word, 0) for word in reversed(recognized[:column])]
    return steps[::-1]


def _rows(words: Words, recognized: Words, start: list[int], costs: Costs) -> list[list[int]]:
    """Return the costs after each of ``words``, from the costs ``start`` before the first."""
    rows = [start]
    for word in words:
        above = rows[-1]
        row = [above[0] + costs.gap]
        for column, candidate in enumerate(recognized, 1):
            diagonal = above[column - 1] + (0 if word == candidate else costs.substitution)
            row.append(min(diagonal, above[column] + costs.gap, row[-1] + costs.gap))
        rows.append(row)
    return rows


def _walk(
    rows: list[list[int]],
    row: int,
    column: int,
    word: str,
    recognized: Words,
    costs: Costs,
    segment: int,
    steps: list[_Step],
) -> int:
    """Add the steps that end with ``word``, the last first; return the column before it."""
    while True:
        cost = rows[row][column]
        if column:
            same = word == recognized[column - 1]
            if cost == rows[row - 1][column - 1] + (0 if same else costs.substitution):
                steps.append(_Step(HIT if same else SUBSTITUTION, word, recognized[column - 1], segment))
                return column - 1
        if cost == rows[row - 1][column] + costs.gap:
            steps.append(_Step(DELETION, word, "", segment))
            return column
        steps.append(_Step(INSERTION, "", recognized[column - 1], segment))
        column -= 1
