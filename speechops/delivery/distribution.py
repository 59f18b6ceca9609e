"""A model brought to all targets at once: copied, deployed, tried; one target's failure is its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from speechops.delivery import copies, endpoint, smoke_test
from speechops.errors import SpeechOpsError, WorkFailed
from speechops.evaluation import models
from speechops.registry.documents import Delivery, TargetRelease

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speechops.delivery.endpoint import Target
    from speechops.delivery.smoke_test import Sample
    from speechops.registry.documents import ModelReference, Release
    from speechops.speech import Endpoint

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a model in one target: its row for the release, its endpoint, or the error."""

    target: Target
    row: TargetRelease
    endpoint: Endpoint | None = None
    error: SpeechOpsError | None = None


def deliver(
    targets: Sequence[Target], source: ModelReference, sample: Sample | None
) -> tuple[Delivered, ...]:
    """Bring a model to all targets, each in its own time.

    Raises the first target's :class:`SpeechOpsError` if it has reached none of them; the log has the others.
    """
    if len(targets) == 1:
        return (_served(targets[0], source, sample),)
    with ThreadPoolExecutor(len(targets), thread_name_prefix="targets") as pool:
        delivered = tuple(pool.map(lambda target: _delivered(target, source, sample), targets))
    errors = [item.error for item in delivered if item.error]
    if len(errors) == len(delivered):
        for item in delivered[1:]:
            item.target.run.console.line(f"{item.target.name}: {item.error}")
        raise errors[0]
    return delivered


def complete(delivered: Sequence[Delivered], release: Release) -> None:
    """Let every target that was reached agree with the last release, and keep the copy that was released.

    Raises :class:`SpeechOpsError` as :func:`reconcile`.
    """

    def completed(item: Delivered) -> None:
        endpoint.reconcile(item.target)
        if item.target.name:
            copies.keep_released(item.target, item.row.model, release)

    _for_each([item for item in delivered if item.error is None], completed)


def take_back(delivered: Sequence[Delivered]) -> None:
    """Take the model from every endpoint that it was put on. Raises as :func:`reconcile`."""

    def taken(item: Delivered) -> None:
        if item.endpoint:
            endpoint.restore(item.target, item.endpoint.id, item.row.model, None)

    _for_each(delivered, taken)


def reconcile(targets: Sequence[Target]) -> None:
    """Let every target agree with the last release.

    Raises :class:`SpeechOpsError` if one does not answer, once the others agree.
    """
    _for_each(targets, endpoint.reconcile)


def served(release: Release) -> str:
    """Return where a release is served, up to the verb."""
    if not release.targets:
        return f"endpoint {release.endpoint} serves"
    rows = [row for row in release.targets if row.state is Delivery.SERVED]
    places = ", ".join(f"{row.target} ({row.endpoint or 'model alone'})" for row in rows)
    return f"{places} {'serve' if len(rows) > 1 else 'serves'}"


def is_partial(targets: Sequence[Target], release: Release) -> bool:
    """Whether a release that failed in a target has one to reach yet: a dropped target is owed nothing."""
    rows = [release.at(target.name) for target in targets]
    return bool(release.unserved) and any(row is None or row.state is Delivery.FAILED for row in rows)


def failure(delivered: Sequence[Delivered], release: Release) -> SpeechOpsError | None:
    """Return the error of a release that is partial, None of one that is complete."""
    failed = [item for item in delivered if item.error]
    if not failed:
        return None
    reasons = " ".join(f"{item.target.name}: {item.error}" for item in failed if item.error)
    return WorkFailed(
        f"Release {release.version} is partial. {reasons}",
        hint="The other targets serve the model. Run this again: it continues with what is left.",
    )


def _for_each(items: Sequence[T], work: Callable[[T], None]) -> None:
    """Do ``work`` for all items, then raise the first error, if there was one."""
    errors: list[SpeechOpsError] = []
    for item in items:
        try:
            work(item)
        except SpeechOpsError as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _delivered(target: Target, source: ModelReference, sample: Sample | None) -> Delivered:
    try:
        return _served(target, source, sample)
    except SpeechOpsError as error:
        kept = _kept(target)
        row = TargetRelease(
            target.name,
            kept.model if kept else "",
            kept.endpoint if kept else "",
            Delivery.FAILED,
            kept.expires if kept else "",
            error.message,
        )
        return Delivered(target, row, error=error)


def _kept(target: Target) -> TargetRelease | None:
    """Return what was recorded last of a target or, if it has a new name, of its endpoint."""
    if recorded := target.releases():
        return recorded[-1]
    try:
        found = endpoint.find(target)
    except SpeechOpsError:
        return None
    return target.released_on(found.id) if found else None


def _served(target: Target, source: ModelReference, sample: Sample | None) -> Delivered:
    if not target.name:
        served = endpoint.serve(
            target, source.id, lambda found: smoke_test.check(target, found, source.id, sample)
        )
        return Delivered(target, TargetRelease("", source.id, served.id), served)
    model = copies.obtain(target, source)
    expires = models.expiry(model)
    if not target.has_endpoint:
        return Delivered(target, TargetRelease(target.name, model.id, "", expires=expires))
    served = endpoint.serve(target, model.id, lambda found: smoke_test.check(target, found, model.id, sample))
    return Delivered(target, TargetRelease(target.name, model.id, served.id, expires=expires), served)
