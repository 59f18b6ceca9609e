"""Evaluations: tests of two models on one dataset."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from speechops.embedded import calls, models, representations
from speechops.embedded.calls import Call, Route, common_of_work, exclusive
from speechops.embedded.entities import Dataset, Evaluation, Kind, ModelReference, Transcription

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from speechops.embedded.bodies import Body


@exclusive
def create(call: Call) -> Response:
    """``POST /evaluations``: the test starts; it makes one batch transcription for each model."""
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
    return call.created(representations.work(call.view, evaluation))


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
    *calls.reading(Evaluation),
    *calls.changing(Evaluation),
    *calls.with_files(Evaluation),
    Route("POST", "/evaluations", create),
)
