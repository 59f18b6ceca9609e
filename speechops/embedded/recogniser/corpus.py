"""The training material in dataset files: sentences of words, and words with their pronunciations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops.embedded import display, structured
from speechops.embedded.display import DisplayRules
from speechops.embedded.recogniser import datasets, phones
from speechops.embedded.recogniser.text import Speller, joined

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from speechops.embedded.engine import Material

WORD_LIMIT = 1_000_000
"""Running words that are used: their vocabulary fits the n-gram keys, and their tables the memory."""


@dataclass(frozen=True)
class Form:
    """A written form and how it is said: in the words ``spoken``, or in ``phones``, divided by spaces."""

    display: str
    spoken: tuple[str, ...] = ()
    phones: str = ""

    @property
    def word(self) -> str:
        """The recognizer's word for it."""
        return joined(self.display)


class TrainingCorpus:
    """The material of a model, read on demand.

    ``forms`` come from pronunciation files and from the phonetic lexicons of structured text; ``speller``
    keeps them whole.

    Raises:
        EngineError: a file cannot be read.

    """

    def __init__(self, material: Material) -> None:
        self._material = material
        self._structured = [structured.parsed(datasets.lines(path)) for path in material.markdown]
        self.forms = [form for path in material.pronunciation for form in _listed(path)]
        self.forms += [form for text in self._structured for form in _lexicon(text)]
        self.speller = Speller(form.display for form in self.forms)

    def sentences(self) -> Iterator[list[str]]:
        """Yield the words of each sentence, at most :data:`WORD_LIMIT` in all.

        Each form is a sentence of its own, without which the recognizer would never expect those that are in
        no text.
        """
        left = WORD_LIMIT
        for words in self._all_sentences():
            left -= len(words)
            if left < 0:
                return
            if words:
                yield words

    def display_rules(self) -> DisplayRules:
        """Return how the model is to write what it heard, by its output formatting and its text."""
        files = [display.read(datasets.lines(path)) for path in self._material.formatting]
        return DisplayRules(
            display.capitals(self._texts()),
            tuple(pair for rewrites, _ in files for pair in rewrites),
            tuple(phrase for _, profanity in files for phrase in profanity),
        )

    def _all_sentences(self) -> Iterator[list[str]]:
        for form in self.forms:
            yield [form.word]
        yield from map(self.speller.words, self._texts())

    def _texts(self) -> Iterator[str]:
        for path in self._material.language:
            yield from datasets.lines(path)
        for text in self._structured:
            yield from text.expanded()
        for path in self._material.acoustic:
            with datasets.recordings(path) as recordings:
                yield from (recording.text for recording in recordings)


def _listed(path: Path) -> Iterator[Form]:
    """Yield the forms of a pronunciation file; what is not a form, a tab and words teaches nothing."""
    speller = Speller()
    for line in datasets.lines(path):
        display, _, text = line.partition("\t")
        if display.strip() and (spoken := speller.words(text)):
            yield Form(display.strip(), spoken=tuple(spoken))


def _lexicon(text: structured.StructuredText) -> Iterator[Form]:
    """Yield the forms of a phonetic lexicon, without pronunciations in other phones than those of en-US."""
    for entry in text.lexicon:
        display, _, labels = entry.rpartition("/")
        if display.strip() and (said := phones.from_universal(labels)):
            yield Form(display.strip(), phones=said)
