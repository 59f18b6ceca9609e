"""A trigram model of a domain's text with Witten-Bell smoothing.

A history that was followed by many different words is likely to be followed by one more: with ``c`` the times
a history was seen and ``t`` the number of different words that followed it, ``t / (c + t)`` of its mass goes
to the shorter history (Witten and Bell, "The zero-frequency problem", IEEE Trans. Information Theory 37,
1991, method C; interpolated as in Chen and Goodman, "An empirical study of smoothing techniques for language
modeling", 1998, section 2.6)::

    P(w | u v) = (c(u v w) + t(u v) * P(w | v)) / (c(u v) + t(u v))

No count is discarded, so that text of a few sentences is used to the full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speechops.embedded.recogniser.ngrams import (
    END,
    START,
    Floats,
    Keys,
    Trigrams,
    find,
    history,
    last,
    pair,
    suffix,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def estimated(sentences: Iterable[Sequence[str]], vocabulary: tuple[str, ...]) -> Trigrams:
    """Estimate a model of ``sentences`` over ``vocabulary`` and, after it, their new words as they appear.

    ``vocabulary`` holds ``<s>`` and ``</s>``; there is at least one sentence, and each has at least one word.
    """
    number = {word: index for index, word in enumerate(vocabulary)}
    start, end = number[START], number[END]
    text: list[int] = []
    for sentence in sentences:
        text.append(start)
        text.extend(number.setdefault(word, len(number)) for word in sentence)
        text.append(end)
    numbers = np.array(text, np.int64)
    size = len(number)

    begins_pair = numbers[:-1] != end
    pairs = pair(numbers[:-1], numbers[1:])
    keys2, counts2 = np.unique(pairs[begins_pair], return_counts=True)
    triples = pair(pairs[:-1], numbers[2:])
    keys3, counts3 = np.unique(triples[begins_pair[:-1] & begins_pair[1:]], return_counts=True)

    counts1 = np.bincount(numbers[numbers != start], minlength=size)
    p1 = counts1 / counts1.sum()
    p2, b1 = _smoothed(history(keys2), counts2, p1[last(keys2)], size)
    context, _ = find(keys2, history(keys3))
    shorter, _ = find(keys2, suffix(keys3))
    p3, b2 = _smoothed(context, counts3, p2[shorter], len(keys2))
    return Trigrams(tuple(number), p1, b1, keys2, p2, b2, keys3, p3)


def _smoothed(context: Keys, counts: Keys, lower: Floats, size: int) -> tuple[Floats, Floats]:
    """Return the n-grams' probabilities and their histories' weights; ``context`` numbers the histories."""
    seen = np.bincount(context, counts, size)
    kinds = np.bincount(context, minlength=size)
    p = (counts + kinds[context] * lower) / (seen + kinds)[context]
    return p, np.where(seen > 0, kinds / np.maximum(seen + kinds, 1), 1.0)
