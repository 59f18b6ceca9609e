"""The phones of words: as the dictionary has them, or else as a model trained on it says them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.embedded.recogniser import base

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path


def in_dictionary(words: Collection[str]) -> dict[str, str]:
    """Return the phones of those of ``words`` that the dictionary has; of several ways, the first."""
    wanted = set(words)
    found: dict[str, str] = {}
    for word, phones in base.dictionary():
        if word in wanted:
            found.setdefault(word, phones)
    return found


def of_words(words: Iterable[str], cache: Path) -> dict[str, str]:
    """Return the phones of each word, divided by spaces: the dictionary's, or else a guess.

    The words are of letters and apostrophes, or in the dictionary. The model that guesses is kept in the
    folder ``cache``, and made there once a word needs it.
    """
    wanted = sorted(set(words))
    phones = in_dictionary(wanted)
    unknown = [word for word in wanted if word not in phones]
    if unknown:
        phones |= zip(unknown, base.pronunciation_model(cache).pronounced(unknown), strict=True)
    return phones


def readings(spoken: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the ways to read a spoken form, in words of the dictionary, whose ``a.`` is the letter's name.

    Among letters ``a`` is one, among words it may be a letter or not.
    """
    as_letter = tuple("a." if word == "a" else word for word in spoken)
    if all(len(word) == 1 for word in spoken):
        return [as_letter]
    return list(dict.fromkeys([tuple(spoken), as_letter]))
