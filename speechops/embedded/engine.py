"""The interface of a recognizer, and the values exchanged with it.

``recognizer`` is the real one; the tests have a stub. The server knows neither by name: it receives an
:class:`Engine`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Material:
    """The training data of one model, as files on disk, by kind, in the order of the request.

    ``language``: plain text, one utterance a line. ``markdown``: structured text. ``pronunciation``:
    ``display<TAB>spoken`` lines. ``acoustic``: zips, or folders, of wavs with a transcript file.
    ``formatting``: rules of output formatting.
    """

    language: tuple[Path, ...] = ()
    markdown: tuple[Path, ...] = ()
    pronunciation: tuple[Path, ...] = ()
    acoustic: tuple[Path, ...] = ()
    formatting: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """One recognized word in lexical form; ``offset`` and ``duration`` in seconds, ``confidence`` 0 to 1."""

    text: str
    offset: float
    duration: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was recognized in one audio file.

    ``lexical`` is lower-case words joined by spaces, empty if nothing was recognized; ``display`` the same
    with the forms that readers expect. ``duration`` is the length of the audio in seconds, ``confidence`` 0
    to 1.
    """

    lexical: str
    display: str
    confidence: float
    duration: float
    words: tuple[Word, ...] = ()


class EngineError(Exception):
    """The engine cannot do the work; the message becomes the error of the model, evaluation or answer."""


class Engine(Protocol):
    """A recognizer: trains a model into a folder and recognizes audio with it.

    Both calls may come from several threads at once. The same material always gives the same model and the
    same model and audio the same result, whatever the order of the files.
    """

    @property
    def name(self) -> str:
        """What the results depend on, such as ``pocketsphinx 5.1.1``: the server keeps results under it."""
        ...

    def train(self, folder: Path, material: Material, *, weight_percent: int | None, locale: str) -> None:
        """Write a model into the empty ``folder``.

        ``weight_percent`` (1 to 100) is the weight of the material against the base model, ``None`` lets the
        engine choose. Raises :class:`EngineError` if the material cannot be trained on.
        """
        ...

    def recognise(self, model: Path | None, audio: Sequence[Path]) -> Iterator[Recognition]:
        """Yield one result for each wav (16-bit mono PCM) in order; ``model`` ``None`` is the base model.

        Raises :class:`EngineError` if an audio file cannot be read.
        """
        ...

    def close(self) -> None:
        """End the engine's processes."""
        ...
