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
character, so that a sentence is a short string. *d* edits leave one of *d* + 1 pieces of a sentence as it is,
and one of any *d* + 1 of its words in place. So each sentence is indexed by its pieces or by its rarest
words, whichever fewer others share, and only training sentences that contain one of them are measured: no
near-duplicate is missed, and sentences of one pattern are not all compared. (Pieces: Wu and Manber, "Fast
text searching allowing errors", CACM 35(10), 1992; rare words: Chaudhuri, Ganti and Kaushik, "A primitive
operator for similarity joins in data cleaning", ICDE 2006.) Containment is found by the rarest word or run of
four words.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    """The test sentences found in one training file, by their number."""

    same: dict[int, int] = field(default_factory=dict)
    near: dict[int, tuple[float, int]] = field(default_factory=dict)
    phrases: dict[tuple[int, str], int] = field(default_factory=dict)


class _Sentences:
    """The index of the test sentences."""

    def __init__(self, test: DataFile) -> None:
        self._letters: dict[str, str] = {}
        self._texts: list[tuple[str, str]] = []
        self._codes: list[str] = []
        self._phrases: list[int] = []
        self._whole: dict[str, list[int]] = defaultdict(list)
        for utterance in test.utterances:
            for sentence in split_sentences(utterance.text):
                words = fold(sentence)
                if _is_long(words, SENTENCE_WORDS, SENTENCE_LETTERS):
                    self._add(utterance.audio, sentence, words)
        self._holders = _holders(self._codes)
        self._anchors = self._by_rarest_part()
        self._keys = _near_keys(self._codes)
        self._key_sizes = sorted({len(key) for key in self._keys})

    def _add(self, audio: str, sentence: str, words: list[str]) -> None:
        code = "".join([self._letters.setdefault(word, _letter(len(self._letters))) for word in words])
        number = len(self._codes)
        self._codes.append(code)
        self._texts.append((audio, sentence))
        self._whole[code].append(number)
        if _is_long(words, PHRASE_WORDS, PHRASE_LETTERS):
            self._phrases.append(number)

    def _by_rarest_part(self) -> dict[str, list[int]]:
        """Index the sentences that others may contain by the part that the fewest share."""
        anchors: dict[str, list[int]] = defaultdict(list)
        for number in self._phrases:
            part = min(_parts(self._codes[number]), key=lambda part: len(self._holders[part]))
            anchors[part].append(number)
        return anchors

    def leaks(self, training: DataFile) -> Iterator[Leak]:
        """Yield the leaks from one training file."""
        found = _Found()
        for line, text in training.sentences():
            for sentence in split_sentences(text):
                words = fold(sentence)
                if len(words) >= SENTENCE_WORDS:
                    self._look(line, words, found)
        file = training.path.as_posix()
        for number, (audio, sentence) in enumerate(self._texts):
            if number in found.same:
                yield Leak(audio, sentence, file, found.same[number], How.SAME_TEXT, 1.0)
            elif number in found.near:
                similarity, line = found.near[number]
                yield Leak(audio, sentence, file, line, How.NEAR_DUPLICATE, similarity)
        for (number, phrase), line in sorted(found.phrases.items(), key=lambda item: (item[0][0], item[1])):
            share = len(phrase) / len(self._codes[number])
            yield Leak(*self._texts[number], file, line, How.PHRASE, share)

    def _look(self, line: int, words: list[str], found: _Found) -> None:
        code = "".join([self._letters.get(word, _UNKNOWN) for word in words])
        for number in self._whole.get(code, ()):
            found.same.setdefault(number, line)
        if _is_long(words, PHRASE_WORDS, PHRASE_LETTERS):
            self._look_inside(line, code, found)
            self._look_around(line, code, found)
        if len(code) >= _WORDS_AN_EDIT - 1:
            self._look_near(line, code, found)

    def _look_inside(self, line: int, code: str, found: _Found) -> None:
        """Find the test sentences that contain this training sentence."""
        if _UNKNOWN in code:
            return
        for number in min((self._holders.get(key, []) for key in _parts(code)), key=len):
            if code in self._codes[number] and code != self._codes[number]:
                found.phrases.setdefault((number, code), line)

    def _look_around(self, line: int, code: str, found: _Found) -> None:
        """Find the test sentences that this training sentence contains."""
        for key in _parts(code):
            for number in self._anchors.get(key, ()):
                if self._codes[number] in code:
                    found.same.setdefault(number, line)

    def _look_near(self, line: int, code: str, found: _Found) -> None:
        from rapidfuzz.distance import Levenshtein  # noqa: PLC0415 - only who looks for leaks pays for it

        nearby = set[int]()
        for size in self._key_sizes:
            for at in range(len(code) - size + 1):
                nearby.update(self._keys.get(code[at : at + size], ()))
        for number in nearby:
            similarity = Levenshtein.normalized_similarity(self._codes[number], code, score_cutoff=SIMILARITY)
            if similarity > found.near.get(number, (0.0, 0))[0]:
                found.near[number] = (similarity, line)


def _parts(code: str) -> Iterator[str]:
    """Yield the words of a sentence and its runs of four words."""
    yield from code
    for at in range(len(code) - PHRASE_WORDS + 1):
        yield code[at : at + PHRASE_WORDS]


def _holders(codes: list[str]) -> dict[str, list[int]]:
    """Index the sentences by each of their parts."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number, code in enumerate(codes):
        for part in set(_parts(code)):
            holders[part].append(number)
    return holders


def _near_keys(codes: list[str]) -> dict[str, list[int]]:
    """Index the sentences that allow an edit: each near-duplicate of one contains one of its keys."""
    pieces = [_pieces(code) for code in codes]
    piece_counts = Counter(itertools.chain.from_iterable(pieces))
    word_counts = Counter(itertools.chain.from_iterable(codes))
    keys: dict[str, list[int]] = defaultdict(list)
    for number, (code, parts) in enumerate(zip(codes, pieces, strict=True)):
        words = sorted(code, key=word_counts.__getitem__)[: len(parts)]
        by_pieces = sum(piece_counts[part] for part in parts)
        by_words = sum(word_counts[word] for word in words)
        for key in set(parts if by_pieces <= by_words else words):
            keys[key].append(number)
    return keys


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


_SENTENCE_END = re.compile(r"""(?<=[.!?…])\s+|(?<=[.!?…]["'”’)])\s+|(?<=[。！？｡])""")  # noqa: RUF001 - as meant


def split_sentences(text: str) -> list[str]:
    """Split ``text`` after full stops, question and exclamation marks that end a word."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def fold(text: str) -> list[str]:
    """Return the words of ``text`` without case, punctuation and apostrophes.

    This only serves to find equal text; it is not the normalization by which recognition is scored.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.casefold().translate(_FOLDED).split()


class _Folded(dict[int, str]):
    """Letters, marks and digits stay, apostrophes go, the rest parts words; filled as characters come."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in "'’ʼ":  # noqa: RUF001 - the apostrophes that are meant
            kept = ""
        elif unicodedata.category(char)[0] not in "LMN":
            kept = " "
        else:
            kept = f" {char} " if any(code in block for block in _UNSPACED) else char
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
