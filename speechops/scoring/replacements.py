"""A team's own replacements and synonyms: lines ``a | b`` of a text file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.errors import DataError, Place

if TYPE_CHECKING:
    from collections.abc import Callable

Pairs = tuple[tuple[str, str], ...]

_PASSES = 16
"""How often replacements may act upon each other's results."""

_LONGEST = 100
"""The maximum units on the right side of a line."""

_ROOM, _GROWTH = 10_000, 10
"""The maximum growth of a text, in units beyond tenfold: doubling 16 times would fill the memory."""


def read(text: str, normalise: Callable[[str], str]) -> Pairs:
    """Return the pairs of a file, normalized and sorted. ``#`` begins a comment; ``b`` may be nothing.

    Raises DataError, with the line, for a line that is malformed, contradicts an earlier one or forms a
    loop with others.
    """
    table: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        written = line.split("#", 1)[0].strip()
        if not written:
            continue
        left, *rights = map(normalise, written.split("|"))
        if not left or len(rights) != 1:
            raise _bad(
                number,
                "does not have the form 'a | b'",
                "Write the text to replace, a bar, and the replacement.",
            )
        if len(rights[0].split()) > _LONGEST:
            raise _bad(number, f"has more than {_LONGEST} words on the right", "Use a shorter replacement.")
        if table.get(left, rights[0]) != rights[0]:
            raise _bad(number, f"contradicts line {lines[left]}", "Keep one of them.")
        if left != rights[0]:
            table[left], lines[left] = rights[0], number
    pairs = tuple(sorted(table.items()))
    replacements = Replacements(pairs)
    for left, number in lines.items():
        try:
            replacements(left.split())
        except DataError as error:
            raise _bad(number, "is part of a loop", error.hint) from None
    return pairs


class Replacements:
    """Replaces the first of each pair by the second, as whole units, until nothing changes."""

    def __init__(self, pairs: Pairs) -> None:
        self._by_first: dict[str, list[tuple[list[str], list[str]]]] = {}
        for left, right in sorted(pairs, key=lambda pair: -len(pair[0])):
            units = left.split()
            self._by_first.setdefault(units[0], []).append((units, right.split()))
        self._firsts = frozenset(self._by_first)

    def __call__(self, units: list[str]) -> list[str]:
        """Return ``units`` with everything replaced: the same list if there is nothing to replace.

        The longest match from the left is taken first. Raises DataError if that never ends.
        """
        most = _ROOM + _GROWTH * len(units)
        for _ in range(_PASSES):
            if self._firsts.isdisjoint(units):
                return units
            replaced = self._once(units)
            if replaced == units:
                return units
            units = replaced
            if len(units) > most:
                break
        raise DataError(
            "The replacements never end: one produces what another replaces.",
            hint="No line may replace text on the right side of another.",
        )

    def _once(self, units: list[str]) -> list[str]:
        replaced: list[str] = []
        position = 0
        while position < len(units):
            for left, right in self._by_first.get(units[position], ()):
                if units[position : position + len(left)] == left:
                    replaced += right
                    position += len(left)
                    break
            else:
                replaced.append(units[position])
                position += 1
        return replaced


def _bad(line: int, what: str, hint: str) -> DataError:
    return DataError(f"Line {line} of the replacements {what}.", hint=hint, place=Place(line=line))
