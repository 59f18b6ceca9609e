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
    """Return the release that going back to ``model`` (an id) reaches: the last of it on the current line.

    None if there is none, or if the last release is of that model: then nobody goes back.
    """
    line = current_line(releases)
    if line and line[-1].reference.id == model:
        return None
    return next((release for release in reversed(line) if release.reference.id == model), None)
