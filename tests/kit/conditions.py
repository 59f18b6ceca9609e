"""The conditions that a test sets: another pace, faults, and a record of the traffic."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from speechops.embedded.conditions import Conditions
from tests.kit.faults import FaultKind, Faults, disturbed
from tests.kit.traffic import Exchange, Traffic

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Request, Response

    from speechops.embedded.clock import Clock
    from speechops.embedded.conditions import Activity, PlannedFailure
    from speechops.embedded.entities import Status
    from tests.kit.progress import Progress

FAULT = "speechops.fault"
"""The key in the WSGI environment for the kind of a fault that disturbed the answer."""

_ROOT = "/speechtotext/"


class KitConditions(Conditions):
    """Conditions that a test changes while the service runs.

    ``change_list`` takes the collection, a name and whether the list grows.
    """

    def __init__(self, clock: Clock, progress: Progress) -> None:
        self.progress = progress
        self.faults = Faults(clock)
        self.traffic = Traffic()
        self.stopping = threading.Event()
        self.change_list: Callable[[str, str, bool], None] = lambda _collection, _name, _grow: None
        self._reads: Counter[str] = Counter()

    @property
    def retry_after(self) -> int:  # type: ignore[override]
        """As the progress model has it."""
        return self.progress.retry_after

    @property
    def patience(self) -> float:  # type: ignore[override]
        """As the progress model has it."""
        return self.progress.patience

    def stage(self, activity: Activity, entity_id: str, age: float) -> Status:
        """Ask the progress model."""
        return self.progress.stage(activity, age=age, reads=self._reads[entity_id])

    def failure(self, activity: Activity, name: str) -> PlannedFailure | None:
        """Return the planted failure."""
        return self.faults.failure(activity, name)

    def answer(self, request: Request, respond: Callable[[], Response]) -> Response:
        """Answer as the planted fault says, if there is one."""
        fault = self.faults.answer(request.method, _bare(request.path))
        if fault is None:
            return respond()
        request.environ[FAULT] = fault.kind.value
        if fault.kind is FaultKind.LIST_CHANGE:
            self.change_list(_bare(request.path).strip("/"), fault.name, fault.detail == "add")
            return respond()
        return disturbed(fault, respond, self.stopping)

    def requested(self, entity_id: str) -> None:
        """Count the reads of the entity from zero."""
        self._reads.pop(entity_id, None)

    def read(self, entity_id: str) -> None:
        """Count a read."""
        self._reads[entity_id] += 1

    def answered(self, request: Request, status: int) -> None:
        """Record the exchange."""
        self.traffic.record(Exchange(request.method, _bare(request.path), status))


def _bare(path: str) -> str:
    """Return a path without the API's root."""
    return path.removeprefix(_ROOT.rstrip("/")) if path.startswith(_ROOT) else path
