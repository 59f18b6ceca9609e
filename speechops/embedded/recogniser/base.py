"""The base model: the files that PocketSphinx ships for en-US, and what is worked out from them once.

The latter is kept in a folder, under the version of PocketSphinx that it belongs to.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from speechops.embedded.recogniser import caching, graphones, trie

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.embedded.recogniser.graphones import Graphones
    from speechops.embedded.recogniser.ngrams import Trigrams

_FORMAT = 1
"""Goes up when what is cached is made differently."""
_PRUNING = 1e-7
"""Without the n-grams below it the recognizer errs no more often, and a model has 13 MB instead of 27."""
_TEACHING = range(3, 18)
"""Letters of the words that teach pronunciation: shorter ones are often abbreviations, longer ones few."""


@cache
def files() -> Path:
    """Return the folder of the files."""
    from pocketsphinx import get_model_path  # noqa: PLC0415 - loads the recogniser

    return Path(get_model_path("en-us"))


def acoustics() -> Path:
    """Return the folder of the acoustic model."""
    return files() / "en-us"


def language_model(cache: Path) -> Trigrams:
    """Return the base language model without its least n-grams, kept in ``cache``."""

    def prune(path: Path) -> None:
        trie.write(trie.read(files() / "en-us.lm.bin").pruned(_PRUNING), path)

    return caching.kept(cache / f"{_stamp()}.lm.bin", trie.read, prune)


def dictionary() -> Iterator[tuple[str, str]]:
    """Yield the dictionary's words with their phones, divided by spaces; some words come more than once."""
    with (files() / "cmudict-en-us.dict").open(encoding="utf-8") as lines:
        for line in lines:
            word, _, phones = line.strip().partition(" ")
            yield word.partition("(")[0], phones


def pronunciations() -> dict[str, list[str]]:
    """Return the words of the dictionary that teach pronunciation, with their first phones."""
    taught: dict[str, list[str]] = {}
    for word, phones in dictionary():
        if len(word) in _TEACHING and set(word) <= set(graphones.LETTERS):
            taught.setdefault(word, phones.split())
    return taught


def pronunciation_model(cache: Path) -> Graphones:
    """Return the model that says unknown words, trained on the dictionary and kept in ``cache``."""

    def train(path: Path) -> None:
        graphones.trained(pronunciations()).save(path)

    return caching.kept(cache / f"{_stamp()}.graphones.npz", graphones.Graphones.load, train)


def _stamp() -> str:
    return f"pocketsphinx-{version('pocketsphinx')}-{_FORMAT}"
