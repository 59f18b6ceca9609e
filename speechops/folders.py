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
"""Where everything lies that is not named otherwise: store, reports, the embedded service's state."""

MARK = ".made-by-speechops"
"""The file by which a folder is known that may be deleted as a whole."""


def fresh(name: str) -> Path:
    """Make an empty folder below ``.speechops`` of the working directory; what a run left there goes.

    Raises :class:`UsageError` if there is something without our mark, or a link on the way: that stays.
    """
    folder = Path(OURS) / name
    if os.path.lexists(folder):
        links = folder.is_symlink() or folder.parent.is_symlink()
        if links or not (folder / MARK).is_file() or (folder / MARK).is_symlink():
            raise UsageError(
                f"{folder} was not made by SpeechOps and stays as it is.", hint="Move or delete it yourself."
            )
        shutil.rmtree(folder)
    elif folder.parent.is_symlink():
        raise UsageError(f"{folder.parent} is a symbolic link.", hint="Replace it by a folder.")
    make(folder)
    (folder / MARK).write_text("SpeechOps deletes this folder when it needs it again.\n", encoding="utf-8")
    return folder


def make(folder: Path) -> None:
    """Make a folder. One called ``.speechops`` that is made on the way is hidden from git.

    Its ``.gitignore`` is written once, so that whoever wants the folder in git deletes it and is obeyed.
    """
    ours = next((each for each in (folder, *folder.parents) if each.name == OURS), None)
    new = ours is not None and not ours.exists()
    folder.mkdir(parents=True, exist_ok=True)
    if ours is not None and new:
        (ours / ".gitignore").write_text("*\n", encoding="utf-8")


def obstacle(folder: Path, inside: Iterable[Path] = ()) -> str:
    """Return why a folder, and what is to be ``inside``, cannot be written or made; empty if it can.

    Writes nothing: where the folder is not there, the one that it would be made in is looked at.
    """
    present = next(each for each in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(each))
    if not present.is_dir():
        return f"{present} is not a folder"
    for each in (present, *inside):
        if os.path.lexists(each) and not os.access(each, os.W_OK | (os.X_OK if each.is_dir() else 0)):
            return f"{each} cannot be written"
    return ""
