"""Faults put into our own code on purpose: the harness must notice each.

A name ends up in the child that runs the operation, which then has the fault. What each one is stands in its
docstring.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def pointer_without_etag() -> None:
    """The benchmark pointer is written whatever it has become meanwhile."""
    from speechops.registry.documents import encode  # noqa: PLC0415
    from speechops.registry.registry import CONFIGURATION, Pointer, Registry  # noqa: PLC0415

    def move(self: Registry, to: Any, *, pointer: Any) -> Pointer:  # noqa: ANN401, ARG001
        return Pointer(to, self._store.write(CONFIGURATION, f"{to.model}.json", encode(to)))

    Registry.move_benchmark = move  # type: ignore[method-assign]


def create_without_look() -> None:
    """Entities are made without a look whether they are there."""
    from speechops.speech import collections  # noqa: PLC0415
    from speechops.speech.finding import Found  # noqa: PLC0415

    def always(draft: Any, *, listing: Any, create: Any, pause: Any) -> Any:  # noqa: ANN401, ARG001
        return Found(create(), made=True)

    vars(collections)["find_or_create"] = always


def delete_before_listing_ends() -> None:
    """What may be deleted is chosen before tests and endpoints were listed."""
    from speechops.upkeep.retention import Listing  # noqa: PLC0415

    listing = Listing.of

    def early(client: Any, locale: str = "") -> Listing:  # noqa: ANN401
        return replace(listing(client, locale), evaluations=(), endpoints=())

    Listing.of = staticmethod(early)  # type: ignore[method-assign]


def release_before_endpoint() -> None:
    """The release is recorded before the endpoint serves its model."""
    from speechops.delivery import endpoint, records  # noqa: PLC0415
    from speechops.delivery.distribution import Delivered  # noqa: PLC0415
    from speechops.registry.documents import TargetRelease  # noqa: PLC0415

    serve = endpoint.serve

    def early(target: Any, model: str, check: Any) -> Any:  # noqa: ANN401
        there = endpoint.find(target)
        pointer = target.run.registry.benchmark(target.run.model.name)
        if there is not None and pointer is not None:
            row = TargetRelease(target.name, model, there.id)
            records.add(target.run, pointer.benchmark, [Delivered(target, row)], "")
        return serve(target, model, check)

    endpoint.serve = early


def pull_request_evidence_promotes() -> None:
    """The test of a pull request counts as evidence, with the verdict that its own gate has reached."""
    from speechops.evaluation import candidates, reuse  # noqa: PLC0415

    def always(run: Any, result: Any, *causes: Any) -> bool:  # noqa: ANN401, ARG001
        return True

    reuse.is_evidence = always
    vars(candidates)["_refuse_outdated"] = lambda *_: None


def clean_up_of_a_used_model() -> None:
    """Retention forgets what refers to a model."""
    from speechops.upkeep import retention  # noqa: PLC0415

    choose = retention._models

    def forgetful(owns: Any, models: Any, referenced: Any, policy: Any) -> Any:  # noqa: ANN401, ARG001
        return choose(owns, models, frozenset(), policy)

    vars(retention)["_models"] = forgetful


ALL: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        pointer_without_etag,
        create_without_look,
        delete_before_listing_ends,
        release_before_endpoint,
        clean_up_of_a_used_model,
        pull_request_evidence_promotes,
    )
}


def apply(name: str) -> None:
    """Put the fault in; an empty name is none."""
    if name:
        ALL[name]()
