"""Folders that a run makes for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

OURS = ".speechops"
"""Where everything lies that is not named otherwise: store, reports, the embedded service's state."""


def make(folder: Path) -> None:
    """Make a folder. One called ``.speechops`` that is made on the way is hidden from git.

    Its ``.gitignore`` is written once, so that whoever wants the folder in git deletes it and is obeyed.
    """
    ours = next((each for each in (folder, *folder.parents) if each.name == OURS), None)
    new = ours is not None and not ours.exists()
    folder.mkdir(parents=True, exist_ok=True)
    if ours is not None and new:
        (ours / ".gitignore").write_text("*\n", encoding="utf-8")
