"""What is checked out: a commit, its files, and which of a model's data is not as committed."""

from __future__ import annotations

import hashlib
import os
import posixpath
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from speechops.planning.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from speechops.planning.git import Git

_POINTER = b"version https://git-lfs.github.com/spec/"
_POINTER_LIMIT = 1024  # bytes; a pointer of Git LFS has fewer


@dataclass(slots=True)
class Checkout:
    """The checkout around ``git``'s folder, which holds ``speechops.yml``."""

    git: Git
    tree: Tree
    _prefix: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._prefix = self.git.prefix()

    @property
    def commit(self) -> str:
        """The commit that is checked out."""
        return self.tree.commit

    def at(self, commit: str) -> Tree:
        """Return the files of another commit, fetched if need be. Raises :class:`PlatformError`."""
        self.git.obtain(commit)
        return Tree(self.git, commit)

    def place(self, path: Path) -> str:
        """Return a path from the root of the repository; it starts with ``..`` if it lies outside."""
        relative = os.path.relpath(path, self.git.folder)
        return posixpath.normpath(posixpath.join(self._prefix, relative.replace(os.sep, "/")))

    def uncommitted(self, paths: Iterable[Path]) -> tuple[str, ...]:
        """Return which files of ``paths`` are not as in the commit, from the root of the repository.

        They are changed, missing, new, ignored by git, or outside of the repository. Hidden files, which are
        not data, do not count, nor does a file that Git LFS has put in place of its pointer.
        """
        places = [self.place(path) for path in paths]
        outside = {place for place in places if _is_outside(place)}
        sources = {source for place in places if place not in outside for source in self.tree.sources(place)}
        modules = {module for source in sources for module in self.tree.submodules(source)}
        own = sorted(source for source in sources if not self._is_within(source, modules))
        found = [path for path in self.git.uncommitted(own or ()) if not self._is_smudged(path)]
        for module in sorted(modules):
            found += self._uncommitted_in(module, [s for s in sources if s.startswith(f"{module}/")])
        return tuple(sorted(outside | {path for path in found if not _is_hidden(path)}))

    def _uncommitted_in(self, module: str, sources: Iterable[str]) -> list[str]:
        """Check a submodule, with git started in it: it distrusts submodules of other owners."""
        git = replace(self.git, folder=self._on_disk(module))
        entry = self.tree.entry(module)
        if entry is None or git.head() != entry.id:
            return [module]
        inside = Checkout(git, Tree(git, entry.id))
        names = [source.removeprefix(f"{module}/") for source in sources]
        found = git.uncommitted(names or [""])  # the whole submodule
        return [f"{module}/{path}" for path in found if not inside._is_smudged(path)]

    def _is_within(self, path: str, modules: Iterable[str]) -> bool:
        return any(path == module or path.startswith(f"{module}/") for module in modules)

    def _is_smudged(self, path: str) -> bool:
        """Whether a file is the one that the committed Git LFS pointer refers to."""
        entry = self.tree.entry(path)
        if entry is None or self.git.size(entry.id) > _POINTER_LIMIT:
            return False
        pointer = self.git.content(entry.id)
        if not pointer.startswith(_POINTER):
            return False
        try:
            with self._on_disk(path).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return False
        return f"oid sha256:{found}".encode() in pointer.splitlines()

    def _on_disk(self, path: str) -> Path:
        up = [".."] * len([part for part in self._prefix.split("/") if part])
        return self.git.folder.joinpath(*up, *path.split("/"))


def open_checkout(git: Git) -> Checkout | None:
    """Return what is checked out; None outside of git and before the first commit."""
    head = git.head()
    return Checkout(git, Tree(git, head)) if head else None


def _is_outside(place: str) -> bool:
    return place == ".." or place.startswith("../")


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") and part not in {".", ".."} for part in path.split("/"))
