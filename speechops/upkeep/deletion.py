"""Deletion of what retention chose, in an order that is safe against races and kills during a promotion.

A model is deleted in three steps. Its id is written to the benchmark pointer (``pending_deletion``), which
moves by compare-and-swap: a run that was about to promote the model notices. Then it is deleted. Then its
id is taken from the pointer. A run that finds pending deletions in the pointer first completes them, and a
model whose ID is no longer there is not deleted any more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.errors import DataError, ServiceError, ServiceUnavailable
from speechops.evaluation.entities import delete_evaluation
from speechops.registry.documents import Deletion
from speechops.registry.store import Conflict, tries
from speechops.upkeep.retention import Listing, referenced_models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Set as AbstractSet

    from speechops.registry.registry import Pointer
    from speechops.run import Run


def sweep(
    run: Run,
    choose: Callable[[Pointer | None, Listing, AbstractSet[str]], tuple[Deletion, ...]],
    is_due: Callable[[Deletion], bool] = lambda _: True,
    locale: str = "",
) -> tuple[Deletion, ...]:
    """Delete what ``choose`` picks and ``is_due`` allows; return everything picked, with what is done.

    ``choose`` gets the pointer, the full listing (of one ``locale``, if it is given) and the models that
    are referenced, and is called again if the pointer moves meanwhile: the other run may have
    promoted what was to be deleted. Reasons are written to the run's record before the first deletion. Raises
    :class:`DataError` if a release cannot be read.
    """
    for _ in tries(f"the benchmark of {run.model.name}"):
        pointer = finish(run)
        releases = run.registry.releases(run.model.name)
        if len(releases) != len(run.registry.versions(run.model.name)):
            raise DataError("A release cannot be read, so its references are unknown: nothing is deleted.")
        listing = Listing.of(run.speech, locale)
        referenced = referenced_models(listing, pointer.benchmark if pointer else None, releases)
        chosen = choose(pointer, listing, referenced)
        if not chosen:
            return ()
        run.note(chosen)
        due = tuple(filter(is_due, chosen))
        try:
            if pointer:
                mark_pending(run, due, pointer)
        except Conflict:
            run.console.line("The benchmark moved meanwhile: choosing again.")
            continue
        done = delete(run, due, listing)
        finish(run)
        return (*done, *(deletion for deletion in chosen if deletion not in due))
    raise AssertionError  # the attempts end in a return or an error


def mark_pending(run: Run, chosen: Iterable[Deletion], pointer: Pointer) -> Pointer:
    """Write the models among ``chosen`` to the pointer.

    Raises :class:`~speechops.registry.store.Conflict` if the pointer has moved since ``pointer`` was read:
    what may be deleted must be chosen again.
    """
    models = tuple(sorted(deletion.id for deletion in chosen if deletion.noun == "model"))
    if not models:
        return pointer
    return run.registry.move_benchmark(replace(pointer.benchmark, pending_deletion=models), pointer=pointer)


def delete(run: Run, chosen: Iterable[Deletion], listing: Listing) -> tuple[Deletion, ...]:
    """Delete what was chosen; return it, marked with what is done. Refusals of the service are logged.

    A model whose deletion is no longer pending is left alone: another run has deleted or kept it.
    """
    client = run.speech
    tests = {test.id: test for test in listing.evaluations}
    deleters: dict[str, Callable[[str], None]] = {
        "evaluation": lambda identity: delete_evaluation(client, tests[identity]),
        "model": client.delete_model,
        "dataset": client.delete_dataset,
    }
    results = []
    for deletion in chosen:
        if deletion.noun == "model" and _is_called_off(run, deletion.id):
            done = client.find_model(deletion.id, base=False) is None
        else:
            done = _succeeds(run, deletion, deleters[deletion.noun])
        results.append(replace(deletion, done=done))
    return tuple(results)


def finish(run: Run) -> Pointer | None:
    """Return the benchmark pointer, with the pending deletions of an earlier run completed and removed.

    A model that the service will not delete, because it is in use, is kept.
    """
    for _ in tries(f"the benchmark of {run.model.name}"):
        pointer = run.registry.benchmark(run.model.name)
        if pointer is None or not pointer.benchmark.pending_deletion:
            return pointer
        for identity in pointer.benchmark.pending_deletion:
            _succeeds(run, Deletion("model", identity, "", "pending"), run.speech.delete_model)
        try:
            return run.registry.move_benchmark(
                replace(pointer.benchmark, pending_deletion=()), pointer=pointer
            )
        except Conflict:
            continue
    raise AssertionError  # the attempts end in a return or an error


def _is_called_off(run: Run, identity: str) -> bool:
    """Whether the pointer no longer names a model as pending; without a pointer nothing has been promoted."""
    pointer = run.registry.benchmark(run.model.name)
    return pointer is not None and identity not in pointer.benchmark.pending_deletion


def _succeeds(run: Run, deletion: Deletion, delete_by_id: Callable[[str], None]) -> bool:
    try:
        delete_by_id(deletion.id)
    except ServiceUnavailable:
        raise
    except ServiceError as refusal:
        run.console.line(f"The {deletion.noun} {deletion.name or deletion.id} is kept: {refusal}")
        return False
    return True
