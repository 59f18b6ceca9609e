"""An engine for tests: instant, deterministic, and better with better training data.

:func:`speech` writes a wave file whose samples spell a text. :class:`StubEngine` reads the text back and
hears some of its words wrong:

- the base model mishears about a third of all words, by a hash of the word and its place;
- a custom model hears every word right that stands in its training data, and the others as the base model;
- with a weight above 50 percent it mishears further words that do not stand in its training data: the wrong
  data at a high weight does harm.

Audio that :func:`speech` did not write gives words that are derived from its hash.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import wave
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.embedded import display
from speechops.embedded.engine import EngineError, Recognition, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from speechops.embedded.engine import Material

RATE = 16_000
_MAGIC = (12345, -12345, 23456, -23456)
_WORD = re.compile(r"[a-z']+")
_BASE_MISHEARS = 35
_NOISE = ("ah", "oh", "the", "a", "and", "of", "to", "in")


def speech(text: str, *, seconds: float = 1.0, rate: int = RATE) -> bytes:
    """Return a wave file in which the stub engine hears ``text``, more or less."""
    letters = text.encode()
    samples = [*_MAGIC, len(letters), *letters]
    samples += [1000, -1000] * ((int(seconds * rate) - len(samples) + 1) // 2)  # not silent
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(rate)
        audio.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return buffer.getvalue()


def archive(sentences: Iterable[str], *, name: str = "{:03d}.wav", seconds: float = 1.0) -> bytes:
    """Return acoustic data: a zip of one wave file for each sentence, and their transcripts."""
    buffer = io.BytesIO()
    lines = []
    with zipfile.ZipFile(buffer, "w") as zipped:
        for number, sentence in enumerate(sentences, 1):
            file = name.format(number)
            info = zipfile.ZipInfo(file)
            zipped.writestr(info, speech(sentence, seconds=seconds))
            lines.append(f"{file}\t{sentence}")
        zipped.writestr(zipfile.ZipInfo("trans.txt"), "\ufeff" + "\n".join(lines))
    return buffer.getvalue()


class StubEngine:
    """See above. ``trained`` and ``recognised`` count the models and the audio files."""

    name = "stub 1"

    def __init__(self) -> None:
        self.trained = 0
        self.recognised = 0

    def train(self, folder: Path, material: Material, *, weight_percent: int | None, locale: str) -> None:
        """Write down the words of all training data."""
        del locale
        self.trained += 1
        words: set[str] = set()
        for path in (*material.language, *material.markdown, *material.pronunciation):
            words |= set(_words(path.read_text(encoding="utf-8-sig", errors="replace")))
        for path in material.acoustic:
            words |= set(_words(" ".join(_transcripts(path))))
        found = [
            display.read(path.read_text(encoding="utf-8-sig").splitlines()) for path in material.formatting
        ]
        model = {
            "words": sorted(words),
            "weight": weight_percent or 0,
            "rewrites": [pair for rewrites, _ in found for pair in rewrites],
            "profanity": [phrase for _, profanity in found for phrase in profanity],
        }
        (folder / "stub.json").write_text(json.dumps(model), encoding="utf-8")

    def recognise(self, model: Path | None, audio: Sequence[Path]) -> Iterator[Recognition]:
        """Hear each file."""
        known: set[str] = set()
        harm, rules = 0, display.DisplayRules()
        if model is not None:
            written = json.loads((model / "stub.json").read_bytes())
            known, harm = set(written["words"]), max(0, written["weight"] - 50) // 2
            rewrites = tuple((old, new) for old, new in written["rewrites"])
            rules = display.DisplayRules({}, rewrites, tuple(written["profanity"]))
        for path in audio:
            self.recognised += 1
            heard = _hear(path, known, _BASE_MISHEARS + harm if model is not None else _BASE_MISHEARS)
            yield replace(heard, display=rules.formatted(heard.display))

    def close(self) -> None:
        """Have nothing to end."""


class ScriptedEngine(StubEngine):
    """An engine that hears what ``hear`` returns: lexical and display text, by what is said and the model.

    The second argument of ``hear`` says whether the model is a custom one.
    """

    name = "script 1"

    def __init__(self, recognize: Callable[[str, bool], tuple[str, str]]) -> None:
        super().__init__()
        self.recognize = recognize

    def recognise(self, model: Path | None, audio: Sequence[Path]) -> Iterator[Recognition]:
        """Hear each file."""
        for path in audio:
            self.recognised += 1
            said, seconds = _read(path)
            yield Recognition(*self.recognize(said, model is not None), 0.9, seconds)


def _read(path: Path) -> tuple[str, float]:
    """Return what a wave file spells, and its length in seconds."""
    try:
        with wave.open(str(path), "rb") as audio:
            frames, seconds = audio.readframes(audio.getnframes()), audio.getnframes() / audio.getframerate()
    except (wave.Error, EOFError) as error:
        raise EngineError(f"{path.name} is no wave file: {error}") from None
    return _spelled(frames), seconds


def _hear(path: Path, known: set[str], mishears: int) -> Recognition:
    spelled, seconds = _read(path)
    said = _words(spelled)
    recognized = [
        word for place, each in enumerate(said) for word in _recognized(each, place, known, mishears)
    ]
    step = seconds / max(1, len(recognized))
    words = tuple(
        Word(word, round(place * step, 3), round(step, 3), 0.9) for place, word in enumerate(recognized)
    )
    lexical = " ".join(recognized)
    display = f"{lexical[:1].upper()}{lexical[1:]}." if lexical else ""
    return Recognition(lexical, display, 0.9, seconds, words)


def _recognized(word: str, place: int, known: set[str], mishears: int) -> list[str]:
    chance = int(hashlib.sha256(f"{place} {word}".encode()).hexdigest(), 16)
    if word in known or chance % 100 >= mishears:
        return [word]
    noise = _NOISE[chance // 100 % len(_NOISE)]
    return ([noise], [], [word, noise])[chance // 1000 % 3]


def _spelled(frames: bytes) -> str:
    samples = struct.unpack(f"<{len(frames) // 2}h", frames)
    if samples[: len(_MAGIC)] == _MAGIC:
        start = len(_MAGIC) + 1
        return bytes(samples[start : start + samples[start - 1]]).decode()
    digest = hashlib.sha256(frames).digest()
    return " ".join(_NOISE[byte % len(_NOISE)] for byte in digest[:6])


def _transcripts(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as zipped:
        for name in zipped.namelist():
            if name.lower().endswith((".txt", ".tsv")):
                for line in zipped.read(name).decode("utf-8-sig").splitlines():
                    yield line.partition("\t")[2]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
