"""Evaluations: tests of two models on one dataset."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from speechops.embedded import calls, filters, models, representations
from speechops.embedded.calls import Call, Route, common_of_work, exclusive, updated
from speechops.embedded.entities import Dataset, Evaluation, Kind, ModelReference, Transcription

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from speechops.embedded.bodies import Body


def list_all(call: Call) -> Response:
    """``GET /evaluations``."""
    return call.page("evaluations", call.service.all(Evaluation), representations.evaluation, filters.WORK)


@exclusive
def create(call: Call) -> Response:
    """``POST /evaluations``: the test starts; it makes one batch transcription for entity model."""
    body = call.body("evaluation")
    properties = common_of_work(call, body)
    dataset = _dataset(call, body, properties["locale"])
    tested = [_model(call, body, name, properties["locale"]) for name in ("model1", "model2")]
    transcriptions = [
        Transcription(
            id=str(uuid.uuid4()),
            display_name=f"{properties['display_name']} ({number})",
            locale=properties["locale"],
            created=properties["created"],
            last_action=properties["created"],
            project=properties["project"],
            requested=properties["created"],
            model=model,
            dataset=dataset.id,
        )
        for number, model in enumerate(tested, 1)
    ]
    evaluation = Evaluation(
        id=str(uuid.uuid4()),
        model1=tested[0],
        model2=tested[1],
        dataset=dataset.id,
        transcription1=transcriptions[0].id,
        transcription2=transcriptions[1].id,
        requested=properties["created"],
        **properties,
    )
    call.service.begin(*transcriptions, evaluation)
    return call.created(representations.evaluation(call.view, evaluation))


def read(call: Call, id_: str) -> Response:
    """``GET /evaluations/{id}``."""
    return call.reply(representations.evaluation(call.view, call.look_at(Evaluation, id_)))


@exclusive
def update(call: Call, id_: str) -> Response:
    """``PATCH /evaluations/{id}``."""
    evaluation = updated(call, call.body("evaluationUpdate"), call.find(Evaluation, id_))
    call.service.state.put(evaluation)
    return call.reply(representations.evaluation(call.view, evaluation))


@exclusive
def delete(call: Call, id_: str) -> Response:
    """``DELETE /evaluations/{id}``. Its transcriptions stay."""
    return calls.delete(call, Evaluation, id_)


def locales(call: Call) -> Response:
    """``GET /evaluations/locales``."""
    return call.reply(call.service.locales(), retry=False)


def list_files(call: Call, id_: str) -> Response:
    """``GET /evaluations/{id}/files``."""
    return call.files(call.find(Evaluation, id_))


def read_file(call: Call, id_: str, file_id: str) -> Response:
    """``GET /evaluations/{id}/files/{fileId}``."""
    return call.file(call.find(Evaluation, id_), file_id)


def _model(call: Call, body: Body, name: str, locale: str) -> ModelReference:
    model = models.usable(call, body, name, locale)
    if model is None:
        raise body.wrong(name, "is required")
    return model


def _dataset(call: Call, body: Body, locale: str) -> Dataset:
    id_ = body.reference("dataset", call.view, Dataset.collection)
    if id_ is None:
        raise body.wrong("dataset", "is required")
    dataset = models.dataset_to_use(call, body, "dataset", id_, locale)
    if dataset.kind is not Kind.ACOUSTIC:
        raise body.wrong("dataset", f"is of kind {dataset.kind} and has no transcripts", inner="InvalidTest")
    return dataset


ROUTES = (
    Route("GET", "/evaluations", list_all),
    Route("POST", "/evaluations", create),
    Route("GET", "/evaluations/locales", locales),
    Route("GET", "/evaluations/<id_>", read),
    Route("PATCH", "/evaluations/<id_>", update),
    Route("DELETE", "/evaluations/<id_>", delete),
    Route("GET", "/evaluations/<id_>/files", list_files),
    Route("GET", "/evaluations/<id_>/files/<file_id>", read_file),
)
