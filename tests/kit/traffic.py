"""The requests to the service: for tests and benchmarks that count them."""

from __future__ import annotations

import re
import threading
from collections import Counter, deque
from dataclasses import dataclass

_MOST_KEPT = 100_000
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FILE = re.compile(r"^(/storage/\{id\}/).*")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer; ``path`` is without host, version and query."""

    method: str
    path: str
    status: int


class Traffic:
    """The exchanges since the start or the last :meth:`clear`, the latest 100,000 of them in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._exchanges: deque[Exchange] = deque(maxlen=_MOST_KEPT)
        self._counts: Counter[str] = Counter()

    def record(self, exchange: Exchange) -> None:
        """Record an exchange."""
        route = _FILE.sub(r"\1{name}", _ID.sub("{id}", exchange.path))
        with self._lock:
            self._exchanges.append(exchange)
            self._counts[f"{exchange.method} {route}"] += 1

    @property
    def exchanges(self) -> list[Exchange]:
        """The exchanges in order."""
        with self._lock:
            return list(self._exchanges)

    @property
    def counts(self) -> dict[str, int]:
        """How often each route was requested, such as ``GET /datasets/{id}``."""
        with self._lock:
            return dict(sorted(self._counts.items()))

    def clear(self) -> None:
        """Clear the record."""
        with self._lock:
            self._exchanges.clear()
            self._counts.clear()
