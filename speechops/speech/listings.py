"""Recently read listings: one run looks for several entities in the same long list."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.clock import Clock

RECENT = 300.0
"""Seconds for which a list is reused; what another run creates meanwhile is also looked up by name."""


class Listings:
    """The last list of each collection and filter. Safe for any thread: one reads, the others wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lists: dict[tuple[str, str], tuple[float, Any]] = {}
        self._locks: dict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)

    def read(self, path: str, wanted: str, listing: Callable[[], Any]) -> Any:  # noqa: ANN401 - of any kind
        """Read a list now, filtered by what is ``wanted``, and keep it."""
        found = listing()
        self._lists[path, wanted] = (self._clock.monotonic(), found)
        return found

    def recent(self, path: str, wanted: str, listing: Callable[[], Any]) -> Any:  # noqa: ANN401 - of any kind
        """Return a recently read list, or read it now."""
        with self._locks[path, wanted]:
            read, found = self._lists.get((path, wanted), (-RECENT, None))
            if found is not None and self._clock.monotonic() - read < RECENT:
                return found
            return self.read(path, wanted, listing)

    def forget(self, path: str) -> None:
        """Discard the lists of a collection from which something was deleted."""
        for key in [key for key in list(self._lists) if key[0] == path]:
            self._lists.pop(key, None)
