"""Gives what a container wrote as root to the owner of the workspace.

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


def hand_over(workspace: str) -> int:
    """Give the files of root in a workspace to the workspace's owner; return how many there were.

    Links are not followed. A file that vanishes meanwhile, or cannot be given, is left as it is: what a run
    did is not worth less for it.
    """
    try:
        owner = Path(workspace).stat()
    except OSError:
        return 0
    if owner.st_uid == _ROOT or os.geteuid() != _ROOT:
        return 0
    given = 0
    for path in _paths(workspace):
        with contextlib.suppress(OSError):
            if os.lstat(path).st_uid == _ROOT:
                os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
                given += 1
    return given


def _paths(workspace: str) -> Iterator[str]:
    for folder, folders, files in os.walk(workspace, followlinks=False):
        for name in (*folders, *files):
            yield os.path.join(folder, name)  # noqa: PTH118 - of many files
