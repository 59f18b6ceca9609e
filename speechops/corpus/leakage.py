"""Test sentences and test audio that also occur in training data: a test on them flatters the model.

Sentences are compared, not utterances: one transcript may hold a whole paragraph. Text is normalized first
(case, punctuation, apostrophes, compatibility forms); in scripts without spaces each character counts as a
word. A sentence of fewer than three words is vocabulary, not a leak.

======================  =======================================================  ============
how                     when                                                     similarity
======================  =======================================================  ============
``same text``           the sentence occurs in training text, alone or inside    1
``near-duplicate``      nine of ten words are the same, in order                 0.9 to 1
``contains a phrase``   it contains a whole training sentence of four words     its share
``same audio``          the WAV files are equal, byte for byte                   1
======================  =======================================================  ============

The training text is streamed once past an index of the test sentences. Each word of the test becomes one
character, so that a sentence is a short string, and equal sentences are one. A training sentence is cut into
its runs of four words, and only where one of these, or two rare words, are a key of the index is anything
measured. Containment is found by the run of four words that the fewest test sentences contain. *d*
edits leave one of *d* + 1 pieces of a sentence as it is, and two of any *d* + 2 of its different words: each
sentence is indexed by the rarest run in each of its pieces or, where many share these, by each two of its
rarest words. So no near-duplicate is missed, and sentences of one pattern are not all compared. (Pieces:
Wu and Manber, "Fast text searching allowing errors", CACM 35(10), 1992; rare words: Chaudhuri, Ganti and
Kaushik, "A primitive operator for similarity joins in data cleaning", ICDE 2006.)
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from speechops.corpus.datafile import DataFile

SIMILARITY = 0.9
"""Least similarity of a near-duplicate: 1 - edits / words of the longer one (Levenshtein, by word)."""

SENTENCE_WORDS, SENTENCE_LETTERS = 3, 6
"""Shorter sentences are ignored."""

PHRASE_WORDS, PHRASE_LETTERS = 4, 12
"""A shorter training sentence is not looked for inside a test sentence, nor a shorter test sentence inside a
training sentence."""

_WORDS_AN_EDIT = 9
"""A sentence of n words allows n // 9 edits: d <= 0.1 * longest and longest <= n + d."""


class How(StrEnum):
    """How a test sentence occurs in training data."""

    SAME_TEXT = "same text"
    NEAR_DUPLICATE = "near-duplicate"
    PHRASE = "contains a phrase"
    SAME_AUDIO = "same audio"


@dataclass(frozen=True, slots=True)
class Leak:
    """A sentence of the test utterance ``audio`` that occurs in line ``line`` of the training file ``file``.

    ``similarity`` is 0 to 1; for a phrase, the share of the sentence's words that it covers.
    """

    audio: str
    sentence: str
    file: str
    line: int
    how: How
    similarity: float


def leaks(test: DataFile, training: Iterable[DataFile]) -> tuple[Leak, ...]:
    """Find what of ``test`` occurs in ``training``, in the order of training files and test sentences.

    Of the same text in one file the first line is given, of near-duplicates the nearest.
    """
    sentences = _Sentences(test)
    return tuple(leak for data in training for leak in (*_audio_leaks(test, data), *sentences.leaks(data)))


def _audio_leaks(test: DataFile, training: DataFile) -> Iterator[Leak]:
    lines = {utterance.sha256: utterance.line for utterance in reversed(training.utterances)}
    file = training.path.as_posix()
    for utterance in test.utterances:
        if utterance.sha256 in lines:
            line = lines[utterance.sha256]
            yield Leak(utterance.audio, utterance.text, file, line, How.SAME_AUDIO, 1.0)


@dataclass(slots=True)
class _Found:
    """The distinct test sentences found in one training file, by their number."""

    same: dict[int, int] = field(default_factory=dict)
    near: dict[int, tuple[float, int]] = field(default_factory=dict)
    phrases: dict[int, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))


class _Sentences:
    """The index of the test sentences."""

    def __init__(self, test: DataFile) -> None:
        self._letters: dict[str, str] = {}
        self._texts: list[tuple[str, str, int]] = []
        self._numbers: dict[str, int] = {}
        self._inner = set[int]()
        for utterance in test.utterances:
            for sentence in split_sentences(utterance.text):
                words = fold(sentence)
                if _is_long(words, SENTENCE_WORDS, SENTENCE_LETTERS):
                    self._texts.append((utterance.audio, sentence, self._number(words)))
        self._codes = list(self._numbers)
        self._holders = _holders(self._codes)
        self._anchors = self._by_rarest_run()
        self._near = _by_kept_words(self._codes, self._holders)
        self._keys = {*self._anchors, *self._near}
        self._partners = _partners(self._near)

    @cached_property
    def _similarity(self) -> Callable[..., float]:
        from rapidfuzz.distance import Levenshtein  # noqa: PLC0415 - only who measures pays for it

        return Levenshtein.normalized_similarity

    def _number(self, words: list[str]) -> int:
        """Return the number of the distinct sentence with these words."""
        code = "".join([self._letters.setdefault(word, _letter(len(self._letters))) for word in words])
        number = self._numbers.setdefault(code, len(self._numbers))
        if _is_long(words, PHRASE_WORDS, PHRASE_LETTERS):
            self._inner.add(number)
        return number

    def _by_rarest_run(self) -> dict[str, list[int]]:
        """Index the sentences that others may contain by the run of words that the fewest share."""
        anchors: dict[str, list[int]] = defaultdict(list)
        for number in self._inner:
            anchors[min(_runs(self._codes[number]), key=lambda run: len(self._holders[run]))].append(number)
        return dict(anchors)

    def leaks(self, training: DataFile) -> Iterator[Leak]:
        """Yield the leaks from one training file."""
        if not self._texts:
            return
        found = self._search(training)
        file = training.path.as_posix()
        for audio, sentence, number in self._texts:
            if number in found.same:
                yield Leak(audio, sentence, file, found.same[number], How.SAME_TEXT, 1.0)
            elif number in found.near:
                similarity, line = found.near[number]
                yield Leak(audio, sentence, file, line, How.NEAR_DUPLICATE, similarity)
        for audio, sentence, number in self._texts:
            for phrase, line in sorted(found.phrases.get(number, {}).items()):
                share = len(phrase) / len(self._codes[number])
                yield Leak(audio, sentence, file, line, How.PHRASE, share)

    def _search(self, training: DataFile) -> _Found:
        """Find the test sentences in the training file; a sentence that was there before adds nothing."""
        found, seen = _Found(), set[str]()
        letter, unknown, holders = self._letters.get, itertools.repeat(_UNKNOWN), self._holders
        partners = self._partners
        for line, words in _folded(training.sentences()):
            code = "".join(map(letter, words, unknown))
            if code in self._numbers:
                found.same.setdefault(self._numbers[code], line)
            runs = _known_runs(code)
            keys = self._keys.intersection(runs)
            rare = partners.keys() & code
            if len(rare) >= PAIR and len(code) * SIMILARITY <= MOST_PAIRED_WORDS:
                for word in rare:
                    if seconds := rare & partners[word]:
                        keys.update([word + second for second in seconds])
            # Most sentences of a pattern differ from each other by their last run.
            inside = (
                code[-RUN_WORDS:] in holders
                and len(runs) == len(code) - RUN_WORDS + 1
                and all(map(holders.__contains__, runs))
            )
            if not (keys or inside) or code in seen:
                continue
            seen.add(code)
            if _is_long(words, PHRASE_WORDS, PHRASE_LETTERS):
                if inside:
                    self._look_inside(line, code, runs, found)
                self._look_around(line, code, keys, found)
            self._look_near(line, code, keys, found)
        return found

    def _look_inside(self, line: int, code: str, runs: list[str], found: _Found) -> None:
        """Find the test sentences that contain this training sentence."""
        for number in min((self._holders[run] for run in runs), key=len):
            if code in self._codes[number] and code != self._codes[number]:
                found.phrases[number].setdefault(code, line)

    def _look_around(self, line: int, code: str, keys: set[str], found: _Found) -> None:
        """Find the test sentences that this training sentence contains."""
        for key in keys:
            for number in self._anchors.get(key, ()):
                if self._codes[number] in code:
                    found.same.setdefault(number, line)

    def _look_near(self, line: int, code: str, keys: set[str], found: _Found) -> None:
        """Find the test sentences that this training sentence differs little from."""
        for number in {number for key in keys for number in self._near.get(key, ())}:
            similarity = self._similarity(self._codes[number], code, score_cutoff=SIMILARITY)
            if similarity > found.near.get(number, (0.0, 0))[0]:
                found.near[number] = (similarity, line)


RUN_WORDS = PHRASE_WORDS
"""Words of the runs by which sentences are indexed. Each piece of a sentence that allows an edit has as many:
n words, n >= 9, are cut into n // 9 + 1 pieces."""


def _runs(code: str) -> list[str]:
    """Return the runs of four words in a sentence."""
    return [code[at : at + RUN_WORDS] for at in range(len(code) - RUN_WORDS + 1)]


def _known_runs(code: str) -> list[str]:
    """Return the runs of four words in a sentence, each of which occurs in the test."""
    if _UNKNOWN not in code:
        return _runs(code)
    return [run for part in code.split(_UNKNOWN) if len(part) >= RUN_WORDS for run in _runs(part)]


def _holders(codes: list[str]) -> dict[str, list[int]]:
    """Index the sentences by each of their runs."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number, code in enumerate(codes):
        for run in set(_runs(code)):
            holders[run].append(number)
    return dict(holders)


def _by_kept_words(codes: list[str], holders: dict[str, list[int]]) -> dict[str, list[int]]:
    """Index the sentences that allow an edit by what a near-duplicate keeps: by runs, or by pairs of words.

    A near-duplicate of a sentence contains one of its keys.
    """
    counts = {run: len(numbers) for run, numbers in holders.items()}
    word_counts = Counter(itertools.chain.from_iterable(codes))
    index: dict[str, list[int]] = defaultdict(list)
    for number, code in enumerate(codes):
        keys = {min(_runs(piece), key=counts.__getitem__) for piece in _pieces(code)}
        if sum(counts[run] for run in keys) > MOST_SHARED and len(code) <= MOST_PAIRED_WORDS:
            needed = len(code) // _WORDS_AN_EDIT + PAIR
            words = sorted(set(code), key=lambda word: (word_counts[word], word))[:needed]
            if len(words) == needed:
                keys = set(_pairs(words))
        for key in keys:
            index[key].append(number)
    return dict(index)


PAIR = 2

MOST_SHARED = 4
"""Sentences that may share the runs of a sentence; where more do, it is looked for by its rare words."""

MOST_PAIRED_WORDS = 80
"""A longer sentence is looked for by its runs alone: it has too many pairs of words."""


def _pairs(words: Iterable[str]) -> Iterator[str]:
    """Return each two of some different words."""
    return map("".join, itertools.combinations(sorted(words), PAIR))


def _partners(keys: Iterable[str]) -> dict[str, set[str]]:
    """Return the words of pairs, each with those that come second in a pair with it."""
    partners: dict[str, set[str]] = defaultdict(set)
    for key in keys:
        if len(key) == PAIR:
            partners[key[0]].add(key[1])
            partners[key[1]]  # every word of a pair has its place
    return dict(partners)


def _pieces(code: str) -> list[str]:
    """Cut a sentence into one piece more than it allows edits; into none if it allows none."""
    edits = len(code) // _WORDS_AN_EDIT
    size = len(code) // (edits + 1)
    return [code[at * size : (at + 1) * size] for at in range(edits + 1)] if edits else []


_UNKNOWN = "\0"
_FIRST_LETTER, _SURROGATES, _SURROGATE_COUNT = 1, 0xD800, 0x800


def _letter(number: int) -> str:
    code = _FIRST_LETTER + number
    return chr(code if code < _SURROGATES else code + _SURROGATE_COUNT)


def _is_long(words: list[str], least_words: int, least_letters: int) -> bool:
    return len(words) >= least_words and sum(map(len, words)) >= least_letters


_SENTENCE_END = re.compile(r"""[.!?…]["'”’)]?\s+|[。！？｡]""")  # noqa: RUF001 - as meant
_BATCH = 500  # sentences that are folded at once


def split_sentences(text: str) -> list[str]:
    """Split ``text`` after full stops, question and exclamation marks that end a word."""
    ends = [0, *(end.end() for end in _SENTENCE_END.finditer(text)), len(text)]
    parts = (text[start:end].strip() for start, end in itertools.pairwise(ends))
    return [part for part in parts if part]


def _may_end(text: str) -> bool:
    """Whether a sentence may end inside the text; most lines are told apart by this without a search."""
    return "." in text or "?" in text or "!" in text or not text.isascii()


def fold(text: str) -> list[str]:
    """Return the words of ``text`` without case, punctuation and apostrophes.

    This only serves to find equal text; it is not the normalization by which recognition is scored.
    """
    return _fold(text).split()


def _fold(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.casefold().translate(_FOLDED)


def _folded(texts: Iterator[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, words) of each sentence in ``texts``; hundreds are folded for the price of one."""
    while batch := list(itertools.islice(texts, _BATCH)):
        lines, sentences = [], []
        for line, text in batch:
            for sentence in split_sentences(text) if _may_end(text) else (text,):
                lines.append(line)
                sentences.append(sentence)
        folded = _fold("\n".join(sentences)).split("\n")
        yield from zip(lines, map(str.split, folded), strict=True)


class _Folded(dict[int, str | None]):
    """Letters, marks, digits and line ends stay, apostrophes go, the rest parts words; filled as needed."""

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        kept: str | None = char
        if char in "'’ʼ":  # noqa: RUF001 - the apostrophes that are meant
            kept = None
        elif char == "\n":
            pass
        elif unicodedata.category(char)[0] not in "LMN":
            kept = " "
        elif any(code in block for block in _UNSPACED):
            kept = f" {char} "
        self[code] = kept
        return kept


_UNSPACED = (
    range(0x0E00, 0x0F00),  # Thai, Lao
    range(0x1000, 0x10A0),  # Myanmar
    range(0x1780, 0x1800),  # Khmer
    range(0x3040, 0x3100),  # Hiragana, Katakana
    range(0x31F0, 0x3200),  # Katakana extensions
    range(0x3400, 0xA000),  # Han
    range(0xF900, 0xFB00),  # Han, compatibility
    range(0x20000, 0x40000),  # Han, supplements
)
_FOLDED = _Folded()
