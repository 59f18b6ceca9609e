"""The service's own scorer: word, sentence and token errors of recognized text against the transcripts.

Words are compared in lexical form on both sides: lower case, no punctuation but the apostrophe inside a
word, hyphens as spaces, numbers as words. Tokens are compared in display form: as written, each punctuation
mark by itself. Where several alignments cost the same, the first that Levenshtein's algorithm finds is taken.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping  # noqa: TC003 - msgspec reads the annotations at run time
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unicode_rbnf import RbnfEngine

_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?")
_WORD = re.compile(r"\w+(?:'\w+)*")
_TOKEN = re.compile(r"\w+(?:['\u2019]\w+)*|[^\w\s]")
_CURLY = "\u2019"
_LONGEST_NUMBER = 15


@dataclass(frozen=True, slots=True)
class Counts:
    """Errors against a reference of ``total`` words or tokens; they add up."""

    correct: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    @property
    def total(self) -> int:
        """The length of the reference."""
        return self.correct + self.substitutions + self.deletions

    @property
    def errors(self) -> int:
        """Substitutions, deletions and insertions."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Errors per word of the reference; 0 if there is no reference and no error, else 1."""
        return self.errors / self.total if self.total else float(self.errors > 0)

    def __add__(self, more: Counts) -> Counts:
        return Counts(
            self.correct + more.correct,
            self.substitutions + more.substitutions,
            self.deletions + more.deletions,
            self.insertions + more.insertions,
        )


@dataclass(frozen=True, slots=True)
class Scores:
    """The result of one model on one dataset; ``token_errors`` counts the edits by class."""

    sentences: int = 0
    wrong_sentences: int = 0
    words: Counts = Counts()
    tokens: Counts = Counts()
    token_errors: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One transcript and what was recognized in its audio."""

    transcript: str
    lexical: str
    display: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One step of an alignment: ``reference`` is ``None`` in an insertion, ``recognized`` in a deletion."""

    reference: str | None
    recognized: str | None


def score(sentences: Iterable[Sentence]) -> Scores:
    """Return the errors of all ``sentences`` together."""
    count = wrong = 0
    words = tokens = Counts()
    classes: Counter[str] = Counter()
    for sentence in sentences:
        of_words = count_edits(align_words(sentence))
        token_edits = align(_TOKEN.findall(sentence.transcript), _TOKEN.findall(sentence.display))
        words += of_words
        tokens += count_edits(token_edits)
        classes.update(_class_of(edit) for edit in token_edits if edit.reference != edit.recognized)
        wrong += of_words.errors > 0
        count += 1
    return Scores(count, wrong, words, tokens, dict(sorted(classes.items())))


def lexical_words(text: str) -> list[str]:
    """Return the words of ``text`` in lexical form; none where nothing but punctuation is left."""
    plain = unicodedata.normalize("NFKC", text).replace(_CURLY, "'").lower()
    return _WORD.findall(_NUMBER.sub(_spell, plain))


def align_words(sentence: Sentence) -> list[Edit]:
    """Align what was recognized with the transcript, word by word."""
    return align(lexical_words(sentence.transcript), lexical_words(sentence.lexical))


def align(reference: Sequence[str], recognized: Sequence[str]) -> list[Edit]:
    """Return the cheapest edits from ``reference`` to ``recognized``, equal pairs included, in order."""
    from rapidfuzz.distance import Levenshtein  # noqa: PLC0415 - not needed before the first test

    edits: list[Edit] = []
    for code in Levenshtein.opcodes(reference, recognized):
        said, heard = reference[code.src_start : code.src_end], recognized[code.dest_start : code.dest_end]
        edits += [Edit(word, counterpart) for word, counterpart in zip_longest(said, heard)]
    return edits


def count_edits(edits: Iterable[Edit]) -> Counts:
    """Count the edits of an alignment by kind."""
    kinds = Counter(_kind_of(edit) for edit in edits)
    return Counts(kinds["correct"], kinds["substitution"], kinds["deletion"], kinds["insertion"])


def marked_up(edits: Iterable[Edit]) -> str:
    """Return an alignment as text with ``<substitution>``, ``<deletion>`` and ``<insertion>`` tags.

    A tag holds the recognized word, a deletion the word of the transcript.
    """
    return " ".join(_marked(edit) for edit in edits)


def _marked(edit: Edit) -> str:
    word = escape(edit.reference or "") if edit.recognized is None else escape(edit.recognized)
    kind = _kind_of(edit)
    return word if kind == "correct" else f"<{kind}>{word}</{kind}>"


def _kind_of(edit: Edit) -> str:
    if edit.reference is None:
        return "insertion"
    if edit.recognized is None:
        return "deletion"
    return "correct" if edit.reference == edit.recognized else "substitution"


def _class_of(edit: Edit) -> str:
    """Return the service's class of a token error."""
    forms = [form for form in (edit.reference, edit.recognized) if form is not None]
    if any(_WORD.fullmatch(form.replace(_CURLY, "'")) is None for form in forms):
        return "punctuation"
    if edit.reference is None or edit.recognized is None:
        return "lexical"
    if edit.reference.lower() == edit.recognized.lower():
        return "capitalization"
    if lexical_words(edit.reference) == lexical_words(edit.recognized) or any(map(_has_digit, forms)):
        return "inverseTextNormalization"
    return "lexical"


def _has_digit(form: str) -> bool:
    return any(character.isdigit() for character in form)


def _spell(match: re.Match[str]) -> str:
    number = match.group().replace(",", "")
    if len(number) > _LONGEST_NUMBER:
        return " ".join(_spelled(digit) for digit in number if digit.isdigit())
    return f" {_spelled(number)} "


@lru_cache(maxsize=4096)
def _spelled(number: str) -> str:
    return numbers().format_number(number).text.replace("-", " ")


@cache
def numbers() -> RbnfEngine:
    """Return what says numbers in English."""
    from unicode_rbnf import RbnfEngine  # noqa: PLC0415 - most text has no numbers

    return RbnfEngine.for_language("en")
