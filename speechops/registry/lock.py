"""One holder at a time, among the threads and processes of a machine."""

from __future__ import annotations

import contextlib
import sys
from typing import IO, TYPE_CHECKING

from speechops.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from speechops.clock import Clock

_POLL_SECONDS = 0.005

if sys.platform == "win32":  # pragma: no cover - the tests run on POSIX
    import msvcrt

    def _try_lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def acquired(path: Path, *, clock: Clock, patience: float) -> Iterator[None]:
    """Hold the lock of the file ``path`` inside the ``with`` block.

    The system itself releases the lock when its holder ends, however it ends: nothing is left to clean up
    or to take over after a kill. The file stays, because removing it would let two holders in.

    :raises StoreError: if another holder keeps it for more than ``patience`` seconds
    """
    with path.open("ab") as file:
        deadline = clock.monotonic() + patience
        while True:
            try:
                _try_lock(file)
                break
            except (BlockingIOError, PermissionError):  # POSIX, Windows
                if clock.monotonic() >= deadline:
                    raise StoreError(
                        f"{path.parent} has been in use by another process for {patience:.0f} seconds.",
                        hint="End that process, or choose another folder.",
                    ) from None
            clock.sleep(_POLL_SECONDS)
        yield
