"""Documents over a store: written without secrets, read if they are ours, replaced if not foreign."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from speechops.registry.documents import Document, Foreign, decode, encode
from speechops.registry.store import Conflict, TooLarge, tries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from speechops.registry.store import Blob, Store

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
        for _ in tries(f"{container}/{name}"):
            try:
                there = self._store.read(container, name)
            except TooLarge as error:
                self._report(f"{container}/{name} is skipped: {error.message}")
                return
            if there is not None and self._decoded(container, name, there, type(document)) is None:
                return
            with contextlib.suppress(Conflict):
                etag = there.etag if there else None
                self.write(container, name, document, if_match=etag, if_absent=there is None)
                return

    def all(self, container: str, model: str, kind: type[Document]) -> Iterator[Document]:
        """Yield the documents of a model in the order of their names."""
        yield from self.several(container, list(self._store.names(container, f"{model}/")), kind)

    def several(self, container: str, names: Sequence[str], kind: type[Document]) -> list[Document]:
        """Return the documents of these names, but for those that are absent or not ours."""
        if len(names) < _FEW:
            documents = [self.read(container, name, kind) for name in names]
        else:
            with ThreadPoolExecutor(_READERS, thread_name_prefix="documents") as pool:
                documents = list(pool.map(lambda name: self.read(container, name, kind), names))
        return [document for document in documents if document is not None]

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


def _decode_named(data: bytes, kind: type[Document], name: str) -> Document:
    """Read a document. Raises :class:`Foreign` as :func:`decode`, or if its content has another name."""
    document = decode(data, kind)
    if getattr(document, "name", name) != name:
        raise Foreign("its content belongs to a document of another name")
    return document
