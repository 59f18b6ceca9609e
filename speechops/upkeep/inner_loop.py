"""What a developer's inner loop has made in a Speech resource of the developer's own, and its deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.errors import ServiceError, ServiceUnavailable
from speechops.evaluation.entities import delete_evaluation
from speechops.speech.entities import LOOP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speechops.registry.documents import TestResult
    from speechops.run import Run
    from speechops.speech import Entity, Evaluation


def delete_all(run: Run) -> tuple[int, int]:
    """Delete all that this loop has made; return how many entities went, and how many the service keeps."""
    return _delete(run, lambda entity: entity.custom_properties.get(LOOP) == run.connections.loop)


def delete_earlier(run: Run, current: TestResult) -> None:
    """Delete what earlier comparisons of this model made, but not what the current one rests on."""
    kept = {current.benchmark.id, *([current.candidate.id] if current.candidate else [])}
    kept |= {dataset for model in run.speech.models() if model.id in kept for dataset in model.dataset_ids}
    for evaluation in run.speech.evaluations():
        if _models_of(evaluation) <= kept:
            kept |= {evaluation.id, evaluation.dataset_id}
    mine = run.marks("")

    def is_earlier(entity: Entity) -> bool:
        properties = entity.custom_properties
        same = all(properties.get(name) == mine[name] for name in (LOOP, "speechops-model"))
        return same and entity.id not in kept

    _delete(run, is_earlier)


def _models_of(evaluation: Evaluation) -> set[str]:
    return {model.id for model in (evaluation.model1, evaluation.model2) if model}


def _delete(run: Run, chosen: Callable[[Entity], bool]) -> tuple[int, int]:
    deleted = kept = 0
    for entity, delete in _made(run):
        if not chosen(entity):
            continue
        try:
            delete()
        except ServiceUnavailable:
            raise
        except ServiceError as refusal:
            kept += 1
            run.console.line(f"not deleted: {entity.noun} {entity.display_name} ({entity.id}): {refusal}")
        else:
            deleted += 1
            run.console.line(f"deleted: {entity.noun} {entity.display_name} ({entity.id})")
    return deleted, kept


def _made(run: Run) -> Iterator[tuple[Entity, Callable[[], None]]]:
    """Yield everything in the resource, users before what they use, and how each is deleted."""
    client = run.speech
    for evaluation in client.evaluations():
        yield evaluation, lambda found=evaluation: delete_evaluation(client, found)  # type: ignore[misc]
    for model in client.models():
        yield model, lambda found=model: client.delete_model(found.id)  # type: ignore[misc]
    for dataset in client.datasets():
        yield dataset, lambda found=dataset: client.delete_dataset(found.id)  # type: ignore[misc]
