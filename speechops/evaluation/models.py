"""The models that a test compares: base model, benchmark, candidate; how each is found and referred to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from speechops import corpus
from speechops.errors import ServiceError, UsageError, or_none
from speechops.inputs import BASE_MODEL, CUSTOM_MODEL_WEIGHT_PERCENT
from speechops.registry.documents import ModelReference
from speechops.settings import NEWEST
from speechops.speech import Status, choose_base_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.corpus import DataFile
    from speechops.run import Run
    from speechops.speech import BaseModel, Model


def base_model(run: Run, files: Sequence[DataFile]) -> BaseModel:
    """Return the base model to train from, or, without ``files``, to test."""
    pin = run.model[BASE_MODEL]
    choose = partial(
        choose_base_model,
        locale=run.model.locale,
        kinds=tuple(file.kind for file in files),
        today=run.speech.now(),
        pin="" if pin == NEWEST else pin,
    )
    try:
        return choose(run.speech.base_models(locale=run.model.locale))
    except (UsageError, ServiceError):
        return choose(run.speech.base_models())  # which says what there is for other locales


def training_fingerprint(run: Run, files: Sequence[DataFile], base: BaseModel) -> str:
    """Return the fingerprint of all that determines a trained model.

    The name counts: two models of a repository with the same data are deployed, released and deleted apart.
    """
    name, weight = run.model.name, run.model[CUSTOM_MODEL_WEIGHT_PERCENT]
    return corpus.fingerprint(
        (
            "training",
            name,
            base.id,
            run.model.locale,
            str(weight or ""),
            *(file.fingerprint for file in files),
        )
    )


def base_reference(base: BaseModel) -> ModelReference:
    """Return the reference to a base model."""
    return ModelReference(base.id, base.display_name, base=True, expires=expiry(base))


def candidate_reference(model: Model, training: str) -> ModelReference:
    """Return the reference to a trained model, with the commit that it was trained from."""
    commit = model.custom_properties.get("speechops-commit", "")
    return ModelReference(
        model.id,
        model.display_name,
        base=False,
        training=training,
        commit="" if commit == "local" else commit,
        expires=expiry(model),
    )


def expiry(model: BaseModel | Model) -> str:
    """Return the day from which the service no longer transcribes with a model; empty if it has none."""
    return model.transcription_until.date().isoformat() if model.transcription_until else ""


def find_model(run: Run, model_id: str) -> Model | None:
    """Return a trained model, None if the service does not have it, or not any more."""
    if not model_id:
        return None
    model = or_none(lambda: run.speech.model(model_id))
    return model if model and model.status is Status.SUCCEEDED else None
