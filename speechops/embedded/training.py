"""From datasets to a custom model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from speechops.embedded import ingestion
from speechops.embedded.conditions import Activity
from speechops.embedded.engine import EngineError, Material
from speechops.embedded.entities import Dataset, Kind, Model
from speechops.embedded.imports import LONGEST_TRAINING_AUDIO
from speechops.embedded.jobs import JobFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from speechops.embedded.jobs import Outcome
    from speechops.embedded.service import Service


def perform(service: Service, model: Model) -> Outcome:
    """Train."""
    datasets = [dataset for id_ in model.datasets if (dataset := service.state.get(Dataset, id_)) is not None]
    _check_audio(service, datasets)
    folder = service.state.contents(model.id)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "model").exists():
        with service.training, service.state.scratch() as scratch:
            try:
                service.engine.train(
                    scratch,
                    material(service, datasets),
                    weight_percent=model.weight_percent,
                    locale=model.locale,
                )
            except EngineError as error:
                raise JobFailedError("PipelineError", str(error)) from None
            scratch.replace(folder / "model")
    failure = service.conditions.failure(Activity.TRAINING, model.display_name)
    if failure is not None:
        raise JobFailedError(failure.code, failure.message)
    report = {
        "datasets": [{"displayName": dataset.display_name, "kind": dataset.kind} for dataset in datasets]
    }
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    service.state.publish(model.id, [("report.json", "ModelReport")])
    return lambda current: current


def material(service: Service, datasets: Sequence[Dataset]) -> Material:
    """Return the training material, by kind."""

    def of(kind: Kind) -> tuple[Path, ...]:
        return tuple(ingestion.content(service, dataset) for dataset in datasets if dataset.kind is kind)

    return Material(
        language=of(Kind.LANGUAGE),
        markdown=of(Kind.LANGUAGE_MARKDOWN),
        pronunciation=of(Kind.PRONUNCIATION),
        acoustic=of(Kind.ACOUSTIC),
        formatting=of(Kind.OUTPUT_FORMATTING),
    )


def _check_audio(service: Service, datasets: Sequence[Dataset]) -> None:
    lengths = [
        utterance.seconds
        for dataset in datasets
        if dataset.kind is Kind.ACOUSTIC
        for utterance in ingestion.utterances(service, dataset)
    ]
    if lengths and min(lengths) > LONGEST_TRAINING_AUDIO:
        raise JobFailedError(
            "InvalidDataset", f"All audio files are longer than {LONGEST_TRAINING_AUDIO:.0f} seconds."
        )
