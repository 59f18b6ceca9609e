"""A clock that can be moved, to show clients how models age; it stays moved after a restart."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.embedded.clock import Clock


class MovableClock:
    """Another clock, by an offset ahead of it that is kept in ``path``."""

    def __init__(self, clock: Clock, path: Path) -> None:
        self._clock = clock
        self._path = path
        self._offset = timedelta(seconds=float(path.read_text()) if path.exists() else 0.0)

    def now(self) -> datetime:
        """Return the service's time."""
        return self._clock.now() + self._offset

    def move_to(self, moment: datetime) -> None:
        """Continue from ``moment``."""
        self._offset = moment - self._clock.now()
        self._path.write_text(str(self._offset.total_seconds()))

    def reset(self) -> None:
        """Show the time of the other clock."""
        self.move_to(self._clock.now())
