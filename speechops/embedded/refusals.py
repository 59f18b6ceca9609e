"""The service's error answers: HTTP status, code, inner code and message."""

from __future__ import annotations

import errno


class Refusal(Exception):
    """A request that is refused. ``inner`` is the detailed code, ``target`` the property to blame."""

    def __init__(self, status: int, code: str, message: str, *, inner: str = "", target: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.inner = inner
        self.target = target

    def body(self) -> dict[str, object]:
        """Return the error as clients see it. The specifications allow no null, so absent is absent."""
        said: dict[str, object] = {"message": self.message}
        if self.target:
            said["target"] = self.target
        body = {"code": self.code, **said}
        if self.inner:
            body["innerError"] = {"code": self.inner, **said}
        return body


def invalid(message: str, *, inner: str = "InvalidPayload", target: str = "") -> Refusal:
    """Return the refusal of a request that can never work as it is."""
    return Refusal(400, "InvalidRequest", message, inner=inner, target=target)


def conflict(message: str, *, inner: str) -> Refusal:
    """Return the refusal of a request that conflicts with the current state."""
    return Refusal(409, "Conflict", message, inner=inner)


def not_found(message: str = "The specified entity cannot be found.") -> Refusal:
    """Return the refusal of a request for a missing entity."""
    return Refusal(404, "NotFound", message)


DISK_FULL = "The disk of this machine, where the embedded service keeps its data, is full."


def is_disk_full(error: Exception) -> bool:
    """Whether an error of the system or of the database says that there is no space left."""
    return getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT} or "disk is full" in str(error)


def trouble(error: Exception) -> Refusal:
    """Return the answer if this machine is to blame, not the request; a full disk is not worth a retry."""
    if is_disk_full(error):
        return Refusal(507, "InternalServerError", DISK_FULL)
    return Refusal(500, "InternalServerError", f"{type(error).__name__}: {error}")
