"""The alignment of two word lists with the fewest errors (Levenshtein 1966), by rapidfuzz.

A path (see :mod:`.counts`) may be one of several that are equally good. The common beginning and end are
matched first; the rest is rapidfuzz's choice, the same in every run. The sum S + D + I is the same for all of
them; its split is not: two substitutions in a row weigh as much as a deletion and an insertion with a match
between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance.Levenshtein import editops

from .counts import DELETION, HIT, INSERTION, SUBSTITUTION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Column(NamedTuple):
    """One column of an alignment: ``kind`` is the letter of the path; a side without a word is empty."""

    kind: str
    reference: str
    hypothesis: str


def paths(
    references: Sequence[str], hypotheses: Sequence[str], words: Callable[[str], Sequence[str]]
) -> list[str]:
    """Return, for each pair of texts, the path with the fewest errors; ``words`` cuts a text.

    A single loop without function calls of ours: most of the time is spent in rapidfuzz.
    """
    found = []
    for reference, hypothesis in zip(references, hypotheses, strict=True):
        said = words(reference)
        if reference == hypothesis:
            found.append(HIT * len(said))
            continue
        letters = [HIT] * len(said)
        edits: list[tuple[str, int, int]] = editops(said, words(hypothesis)).as_list()  # type: ignore[assignment]
        edits.reverse()
        for tag, position, _ in edits:
            if tag == "replace":
                letters[position] = SUBSTITUTION
            elif tag == "delete":
                letters[position] = DELETION
            else:
                letters.insert(position, INSERTION)
        found.append("".join(letters))
    return found


def columns(path: str, reference: Sequence[str], hypothesis: Sequence[str]) -> Iterator[Column]:
    """Arrange the words of both sides along the path ``way``."""
    left, right = iter(reference), iter(hypothesis)
    for kind in path:
        yield Column(
            kind,
            "" if kind == INSERTION else next(left),
            "" if kind == DELETION else next(right),
        )
