"""A team's own replacements and synonyms: lines ``a | b`` of a text file."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from speechops.errors import DataError, Place

if TYPE_CHECKING:
    from collections.abc import Callable

Pairs = tuple[tuple[str, str], ...]

_PASSES = 16
"""How often replacements may act upon each other's results."""

_LONGEST = 100
"""Units on the right of a line."""

_ROOM, _GROWTH = 10_000, 10
"""A text may grow by so many units, and tenfold: what doubles itself would fill the memory in 16 passes."""


def read(text: str, normalise: Callable[[str], str]) -> Pairs:
    """Return the pairs of a file, normalised and sorted. ``#`` begins a comment; ``b`` may be nothing.

    Raises DataError, with the line, for what is not of the form, contradicts an earlier line or goes round in
    circles with others.
    """
    table: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        written = line.split("#", 1)[0].strip()
        if not written:
            continue
        left, *rights = map(normalise, written.split("|"))
        if not left or len(rights) != 1:
            raise _bad(number, "is not of the form 'a | b'", "Write what to replace, a bar, and its form.")
        if len(rights[0].split()) > _LONGEST:
            raise _bad(number, f"has more than {_LONGEST} words on the right", "Replace by less.")
        if table.get(left, rights[0]) != rights[0]:
            raise _bad(number, f"replaces what line {lines[left]} replaces by another", "Keep one of them.")
        if left != rights[0]:
            table[left], lines[left] = rights[0], number
    pairs = tuple(sorted(table.items()))
    for left, number in lines.items():
        try:
            replace(left.split(), pairs)
        except DataError as error:
            raise _bad(number, "goes round in a circle", error.hint) from None
    return pairs


def replace(units: list[str], pairs: Pairs) -> list[str]:
    """Put the second of each pair wherever the first stands as whole units, until nothing changes.

    The longest match from the left is taken first. Raises DataError where there is no end to it.
    """
    pattern, table = _compiled(pairs)
    most = _ROOM + _GROWTH * len(units)
    for _ in range(_PASSES):
        replaced = pattern.sub(lambda match: table[match[0]], f" {' '.join(units)} ").split()
        if replaced == units:
            return units
        units = replaced
        if len(units) > most:
            break
    raise DataError(
        "The replacements never come to an end: one makes what another replaces.",
        hint="Let no line replace what stands on the right of another.",
    )


@lru_cache(maxsize=8)
def _compiled(pairs: Pairs) -> tuple[re.Pattern[str], dict[str, str]]:
    table = dict(pairs)
    longest_first = sorted(table, key=len, reverse=True)
    return re.compile(f"(?<= )(?:{'|'.join(map(re.escape, longest_first))})(?= )"), table


def _bad(line: int, what: str, hint: str) -> DataError:
    return DataError(f"Line {line} of the replacements {what}.", hint=hint, place=Place(line=line))
