"""``clean``: delete what this developer's loop has made in a Speech resource of the developer's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.errors import Place, ServiceError, ServiceUnavailable, UsageError
from speechops.evaluation.entities import delete_evaluation
from speechops.run import Outcome
from speechops.speech.entities import LOOP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speechops.run import Run
    from speechops.speech import Entity


def run(run: Run) -> Outcome:
    """Delete the evaluations, models and datasets that bear the mark of this loop, and nothing else.

    Raises :class:`UsageError` without a resource of one's own.
    """
    if not run.settings.developer_endpoint:
        raise UsageError(
            "developer-endpoint is missing: clean works on a Speech resource of your own.",
            hint="Set SPEECHOPS_DEVELOPER_ENDPOINT, as for compare.",
            place=Place(input="developer-endpoint"),
        )
    deleted = stayed = 0
    for entity, delete in _made(run):
        try:
            delete()
        except ServiceUnavailable:
            raise
        except ServiceError as refusal:
            stayed += 1
            run.console.line(f"The {entity.noun} {entity.display_name} ({entity.id}) stays: {refusal}")
        else:
            deleted += 1
            run.console.line(f"deleted: {entity.noun} {entity.display_name} ({entity.id})")
    more = f"; {stayed} stay" if stayed else ""
    return Outcome(f"{deleted} entities of this loop deleted{more}.")


def _made(run: Run) -> Iterator[tuple[Entity, Callable[[], None]]]:
    """Yield what this loop has made, users before what they use, and how each is deleted."""
    client, loop = run.speech, run.connections.loop

    def ours(entity: Entity) -> bool:
        return entity.custom_properties.get(LOOP) == loop

    for evaluation in filter(ours, client.evaluations()):
        yield evaluation, lambda found=evaluation: delete_evaluation(client, found)  # type: ignore[misc]
    for model in filter(ours, client.models()):
        yield model, lambda found=model: client.delete_model(found.id)  # type: ignore[misc]
    for dataset in filter(ours, client.datasets()):
        yield dataset, lambda found=dataset: client.delete_dataset(found.id)  # type: ignore[misc]
