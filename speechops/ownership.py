"""Gives what a container wrote as root to the owner of the folder it wrote to.

GitHub runs a container action as root on a folder of the runner's user. A kept self-hosted runner then fails
to clean up: https://github.com/actions/runner/issues/434.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = 0


def hand_over(mounted: str) -> int:
    """Give the files of root in a folder of the runner's to the folder's owner; return how many there were.

    Links are not followed. A file that vanishes meanwhile, or cannot be changed, is left alone: it must not
    fail the run.
    """
    try:
        owner = Path(mounted).stat()
    except OSError:
        return 0
    if owner.st_uid == _ROOT or os.geteuid() != _ROOT:
        return 0
    given = 0
    for path in _paths(mounted):
        with contextlib.suppress(OSError):
            if os.lstat(path).st_uid == _ROOT:
                os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
                given += 1
    return given


def _paths(mounted: str) -> Iterator[str]:
    for folder, folders, files in os.walk(mounted, followlinks=False):
        for name in (*folders, *files):
            yield os.path.join(folder, name)  # noqa: PTH118 - of many files
