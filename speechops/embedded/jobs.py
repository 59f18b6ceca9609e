"""Work in the background: one thread per piece of work, resumed after a restart."""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from speechops.embedded.entities import Dataset, Endpoint, Evaluation, Failure, Model, ModelCopy, Work
from speechops.embedded.refusals import is_disk_full, trouble

if TYPE_CHECKING:
    from speechops.embedded.clock import Clock
    from speechops.embedded.state import State

Outcome = Callable[[Any], Any]
"""The change that work makes to its entity: applied to the entity as it is when the work ends."""

_GRACE = 5.0
_FULL_DISK_SECONDS = 1.0


class JobFailedError(Exception):
    """Work that fails, with a reason for the client."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.failure = Failure(code, message)


class Jobs:
    """Runs ``perform`` for each entity that has work to do and stores the result.

    Once ``stopping`` is set, no results are stored.
    """

    def __init__(
        self, state: State, clock: Clock, stopping: threading.Event, perform: Callable[[Work], Outcome]
    ) -> None:
        self._state = state
        self._clock = clock
        self._perform = perform
        self._running: dict[str, threading.Thread] = {}
        self._stopping = stopping

    def start(self, work: Work) -> None:
        """Start the work on an entity that was just stored."""
        thread = threading.Thread(target=self._run, args=(work,), name=f"job {work.id}", daemon=True)
        with self._state.lock:
            self._running[work.id] = thread
            thread.start()

    def resume(self) -> None:
        """Restart all work that a stopped service left unfinished."""
        for kind in (Dataset, Model, Evaluation, Endpoint, ModelCopy):
            for work in self._state.all(kind):
                if work.requested is not None and work.finished is None:
                    self.start(work)

    def wait(self, id_: str, seconds: float) -> None:
        """Wait until the work on an entity has ended, at most ``seconds``."""
        with self._state.lock:
            thread = self._running.get(id_)
        if thread is not None:
            thread.join(seconds)

    def join(self) -> None:
        """Wait briefly for the threads to notice that the service stops."""
        deadline = time.monotonic() + _GRACE
        for thread in list(self._running.values()):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self, work: Work) -> None:
        try:
            outcome = self._perform(work)
        except JobFailedError as error:
            outcome = _failed(error.failure)
        except Exception as error:  # noqa: BLE001 - whatever it is, the entity must not run forever
            if self._stopping.is_set():
                return
            if not is_disk_full(error):
                traceback.print_exc(file=sys.stderr)
            answer = trouble(error)
            outcome = _failed(Failure(answer.code, answer.message))
        self._keep(work, outcome)
        with self._state.lock:
            if self._running.get(work.id) is threading.current_thread():
                del self._running[work.id]

    def _keep(self, work: Work, outcome: Outcome) -> None:
        """Store the result of work, once there is space for it."""
        while not self._stopping.is_set():
            try:
                self._state.update(
                    type(work), work.id, lambda current: replace(outcome(current), finished=self._clock.now())
                )
            except sqlite3.OperationalError as error:
                if not is_disk_full(error):
                    raise
                self._stopping.wait(_FULL_DISK_SECONDS)
            else:
                return


def _failed(failure: Failure) -> Outcome:
    return lambda current: replace(current, error=failure)
