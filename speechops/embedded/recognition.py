"""Recognition with a cache of results.

An engine always recognizes the same in the same audio with the same model, so each result is kept in the
state folder, under the engine's name, the model and the SHA-256 of the audio. All base models are one
recognizer. To test a base model again on the same audio, with another candidate or through an endpoint, costs
nothing.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from speechops.embedded.engine import Recognition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from speechops.embedded.engine import Engine
    from speechops.embedded.entities import ModelReference
    from speechops.embedded.state import State

BASE = "base"
_DECODER = msgspec.json.Decoder(Recognition)


class CachedRecognizer:
    """Recognizes audio with base and custom models."""

    def __init__(self, state: State, engine: Engine) -> None:
        self._state = state
        self._engine = engine
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def recognize(
        self, model: ModelReference | None, audio: Sequence[str], bring: Callable[[str, Path], Path]
    ) -> dict[str, Recognition]:
        """Return what ``model`` recognizes in each audio file, by hash; ``None`` is a base model.

        ``audio`` are hashes; ``bring`` puts the file of a hash into a folder and returns its path, and is
        called only for those without a stored result. Raises :class:`EngineError`.
        """
        key = BASE if model is None or model.is_base else model.id
        known = self._known(key, audio)
        if len(known) < len(set(audio)):
            with self._lock_of(key):
                known = self._known(key, audio)  # another thread may have recognized it meanwhile
                missing = [digest for digest in dict.fromkeys(audio) if digest not in known]
                for digest, recognition in zip(missing, self._recognized(key, missing, bring), strict=True):
                    self._state.remember(self._engine.name, key, digest, msgspec.json.encode(recognition))
                    known[digest] = recognition
        return known

    def _recognized(
        self, key: str, audio: Sequence[str], bring: Callable[[str, Path], Path]
    ) -> Iterator[Recognition]:
        if audio:
            with self._state.scratch() as folder:
                paths = [bring(digest, folder) for digest in audio]
                yield from self._engine.recognise(self._folder(key), paths)

    def _known(self, key: str, audio: Sequence[str]) -> dict[str, Recognition]:
        documents = {digest: self._state.recognition(self._engine.name, key, digest) for digest in audio}
        return {
            digest: _DECODER.decode(document)
            for digest, document in documents.items()
            if document is not None
        }

    def _lock_of(self, key: str) -> threading.Lock:
        with self._state.lock:
            return self._locks[key]

    def _folder(self, key: str) -> Path | None:
        return None if key == BASE else self._state.contents(key) / "model"
