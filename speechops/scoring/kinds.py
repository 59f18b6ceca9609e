"""The most frequent errors: words substituted, deleted and inserted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from . import alignment
from .counts import DELETION, HIT, INSERTION, SUBSTITUTION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .alignment import Column
    from .normalise import Normaliser
    from .scores import Utterance


class ErrorKind(NamedTuple):
    """One kind of error and how often it happened. Of a deletion and an insertion, one side is empty."""

    reference: str
    hypothesis: str
    times: int


@dataclass(frozen=True, slots=True)
class ErrorKinds:
    """The most frequent errors of each kind, the most frequent first, then in the order of the words."""

    substitutions: tuple[ErrorKind, ...]
    deletions: tuple[ErrorKind, ...]
    insertions: tuple[ErrorKind, ...]


def align(reference: str, hypothesis: str, normaliser: Normaliser) -> tuple[Column, ...]:
    """Return the alignment of two texts, column by column, for a reader."""
    said, recognized = normaliser.words(reference), counted_words(reference, hypothesis, normaliser)
    (path,) = alignment.paths([" ".join(said)], [" ".join(recognized)], str.split)
    return tuple(alignment.columns(path, said, recognized))


def counted_words(reference: str, hypothesis: str, normaliser: Normaliser) -> list[str]:
    """Return the units of a hypothesis as they are counted against a reference.

    They are its own, except for alternatives of the reference: the first one replaces any other.
    """
    if normaliser.alternatives:
        from . import alternatives  # noqa: PLC0415 - on request only

        if alternatives.has_any(reference):
            return alternatives.fit(reference, hypothesis, normaliser.words).recognized
    return normaliser.words(hypothesis)


def error_kinds(utterances: Iterable[Utterance], normaliser: Normaliser, *, top: int = 20) -> ErrorKinds:
    """Count the errors of one model by their words and keep the ``top`` of each kind."""
    found: dict[str, Counter[tuple[str, str]]] = {
        kind: Counter() for kind in (SUBSTITUTION, DELETION, INSERTION)
    }
    for utterance in utterances:
        for column in align(utterance.reference, utterance.hypothesis, normaliser):
            if column.kind != HIT:
                found[column.kind][column.reference, column.hypothesis] += 1

    def most(kind: str) -> tuple[ErrorKind, ...]:
        ranked = sorted(found[kind].items(), key=lambda item: (-item[1], item[0]))
        return tuple(ErrorKind(*words, times) for words, times in ranked[:top])

    return ErrorKinds(most(SUBSTITUTION), most(DELETION), most(INSERTION))
