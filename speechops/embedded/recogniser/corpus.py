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


_SHOWN = 5
"""Cases that a note names."""


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
    """The material of a model, read when it is asked for.

    ``forms`` come from pronunciation files and from the phonetic lexicons of structured text; ``speller``
    keeps them whole. ``notes`` grow as things are found that teach nothing.

    Raises:
        EngineError: a file cannot be read.

    """

    def __init__(self, material: Material) -> None:
        self.notes: list[str] = []
        self._material = material
        self._structured = {path: structured.parsed(datasets.lines(path)) for path in material.markdown}
        self.forms = [form for path in material.pronunciation for form in self._listed(path)]
        for path, text in self._structured.items():
            self.forms += self._lexicon(path, text)
            self._remark(path, "refers to lists that are undefined or empty", text.missing_lists())
            self._remark(
                path, "has lines that are not structured text", [line.number for line in text.unread]
            )
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
                self.notes.append(f"Of the text the first {WORD_LIMIT:,} words are used.")
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
        for text in self._structured.values():
            yield from text.expanded()
        for path in self._material.acoustic:
            with datasets.recordings(path) as recordings:
                yield from (recording.text for recording in recordings)

    def _listed(self, path: Path) -> Iterator[Form]:
        wrong = []
        speller = Speller()
        for number, line in enumerate(datasets.lines(path), 1):
            display, _, text = line.partition("\t")
            if display.strip() and (spoken := speller.words(text)):
                yield Form(display.strip(), spoken=tuple(spoken))
            else:
                wrong.append(number)
        self._remark(path, "has lines that are not a form, a tab and words", wrong)

    def _lexicon(self, path: Path, text: structured.StructuredText) -> Iterator[Form]:
        wrong = []
        for entry in text.lexicon:
            display, _, labels = entry.rpartition("/")
            if display.strip() and (said := phones.from_universal(labels)):
                yield Form(display.strip(), phones=said)
            else:
                wrong.append(entry)
        self._remark(path, "has pronunciations in other phones than those of en-US", wrong)

    def _remark(self, path: Path, fault: str, cases: list[str] | list[int]) -> None:
        if cases:
            shown = ", ".join(map(str, cases[:_SHOWN])) + (", ..." if len(cases) > _SHOWN else "")
            self.notes.append(f"{path.name} {fault}: {shown}.")
