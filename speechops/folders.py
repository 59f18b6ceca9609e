"""Folders that a run makes for itself."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from speechops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

OURS = ".speechops"
"""The default folder for everything: store, reports, the embedded service's state."""

MARK = ".made-by-speechops"
"""The file that marks a folder that may be deleted as a whole."""


def fresh(name: str) -> Path:
    """Make an empty folder below ``.speechops`` of the working directory; its earlier content is deleted.

    Raises :class:`UsageError` if there is something without our mark, or a link in the path: that stays.
    """
    folder = Path(OURS) / name
    if os.path.lexists(folder):
        links = folder.is_symlink() or folder.parent.is_symlink()
        if links or not (folder / MARK).is_file() or (folder / MARK).is_symlink():
            raise UsageError(
                f"{folder} was not created by SpeechOps and is left alone.",
                hint="Move or delete it yourself.",
            )
        shutil.rmtree(folder)
    elif folder.parent.is_symlink():
        raise UsageError(f"{folder.parent} is a symbolic link.", hint="Replace it with a folder.")
    make(folder)
    (folder / MARK).write_text("SpeechOps deletes this folder when it needs it again.\n", encoding="utf-8")
    return folder


def make(folder: Path) -> None:
    """Make a folder. A folder ``.speechops`` that is created in the process is hidden from git.

    Its ``.gitignore`` is written once, so that deleting it makes git track the folder.
    """
    ours = next((path for path in (folder, *folder.parents) if path.name == OURS), None)
    new = ours is not None and not ours.exists()
    folder.mkdir(parents=True, exist_ok=True)
    if ours is not None and new:
        (ours / ".gitignore").write_text("*\n", encoding="utf-8")


def obstacle(folder: Path, inside: Iterable[Path] = ()) -> str:
    """Return why a folder, with the names ``inside``, cannot be written or created; empty if it can.

    Writes nothing: if the folder does not exist, the one that it would be created in is checked.
    """
    present = next(path for path in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(path))
    if not present.is_dir():
        return f"{present} is not a folder"
    for path in (present, *inside):
        if os.path.lexists(path) and not os.access(path, os.W_OK | (os.X_OK if path.is_dir() else 0)):
            return f"{path} cannot be written"
    return ""
