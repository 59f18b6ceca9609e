"""The alignment that NIST's ``sclite`` chooses: a substitution costs 4, a deletion and an insertion 3 each.

(SCTK, ``doc/sclite.htm``.) It takes a deletion and an insertion around a match before two substitutions, so
its S, D and I split as NIST's do; its sum S + D + I is at times higher than the least.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.scoring.counts import DELETION, HIT, INSERTION, SUBSTITUTION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SUBSTITUTION_COST, _GAP_COST = 4, 3


def paths(
    references: Sequence[str], hypotheses: Sequence[str], words: Callable[[str], list[str]]
) -> list[str]:
    """Return, for each pair of texts, the path of least cost; ``words`` cuts a text."""
    return [
        path(words(reference), words(hypothesis))
        for reference, hypothesis in zip(references, hypotheses, strict=True)
    ]


def path(reference: Sequence[str], hypothesis: Sequence[str]) -> str:
    """Return the path of least cost; among equals, matches and substitutions are taken from the end."""
    moves = _moves(reference, hypothesis)
    row, column = len(reference), len(hypothesis)
    letters = []
    while row or column:
        move = moves[row][column]
        letters.append(move)
        row -= move != INSERTION
        column -= move != DELETION
    return "".join(reversed(letters))


def _moves(reference: Sequence[str], hypothesis: Sequence[str]) -> list[list[str]]:
    """Fill the table: the last step of the cheapest way to each pair of positions."""
    costs = [_GAP_COST * column for column in range(len(hypothesis) + 1)]
    moves = [[INSERTION] * len(costs)]
    for said in reference:
        corner, costs[0] = costs[0], costs[0] + _GAP_COST
        line = [DELETION]
        for column, recognized in enumerate(hypothesis, 1):
            cost, move = (corner, HIT) if said == recognized else (corner + _SUBSTITUTION_COST, SUBSTITUTION)
            corner = costs[column]
            if corner + _GAP_COST < cost:
                cost, move = corner + _GAP_COST, DELETION
            if costs[column - 1] + _GAP_COST < cost:
                cost, move = costs[column - 1] + _GAP_COST, INSERTION
            costs[column] = cost
            line.append(move)
        moves.append(line)
    return moves
