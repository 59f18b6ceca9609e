"""Versions of the Speech-to-text REST API: everything that differs between them is here.

Source: the OpenAPI files of the versions. 2024-11-15 has no projects. The versions with a number in the path,
v3.2 the last of them, are retired by the service on 31 March 2026 and not supported.
"""

from __future__ import annotations

from enum import StrEnum

BASE_PATH = "/speechtotext"
"""The path below the endpoint that all entities share."""


class ApiVersion(StrEnum):
    """A version of the API, newest first."""

    V2025_10_15 = "2025-10-15"
    V2024_11_15 = "2024-11-15"

    @property
    def query(self) -> dict[str, str]:
        """The query parameter in every address of this version."""
        return {"api-version": self.value}

    @property
    def has_projects(self) -> bool:
        """Whether entities may belong to a project."""
        return self is not ApiVersion.V2024_11_15
