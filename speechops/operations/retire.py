"""Delete what a candidate that was not promoted no longer needs: nothing else, and nothing in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.errors import ServiceError
from speechops.operations.entities import delete_evaluation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from speechops.corpus import DataFile
    from speechops.operations.job import Job
    from speechops.speech import Dataset, Evaluation, Model


def candidate(job: Job, training: str, files: Sequence[DataFile]) -> None:
    """Delete the model with the fingerprint ``training``, its evaluations, and the datasets of ``files``.

    Datasets that another model was trained from stay. Everything is listed before anything is deleted, and
    found by fingerprint, so that a clean-up that was cut short is completed by the next run. A refusal is
    said and left to ``maintain``: the verdict stands whatever becomes of the clean-up.
    """
    speech = job.speech
    models = list(speech.models())
    doomed = {model.id for model in models if _is_ours(job, model, {training})}
    evaluations = [
        evaluation
        for evaluation in speech.evaluations()
        if _models(evaluation) & doomed and "speechops-model" in evaluation.custom_properties
    ]
    kept = {dataset for model in models if model.id not in doomed for dataset in model.dataset_ids}
    fingerprints = {file.fingerprint for file in files}
    unused = [
        dataset.id
        for dataset in speech.datasets()
        if dataset.id not in kept and _is_ours(job, dataset, fingerprints)
    ]
    if not doomed and not unused:
        return
    with job.console.step("delete the candidate"):
        try:
            for evaluation in evaluations:
                delete_evaluation(speech, evaluation)
            for model in sorted(doomed):
                speech.delete_model(model)
            for dataset in unused:
                speech.delete_dataset(dataset)
        except ServiceError as refusal:
            job.console.line(f"Left for maintain to delete: {refusal}")


def _is_ours(job: Job, entity: Model | Dataset, fingerprints: AbstractSet[str]) -> bool:
    properties = entity.custom_properties
    return (
        properties.get("speechops-model") == job.model.name
        and properties.get("speechops-fingerprint", "") in fingerprints
    )


def _models(evaluation: Evaluation) -> set[str]:
    return {model.id for model in (evaluation.model1, evaluation.model2) if model}
