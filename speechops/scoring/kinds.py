"""One utterance for a reader: its alignment column by column, and its words as they are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import alignment

if TYPE_CHECKING:
    from .alignment import Column
    from .normalise import Normaliser


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
