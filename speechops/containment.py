"""Paths that a repository's files name stay inside the repository; links are never followed.

Whoever writes a pull request writes ``speechops.yml`` and may add symbolic links. What they lead to on the
runner (``/proc/self/environ``, another checkout) must not be read, posted or uploaded. Nor may git's own
files: a checkout may keep its token in ``.git/config``.
"""

from __future__ import annotations

import os
from pathlib import Path

from speechops.errors import Place, UsageError

_HINT = "Use a plain file or folder of the repository."
_GIT = frozenset({".git", "git~1"})  # also as file systems that ignore case or keep short names find it


def repository_of(file: Path) -> Path:
    """Return the repository that a file lies in: the nearest folder with ``.git``, else the file's own."""
    folder = Path(os.path.abspath(file)).parent  # noqa: PTH100 - without following links
    return next((parent for parent in (folder, *folder.parents) if os.path.lexists(parent / ".git")), folder)


def inside(repository: Path, folder: Path, named: str, *, name: str, place: Place) -> Path:
    """Return the path that a file of the repository names, relative to ``folder``.

    Raises :class:`UsageError` if it leaves the repository, is one of git's own files, or if its path contains
    a link.
    """
    path = folder / named
    root, wanted = _real(repository), Path(os.path.abspath(path))  # noqa: PTH100 - without following links
    lexical = Path(os.path.abspath(repository))  # noqa: PTH100
    if root is None or not wanted.is_relative_to(lexical):
        raise UsageError(f"{name}: {named!r} is outside the repository.", hint=_HINT, place=place)
    if any(part.casefold() in _GIT for part in wanted.relative_to(lexical).parts):
        raise UsageError(f"{name}: {named!r} is a file of git itself.", hint=_HINT, place=place)
    if _real(path) != root / wanted.relative_to(lexical):
        raise UsageError(f"{name}: {named!r} is reached through a symbolic link.", hint=_HINT, place=place)
    return path


def not_led_out(path: Path, *, name: str, place: Place) -> Path:
    """Return a path that the caller of the Action has named.

    The caller may name any. Raises :class:`UsageError` if it lies in the repository of the working directory
    and a link leads out of it.
    """
    repository = repository_of(Path("speechops.yml"))
    if not Path(os.path.abspath(path)).is_relative_to(repository):  # noqa: PTH100 - without following links
        return path
    root, real = _real(repository), _real(path)
    if root is None or real is None or not real.is_relative_to(root):
        raise UsageError(
            f"{name}: {path} is a symbolic link that leads out of the repository.", hint=_HINT, place=place
        )
    return path


def check_written(repository: Path, folder: Path, *, name: str, place: Place) -> None:
    """Raise :class:`UsageError` if a link lies in a folder of the repository that a run writes to.

    Whoever pushes a branch may commit one there, and what is written would go where it leads.
    """
    if not Path(os.path.abspath(folder)).is_relative_to(repository):  # noqa: PTH100 - without following links
        return
    for inner, folders, files in os.walk(folder, followlinks=False):
        for found in (*folders, *files):
            if os.path.islink(path := os.path.join(inner, found)):  # noqa: PTH114, PTH118 - of many files
                raise UsageError(f"{name}: {path} is a symbolic link.", hint="Remove it.", place=place)


def _real(path: Path) -> Path | None:
    """Return a path with all links followed; None if that is impossible."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, an invalid name
        return None
