"""Patience with newly created entities: not every replica of the service may know them yet."""

from __future__ import annotations

import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from speechops.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.clock import Clock

T = TypeVar("T")

NEW = 60.0
"""Seconds after its creation during which a 404 about an entity is not trusted."""

_FIRST_PAUSE = 0.5  # seconds; doubled with each attempt


class Newcomers:
    """The IDs of recently created entities. Thread-safe."""

    def __init__(self, clock: Clock, *, log: Callable[[str], None]) -> None:
        self._clock = clock
        self._log = log
        self._made: dict[str, float] = {}
        self._lock = threading.Lock()

    def add(self, entity_id: str) -> None:
        """Record that an entity was created now."""
        with self._lock:
            self._made[entity_id] = self._clock.monotonic()

    def patiently(self, entity_id: str, request: Callable[[], T]) -> T:
        """Return the result of ``request`` about an entity, repeated while a new one is not found.

        Raises what ``request`` raises; a 404 only :data:`NEW` seconds after the creation.
        """
        pause = _FIRST_PAUSE
        while True:
            try:
                return request()
            except ServiceError as error:
                if error.status != HTTPStatus.NOT_FOUND or not self._is_new(entity_id):
                    raise
                self._log(f"{error.message} It was just created: trying again in {pause:.1f} s.")
            self._clock.sleep(pause)
            pause *= 2

    def _is_new(self, entity_id: str) -> bool:
        with self._lock:
            made = self._made.get(entity_id)
        return made is not None and self._clock.monotonic() - made < NEW
