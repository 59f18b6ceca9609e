"""The errors that a user may see: what failed, why, and what to do next.

``app`` catches :class:`SpeechOpsError` once, prints it on one line, annotates the place where it belongs
and ends with its exit code. Any other exception is a bug in SpeechOps and shows a traceback.

::

    SpeechOpsError                 1
    ├── UsageError                 2  an input, an option or speechops.yml is wrong
    ├── DataError                  2  a data file is missing or breaks the service's rules
    ├── ServiceError               1  the speech service refused a request
    │   ├── QuotaExceeded          1  a limit of the resource is reached
    │   ├── ServiceUnavailable     1  no useful answer after bounded retries
    │   ├── WorkFailed             1  an import, training, evaluation or deployment ended as Failed
    │   └── StillRunning           1  work outlasted the wait; it continues and can be resumed
    ├── IdentityError              1  signing in to Azure failed
    ├── StoreError                 1  results, records or the pointer cannot be read or written
    ├── PlatformError              1  the GitHub API refused a request
    └── GateClosed                 3  the candidate was judged and is not promoted
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an error or finding belongs: an input's name, or a file with an optional line (from 1)."""

    input: str = ""
    file: str = ""
    line: int | None = None


def reason(error: OSError | UnicodeDecodeError) -> str:
    """Return the reason of an error of the system or a decoder, without number, file name or bytes."""
    if isinstance(error, UnicodeDecodeError):
        return f"it is not {error.encoding.upper()}"
    return error.strerror or str(error) or type(error).__name__


class SpeechOpsError(Exception):
    """An expected failure: ``message`` says what failed and why, ``hint`` what to do next.

    ``topic`` is the heading of ``docs/troubleshooting.md`` that says more about errors of its class.
    """

    exit_code = 1
    topic = "troubleshooting"

    def __init__(self, message: str, *, hint: str = "", place: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.place = place

    def __str__(self) -> str:
        """Message and hint on one line."""
        return " ".join(f"{self.message} {self.hint}".split())

    def located(self) -> str:
        """Return the same with file and line before it, where no annotation can show them."""
        if self.place is None or not self.place.file or self.message.startswith(self.place.file):
            return str(self)
        line = f":{self.place.line}" if self.place.line else ""
        return f"{self.place.file}{line}: {self}"


class UsageError(SpeechOpsError):
    """An input, an option or ``speechops.yml`` is wrong."""

    exit_code = 2
    topic = "inputs-and-data-exit-code-2"


class DataError(SpeechOpsError):
    """A data file is missing, unreadable or breaks a rule of the service."""

    exit_code = 2
    topic = "inputs-and-data-exit-code-2"


class ServiceError(SpeechOpsError):
    """The speech service refused a request; ``status`` is the HTTP status, ``code`` its error code."""

    topic = "the-service-exit-code-1"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        place: Place | None = None,
        status: int | None = None,
        code: str = "",
    ) -> None:
        super().__init__(message, hint=hint, place=place)
        self.status = status
        self.code = code


class QuotaExceeded(ServiceError):
    """A limit of the speech resource is reached."""

    topic = "-datasets-of-tier-f0-are-in-use"


class ServiceUnavailable(ServiceError):
    """The service gave no useful answer after bounded retries."""


class WorkFailed(ServiceError):
    """An import, a training, an evaluation or a deployment ended as ``Failed``."""


class StillRunning(ServiceError):
    """Work outlasted the wait. It continues in the service and the next run finds it by its ID.

    ``trains`` says that the training of a candidate has begun, which ``maintain`` completes too.
    """

    topic = "the-work-continues-run--again-to-complete-it"
    trains = False


class IdentityError(SpeechOpsError):
    """Signing in to Azure failed; ``code`` is the error code of Microsoft Entra, such as ``AADSTS700213``."""

    topic = "signing-in-to-azure--failed"

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class StoreError(SpeechOpsError):
    """Results, records or the benchmark pointer cannot be read or written."""

    topic = "the-store-exit-code-1"


class PlatformError(SpeechOpsError):
    """The GitHub API refused a request or gave no answer.

    ``accepted`` are the permissions that GitHub named in its refusal, as its header has them.
    """

    topic = "github-exit-code-1"

    def __init__(
        self, message: str, *, hint: str = "", status: int | None = None, accepted: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.accepted = accepted


def or_none(request: Callable[[], T]) -> T | None:
    """Return what a request returns, None if the answer is that it does not exist (404)."""
    try:
        return request()
    except (ServiceError, PlatformError) as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise


class GateClosed(SpeechOpsError):
    """The candidate was judged and is not promoted."""

    exit_code = 3
    topic = "the-gate-exit-code-3"
