"""The alignment of two word lists with the fewest errors (Levenshtein 1966), by rapidfuzz.

A path (see :mod:`.counts`) may be one of several that are equally good. The common beginning and end are
matched first; the rest is rapidfuzz's choice, the same in every run. The sum S + D + I is the same for all of
them; its split can differ, as two substitutions around a match trade places with a deletion and an insertion
elsewhere.

:func:`nist_path` is the choice of NIST's ``sclite``: a substitution costs 4, a deletion and an insertion 3
(SCTK, ``sclite -h``: "Default Word alignment weights"). It prefers a deletion and an insertion around a match
to substitutions in a row, so its S, D and I agree with NIST's, and its sum is at times higher.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance.Levenshtein import editops

from speechops.errors import DataError

from .counts import DELETION, HIT, INSERTION, SUBSTITUTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NIST_CELLS = 4_000_000
"""The largest table, in reference words times hypothesis words, that :func:`nist_path` fills (about 2 s)."""


class Column(NamedTuple):
    """One column of an alignment: ``kind`` is the letter of the path; a side without a word is empty."""

    kind: str
    reference: str
    hypothesis: str


def path(reference: Sequence[str], hypothesis: Sequence[str]) -> str:
    """Return the path from ``reference`` to ``hypothesis`` with the fewest errors."""
    letters = [HIT] * len(reference)
    operations: list[tuple[str, int, int]] = editops(reference, hypothesis).as_list()  # type: ignore[assignment]
    for tag, position, _ in reversed(operations):
        if tag == "replace":
            letters[position] = SUBSTITUTION
        elif tag == "delete":
            letters[position] = DELETION
        else:
            letters.insert(position, INSERTION)
    return "".join(letters)


def nist_path(reference: Sequence[str], hypothesis: Sequence[str]) -> str:
    """Return the path with the least 4 S + 3 D + 3 I; of equal ones, substitutions come before deletions.

    Raises DataError for texts too long for the table.
    """
    if len(reference) * len(hypothesis) > NIST_CELLS:
        raise DataError(
            f"An utterance of {len(reference):,} words is too long for NIST's weights.",
            hint="Cut the recording into utterances, or score with unit weights.",
        )
    costs = list(range(0, 3 * len(hypothesis) + 1, 3))
    moves = [INSERTION * len(costs)]
    for row, said in enumerate(reference, 1):
        corner, costs[0] = costs[0], 3 * row
        line = [DELETION]
        for column, heard in enumerate(hypothesis, 1):
            best, move = (corner, HIT) if said == heard else (corner + 4, SUBSTITUTION)
            corner = costs[column]
            if corner + 3 < best:
                best, move = corner + 3, DELETION
            if costs[column - 1] + 3 < best:
                best, move = costs[column - 1] + 3, INSERTION
            costs[column] = best
            line.append(move)
        moves.append("".join(line))
    row, column = len(reference), len(hypothesis)
    letters = []
    while row or column:
        move = moves[row][column]
        letters.append(move)
        row -= move != INSERTION
        column -= move != DELETION
    return "".join(reversed(letters))


def columns(way: str, reference: Sequence[str], hypothesis: Sequence[str]) -> Iterator[Column]:
    """Lay the words of both sides along the path ``way``."""
    left, right = iter(reference), iter(hypothesis)
    for kind in way:
        yield Column(
            kind,
            "" if kind == INSERTION else next(left),
            "" if kind == DELETION else next(right),
        )
