"""Faults on request, between a client and the service and inside it.

A :class:`Fault` is planted, waits for its request or its work, and is
gone after so many times. Faults on answers may come before the effect of a request or after it: the second is
the lost answer, which leaves a client in doubt.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from speechops.embedded.conditions import PlannedFailure
from speechops.embedded.refusals import Refusal
from speechops.embedded.transport import ConnectionClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speechops.embedded.clock import Clock
    from speechops.embedded.conditions import Activity

_PIECES = 8
_PAGE = (
    "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1><p>proxy.example</p></body></html>"
)


class FaultKind(StrEnum):
    """The kinds of faults. The first group disturbs answers, the second makes work fail."""

    STATUS = "status"
    RESET = "reset"
    TRUNCATED = "truncated"
    SLOW = "slow"
    CONTENT_TYPE = "content-type"
    HTML = "html"
    GATEWAY = "gateway"
    NO_HEADER = "no-header"
    LIST_CHANGE = "list-change"

    IMPORT = "import"
    TRAINING = "training"
    EVALUATION = "evaluation"
    DEPLOYMENT = "deployment"
    COPY = "copy"

    @property
    def is_of_work(self) -> bool:
        """Whether work fails, rather than an answer."""
        return self in _OF_WORK


_OF_WORK = frozenset(
    {FaultKind.IMPORT, FaultKind.TRAINING, FaultKind.EVALUATION, FaultKind.DEPLOYMENT, FaultKind.COPY}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault.

    ``method`` and ``path`` (a regular expression, searched in the path below the version) say for which
    requests, ``name`` (one searched in the display name) for which work or, for ``list-change``, which entity
    goes. The fault skips the first ``after`` matches, occurs ``times`` times (0: forever) and then is
    removed. ``effect`` says whether the request takes effect nevertheless.

    ``status``: the answer's status. ``retry_after``: the header's value, none where empty. ``code``,
    ``message``: of the error. ``detail``: the line that a failed import reports, the header that is missing,
    or ``add`` for a list that grows at its beginning. ``seconds``: how long a slow body takes.
    """

    kind: FaultKind
    method: str = ""
    path: str = ""
    name: str = ""
    after: int = 0
    times: int = 1
    effect: bool = False
    status: int = 0
    retry_after: str = ""
    code: str = ""
    message: str = ""
    detail: str = ""
    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Throttle:
    """A limit of requests within a time, as the real service has: 100 in 10 seconds."""

    requests: int
    seconds: float
    retry_after: str = "1"


class Faults:
    """The faults that are planted, and the throttle."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._planted: list[tuple[Fault, int]] = []
        self._recent: deque[float] = deque()
        self.throttle: Throttle | None = None

    def plant(self, *faults: Fault) -> None:
        """Plant faults."""
        with self._lock:
            self._planted += [(fault, 0) for fault in faults]

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._planted.clear()
            self._recent.clear()
        self.throttle = None

    def pending(self) -> list[Fault]:
        """Return the planted faults that may still occur."""
        with self._lock:
            return [fault for fault, _ in self._planted]

    def answer(self, method: str, path: str) -> Fault | None:
        """Return the fault of a request, ``None`` if there is none."""
        if self._is_throttled():
            limit = self.throttle
            retry_after = limit.retry_after if limit else ""
            return Fault(kind=FaultKind.STATUS, status=429, retry_after=retry_after)
        return self._strike(
            lambda fault: (
                not fault.kind.is_of_work
                and fault.method in {"", method}
                and re.search(fault.path, path) is not None
            )
        )

    def failure(self, activity: Activity, name: str) -> PlannedFailure | None:
        """Return what makes work on the entity ``name`` fail."""
        fault = self._strike(
            lambda fault: fault.kind.value == activity.value and re.search(fault.name, name) is not None
        )
        if fault is None:
            return None
        code = fault.code or _USUAL_CODES[activity.value]
        return PlannedFailure(code, fault.message or f"The {activity.value} failed.", fault.detail)

    def _strike(self, matches: Callable[[Fault], bool]) -> Fault | None:
        with self._lock:
            for index, (fault, seen) in enumerate(self._planted):
                if not matches(fault):
                    continue
                self._planted[index] = (fault, seen + 1)
                if seen < fault.after:
                    continue
                if fault.times and seen + 1 >= fault.after + fault.times:
                    del self._planted[index]
                return fault
        return None

    def _is_throttled(self) -> bool:
        limit = self.throttle
        if limit is None:
            return False
        now = self._clock.now().timestamp()
        with self._lock:
            while self._recent and self._recent[0] <= now - limit.seconds:
                self._recent.popleft()
            if len(self._recent) >= limit.requests:
                return True
            self._recent.append(now)
        return False


_USUAL_CODES = {
    "import": "DataImportFailed",
    "training": "PipelineError",
    "evaluation": "PipelineError",
    "deployment": "DeployingFailedModel",
}
_USUAL_STATUS_CODES = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    429: "TooManyRequests",
    500: "InternalServerError",
    502: "InternalCommunicationFailed",
    503: "ServiceUnavailable",
}


def disturbed(fault: Fault, respond: Callable[[], Response], stopping: threading.Event) -> Response:
    """Answer a request as ``fault`` says; ``respond`` gives the right answer and has its effect.

    Raises :class:`ConnectionClosed` to have the connection reset.
    """
    if fault.kind is FaultKind.TRUNCATED:
        return _in_pieces(respond(), _first_half)
    if fault.kind is FaultKind.SLOW:
        return _in_pieces(respond(), lambda body: _slowly(body, fault.seconds, stopping))
    if fault.kind is FaultKind.CONTENT_TYPE:
        response = respond()
        response.headers["Content-Type"] = fault.detail or "text/plain"
        return response
    if fault.kind is FaultKind.NO_HEADER:
        response = respond()
        response.headers.remove(fault.detail or "Location")
        return response
    if fault.effect:
        respond()
    if fault.kind is FaultKind.RESET:
        raise ConnectionClosed(reset=True)
    return _refused(fault)


def _refused(fault: Fault) -> Response:
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
    if fault.kind is FaultKind.HTML:
        status = fault.status or 502
        return Response(
            _PAGE.format(fault.message or "Bad Gateway"), status, headers, content_type="text/html"
        )
    status = fault.status or (401 if fault.kind is FaultKind.GATEWAY else 500)
    code = fault.code or _USUAL_STATUS_CODES.get(status, "InvalidRequest")
    message = fault.message or f"This answer is a requested fault ({status})."
    if fault.kind is FaultKind.GATEWAY:
        body: object = {"error": {"code": str(status), "message": message}}
        return Response(json.dumps(body), status, headers, content_type="text/plain")
    body = Refusal(status, code, message).body()
    return Response(json.dumps(body), status, headers, content_type="application/json")


def _in_pieces(response: Response, pieces: Callable[[bytes], Iterator[bytes]]) -> Response:
    """Return the response with its length announced and its body split."""
    body = response.get_data()
    response.response = pieces(body)
    response.headers["Content-Length"] = str(len(body))
    return response


def _first_half(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    raise ConnectionClosed(reset=False)


def _slowly(body: bytes, seconds: float, stopping: threading.Event) -> Iterator[bytes]:
    yield b""  # the head comes at once
    size = max(1, -(-len(body) // _PIECES))
    for start in range(0, len(body), size):
        stopping.wait(seconds / _PIECES)
        yield body[start : start + size]
