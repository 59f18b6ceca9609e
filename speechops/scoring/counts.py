"""Counts of an alignment: what every error rate is made of.

An alignment is kept as its path, one letter a column, read from left to right: ``=`` a hit, ``S`` a
substitution, ``D`` a word that was not recognized, ``I`` a word that was not said. ``==SI=D`` has five
reference words, three of them hits.
"""

from __future__ import annotations

from dataclasses import dataclass

HIT, SUBSTITUTION, DELETION, INSERTION = "=", "S", "D", "I"


@dataclass(frozen=True, slots=True)
class Counts:
    """Hits, substitutions, deletions and insertions, in words or characters. ``+`` adds them up.

    The rate over many utterances is the sum of their errors over the sum of their reference words, never a
    mean of rates (Morris, Maier, Green, "From WER and RIL to MER and WIL", Interspeech 2004).
    """

    hits: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    @classmethod
    def of(cls, path: str) -> Counts:
        """Count the columns of a path."""
        return cls(path.count(HIT), path.count(SUBSTITUTION), path.count(DELETION), path.count(INSERTION))

    def __add__(self, other: Counts) -> Counts:
        """Return the counts of both taken together."""
        return Counts(
            self.hits + other.hits,
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
        )

    @property
    def reference_words(self) -> int:
        """N, the length of the reference: hits + substitutions + deletions."""
        return self.hits + self.substitutions + self.deletions

    @property
    def errors(self) -> int:
        """S + D + I."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def error_rate(self) -> float | None:
        """(S + D + I) / N, which can exceed 1; None if the reference is empty."""
        words = self.reference_words
        return self.errors / words if words else None
