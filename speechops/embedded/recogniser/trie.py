"""PocketSphinx's binary language models ("Trie Language Model"), read and written with numpy.

PocketSphinx can load such a file, but its Python face has no way to list the n-grams, and writing the wheel's
model as ARPA text ends in a crash. The format is that of its ``src/lm/lm_trie.c`` and ``lm_trie_quant.c``
(after KenLM: Heafield, "KenLM: faster and smaller language model queries", WMT 2011), little-endian::

    "Trie Language Model", order, counts[order]
    1, tables of 65,536 floats: bigram p, bigram b, trigram p
    unigrams   p, b, index of the first bigram; one more entry at the end
    bigrams    word, b's index, p's index, index of the first trigram, in bits; one more entry at the end
    trigrams   word, p's index, in bits
    the words, each ended by a zero byte

A path through the trie reads an n-gram backwards: the predicted word, the word before it, the word before
that. Numbers are logarithms to the base 1.0001.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from speechops.embedded.engine import EngineError
from speechops.embedded.recogniser.ngrams import START, Floats, Keys, Trigrams, history, last, pair, suffix

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_MAGIC = b"Trie Language Model"
_ORDER = 3
_HEAD = struct.Struct(f"<{len(_MAGIC)}sB{_ORDER}II")
_LENGTH = struct.Struct("<I")
_LOG_OF_BASE = float(np.log(1.0001))
_LOG_OF_NOTHING = -99 * float(np.log(10))
"""The natural logarithm that stands for a probability of zero, as in ARPA files."""
_INDEX_BITS = 16
_TABLE = 1 << _INDEX_BITS
_UNIGRAM = np.dtype([("p", "<f4"), ("b", "<f4"), ("next", "<u4")])


@dataclass(frozen=True)
class _Records:
    """A run of records whose fields are packed by bits, lowest first."""

    widths: tuple[int, ...]

    def size(self, count: int) -> int:
        """Bytes that ``count`` records take in the file, with the room for one more and the spare word."""
        return ((1 + count) * sum(self.widths) + 7) // 8 + 8

    def unpacked(self, data: NDArray[np.uint8], count: int) -> list[Keys]:
        """Return the fields of the first ``count`` records, one array for each field."""
        windows: NDArray[np.uint64] = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))
        bit = np.arange(count, dtype=np.int64) * sum(self.widths)
        fields = []
        for width in self.widths:
            field = windows[bit >> 3] >> (bit & 7).astype(np.uint64)
            fields.append((field & np.uint64((1 << width) - 1)).astype(np.int64))
            bit += width
        return fields

    def packed(self, fields: Sequence[Keys]) -> bytes:
        """Return the bytes of the records, without the room at the end."""
        chunk = 1 << 16  # a multiple of eight, so that every chunk ends on a whole byte
        parts = []
        for start in range(0, len(fields[0]), chunk):
            columns = [
                np.unpackbits(
                    field[start : start + chunk].astype("<u4").view(np.uint8).reshape(-1, 4),
                    axis=1,
                    count=width,
                    bitorder="little",
                )
                for field, width in zip(fields, self.widths, strict=True)
            ]
            parts.append(np.packbits(np.concatenate(columns, axis=1), bitorder="little").tobytes())
        return b"".join(parts)


def _bigrams(counts: Sequence[int]) -> _Records:
    return _Records((counts[0].bit_length(), _INDEX_BITS, _INDEX_BITS, counts[2].bit_length()))


def _trigrams(counts: Sequence[int]) -> _Records:
    return _Records((counts[0].bit_length(), _INDEX_BITS))


def read(path: Path) -> Trigrams:
    """Read the trigram model in ``path``.

    Raises:
        EngineError: the file is not such a model, or is cut short.

    """
    try:
        return _parsed(np.fromfile(path, np.uint8))
    except (ValueError, IndexError, struct.error) as error:
        raise EngineError(f"{path} is not a trigram model of PocketSphinx: {error}") from error


def _parsed(data: NDArray[np.uint8]) -> Trigrams:
    magic, order, *counts, _ = _HEAD.unpack_from(data.data)
    if magic != _MAGIC or order != _ORDER:
        raise ValueError("its header is another")
    unigram_count, bigram_count, trigram_count = counts
    at = _HEAD.size
    tables = np.frombuffer(data, "<f4", 3 * _TABLE, at).reshape(3, _TABLE)
    at += tables.nbytes
    unigrams = np.frombuffer(data, _UNIGRAM, unigram_count + 1, at)
    at += unigrams.nbytes
    bigrams, trigrams = _bigrams(counts), _trigrams(counts)
    v, b2, p2, first3 = bigrams.unpacked(data[at : at + bigrams.size(bigram_count)], bigram_count + 1)
    at += bigrams.size(bigram_count)
    u, p3 = trigrams.unpacked(data[at : at + trigrams.size(trigram_count)], trigram_count)
    at += trigrams.size(trigram_count)
    (length,) = _LENGTH.unpack_from(data.data, at)
    words = tuple(data[at + _LENGTH.size :][:length].tobytes().decode().split("\0")[:-1])
    if len(words) != unigram_count:
        raise ValueError(f"it has {len(words)} words and {unigram_count} unigrams")

    first2 = unigrams["next"].astype(np.int64)
    reachable = slice(int(first2[-1]))  # the wheel's model has a few bigrams of no word at the end
    w = np.repeat(np.arange(unigram_count), np.diff(first2))
    v, b2, p2, children = v[reachable], b2[reachable], p2[reachable], np.diff(first3[: int(first2[-1]) + 1])
    keys2 = pair(v, w)
    keys3 = pair(pair(u, np.repeat(v, children)), np.repeat(w, children))
    sorted2, sorted3 = np.argsort(keys2), np.argsort(keys3)
    p1 = _from_log(unigrams["p"][:-1])
    p1[words.index(START)] = 0  # never predicted
    return Trigrams(
        words,
        p1,
        _from_log(unigrams["b"][:-1]),
        keys2[sorted2],
        _from_log(tables[0])[p2[sorted2]],
        _from_log(tables[1])[b2[sorted2]],
        keys3[sorted3],
        _from_log(tables[2])[p3[sorted3]],
    )


def write(model: Trigrams, path: Path) -> None:
    """Write ``model`` to ``path``; the same model gives the same bytes.

    The numbers of bigrams and trigrams are rounded to 65,536 even steps of the logarithm between the least
    and the greatest: errors stay below 0.1 %.
    """
    counts = (len(model.words), len(model.keys2), len(model.keys3))
    v, w = history(model.keys2), last(model.keys2)
    backwards2 = np.argsort(pair(w, v))
    position = np.empty(counts[1], np.int64)
    position[backwards2] = np.arange(counts[1])
    parent = position[np.searchsorted(model.keys2, suffix(model.keys3))]
    u = history(history(model.keys3))
    backwards3 = np.lexsort((u, parent))

    unigrams = np.zeros(counts[0] + 1, _UNIGRAM)
    unigrams["p"][:-1] = _to_log(model.p1)
    unigrams["b"][:-1] = _to_log(model.b1)
    unigrams["next"] = _first(w, counts[0])
    p2_table, p2 = _quantised(model.p2[backwards2])
    b2_table, b2 = _quantised(model.b2[backwards2])
    p3_table, p3 = _quantised(model.p3[backwards3])
    bigrams, trigrams = _bigrams(counts), _trigrams(counts)
    ended = [np.append(field, 0) for field in (v[backwards2], b2, p2)]
    text = b"".join(word.encode() + b"\0" for word in model.words)
    with path.open("wb") as file:
        file.write(_HEAD.pack(_MAGIC, _ORDER, *counts, 1))
        for table in (p2_table, b2_table, p3_table, unigrams):
            file.write(table.tobytes())
        file.write(bigrams.packed([*ended, _first(parent, counts[1])]).ljust(bigrams.size(counts[1]), b"\0"))
        file.write(trigrams.packed([u[backwards3], p3]).ljust(trigrams.size(counts[2]), b"\0"))
        file.write(_LENGTH.pack(len(text)) + text)


def _first(parents: Keys, count: int) -> Keys:
    """For each of ``count`` parents, and one more, the index of its first child."""
    return np.concatenate([[0], np.cumsum(np.bincount(parents, minlength=count))])


def _quantised(values: Floats) -> tuple[NDArray[np.float32], Keys]:
    logs = _to_log(values)
    low, high = (logs.min(), logs.max()) if len(logs) else (0.0, 0.0)
    step = (high - low) / (_TABLE - 1) or 1.0
    table = (low + step * np.arange(_TABLE)).astype("<f4")
    return table, np.rint((logs - low) / step).astype(np.int64)


def _to_log(values: Floats) -> Floats:
    logs = np.full(len(values), _LOG_OF_NOTHING)
    np.log(values, out=logs, where=values > 0)
    return logs / _LOG_OF_BASE


def _from_log(logs: NDArray[np.float32]) -> Floats:
    return np.exp(logs.astype(np.float64) * _LOG_OF_BASE)
