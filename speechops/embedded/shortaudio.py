"""Recognition of short audio: how an endpoint is used.

As in the real service nothing in the answer tells which model gave it, and an endpoint id that is unknown,
not deployed yet or past its model's date is answered by the base model.
"""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

from speechops.embedded.audio import AudioRefusedError, measure
from speechops.embedded.calls import answer
from speechops.embedded.engine import EngineError
from speechops.embedded.refusals import Refusal, invalid

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.wrappers import Request, Response

    from speechops.embedded.engine import Recognition
    from speechops.embedded.service import Service

PATHS = (
    "/stt/speech/recognition/<mode>/cognitiveservices/v1",
    "/speech/recognition/<mode>/cognitiveservices/v1",
)
LONGEST_AUDIO = 60.0
LARGEST_AUDIO = 16 * 2**20
_CHUNK = 2**16
_TICKS = 10_000_000


def recognise(service: Service, request: Request) -> Response:
    """``POST …/cognitiveservices/v1?language=…&cid=…&format=simple|detailed`` with a wave file."""
    language = request.args.get("language", "")
    if language.lower() not in {locale.lower() for locale in service.locales()}:
        raise invalid(
            f"The language {language!r} is not supported.", inner="InvalidLocale", target="language"
        )
    if not request.mimetype.startswith("audio/"):
        raise Refusal(415, "UnsupportedMediaType", "The content type of the body is not audio/wav.")
    form = request.args.get("format", "simple")
    if form not in {"simple", "detailed"}:
        raise invalid(f"The format {form!r} is not known.", inner="InvalidParameter", target="format")
    model = service.serving(request.args.get("cid", ""))
    with service.state.scratch() as folder:
        path = folder / "audio.wav"
        digest = _receive(request, path)
        try:
            measure(lambda: path.open("rb"), path.stat().st_size, longest=LONGEST_AUDIO)
        except AudioRefusedError as error:
            raise invalid(f"The audio cannot be recognized: {error}.", inner="InvalidAudioFormat") from None

        def bring(audio: str, target: Path) -> Path:
            return shutil.copyfile(path, target / f"{audio}.wav")

        try:
            recognized = service.recognizer.recognize(model, [digest], bring)[digest]
        except EngineError as error:
            raise Refusal(500, "InternalServerError", str(error)) from None
    return answer(200, _result(recognized, detailed=form == "detailed"))


def _receive(request: Request, path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as stream:
        while chunk := request.stream.read(_CHUNK):
            stream.write(chunk)
            digest.update(chunk)
            if stream.tell() > LARGEST_AUDIO:
                raise invalid("The audio is too large.", inner="AudioLengthLimitExceeded")
    return digest.hexdigest()


def _result(recognized: Recognition, *, detailed: bool) -> dict[str, object]:
    result: dict[str, object] = {
        "RecognitionStatus": "Success" if recognized.lexical else "NoMatch",
        "Offset": 0,
        "Duration": round(recognized.duration * _TICKS),
    }
    if not recognized.lexical:
        return result
    if not detailed:
        return {**result, "DisplayText": recognized.display}
    best = {
        "Confidence": recognized.confidence,
        "Lexical": recognized.lexical,
        "ITN": recognized.lexical,
        "MaskedITN": recognized.lexical,
        "Display": recognized.display,
    }
    return {**result, "NBest": [best]}
