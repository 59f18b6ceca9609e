"""Phones for words that no dictionary has: a joint n-gram model of letters and phones.

A word and its pronunciation are one sequence of graphones, each a letter with the zero, one or two phones
that it stands for. An n-gram model of such sequences is trained on a dictionary, and a new word is said like
the likeliest sequence that spells it (Bisani and Ney, "Joint-sequence models for grapheme-to-phoneme
conversion", Speech Communication 50, 2008; here with one letter to a graphone, Viterbi training of the
alignment, Witten-Bell smoothing and a beam search).

A sequence of graphones is one integer, ten bits for each, oldest first, so that the model is sorted arrays.
"""

from __future__ import annotations

import string
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from speechops.embedded.engine import EngineError
from speechops.embedded.recogniser.ngrams import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from speechops.embedded.recogniser.ngrams import Floats, Keys

LETTERS = string.ascii_lowercase + "'"
ORDER = 6
_BITS = 10
_NONE, _BEGIN, _END, _FIRST = range(4)
"""Numbers of graphones: no graphone, the begin and the end of a word, the first that has a letter."""
_UNSEEN = 1e-6
"""Probability of a graphone before any count is looked at."""
_BEAM = 24
_BATCH = 256
"""Words that are searched at a time."""
_ITERATIONS = 4
_RARE = 2
"""Graphones that a dictionary has no oftener are slips of the alignment, and their words are left out."""
_FLOOR, _UNEVEN = -12.0, -3.0
"""Log probability of a pairing not met so far, and what is added to it where it has no phone or two."""


@dataclass(frozen=True)
class _Table:
    """How often sequences of one length occur: sorted ``keys`` and their ``counts``.

    The histories of the keys are ``histories``, each met ``seen`` times and followed by ``kinds`` graphones.
    """

    keys: Keys
    counts: Keys
    histories: Keys
    seen: Keys
    kinds: Keys

    @classmethod
    def of(cls, keys: Keys, counts: Keys) -> _Table:
        histories, first = np.unique(keys >> _BITS, return_index=True)
        return cls(keys, counts, histories, np.add.reduceat(counts, first), np.diff(first, append=len(keys)))


@dataclass(frozen=True)
class Graphones:
    """A trained model.

    Graphone ``_FIRST + i`` has the letter ``LETTERS[letters[i]]`` and the phones ``phones[i]``, divided by
    spaces. ``tables[n]`` counts sequences of ``n + 1`` graphones.
    """

    letters: Keys
    phones: NDArray[np.str_]
    tables: tuple[_Table, ...]

    def pronounced(self, words: Sequence[str]) -> list[str]:
        """Return the likeliest phones of each word, divided by spaces; words have :data:`LETTERS` alone."""
        paths = (self._best_paths(words[start : start + _BATCH]) for start in range(0, len(words), _BATCH))
        return [" ".join(" ".join(self.phones[path - _FIRST]).split()) for path in chain.from_iterable(paths)]

    def _best_paths(self, words: Sequence[str]) -> list[Keys]:
        """Return the likeliest graphones of each word, by a beam search over all words side by side."""
        lengths = np.array([len(word) for word in words])
        spelling = np.zeros((len(words), lengths.max()), np.int64)
        for row, word in enumerate(words):
            spelling[row, : len(word)] = [LETTERS.index(letter) for letter in word]
        choices = self._choices()

        best = [np.zeros(0, np.int64) for _ in words]
        # One entry for each hypothesis: its word, its last graphones, its log probability, its graphones.
        owner, recent = np.arange(len(words)), np.full(len(words), _BEGIN)
        score, path = np.zeros(len(words)), np.zeros((len(words), 0), np.int64)
        for position in range(lengths.max() + 1):
            ended = lengths[owner] == position
            if ended.any():
                last = np.full((ended.sum(), 1), _END)
                final = score[ended] + np.log(self._probabilities(recent[ended], last)[:, 0])
                for hypothesis in np.flatnonzero(_leaders(owner[ended], final, 1)):
                    best[owner[ended][hypothesis]] = path[ended][hypothesis]
                owner, recent, score, path = owner[~ended], recent[~ended], score[~ended], path[~ended]
            if not len(owner):
                break
            offered = choices[spelling[owner, position]]
            scores = score[:, None] + np.log(self._probabilities(recent, offered))
            parent, choice = np.nonzero(offered != _NONE)
            leads = _leaders(owner[parent], scores[parent, choice], _BEAM)
            parent, choice = parent[leads], choice[leads]
            chosen = offered[parent, choice]
            owner, score = owner[parent], scores[parent, choice]
            recent = _joined(recent[parent], chosen, ORDER - 1)
            path = np.column_stack([path[parent], chosen])
        return best

    def _choices(self) -> Keys:
        """For each letter its graphones, filled up with ``_NONE``."""
        by_letter = [np.flatnonzero(self.letters == letter) + _FIRST for letter in range(len(LETTERS))]
        choices = np.full((len(LETTERS), max(map(len, by_letter))), _NONE)
        for row, graphones in zip(choices, by_letter, strict=True):
            row[: len(graphones)] = graphones
        return choices

    def _probabilities(self, recent: Keys, offered: Keys) -> Floats:
        """``P(g | recent)`` of the graphones ``offered``, one row for each history.

        Where the long history is unknown, or stands before the word's begin, the shorter one has the word.
        """
        p = np.full(offered.shape, _UNSEEN)
        for length, table in enumerate(self.tables):
            past = recent & ((1 << _BITS * length) - 1)
            at, known = find(table.histories, past)
            seen, kinds = table.seen[at][:, None], table.kinds[at][:, None]
            place, found = find(table.keys, (past[:, None] << _BITS) | offered)
            count = np.where(found, table.counts[place], 0)
            p = np.where(known[:, None], (count + kinds * p) / (seen + kinds), p)
        return p

    def save(self, path: Path) -> None:
        """Write the model as a numpy archive."""
        counted: dict[str, Any] = {f"keys{n}": table.keys for n, table in enumerate(self.tables)}
        counted |= {f"counts{n}": table.counts.astype(np.uint32) for n, table in enumerate(self.tables)}
        with path.open("wb") as file:
            np.savez(file, letters=self.letters, phones=self.phones, **counted)

    @classmethod
    def load(cls, path: Path) -> Graphones:
        """Read what :meth:`save` wrote.

        Raises:
            EngineError: the file is damaged.
            OSError: it cannot be read.

        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
                tables = (
                    _Table.of(saved[f"keys{n}"], saved[f"counts{n}"].astype(np.int64)) for n in range(ORDER)
                )
                return cls(saved["letters"], saved["phones"], tuple(tables))
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise EngineError(f"{path} is not a model of pronunciations: {error}") from error


def trained(dictionary: Mapping[str, Sequence[str]]) -> Graphones:
    """Return the model of a dictionary, which has the phones of words.

    The words have :data:`LETTERS` alone, and some of them as many as :data:`ORDER`.
    """
    names = sorted({phone for phones in dictionary.values() for phone in phones})
    batches = list(_batches(dictionary, {name: number for number, name in enumerate(names, 1)}))
    base = len(names) + 1
    pairings = base * base
    flat = (_FLOOR + _UNEVEN) * np.ones((len(LETTERS), pairings))
    flat[:, 1:base] = _FLOOR

    aligned: list[Keys] = []
    counts = np.zeros(flat.shape, np.int64)
    likely = flat
    for _ in range(_ITERATIONS):
        aligned = [batch.aligned(likely, base) for batch in batches]
        met = np.concatenate([graphones.ravel() for graphones in aligned])
        counts = np.bincount(met, minlength=flat.size).reshape(flat.shape)
        share = np.maximum(counts, 1) / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        likely = np.where(counts > 1, np.log(share), flat)

    kept = np.flatnonzero(counts.ravel() > _RARE)
    number = np.zeros(flat.size, np.int64)
    number[kept] = np.arange(len(kept)) + _FIRST
    spelled = ["", *names]
    phones = [" ".join((spelled[code // base], spelled[code % base])).strip() for code in kept % pairings]
    return Graphones(
        kept // pairings, np.array(phones), _counted([number[graphones] for graphones in aligned])
    )


@dataclass(frozen=True)
class _Batch:
    """Words of as many letters: ``letters`` has one row for each; ``phones`` too, filled up with 0."""

    letters: Keys
    phones: Keys
    lengths: Keys

    def aligned(self, likely: Floats, base: int) -> Keys:
        """Return the graphones of each word's best alignment under the log probabilities ``likely``.

        They are ``likely[letter, pairing]``, where a pairing is ``base * first + second`` of its phones and 0
        stands for no phone; a graphone is ``letter * base * base + pairing``. Words with more than two phones
        to a letter have no alignment and are left out.
        """
        words, spelled = self.letters.shape
        rows = np.arange(words)
        single, double = self.phones, base * self.phones[:, :-1] + self.phones[:, 1:]
        best = np.full((words, self.phones.shape[1] + 1), -np.inf)  # of the letters so far, by phones used up
        best[:, 0] = 0
        used = np.zeros((spelled, *best.shape), np.uint8)
        for position in range(spelled):
            letter = self.letters[:, position, None]
            none = best + likely[letter, 0]
            best_one, best_two = np.full_like(best, -np.inf), np.full_like(best, -np.inf)
            best_one[:, 1:] = best[:, :-1] + likely[letter, single]
            best_two[:, 2:] = best[:, :-2] + likely[letter, double]
            options = np.stack([none, best_one, best_two])
            used[position] = options.argmax(axis=0)
            best = options.max(axis=0)

        pairings = np.zeros((words, spelled), np.int64)
        left = self.lengths.copy()
        for position in reversed(range(spelled)):
            taken = used[position, rows, left]
            second = np.where(taken > 0, self.phones[rows, left - 1], 0)
            first = np.where(taken > 1, self.phones[rows, left - 2], 0)
            pairings[:, position] = base * first + second
            left -= taken
        possible = np.isfinite(best[rows, self.lengths])
        return (self.letters * base * base + pairings)[possible]


def _batches(dictionary: Mapping[str, Sequence[str]], number: Mapping[str, int]) -> Iterator[_Batch]:
    by_length: defaultdict[int, list[str]] = defaultdict(list)
    for word in dictionary:
        by_length[len(word)].append(word)
    for length, words in sorted(by_length.items()):
        lengths = np.array([len(dictionary[word]) for word in words])
        phones = np.zeros((len(words), max(2, lengths.max())), np.int64)
        for row, word in zip(phones, words, strict=True):
            row[: len(dictionary[word])] = [number[phone] for phone in dictionary[word]]
        letters = np.array([[LETTERS.index(letter) for letter in word] for word in words])
        yield _Batch(letters.reshape(-1, length), phones, lengths)


def _counted(batches: Sequence[Keys]) -> tuple[_Table, ...]:
    """Count the sequences of one to :data:`ORDER` graphones in words; those with a 0 are left out."""
    words, positions = [], []
    for batch in batches:
        whole = batch[(batch != _NONE).all(axis=1)]
        words.append(np.pad(whole, ((0, 0), (1, 1)), constant_values=((0, 0), (_BEGIN, _END))).ravel())
        positions.append(np.tile(np.arange(batch.shape[1] + 2), len(whole)))
    text, position = np.concatenate(words), np.concatenate(positions)
    keys, tables = text, []
    for length in range(ORDER):
        if length:
            keys = keys.copy()
            keys[length:] |= text[:-length] << _BITS * length
        tables.append(_Table.of(*np.unique(keys[position >= max(length, 1)], return_counts=True)))
    return tuple(tables)


def _joined(recent: Keys, graphone: Keys, length: int) -> Keys:
    """Histories with one more graphone, cut to the last ``length``."""
    return ((recent << _BITS) | graphone) & ((1 << _BITS * length) - 1)


def _leaders(owner: Keys, score: Floats, limit: int) -> NDArray[np.bool_]:
    """Which entries are among the ``limit`` highest scores of their owner; of equals, the earlier."""
    order = np.lexsort((-score, owner))
    ranked = owner[order]
    starts = np.flatnonzero(np.diff(ranked, prepend=-1))
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    leads = np.zeros(len(order), np.bool_)
    leads[order[rank < limit]] = True
    return leads
