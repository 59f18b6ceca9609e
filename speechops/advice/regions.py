"""Error regions: the longest runs of an alignment without a hit.

A split word ("metformin" recognized as "met forming") is one substitution and one insertion to the alignment,
but one mistake to a person. Counted as regions it is one replaced stretch, and no noise is suspected.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from speechops.scoring.counts import DELETION, HIT, INSERTION

if TYPE_CHECKING:
    from collections.abc import Sequence


class Kind(StrEnum):
    """What happened in a region."""

    REPLACED = "replaced"  # other words were recognized
    LOST = "lost"  # nothing was recognized where something was said
    EXTRA = "extra"  # something was recognized where nothing was said


class Region(NamedTuple):
    """One region: the words on both sides, and where it begins, counted in words of the reference."""

    said: tuple[str, ...]
    heard: tuple[str, ...]
    start: int

    @property
    def kind(self) -> Kind:
        """Replaced, lost or extra."""
        if not self.heard:
            return Kind.LOST
        return Kind.REPLACED if self.said else Kind.EXTRA


def regions(path: str, said: Sequence[str], heard: Sequence[str]) -> list[Region]:
    """Return the regions of an alignment in their order; ``path`` is described in :mod:`scoring.counts`."""
    found: list[Region] = []
    position = spoken = recognized = 0
    length = len(path)
    while position < length:
        hits = position
        while position < length and path[position] == HIT:
            position += 1
        spoken += position - hits
        recognized += position - hits
        if position == length:
            break
        begin = position
        while position < length and path[position] != HIT:
            position += 1
        letters = path[begin:position]
        words = len(letters) - letters.count(INSERTION)
        others = len(letters) - letters.count(DELETION)
        found.append(
            Region(
                tuple(said[spoken : spoken + words]),
                tuple(heard[recognized : recognized + others]),
                spoken,
            )
        )
        spoken += words
        recognized += others
    return found
