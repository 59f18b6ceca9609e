"""What git knows of the repository that is being set up: branches, and what is kept in Git LFS."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ACTION = "OWNER/speechops@v1"
"""The Action to call if nothing tells who publishes it."""

_GITHUB = re.compile(r"github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$")
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)", re.ASCII)
_POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository; ``ask`` returns the output of a git command, None if it fails."""

    ask: Callable[..., bytes | None]

    def branches(self) -> frozenset[str]:
        """Return the names of all branches, here and on the remote ``origin``."""
        found = self._lines("for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes/origin")
        names = (re.sub(r"^refs/(heads|remotes/origin)/", "", line) for line in found)
        return frozenset(name for name in names if name != "HEAD")

    def default_branch(self) -> str:
        """Return the branch that pushes go to: the remote's, else ``main``, else the one checked out."""
        remote = self._lines("symbolic-ref", "--short", "refs/remotes/origin/HEAD")
        if remote:
            return remote[0].removeprefix("origin/")
        branches = self.branches()
        if "main" in branches:
            return "main"
        current = self._lines("symbolic-ref", "--short", "HEAD")
        return current[0] if current else "main"

    def github(self) -> str:
        """Return the ``owner/name`` of the remote ``origin`` on GitHub, empty if there is none."""
        remote = self._lines("remote", "get-url", "origin")
        found = _GITHUB.search(remote[0]) if remote else None
        return found[1] if found else ""

    def latest_release(self) -> str:
        """Return the highest tag that is a version, with ``v`` or without; empty if there is none."""
        versions = {tag: _VERSION.fullmatch(tag) for tag in self._lines("tag", "--list")}
        numbers = {tag: tuple(map(int, found.groups())) for tag, found in versions.items() if found}
        return max(numbers, key=lambda tag: numbers[tag], default="")

    def keeps_in_lfs(self, path: str) -> bool:
        """Whether Git LFS keeps the file, by the repository's attributes."""
        answer = self._lines("check-attr", "filter", "--", path)
        return any(line.endswith(": lfs") for line in answer)

    def _lines(self, *arguments: str) -> tuple[str, ...]:
        found = self.ask(*arguments)
        return tuple((found or b"").decode("utf-8", "replace").splitlines())


def is_pointer(content: bytes) -> bool:
    """Whether the beginning of a file is that of a Git LFS pointer."""
    return content.startswith(_POINTER)


def published_action() -> str:
    """Return the Action that this installation comes from, as ``owner/name@v1``.

    A package that pip installed from a git address remembers it (PEP 610). Otherwise the owner is not known,
    and the placeholder ``OWNER`` is returned.
    """
    try:
        source = metadata.distribution("speechops").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return ACTION
    try:
        origin = json.loads(source or "{}")
    except ValueError:
        return ACTION
    found = _GITHUB.search(str(origin.get("url", "")))
    if not found:
        return ACTION
    revision = origin.get("vcs_info", {}).get("requested_revision", "") or "v1"
    return f"{found[1]}@{revision}"
