"""A store over a shared one that it reads and never writes: what a developer tries changes nothing."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from uuid import uuid4

from speechops.registry.folder import FolderStore
from speechops.registry.store import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from speechops.registry.store import Blob, Store

_CONTAINER, _NAME = "configuration", "loops/id"


def identity(folder: Path) -> str:
    """Return the id of the loop whose documents are in a folder; the first call makes it."""
    store = FolderStore(folder)
    with contextlib.suppress(Conflict):
        store.write(_CONTAINER, _NAME, uuid4().hex.encode(), if_absent=True)
    blob = store.read(_CONTAINER, _NAME)
    return blob.data.decode() if blob else ""


class OverlayStore:
    """A :class:`~speechops.registry.store.Store` over ``shared``, which is never written.

    A document that was written here hides the shared one of its name; only what was written here is deleted.
    """

    def __init__(self, shared: Store, folder: Path) -> None:
        self._shared = shared
        self._own = FolderStore(folder)

    def read(self, container: str, name: str) -> Blob | None:
        """Return the document that was written here, else the shared one."""
        return self._own.read(container, name) or self._shared.read(container, name)

    def write(
        self, container: str, name: str, data: bytes, *, if_match: str | None = None, if_absent: bool = False
    ) -> str:
        """Write to the folder; a condition is about what :meth:`read` returns."""
        if self._own.read(container, name) is None:
            shared = self._shared.read(container, name) if if_match or if_absent else None
            if (if_absent and shared is not None) or (
                if_match and (shared is None or shared.etag != if_match)
            ):
                raise Conflict(container, name)
            return self._own.write(container, name, data, if_absent=bool(if_match or if_absent))
        return self._own.write(container, name, data, if_match=if_match, if_absent=if_absent)

    def names(self, container: str, prefix: str = "") -> Iterator[str]:
        """Yield the names of both, sorted."""
        yield from sorted({*self._own.names(container, prefix), *self._shared.names(container, prefix)})

    def states(self, container: str, prefix: str = "") -> dict[str, str]:
        """Return the names of both, sorted, each with the mark of the document that :meth:`read` returns."""
        states = self._shared.states(container, prefix) | self._own.states(container, prefix)
        return dict(sorted(states.items()))

    def delete(self, container: str, name: str) -> None:
        """Remove what was written here."""
        self._own.delete(container, name)
