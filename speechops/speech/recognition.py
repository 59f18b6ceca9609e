"""Recognition of a short audio file through an endpoint: the request and the result."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops.errors import DataError

if TYPE_CHECKING:
    from typing import BinaryIO

    from speechops.speech.json_object import JsonObject


@dataclass(frozen=True, slots=True)
class Recognition:
    """What an endpoint recognized, empty for nothing."""

    display: str
    lexical: str
    confidence: float | None

    @classmethod
    def parse(cls, answer: JsonObject) -> Recognition:
        """Read the detailed format, whose best alternative comes first, or the simple one."""
        alternatives = answer.parts("NBest")
        best = alternatives[0] if alternatives else None
        return cls(
            display=(best.text("Display") if best else "") or answer.text("DisplayText"),
            lexical=best.text("Lexical") if best else "",
            confidence=best.number("Confidence") if best else None,
        )


def content_type(audio: BinaryIO) -> str:
    """Return the content type of a WAV file. Raises :class:`DataError` if it is not one."""
    try:
        with wave.open(audio, "rb") as wav:
            rate = wav.getframerate()
    except (wave.Error, EOFError) as error:
        raise DataError(
            f"The audio is not a RIFF WAV file: {error}.", hint="Use PCM, mono, 16 bits."
        ) from error
    return f"audio/wav; codecs=audio/pcm; samplerate={rate}"
