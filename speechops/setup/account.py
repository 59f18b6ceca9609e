"""The account of an old set-up: everything that was seen in it, with what became of it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of the old set-up: where it was seen, and what it became.

    ``to_do`` is what a person has to do about something that was not carried over, empty if nothing is left.
    """

    where: str
    seen: str
    became: str = ""
    to_do: str = ""


def lines(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the account as text: what is left to do first, then what became of the rest, by file."""
    distinct = list(dict.fromkeys(entries))
    left = [entry for entry in distinct if entry.to_do]
    if left:
        yield "Not carried over:"
        yield from (f"  {entry.where}: {entry.seen}: {entry.to_do}" for entry in left)
    done = sorted((entry for entry in distinct if not entry.to_do), key=lambda entry: entry.where)
    for where, found in itertools.groupby(done, key=lambda entry: entry.where):
        yield f"{where}:"
        yield from (f"  {entry.seen} -> {entry.became}" for entry in found)
