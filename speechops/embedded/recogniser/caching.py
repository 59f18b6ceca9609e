"""Files that are worked out once and then read: whole or not there, whoever is killed or comes second."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from speechops.embedded.engine import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")


def kept(path: Path, read: Callable[[Path], Value], write: Callable[[Path], object]) -> Value:
    """Return what ``read`` finds in ``path``, which ``write`` makes first where it is missing or damaged.

    Threads and processes may come at once: each writes a file of its own and moves it into place. The value
    is always the one read back, so that the first caller gets what the later ones get.
    """
    with suppress(OSError, EngineError):
        return read(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    os.close(handle)
    try:
        write(Path(name))
        Path(name).chmod(0o644)  # mkstemp lets nobody else read; a runner's user keeps what a container made
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
    return read(path)
