"""One commit's files, and one id for the content of each path: links and submodules are followed.

The id of a file is git's own. A folder has a digest of its contents rather than git's id of the tree: that
would not change with the content that a link leads to, and would change with the executable bit.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops.planning.git import LINK, SUBMODULE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.planning.git import Entry, Git

_LINKS = 40  # as many links in one path as Linux follows


@dataclass(slots=True)
class Tree:
    """The files of ``commit``; links are read through ``git`` as they are met."""

    git: Git
    commit: str
    _entries: dict[str, Entry] = field(init=False, repr=False)
    _paths: list[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._entries = self.git.entries(self.commit)
        self._paths = sorted(self._entries)

    def id(self, path: str) -> str:
        """Return the id of the content at ``path``, from the root; empty if the commit has none there."""
        return self._id(path, frozenset())

    def file(self, path: str) -> bytes | None:
        """Return the content of a small file, None if there is none. Raises :class:`PlatformError`."""
        place = self._trail(path)[-1]
        entry = self._entries.get(place or "")
        return self.git.content(entry.id) if entry is not None and entry.mode != SUBMODULE else None

    def entry(self, path: str) -> Entry | None:
        """Return the entry of exactly this path, links not followed."""
        return self._entries.get(path)

    def sources(self, path: str) -> set[str]:
        """Return all paths that the content at ``path`` comes from: itself, links, and what they lead to."""
        found: set[str] = set()
        ahead = [path]
        while ahead:
            *links, place = self._trail(ahead.pop())
            found.update(link for link in links if link is not None)
            if place is None or place in found:
                continue
            found.add(place)
            linked = (name for name, entry in self._below(place) if entry.mode == LINK)
            ahead += [posixpath.join(place, name) for name in linked]
        return found

    def submodules(self, path: str) -> set[str]:
        """Return the submodules that a path without links lies in, is, or holds."""
        around = self._submodule(path)
        if around:
            return {around}
        inside = {posixpath.join(path, name) for name, entry in self._below(path) if entry.mode == SUBMODULE}
        return inside | ({path} if self._is_submodule(path) else set())

    def _id(self, path: str, within: frozenset[str]) -> str:
        place = self._trail(path)[-1]
        if place is None:
            return ""
        if entry := self._entries.get(place):
            return entry.id
        if module := self._submodule(place):
            # Which file of the submodule it is, and the commit that determines its content.
            return f"{self._entries[module].id}:{place.removeprefix(f'{module}/')}"
        if place in within:  # a link to a folder around it
            return ""
        digest, empty = hashlib.sha256(), True
        for name, entry in self._below(place):
            empty = False
            led_to = self._id(posixpath.join(place, name), within | {place}) if entry.mode == LINK else ""
            digest.update(os.fsencode(name) + b"\0" + (led_to or entry.id).encode() + b"\0")
        return "" if empty else digest.hexdigest()

    def _trail(self, path: str) -> list[str | None]:
        """Follow ``path``: return the links met, then its place without links, None if that is outside."""
        ahead = [part for part in reversed(path.split("/")) if part not in {"", "."}]
        place: list[str] = []
        links: list[str | None] = []
        while ahead:
            part = ahead.pop()
            if part == "..":
                if not place:
                    return [*links, None]
                place.pop()
                continue
            place.append(part)
            entry = self._entries.get("/".join(place))
            if entry is None or entry.mode != LINK:
                continue
            links.append("/".join(place))
            target = os.fsdecode(self.git.content(entry.id))
            if len(links) > _LINKS or target.startswith("/"):
                return [*links, None]
            place.pop()
            ahead += [part for part in reversed(target.split("/")) if part not in {"", "."}]
        return [*links, "/".join(place)]

    def _submodule(self, place: str) -> str:
        """Return the submodule that a place lies in; empty if it lies in none."""
        parts = place.split("/")
        above = ("/".join(parts[:count]) for count in range(1, len(parts)))
        return next((path for path in above if self._is_submodule(path)), "")

    def _is_submodule(self, path: str) -> bool:
        entry = self._entries.get(path)
        return entry is not None and entry.mode == SUBMODULE

    def _below(self, folder: str) -> Iterator[tuple[str, Entry]]:
        """Yield what lies in a folder, by names from there."""
        start = f"{folder}/" if folder else ""
        for path in self._paths[bisect_left(self._paths, start) :]:
            if not path.startswith(start):
                break
            yield path.removeprefix(start), self._entries[path]
