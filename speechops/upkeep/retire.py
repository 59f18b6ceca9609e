"""Delete what belongs only to a candidate that was not promoted, and nothing in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.errors import DataError, ServiceError
from speechops.registry.documents import Deletion
from speechops.upkeep import deletion, retention

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from speechops.corpus import DataFile
    from speechops.registry.registry import Pointer
    from speechops.run import Run
    from speechops.scoring import Verdict
    from speechops.upkeep.retention import Listing


def candidate(run: Run, training: str, files: Sequence[DataFile], verdict: Verdict) -> tuple[Deletion, ...]:
    """Delete the model with the fingerprint ``training``, its evaluations, and the datasets of ``files``.

    Whatever is referenced elsewhere is kept: the same data may have produced a release that is judged again.
    Everything is listed before anything is deleted, and found by fingerprint, so that an interrupted clean-up
    is completed by the next run. A refusal is logged and left to ``maintain``: it does not affect
    the verdict. Returns what was deleted, and why.
    """
    fingerprints = {file.fingerprint for file in files}
    reason = f"its verdict was {verdict.outcome}"

    def choose(_: Pointer | None, listing: Listing, referenced: AbstractSet[str]) -> tuple[Deletion, ...]:
        leaving = {
            model.id: model.display_name
            for model in listing.models
            if run.owns(model) and model.fingerprint == training and model.id not in referenced
        }
        return tuple(_chosen(run, listing, leaving, fingerprints, reason))

    try:
        with run.console.step("delete the candidate"):
            return deletion.sweep(run, choose, locale=run.model.locale)
    except (ServiceError, DataError) as refusal:
        run.console.line(f"Left for maintain to delete: {refusal}")
        return ()


def _chosen(
    run: Run, listing: Listing, leaving: dict[str, str], fingerprints: set[str], reason: str
) -> Iterator[Deletion]:
    orphans = listing.orphans()
    for test in listing.evaluations:
        without = retention.models_of(test) & leaving.keys() or test.id in orphans
        if without and run.owns(test) and test.status.is_final:
            yield Deletion("evaluation", test.id, test.display_name, "its model is deleted")
    for identity, name in sorted(leaving.items()):
        yield Deletion("model", identity, name, reason)
    kept = {dataset for model in listing.models if model.id not in leaving for dataset in model.dataset_ids}
    for dataset in listing.datasets:
        if run.owns(dataset) and dataset.fingerprint in fingerprints and dataset.id not in kept:
            yield Deletion("dataset", dataset.id, dataset.display_name, "no model uses it")
