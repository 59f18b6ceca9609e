"""The history of releases: which of them led to what is served now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.registry.documents import ReleaseKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.registry.documents import Release


def current_line(releases: Sequence[Release]) -> list[Release]:
    """Return the releases that led to the last one, which is at the end.

    What was rolled back is not among them: it was bad, no matter what was deployed since.
    """
    deployed = {release.version: release for release in releases if release.kind is ReleaseKind.DEPLOY}
    line: list[Release] = []
    for release in releases:
        reached = deployed.get(release.rolled_back_to, release)
        if reached in line:
            del line[line.index(reached) :]
        line.append(reached)
    return line


def earlier(releases: Sequence[Release], model: str) -> Release | None:
    """Return the release of ``model`` (an id) on the current line before its last; None if there is none."""
    return next((release for release in current_line(releases)[:-1] if release.reference.id == model), None)
