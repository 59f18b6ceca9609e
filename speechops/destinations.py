"""Where credentials are sent: which hosts ``speechops.yml`` may name, what an unmerged one may not change.

A secret comes from the caller of the Action, ``speechops.yml`` from whoever may write to the repository. What
the default branch has was merged; a pull request, another branch or a tag has it as anyone may propose it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops import clouds
from speechops.errors import UsageError
from speechops.project import parse_project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from speechops.errors import Place
    from speechops.project import Project

INPUTS = (
    "speech-endpoint",
    "speech-region",
    "storage-account",
    "azure-tenant-id",
    "azure-client-id",
    "deploy-client-id",
    "branch",
)
"""The inputs that decide who receives a credential or data, and whose runs may move the benchmark."""


def check_host(name: str, address: str, place: Place) -> None:
    """Raise :class:`UsageError` if an address of ``speechops.yml`` is neither Azure's nor loopback."""
    if clouds.of_address(address) is None and not clouds.is_loopback(address):
        raise UsageError(
            f"{name}: {address!r} is not an Azure host, and speechops.yml may name no other.",
            hint=f"Credentials would be sent there: if the host is yours, set {name} as an input of "
            "the Action.",
            place=place,
        )


def named(project: Project, given: Callable[[str], str]) -> Mapping[str, str]:
    """Return the destinations that ``speechops.yml`` sets: those that it names and the caller does not."""
    return {
        name: project.top[name].strip()
        for name in INPUTS
        if project.top.get(name, "").strip() and not given(name)
    }


def of_targets(project: Project) -> Mapping[str, str]:
    """Return the resources of the targets, by the keys that name them."""
    return {
        f"targets.{name}.{key}": values[key].strip()
        for name, values in project.targets.items()
        for key in ("speech-endpoint", "speech-region")
        if key in values
    }


def refuse_moved(now: Mapping[str, str], described: Project, merged: bytes | None, *, what: str) -> None:
    """Raise :class:`UsageError` if ``speechops.yml`` names others than the one that was merged, if any.

    ``what`` is what has it: a pull request, a branch, a tag.
    """
    before: dict[str, str] = {}
    if merged is not None:
        base = parse_project(described.path, merged)
        before = {name: value.strip() for name, value in base.top.items()} | dict(of_targets(base))
    moved = [name for name, value in now.items() if before.get(name, "") != value]
    if moved:
        raise UsageError(
            f"{what[0].upper()}{what[1:]} changes {', '.join(moved)}: it cannot run with secrets.",
            hint="Merge the change to the default branch first, by itself, or set the value as an input of "
            "the Action.",
            place=described.place(*moved[0].split(".")),
        )
