"""A decoder of PocketSphinx with one model: from a wave file to words."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from pocketsphinx import Decoder

from speechops.embedded.display import DisplayRules
from speechops.embedded.engine import EngineError, Recognition, Word
from speechops.embedded.recogniser import audio, model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from speechops.embedded.recogniser.audio import Samples

FRAMES = 100
"""Frames of the decoder in a second."""
_SEARCH = "custom"
_VARIANT = re.compile(r"\(\d+\)$")
_NO_WORD = ("<", "[")
_JOINTS = re.compile(r"[-._]+")
_PRONOUN = re.compile(r"i(?=$|')")


class _Word(NamedTuple):
    """A word of the language model, with its first frame, its last, and its posterior probability."""

    name: str
    first: int
    last: int
    posterior: float


class Transcriber:
    """Recognizes speech with the model in ``folder``, or with the base model where there is none.

    Results depend on the model and the audio alone, not on what was recognized before.

    Raises:
        EngineError: the folder holds no complete model, or PocketSphinx refuses it.

    """

    def __init__(self, folder: Path | None) -> None:
        self._displays: dict[str, str] = {}
        description = model.read(folder) if folder else None
        self._rules = description.display if description else DisplayRules()
        if folder is None or description is None or not (folder / model.LANGUAGE).exists():
            self._decoder = Decoder(loglevel="FATAL")
            return
        entries = description.entries
        self._displays = {entry.word: entry.display for entry in entries if entry.display}
        transform = folder / model.ACOUSTICS
        try:
            self._decoder = decoder(entries, mllr=str(transform) if transform.exists() else None)
            self._decoder.add_lm_file(_SEARCH, str(folder / model.LANGUAGE))
            self._decoder.activate_search(_SEARCH)
        except RuntimeError as error:
            raise EngineError(f"PocketSphinx cannot load the model in {folder.name}: {error}") from error

    def recognise(self, path: Path) -> Recognition:
        """Recognize what is said in the wave file ``path``.

        The confidence of a word is its posterior probability among the decoder's alternatives, that of the
        whole the mean over its words: high numbers, of use to rank results and no more.

        Raises:
            EngineError: the file cannot be read, or is no audio that :func:`audio.read` takes.

        """
        try:
            with path.open("rb") as file:
                samples = audio.read(file, path.name)
        except OSError as error:
            raise EngineError(f"{path.name} cannot be read: {error.strerror or error}") from error
        recognized = [word for start, part in audio.parts(samples) for word in self._recognized(part, start)]
        words = tuple(self._word(word) for word in recognized)
        return Recognition(
            lexical=" ".join(word.text for word in words),
            display=self._display([word.name for word in recognized]),
            confidence=sum(word.confidence for word in words) / len(words) if words else 0.0,
            duration=len(samples) / audio.RATE,
            words=words,
        )

    def _recognized(self, samples: Samples, start: int) -> Iterator[_Word]:
        """Yield the words in ``samples``, which begin at the sample ``start`` of the audio."""
        if not samples.any():  # digital silence: the decoder would make up a word
            return
        self._decoder.reinit_feat()  # or else the mean of earlier audio has a say
        self._decoder.start_utt()
        self._decoder.process_raw(samples.tobytes(), full_utt=True)
        self._decoder.end_utt()
        if self._decoder.hyp() is None:
            return
        offset = round(start / audio.RATE * FRAMES)
        for segment in self._decoder.seg():
            if not segment.word.startswith(_NO_WORD):
                name = _VARIANT.sub("", segment.word)
                yield _Word(name, offset + segment.start_frame, offset + segment.end_frame, segment.prob)

    def _word(self, recognized: _Word) -> Word:
        return Word(
            text=self._lexical(recognized.name),
            offset=recognized.first / FRAMES,
            duration=(recognized.last - recognized.first + 1) / FRAMES,
            confidence=min(recognized.posterior, 1.0),
        )

    def _lexical(self, name: str) -> str:
        """Return a word as a normalized transcript has it: lower case; the base model's joints are spaces.

        A word of a pronunciation list is its display form in lower case, since that is what the transcripts
        that were made with the list have.
        """
        return self._displays[name].lower() if name in self._displays else _JOINTS.sub(" ", name).strip()

    def _display(self, names: Sequence[str]) -> str:
        """Return a sentence with display forms, capitals of the training text and a full stop, rewritten."""
        if not names:
            return ""
        text = " ".join(self._displays.get(name) or self._written(name) for name in names)
        text = text if names[0] in self._displays else text[0].upper() + text[1:]
        return self._rules.formatted(f"{text}.")

    def _written(self, name: str) -> str:
        words = self._lexical(name).split()
        return " ".join(_PRONOUN.sub("I", self._rules.word(word)) for word in words)


def decoder(entries: Iterable[model.Entry], **settings: str | None) -> Decoder:
    """Make a decoder without a language model; to its dictionary's words those of ``entries`` are added.

    Raises:
        RuntimeError: PocketSphinx refuses the settings or the phones of a word.

    """
    made = Decoder(loglevel="FATAL", lm=None, **settings)
    for entry in entries:
        for phones in entry.phones:
            made.add_word(_free_name(made, entry.word), phones, update=False)
    return made


def _free_name(made: Decoder, word: str) -> str:
    """``word``, or where the dictionary has it the name of one more way to say it."""
    if made.lookup_word(word) is None:
        return word
    return next(name for number in count(2) if made.lookup_word(name := f"{word}({number})") is None)
