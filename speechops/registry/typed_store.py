"""Documents over a store: written without secrets, read if they are ours, replaced if not foreign."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar, cast

from speechops.registry.documents import Document, Foreign, decode, encode
from speechops.registry.store import Conflict, TooLarge, tries

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speechops.registry.store import Blob, Store

Part = TypeVar("Part")

_FEW, _READERS = 12, 8  # documents that are read one after another; readers of more


class TypedStore:
    """A store of documents.

    ``report`` receives messages about skipped documents; ``clean`` removes secrets from what is written.
    """

    def __init__(self, store: Store, *, report: Callable[[str], None], clean: Callable[[Any], Any]) -> None:
        self._store = store
        self._report = report
        self._clean = clean

    def write(
        self,
        container: str,
        name: str,
        document: Document,
        *,
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> str:
        """Write a document without its secrets and return its ETag.

        Raises :class:`~speechops.registry.store.Conflict` if the condition does not hold.
        """
        data = encode(cast("Document", self._clean(document)))
        return self._store.write(container, name, data, if_match=if_match, if_absent=if_absent)

    def replace(self, container: str, name: str, document: Document) -> None:
        """Write a document unless a foreign one has its name: that is reported and kept."""
        self.update(container, name, document, lambda _stored: document)

    def update(
        self, container: str, name: str, document: Document, change: Callable[[Document], Document]
    ) -> Document:
        """Write what ``change`` makes of the stored form of a document, and return it.

        ``document`` takes the place of one that is absent; a foreign one is reported and kept. None of
        several changes at once is lost: each is made of what the one before has written.
        """
        for _ in tries(f"{container}/{name}"):
            try:
                blob = self._store.read(container, name)
            except TooLarge as error:
                self._report(f"{container}/{name} is skipped: {error.message}")
                return change(document)
            stored = document if blob is None else self._decoded(container, name, blob, type(document))
            if stored is None:
                return change(document)
            changed = change(stored)
            if blob is not None and changed == stored:
                return stored
            with contextlib.suppress(Conflict):
                etag = blob.etag if blob else None
                self.write(container, name, changed, if_match=etag, if_absent=blob is None)
                return changed
        raise AssertionError  # the tries end in a return or an error

    def several(self, container: str, names: Sequence[str], kind: type[Document]) -> list[Document]:
        """Return the documents of these names, but for those that are absent or not ours."""
        return _several(lambda name: self.read(container, name, kind), names)

    def parts(
        self, container: str, names: Sequence[str], kind: type[Document], of: Callable[[Document], Part]
    ) -> list[Part]:
        """Return what ``of`` takes of these documents; only what it takes is kept in memory."""

        def part(name: str) -> Part | None:
            document = self.read(container, name, kind)
            return None if document is None else of(document)

        return _several(part, names)

    def read(self, container: str, name: str, kind: type[Document]) -> Document | None:
        """Return a document, None if it is absent or not ours."""
        try:
            blob = self._store.read(container, name)
        except TooLarge as error:
            self._report(f"{container}/{name} is skipped: {error.message}")
            return None
        return None if blob is None else self._decoded(container, name, blob, kind)

    def _decoded(self, container: str, name: str, blob: Blob, kind: type[Document]) -> Document | None:
        try:
            return _decode_named(blob.data, kind, name)
        except (Foreign, ValueError) as error:
            self._report(f"{container}/{name} is skipped: {error}.")
            return None


def _several(read: Callable[[str], Part | None], names: Sequence[str]) -> list[Part]:
    """Return what is found under each name, read side by side if there are many."""
    if len(names) < _FEW:
        parts = [read(name) for name in names]
    else:
        with ThreadPoolExecutor(_READERS, thread_name_prefix="documents") as pool:
            parts = list(pool.map(read, names))
    return [part for part in parts if part is not None]


def _decode_named(data: bytes, kind: type[Document], name: str) -> Document:
    """Read a document. Raises :class:`Foreign` as :func:`decode`, or if its content has another name."""
    document = decode(data, kind)
    if getattr(document, "name", name) != name:
        raise Foreign("its content belongs to a document of another name")
    return document
