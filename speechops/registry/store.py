"""The interface between the registry and the storage of its documents.

A store holds named documents in containers, as Azure Blob Storage does. Whatever the place, a document is
replaced as a whole or not at all, and a write may carry a condition. This is all that the registry needs to
move the benchmark pointer correctly while runs race.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from speechops.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DOCUMENT = 64 * 2**20
"""The largest document in bytes that ``read`` and ``write`` take: they keep it in memory."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A document and the ETag of the state it was read in."""

    data: bytes = field(repr=False)
    etag: str


class Conflict(Exception):
    """The condition of a write did not hold: someone else wrote first. Read again and reconsider."""

    def __init__(self, container: str, name: str) -> None:
        super().__init__(f"{container}/{name} was changed by another run")
        self.container = container
        self.name = name


class TooLarge(StoreError):
    """A document is too large to be kept in memory."""


TRIES = 12
"""How often one run retries after conflicts: each conflict means that another run was faster."""


def tries(subject: str) -> Iterator[int]:
    """Yield the numbers of the attempts that conflicts over ``subject`` allow; the loop returns on success.

    Raises :class:`StoreError` after :data:`TRIES`: then it is not a race but a document that no write
    changes.
    """
    yield from range(TRIES)
    raise StoreError(
        f"Writing {subject} failed {TRIES} times because something else kept changing it.",
        hint="Run again. If that does not help, check its document in the store: docs/reliability.md.",
    )


class Store(Protocol):
    """Named documents in containers. Every method raises ``StoreError`` if the storage cannot be used.

    Containers are created by the first write, never public. An ETag stands for one state of one document: two
    states with different bytes have different ETags. Names are those that :func:`check_name` accepts.
    """

    def read(self, container: str, name: str) -> Blob | None:
        """Return the document, or None if it, or its container, is absent."""
        ...

    def write(
        self, container: str, name: str, data: bytes, *, if_match: str | None = None, if_absent: bool = False
    ) -> str:
        """Replace or create the document as one step and return its new ETag.

        With ``if_match`` only if the document still has this ETag, with ``if_absent`` only if there is none;
        otherwise :class:`Conflict`.
        """
        ...

    def names(self, container: str, prefix: str = "") -> Iterator[str]:
        """Yield the names that start with ``prefix``, sorted; nothing if the container is absent."""
        ...

    def states(self, container: str, prefix: str = "") -> dict[str, str]:
        """Return the names that start with ``prefix``, sorted, each with a mark of its document's state.

        Two states of a document have different marks, which need not be its ETags.
        """
        ...

    def delete(self, container: str, name: str) -> None:
        """Remove the document; if it is absent, do nothing."""
        ...


def check_container(container: str) -> None:
    """Raise ``StoreError`` unless Azure takes ``container`` as the name of a container."""
    if not re.fullmatch(r"(?=.{3,63}\Z)[a-z0-9]+(-[a-z0-9]+)*", container):
        raise StoreError(
            f"{container!r} is not a valid container name.",
            hint="Use 3 to 63 lower-case letters, digits and single dashes.",
        )


def check_name(name: str) -> None:
    r"""Raise ``StoreError`` unless ``name`` can name a document in every store.

    A name has 1 to 1024 characters of any script. ``/`` may separate its segments, none of which is
    empty or ends with a dot: URL libraries resolve ``..`` and would leave the container. ``\`` and characters
    that do not print are refused, because Azure or a library on the way changes some of them.
    """
    segments_fit = all(segment and not segment.endswith(".") for segment in name.split("/"))
    if len(name) > 1024 or not name.isprintable() or "\\" in name or not segments_fit:  # noqa: PLR2004
        raise StoreError(
            f"{name[:80]!r} is not a valid document name.",
            hint=r"Use at most 1024 printable characters, no backslash, and no part that is empty or ends "
            "with a dot.",
        )


def check_size(container: str, name: str, size: int) -> None:
    """Raise ``StoreError`` if a document of ``size`` bytes is too large to be held in memory."""
    if size > MAX_DOCUMENT:
        raise TooLarge(
            f"{container}/{name} has {size:,} bytes; the limit is {MAX_DOCUMENT:,}.",
            hint="Split the test data, so that each result is smaller.",
        )
