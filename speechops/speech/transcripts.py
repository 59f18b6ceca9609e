"""What the models of an evaluation recognized, read from its detail files.

For each audio file there are ``<audio>.model1_score.json`` and ``<audio>.model2_score.json``, which hold a
transcription result. No schema for it is published, so it is read in whatever shape it comes: phrases with
alternatives or combined text alone, one object or a list of them, properties in any case. The inline tags of
``scoringResult`` are not read: SpeechOps aligns by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops.errors import ServiceError
from speechops.speech.json_object import JsonObject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAME = re.compile(r"(?P<audio>.+?)[._-]model(?P<model>[12])(?:[._-]?score)?(?:\.json)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Transcript:
    """What one model recognized in an audio file.

    ``lexical`` is the words as spoken, ``display`` has capitals, punctuation and numbers as written. Each is
    empty if nothing was recognized, and None if the model does not give this form, as Whisper models give no
    lexical text.
    """

    lexical: str | None
    display: str | None


@dataclass(frozen=True, slots=True)
class EvaluationTranscripts:
    """The transcripts of both models, by the name of the audio file."""

    model1: Mapping[str, Transcript] = field(hash=False)
    model2: Mapping[str, Transcript] = field(hash=False)


def audio_and_model(name: str) -> tuple[str, int] | None:
    """Return the audio file and the model (1 or 2) that a detail file is about; None for other files."""
    match = _NAME.fullmatch(name)
    return (match["audio"], int(match["model"])) if match else None


def read_transcript(audio: str, data: object) -> Transcript:
    """Read the JSON of a detail file. Raises :class:`ServiceError` if it is not a transcription result."""
    results = [JsonObject(_lower(item)) for item in (data if isinstance(data, list) else [data])]
    if not any(_PARTS & result.data.keys() for result in results):
        raise ServiceError(
            f"The evaluation's file for {audio} contains no transcription.",
            hint="Report it as a bug in SpeechOps: its format is new.",
        )
    phrases = [phrase for result in results for phrase in _phrases(result)]
    return Transcript(
        lexical=_joined(phrases, "lexical") if _all_have(phrases, "lexical") else None,
        display=_joined(phrases, "display") if _all_have(phrases, "display") else None,
    )


def _all_have(phrases: Iterable[JsonObject], form: str) -> bool:
    """Whether every phrase with words has them in this form."""
    return all(
        phrase.text(form).strip() or not any(phrase.text(name).strip() for name in ("lexical", "display"))
        for phrase in phrases
    )


_PARTS = {"recognizedphrases", "combinedrecognizedphrases"}


def _phrases(result: JsonObject) -> list[JsonObject]:
    """Return the best alternative of each phrase in the order of the audio, else the combined text."""
    phrases = sorted(
        result.parts("recognizedphrases"), key=lambda phrase: phrase.number("offsetinticks") or 0.0
    )
    best = [phrase.parts("nbest")[0] for phrase in phrases if phrase.parts("nbest")]
    return best or list(result.parts("combinedrecognizedphrases"))


def _joined(phrases: Iterable[JsonObject], form: str) -> str:
    return " ".join(text for phrase in phrases if (text := phrase.text(form).strip()))


def _lower(value: object) -> object:
    """Return JSON with the names of all properties in lower case."""
    if isinstance(value, dict):
        return {key.lower(): _lower(item) for key, item in value.items()}
    return [_lower(item) for item in value] if isinstance(value, list) else value
