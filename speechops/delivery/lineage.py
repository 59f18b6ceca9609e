"""The way that releases have taken: which of them led to what is served now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.registry.documents import ReleaseKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.registry.documents import Release


def way_here(releases: Sequence[Release]) -> list[Release]:
    """Return the releases that led to the last one, which is at the end.

    What a rollback went back from is not among them: it was bad, whatever was deployed since.
    """
    deployed = {release.version: release for release in releases if release.kind is ReleaseKind.DEPLOY}
    way: list[Release] = []
    for release in releases:
        reached = deployed.get(release.returns_to, release)
        if reached in way:
            del way[way.index(reached) :]
        way.append(reached)
    return way


def earlier(releases: Sequence[Release], model: str) -> Release | None:
    """Return the release of ``model`` (an id) on the way here, but for the last; None where there is none."""
    return next((each for each in way_here(releases)[:-1] if each.reference.id == model), None)
