"""Back-off trigram language models as sorted numpy arrays: look-up, pruning, interpolation.

A model gives ``P(w | u v)``, the probability of a word after two others. An n-gram that it holds explicitly
has its own probability; any other backs off to the shorter history, scaled by the weight of the history that
was left (Katz, "Estimation of probabilities from sparse data", IEEE ASSP 35, 1987)::

    P(w | u v) = p3[u v w]  or  b2[u v] * P(w | v)
    P(w | v)   = p2[v w]    or  b1[v]   * p1[w]

An n-gram is one integer, its words' numbers side by side, oldest first, so that a table is a sorted array,
a look-up is a binary search, and the history of a key is a shift away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float64]"
Keys: TypeAlias = "NDArray[np.int64]"

WORD_BITS = 21
"""Bits of a word's number: three words fill the 63 bits of a positive int64."""
VOCABULARY_LIMIT = 1 << WORD_BITS
START, END = "<s>", "</s>"
_WORD = VOCABULARY_LIMIT - 1
_PAIR = (1 << 2 * WORD_BITS) - 1
_TINY = 1e-9
"""Mass below which a history is taken to leave nothing to words that it does not name."""


@dataclass(frozen=True)
class Trigrams:
    """A back-off trigram model over ``words``; probabilities are plain numbers from 0 to 1.

    ``p1``, ``b1`` stand beside ``words``; ``p2``, ``b2`` beside ``keys2`` and ``p3`` beside ``keys3``, which
    are sorted. The history and the last two words of every trigram are bigrams of the model.
    """

    words: tuple[str, ...]
    p1: Floats
    b1: Floats
    keys2: Keys
    p2: Floats
    b2: Floats
    keys3: Keys
    p3: Floats

    def bigram_probabilities(self, keys: Keys) -> Floats:
        """``P(w | v)`` for each key ``v w``."""
        at, found = find(self.keys2, keys)
        p = self.p2[at]
        rest = keys[~found]
        p[~found] = self.b1[history(rest)] * self.p1[last(rest)]
        return p

    def trigram_probabilities(self, keys: Keys) -> Floats:
        """``P(w | u v)`` for each key ``u v w``."""
        at, found = find(self.keys3, keys)
        p = self.p3[at]
        p[~found] = self._backed_off(keys[~found])
        return p

    def normalised(self) -> Trigrams:
        """Return the same probabilities with the back-off weights that make every history sum to one.

        The weight of a history is the mass that its explicit n-grams leave, over the mass that the shorter
        history gives to the words which they do not name.
        """
        v, w = history(self.keys2), last(self.keys2)
        b1 = _weights(v, self.p2, self.p1[w], len(self.words))
        shorter = Trigrams(self.words, self.p1, b1, self.keys2, self.p2, self.b2, self.keys3, self.p3)
        context, _ = find(self.keys2, history(self.keys3))
        lower = shorter.bigram_probabilities(suffix(self.keys3))
        b2 = _weights(context, self.p3, lower, len(self.keys2))
        return Trigrams(self.words, self.p1, b1, self.keys2, self.p2, b2, self.keys3, self.p3)

    def pruned(self, threshold: float) -> Trigrams:
        """Return the model without n-grams whose loss changes text's log probability by under ``threshold``.

        The criterion is the weighted difference of Seymore and Rosenfeld ("Scalable backoff language
        models", ICSLP 1996), with the model's own probability of the n-gram in place of its count. A
        bigram that a kept trigram needs is kept. Some trigram must be worth keeping.
        """
        often = self.p1.copy()
        often[self.words.index(START)] = self.p1[self.words.index(END)]  # each sentence starts and ends once
        u_v = history(self.keys3)
        context, _ = find(self.keys2, u_v)
        expected = often[history(u_v)] * self.p2[context] * self.p3
        kept3 = expected * _log_ratio(self.p3, self._backed_off(self.keys3)) > threshold
        keys3 = self.keys3[kept3]

        v, w = history(self.keys2), last(self.keys2)
        expected = often[v] * self.p2
        kept2 = expected * _log_ratio(self.p2, self.b1[v] * self.p1[w]) > threshold
        kept2[find(self.keys2, history(keys3))[0]] = True
        kept2[find(self.keys2, suffix(keys3))[0]] = True
        return Trigrams(
            self.words,
            self.p1,
            self.b1,
            self.keys2[kept2],
            self.p2[kept2],
            self.b2[kept2],
            keys3,
            self.p3[kept3],
        ).normalised()

    def extended(self, words: tuple[str, ...]) -> Trigrams:
        """Return the model over ``words``, which begin with its own; the new ones have none of the mass."""
        new = len(words) - len(self.words)
        p1 = np.concatenate([self.p1, np.zeros(new)])
        b1 = np.concatenate([self.b1, np.ones(new)])
        return Trigrams(words, p1, b1, self.keys2, self.p2, self.b2, self.keys3, self.p3)

    def _backed_off(self, keys: Keys) -> Floats:
        """Return what the history ``u v`` would give to ``w`` if it did not name it."""
        context, found = find(self.keys2, history(keys))
        return np.where(found, self.b2[context], 1.0) * self.bigram_probabilities(suffix(keys))


def interpolated(first: Trigrams, second: Trigrams, weight: float) -> Trigrams:
    """One model with ``(1 - weight) * first + weight * second`` for every n-gram that either of them holds.

    Both stand over the same words. Static interpolation as SRILM's ``ngram -mix-lm`` does it (Stolcke,
    "SRILM - an extensible language modeling toolkit", ICSLP 2002): exact where an n-gram is explicit, an
    approximation where both models back off. With all the weight the second model is the result.
    """
    if weight == 1:
        return second
    keys2 = _union(first.keys2, second.keys2)
    keys3 = _union(first.keys3, second.keys3)

    def mix(ours: Floats, theirs: Floats) -> Floats:
        return (1 - weight) * ours + weight * theirs

    return Trigrams(
        first.words,
        mix(first.p1, second.p1),
        np.ones(len(first.words)),
        keys2,
        mix(first.bigram_probabilities(keys2), second.bigram_probabilities(keys2)),
        np.ones(len(keys2)),
        keys3,
        mix(first.trigram_probabilities(keys3), second.trigram_probabilities(keys3)),
    ).normalised()


def pair(v: Keys, w: Keys) -> Keys:
    """Return the keys of the bigrams ``v w``; with the keys of bigrams as ``v``, those of trigrams."""
    return (v << WORD_BITS) | w


def history(keys: Keys) -> Keys:
    """Each key without its last word."""
    return keys >> WORD_BITS


def suffix(keys: Keys) -> Keys:
    """Return the last two words of each trigram key."""
    return keys & _PAIR


def last(keys: Keys) -> Keys:
    """Return the last word of each key."""
    return keys & _WORD


def find(table: Keys, keys: Keys) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where each key stands in the sorted, non-empty ``table``, and whether it does."""
    at = np.minimum(np.searchsorted(table, keys), len(table) - 1)
    return at, table[at] == keys


def _union(table: Keys, few: Keys) -> Keys:
    """Merge two sorted tables; quick where the second is short."""
    _, found = find(table, few)
    new = few[~found]
    return np.insert(table, np.searchsorted(table, new), new)


def _weights(context: Keys | NDArray[np.intp], higher: Floats, lower: Floats, size: int) -> Floats:
    left = 1 - np.bincount(context, higher, size)
    uncovered = 1 - np.bincount(context, lower, size)
    return np.where(uncovered > _TINY, np.maximum(left, _TINY) / np.maximum(uncovered, _TINY), 1.0)


def _log_ratio(p: Floats, q: Floats) -> Floats:
    return np.abs(np.log(np.maximum(p, _TINY) / np.maximum(q, _TINY)))
