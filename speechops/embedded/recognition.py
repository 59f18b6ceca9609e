"""What models hear, remembered.

An engine always hears the same in the same audio with the same model, so each result is kept in the state
folder, under the engine's name, the model and the SHA-256 of the audio. All base models are one recogniser.
To test a base model again on the same audio, beside another candidate or through an endpoint, costs nothing.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING

from speechops.embedded import codec
from speechops.embedded.engine import Recognition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from speechops.embedded.engine import Engine
    from speechops.embedded.entities import ModelReference
    from speechops.embedded.state import State

BASE = "base"


class Ears:
    """Recognises audio with base and custom models."""

    def __init__(self, state: State, engine: Engine) -> None:
        self._state = state
        self._engine = engine
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def hear(
        self, model: ModelReference | None, audio: Sequence[str], bring: Callable[[str, Path], Path]
    ) -> dict[str, Recognition]:
        """Return what ``model`` hears in each audio file, by hash; ``None`` is a base model.

        ``audio`` are hashes; ``bring`` puts the file of a hash into a folder and returns its path, and is
        asked for those alone of which nothing is known yet. Raises :class:`EngineError`.
        """
        key = BASE if model is None or model.is_base else model.id
        known = self._known(key, audio)
        if len(known) < len(set(audio)):
            with self._lock_of(key):
                known = self._known(key, audio)  # another may have heard it meanwhile
                missing = [each for each in dict.fromkeys(audio) if each not in known]
                for each, recognition in zip(missing, self._heard(key, missing, bring), strict=True):
                    self._state.remember(self._engine.name, key, each, codec.encode(recognition))
                    known[each] = recognition
        return known

    def _heard(
        self, key: str, audio: Sequence[str], bring: Callable[[str, Path], Path]
    ) -> Iterator[Recognition]:
        if audio:
            with self._state.scratch() as folder:
                paths = [bring(each, folder) for each in audio]
                yield from self._engine.recognise(self._folder(key), paths)

    def _known(self, key: str, audio: Sequence[str]) -> dict[str, Recognition]:
        documents = {each: self._state.recognition(self._engine.name, key, each) for each in audio}
        return {
            each: codec.decode(Recognition, document)
            for each, document in documents.items()
            if document is not None
        }

    def _lock_of(self, key: str) -> threading.Lock:
        with self._state.lock:
            return self._locks[key]

    def _folder(self, key: str) -> Path | None:
        return None if key == BASE else self._state.contents(key) / "model"
