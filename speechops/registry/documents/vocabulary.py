"""Vocabularies: which words a model was trained on, and how often."""

from __future__ import annotations

from dataclasses import dataclass

from speechops.registry.documents.schema import SCHEMA


@dataclass(frozen=True, slots=True)
class Sentence:
    """A line of a training file, as it is written and as normalized ``words``."""

    file: str
    line: int
    text: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a model with the training fingerprint ``training`` was trained on: how often each word.

    Words are normalized. ``sentences`` are examples, one or two for each of the rarer words; the
    ``pronunciations`` are display forms. ``text_file`` and ``pronunciation_file`` name the files that a team
    would add lines to. ``whole`` is False if there were more words than are kept: then a word that is absent
    may have been in the training data nevertheless.
    """

    model: str
    training: str
    words: dict[str, int]
    sentences: tuple[Sentence, ...] = ()
    pronunciations: tuple[str, ...] = ()
    text_file: str = ""
    pronunciation_file: str = ""
    whole: bool = True
    schema: int = SCHEMA

    @property
    def name(self) -> str:
        """The document's name: the model, then the fingerprint of its training data."""
        return f"{self.model}/{self.training}.json"
