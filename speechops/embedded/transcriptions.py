"""Batch transcriptions, as evaluations leave them behind. They are made by evaluations alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.embedded import calls, filters, representations
from speechops.embedded.calls import Call, Route, exclusive, updated
from speechops.embedded.entities import Transcription

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


def list_all(call: Call) -> Response:
    """``GET /transcriptions``."""
    listed = call.service.all(Transcription)
    return call.page("transcriptions", listed, representations.transcription, filters.WORK)


def read(call: Call, id_: str) -> Response:
    """``GET /transcriptions/{id}``."""
    return call.reply(representations.transcription(call.view, call.look_at(Transcription, id_)))


@exclusive
def update(call: Call, id_: str) -> Response:
    """``PATCH /transcriptions/{id}``."""
    transcription = updated(call, call.body("transcriptionUpdate"), call.find(Transcription, id_))
    call.service.state.put(transcription)
    return call.reply(representations.transcription(call.view, transcription))


@exclusive
def delete(call: Call, id_: str) -> Response:
    """``DELETE /transcriptions/{id}``."""
    return calls.delete(call, Transcription, id_)


def locales(call: Call) -> Response:
    """``GET /transcriptions/locales``."""
    return call.reply(call.version.transcription_locales(call.service.locales()), retry=False)


def list_files(call: Call, id_: str) -> Response:
    """``GET /transcriptions/{id}/files``."""
    return call.files(call.find(Transcription, id_))


def read_file(call: Call, id_: str, file_id: str) -> Response:
    """``GET /transcriptions/{id}/files/{fileId}``."""
    return call.file(call.find(Transcription, id_), file_id)


ROUTES = (
    Route("GET", "/transcriptions", list_all),
    Route("GET", "/transcriptions/locales", locales),
    Route("GET", "/transcriptions/<id_>", read),
    Route("PATCH", "/transcriptions/<id_>", update),
    Route("DELETE", "/transcriptions/<id_>", delete),
    Route("GET", "/transcriptions/<id_>/files", list_files),
    Route("GET", "/transcriptions/<id_>/files/<file_id>", read_file),
)
