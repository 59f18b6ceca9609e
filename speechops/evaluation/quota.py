"""How a run stays within the limits of its Speech resource, especially those of the free tier.

A free resource is limited to two datasets. A run on it imports the training data, trains, deletes the
training data, and only then imports the test data, which it deletes after the test; what killed runs left
behind is deleted when its slot is needed. Limits:
https://learn.microsoft.com/azure/ai-services/speech-service/speech-services-quotas-and-limits
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from speechops.corpus import Tier
from speechops.errors import Place, QuotaExceeded, ServiceError
from speechops.inputs import MAX_WAIT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from speechops.run import Run
    from speechops.settings import ModelSettings
    from speechops.speech import Dataset


@dataclass(frozen=True, slots=True)
class Limits:
    """The most entities that a resource may have."""

    datasets: int
    endpoints: int


LIMITS: Mapping[Tier, Limits] = {
    Tier.F0: Limits(datasets=2, endpoints=1),
    Tier.S0: Limits(datasets=500, endpoints=50),
}


def foresee(model: ModelSettings, tier: Tier) -> str:
    """Return why the training data of ``model`` exceeds the limits of a resource, or nothing."""
    most = LIMITS[tier].datasets
    if len(model.training) <= most:
        return ""
    return (
        f"{model.name} has {len(model.training)} files of training data; a resource of tier {tier} has room "
        f"for {most} datasets."
    )


def refuse(model: ModelSettings, tier: Tier) -> None:
    """Raise :class:`QuotaExceeded`, before anything is uploaded, where :func:`foresee` has an objection."""
    if objection := foresee(model, tier):
        raise QuotaExceeded(
            objection,
            hint="Merge files of the same kind into one, or move the resource to S0 and set speech-tier: S0.",
            place=Place(input="speech-tier"),
        )


def is_frugal(run: Run) -> bool:
    """Whether the run deletes datasets as it goes."""
    return run.settings.tier is Tier.F0


def give_up(run: Run, fingerprints: Collection[str]) -> None:
    """Delete our datasets with these fingerprints, whose work is done. A refusal is only logged."""
    for dataset in run.speech.datasets():
        if run.owns(dataset) and dataset.fingerprint in fingerprints:
            _delete(run, dataset)


def make_room(run: Run, *, keep: Collection[str]) -> bool:
    """Delete the datasets that runs left behind, except for the fingerprints in ``keep``; return if any were.

    Only ours, only of runs that have ended (of this run itself, those that it no longer works on; where a
    record has no end, after the longest wait that a run may have), and nothing that unfinished work uses.
    """
    speech = run.speech
    busy = {
        dataset for model in speech.models() if not model.status.is_final for dataset in model.dataset_ids
    }
    busy |= {test.dataset_id for test in speech.evaluations() if not test.status.is_final}
    longest = timedelta(seconds=3 * run.settings[MAX_WAIT])  # an import, a training, a test
    runs = run.registry.runs(run.model.name, since=speech.now() - longest)
    this = (run.id, run.settings.operation.name)
    working = {
        record.id for record in runs if record.ending is None and (record.id, record.operation) != this
    }
    ended = {record.id for record in runs} - working
    left = [
        dataset
        for dataset in speech.datasets()
        if dataset.store == run.registry.identity()
        and dataset.id not in busy
        and dataset.fingerprint not in keep
        and _is_over(run, dataset, ended)
    ]
    deleted = [_delete(run, dataset) for dataset in left]
    return any(deleted)


def _is_over(run: Run, dataset: Dataset, ended: Collection[str]) -> bool:
    if run.owns(dataset) and dataset.custom_properties["speechops-run"] in ended:
        return True
    begun = dataset.created or datetime.max.replace(tzinfo=UTC)
    return begun < run.speech.now() - timedelta(seconds=run.settings[MAX_WAIT])


def _delete(run: Run, dataset: Dataset) -> bool:
    try:
        run.speech.delete_dataset(dataset.id)
    except ServiceError as refusal:
        run.console.line(f"Left for maintain to delete: {refusal}")
        return False
    return True
