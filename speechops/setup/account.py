"""The account of an old set-up: everything that was seen in it, with what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of the old set-up: where it was seen, and what it became.

    ``to_do`` is what a person has to do about something that was not carried over, empty if nothing is left.
    """

    where: str
    seen: str
    became: str = ""
    to_do: str = ""

    @property
    def carried_over(self) -> bool:
        """Whether nothing is left to do about it."""
        return not self.to_do


def rows(entries: Iterable[Entry]) -> list[tuple[str, str, str]]:
    """Return the rows of the account's table: what is left to do first, nothing twice."""
    ordered = sorted(dict.fromkeys(entries), key=lambda entry: (entry.carried_over, entry.where, entry.seen))
    return [
        (
            entry.where,
            entry.seen,
            entry.became if entry.carried_over else f"not carried over: {entry.to_do}",
        )
        for entry in ordered
    ]
