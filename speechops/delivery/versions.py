"""The numbering of releases: semantic versions, counted on from the records and from the tags on GitHub."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from speechops.errors import PlatformError
from speechops.github import releases
from speechops.github.version import FIRST, Version
from speechops.inputs import GITHUB_RELEASE, OLD_BENCHMARK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.run import Run


def prefix(run: Run) -> str:
    """Return how the tags of a model begin: ``v``, or its name if the repository has several models."""
    return f"{run.model.name}-v" if run.settings.several else "v"


def latest_recorded(run: Run) -> str:
    """Return the last version of the records, empty before the first."""
    recorded = run.registry.versions(run.model.name)
    return recorded[-1] if recorded else ""


def following(run: Run, *, model: str = "") -> str:
    """Return the version for the next record.

    It is that of GitHub's release of ``model`` (an id) if there is one that no record has reached, such as a
    draft that a person has published; else the next minor version after all records and tags, including those
    that a fork of Microsoft's template had before. Without GitHub, or if it does not answer, only the records
    count: what is served has to be recorded.
    """
    recorded = Version.parse(latest_recorded(run))
    taken = [recorded] if recorded else []
    if run.platform is not None and run.settings[GITHUB_RELEASE] != "false":
        with contextlib.suppress(PlatformError):
            own = releases.find(run.platform.github, model) if model else None
            reserved = _version(run, own.tag) if own else None
            if reserved and (recorded is None or reserved > recorded):
                return str(reserved)
            taken += _tagged(run)
    return str(max(taken).following() if taken else FIRST)


def _tagged(run: Run) -> Iterator[Version]:
    """Yield the versions that tags on GitHub have, those of drafts too."""
    if run.platform is None:
        return
    github = run.platform.github
    for reference in github.references("tags/" if _follows_template(run) else f"tags/{prefix(run)}"):
        if version := _version(run, reference.name.removeprefix("refs/tags/")):
            yield version
    for release in github.releases():
        if version := _version(run, release.tag):
            yield version


def _version(run: Run, tag: str) -> Version | None:
    """Return the version of a tag, None if it is not one of this model's releases."""
    if tag.startswith(prefix(run)):
        return Version.parse(tag.removeprefix(prefix(run)))
    return Version.parse(tag.removeprefix("v")) if _follows_template(run) else None


def _follows_template(run: Run) -> bool:
    """Whether the repository was a fork of Microsoft's template, whose tags are bare versions: ``0.1.64``."""
    return run.model[OLD_BENCHMARK] != "none"
