"""The versions of the API, and everything in which they differ.

The rest of the service is independent of versions; what a client of a version sees, and which requests it may
send, is decided here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from speechops.embedded.refusals import Refusal, invalid, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT = "/speechtotext"
_DEFAULT_SAS_LIFETIME = timedelta(hours=12)
_LONGEST_SAS_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the API, which requests name in their query."""

    name: str
    projects: bool
    foundry: bool = False

    def url(self, root: str, path: str, query: Mapping[str, str | int] | None = None) -> str:
        """Return the absolute URL of ``path`` at the host ``root``, both without a slash at the joint."""
        pairs = urlencode({**(query or {}), "api-version": self.name})
        return f"{root}{_ROOT}/{path}?{pairs}"

    def sas_lifetime(self, query: Mapping[str, str], *, required: bool = False) -> timedelta:
        """Return how long signed URLs are to live. Raises :class:`Refusal`."""
        name, unit = "sasLifetimeMinutes", 60
        text = query.get(name)
        if text is None:
            if required:
                raise invalid(
                    f"The query parameter {name} is required.", inner="InvalidParameter", target=name
                )
            return _DEFAULT_SAS_LIFETIME
        lifetime = timedelta(seconds=int(text) * unit) if re.fullmatch("[0-9]{1,9}", text) else timedelta()
        if not timedelta() < lifetime <= _LONGEST_SAS_LIFETIME:
            raise invalid(
                f"The value of {name} is not allowed.", inner="InvalidSasValidityDuration", target=name
            )
        return lifetime


V2025_10_15 = Version("2025-10-15", projects=True, foundry=True)
V2024_11_15 = Version("2024-11-15", projects=False)
VERSIONS = (V2025_10_15, V2024_11_15)
_BY_NAME = {version.name: version for version in VERSIONS}


def requested(path: str, query: Mapping[str, str]) -> tuple[Version, str]:
    """Return the version that a request is for, and its path below the version.

    Raises :class:`Refusal` for versions that are unknown, retired or not named.
    """
    if not path.startswith(f"{_ROOT}/"):
        raise not_found("Resource not found.")
    rest = path.removeprefix(_ROOT)
    head = rest[1:].partition("/")[0]
    if head.startswith("v") and head[1:2].isdigit():
        raise not_found(f"The API version {head} is not available.")
    name = query.get("api-version")
    if name in _BY_NAME:
        return _BY_NAME[name], rest
    said = (
        f"The API version {name} is not available" if name else "The query parameter api-version is required"
    )
    raise Refusal(
        400,
        "InvalidRequest",
        f"{said}: use {', '.join(_BY_NAME)}.",
        inner="InvalidParameter",
        target="api-version",
    )
