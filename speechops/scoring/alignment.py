"""The alignment of two word lists with the fewest errors, as a path of one letter a column.

A path reads from left to right: ``=`` a hit, ``S`` a substitution, ``D`` a word that was not recognised,
``I`` a word that was not said. ``==SI=D`` stands for six columns.

The path is one with the least S + D + I (Levenshtein, 1966), found by rapidfuzz. Where several are equally
good, the common beginning and end are matched first and the rest is rapidfuzz's choice; the sum S + D + I is
the same for all of them, the split into S, D and I may differ by a swap of S + S against D + I.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .counts import Counts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HIT, SUBSTITUTION, DELETION, INSERTION = "=", "S", "D", "I"

_LETTER = {"replace": ord(SUBSTITUTION), "delete": ord(DELETION)}


class Column(NamedTuple):
    """One column of an alignment: ``kind`` is a letter of the path; the side that has no word is empty."""

    kind: str
    reference: str
    hypothesis: str


def path(reference: Sequence[str], hypothesis: Sequence[str]) -> str:
    """Return the path with the fewest errors from ``reference`` to ``hypothesis``."""
    from rapidfuzz.distance.Levenshtein import editops  # noqa: PLC0415 - 40 ms that only scoring pays

    columns = bytearray(HIT.encode()) * len(reference)
    for tag, position, _ in reversed(editops(reference, hypothesis).as_list()):
        if tag == "insert":
            columns.insert(position, ord(INSERTION))
        else:
            columns[position] = _LETTER[tag]
    return columns.decode("ascii")


def count(way: str) -> Counts:
    """Count the columns of a path."""
    return Counts(way.count(HIT), way.count(SUBSTITUTION), way.count(DELETION), way.count(INSERTION))


def columns(way: str, reference: Sequence[str], hypothesis: Sequence[str]) -> Iterator[Column]:
    """Lay the words of both sides along a path."""
    left, right = iter(reference), iter(hypothesis)
    for kind in way:
        yield Column(
            kind,
            next(left) if kind != INSERTION else "",
            next(right) if kind != DELETION else "",
        )
