"""Versions of the Speech-to-text REST API: everything that differs between them stands here.

Source: the OpenAPI files of the three versions. The version is part of the path in v3.2 and a query parameter
in the dated versions; 2024-11-15 has no projects; durations, the life of a SAS, one feature of models and the
links of endpoints have other names.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ISO_DURATION = re.compile(
    r"P(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


class ApiVersion(StrEnum):
    """A version of the API, newest first."""

    V2025_10_15 = "2025-10-15"
    V2024_11_15 = "2024-11-15"
    V3_2 = "v3.2"

    @property
    def base_path(self) -> str:
        """The path below the endpoint that all entities share."""
        return "/speechtotext/v3.2" if self is ApiVersion.V3_2 else "/speechtotext"

    @property
    def query(self) -> dict[str, str]:
        """The query parameters that every address of this version carries."""
        return {} if self is ApiVersion.V3_2 else {"api-version": self.value}

    @property
    def has_projects(self) -> bool:
        """Whether entities may belong to a project."""
        return self is not ApiVersion.V2024_11_15

    def sas_life(self, minutes: int) -> dict[str, str]:
        """Return the query that asks for content addresses that work for ``minutes``."""
        if self is ApiVersion.V3_2:
            return {"sasValidityInSeconds": str(minutes * 60)}
        return {"sasLifetimeMinutes": str(minutes)}

    def seconds(self, properties: Mapping[str, object]) -> float | None:
        """Return the length of audio that ``properties`` state, in seconds; None where they state none."""
        if self is ApiVersion.V3_2:
            return _iso_seconds(properties.get("duration"))
        milliseconds = properties.get("durationMilliseconds")
        if isinstance(milliseconds, int | float) and not isinstance(milliseconds, bool) and milliseconds >= 0:
            return milliseconds / 1000
        return None

    def transcribes_batches(self, features: Mapping[str, object]) -> bool | None:
        """Tell whether a model with ``features`` takes batch transcriptions; None where it is not said."""
        name = "supportsTranscriptions" if self is ApiVersion.V3_2 else "supportsTranscriptionsSubmit"
        stated = features.get(name)
        return stated if isinstance(stated, bool) else None

    def web_socket(self, links: Mapping[str, object]) -> str:
        """Return the address at which the Speech SDK reaches an endpoint, or an empty string."""
        link = links.get("webSocketConversation" if self is ApiVersion.V3_2 else "webSocket")
        return link if isinstance(link, str) else ""


def _iso_seconds(text: object) -> float | None:
    match = _ISO_DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None or not any(match.groupdict().values()):
        return None
    return sum(float(value) * _SECONDS[unit] for unit, value in match.groupdict().items() if value)
