"""A corpus of recognised speech, made up of numbers alone: the same arguments give the same files.

Words follow Zipf's law over 50,000 types, utterances have 3 to 60 words and 12 on average, and each has a
difficulty of its own. The second model repeats most of what the first one did. A style writes the same words
as other text: punctuated, German, Chinese, or with digits.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from itertools import islice, product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Words = NDArray[np.int64]

SEED = 20240611
TYPES = 50_000
SHARED = 0.7
"""The share of words on which the second model does as the first did."""


def vocabulary() -> NDArray[np.object_]:
    """Return the words, the commonest and shortest first."""
    syllables = ["".join(pair) for pair in product("bcdfghjklmnprstvwz", "aeiou")]
    words = ("".join(parts) for size in (1, 2, 3) for parts in product(syllables, repeat=size))
    return np.array(list(islice(words, TYPES)), dtype=object)


class Style(StrEnum):
    """How the words are written."""

    PLAIN = "plain"
    PUNCTUATED = "punctuated"
    GERMAN = "german"
    CHINESE = "chinese"
    DIGITS = "digits"

    @property
    def locale(self) -> str:
        """The locale whose rules fit the text."""
        return {"german": "de-DE", "chinese": "zh-CN"}.get(self, "en-US")

    def words(self) -> NDArray[np.object_]:
        """Return the vocabulary, the commonest first."""
        words = vocabulary()
        if self is Style.CHINESE:
            return np.array([chr(0x4E00 + index % 6_000) for index in range(TYPES)], dtype=object)
        if self is Style.GERMAN:
            letters = str.maketrans("aou", "äöü")
            return np.array(
                [
                    word.translate(letters).title() if index % 3 == 0 else word
                    for index, word in enumerate(words)
                ],
                dtype=object,
            )
        if self is Style.DIGITS:
            return np.array(
                [str(index) if index % 6 == 0 else word for index, word in enumerate(words)], dtype=object
            )
        return words

    def line(self, words: Sequence[str]) -> str:
        """Return the words of an utterance as text."""
        if self is Style.CHINESE:
            return (
                "\uff0c".join("".join(words[start : start + 8]) for start in range(0, len(words), 8)) + "。"
            )
        text = " ".join(words)
        if self in (Style.PUNCTUATED, Style.GERMAN):
            clauses = (" ".join(words[start : start + 5]) for start in range(0, len(words), 5))
            text = ", ".join(clauses)
            return f"{text[:1].upper()}{text[1:]}."
        return text


def write(folder: Path, utterances: int, *, length: int = 0, style: Style = Style.PLAIN) -> None:
    """Write ``ref.txt``, ``a.txt`` and ``b.txt``, an utterance a line, and the same as ``.trn`` for sclite.

    Every utterance has ``length`` words, if it is not 0.
    """
    random = np.random.default_rng([SEED, utterances, length])
    types = style.words()
    weights = np.cumsum(1 / (np.arange(1, TYPES + 1) + 2.7) ** 1.07)
    lengths = np.clip(np.round(3 + random.gamma(1.6, 9.2 / 1.6, utterances)), 3, 60).astype(int)
    if length:
        lengths[:] = length

    def draw(size: int) -> Words:
        words: Words = np.searchsorted(weights, random.random(size) * weights[-1]).clip(0, TYPES - 1)
        return words

    total = int(lengths.sum())
    reference = draw(total)
    difficulty = np.repeat(random.beta(0.5, 3.5, utterances) * 0.96, lengths)

    def recognise(rate: float) -> Words:
        """Return two columns a word: what became of it, and what was inserted after it; -1 is nothing."""
        chance = random.random(total)
        limit = difficulty * rate / 0.12
        heard = np.where(chance < limit * 0.8, draw(total), reference)
        heard[chance < limit * 0.2] = -1
        added = np.where(random.random(total) < limit * 0.2, draw(total), -1)
        return np.column_stack((heard, added))

    first = recognise(0.12)
    second = np.where((random.random(total) < SHARED)[:, None], first, recognise(0.114))
    ends = np.cumsum(lengths)[:-1]
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in (("ref", reference[:, None]), ("a", first), ("b", second)):
        lines = [style.line(list(types[part[part >= 0]])) for part in np.split(columns, ends)]
        (folder / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        marked = (f"{line} (s{index // 50:05d}_{index:07d})\n" for index, line in enumerate(lines))
        (folder / f"{name}.trn").write_text("".join(marked), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), length=int(sys.argv[3]), style=Style(sys.argv[4]))
