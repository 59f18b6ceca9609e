"""The three versions of the API, and everything in which they differ.

The rest of the service knows one model of the world; what a client of a version sees of it, and how it may
ask, is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from speechops.embedded.refusals import Refusal, invalid, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speechops.embedded.entities import BaseModel, Kind

_ROOT = "/speechtotext"
_DEFAULT_SAS_LIFETIME = timedelta(hours=12)
_LONGEST_SAS_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the API. ``dated`` versions are named in the query, v3.2 in the path."""

    name: str
    dated: bool
    projects: bool
    foundry: bool = False

    def url(self, root: str, path: str, query: Mapping[str, str | int] | None = None) -> str:
        """Return the absolute URL of ``path`` at the host ``root``, both without a slash at the joint."""
        dated = {"api-version": self.name} if self.dated else {}
        pairs = urlencode({**(query or {}), **dated})
        base = f"{root}{_ROOT}" if self.dated else f"{root}{_ROOT}/{self.name}"
        return f"{base}/{path}?{pairs}" if pairs else f"{base}/{path}"

    def length(self, milliseconds: int) -> dict[str, str | int]:
        """Return a length of audio as the property that it is."""
        if self.dated:
            return {"durationMilliseconds": milliseconds}
        return {"duration": iso_duration(milliseconds)}

    def sas_lifetime(self, query: Mapping[str, str], *, required: bool = False) -> timedelta:
        """Return how long signed URLs are to live. Raises :class:`Refusal`."""
        name, unit = ("sasLifetimeMinutes", 60) if self.dated else ("sasValidityInSeconds", 1)
        text = query.get(name)
        if text is None:
            if required and self.dated:
                raise invalid(
                    f"The query parameter {name} is required.", inner="InvalidParameter", target=name
                )
            return _DEFAULT_SAS_LIFETIME
        lifetime = timedelta(seconds=int(text) * unit) if text.isdecimal() else timedelta()
        if not timedelta() < lifetime <= _LONGEST_SAS_LIFETIME:
            raise invalid(
                f"The value of {name} is not allowed.", inner="InvalidSasValidityDuration", target=name
            )
        return lifetime

    def features(self, *, endpoints: bool, output_formats: Sequence[str]) -> dict[str, object]:
        """Return what a model can be used for."""
        transcribing = (
            {"supportsTranscriptionsSubmit": True, "supportsTranscriptionsTranscribe": False}
            if self.dated
            else {"supportsTranscriptions": True}
        )
        return {
            **transcribing,
            "supportsEndpoints": endpoints,
            "supportsTranscriptionsOnSpeechContainers": False,
            "supportedOutputFormats": list(output_formats),
        }

    def endpoint_links(self, root: str, id_: str) -> dict[str, str]:
        """Return the URLs under which an endpoint recognises."""
        stream = "ws" + root.removeprefix("http")
        if self.dated:
            return {"webSocket": f"{stream}/stt/speech/universal/v2?cid={id_}"}
        links = {"logs": self.url(root, f"endpoints/{id_}/files/logs")}
        for mode in ("Interactive", "Conversation", "Dictation"):
            path = f"/stt/speech/recognition/{mode.lower()}/cognitiveservices/v1?cid={id_}"
            links[f"rest{mode}"] = root + path
            links[f"webSocket{mode}"] = stream + path
        return links

    def dataset_locales(self, models: Sequence[BaseModel], kinds: Sequence[Kind]) -> dict[str, list[str]]:
        """Return the locales of each kind of dataset; v3.2 says the kinds of each locale."""
        locales = sorted({model.locale for model in models})
        if self.dated:
            return {kind.value: locales for kind in kinds}
        return {locale: [kind.value for kind in kinds] for locale in locales}

    def transcription_locales(self, locales: list[str]) -> object:
        """Return the locales of batch transcription."""
        return {"Submit": locales, "Transcribe": []} if self.dated else locales

    def transcription_properties(self, milliseconds: int | None) -> dict[str, object]:
        """Return the properties of a batch transcription that lives until it is deleted."""
        life: dict[str, object] = {"timeToLiveHours": 0} if self.dated else {}
        return life if milliseconds is None else {**life, **self.length(milliseconds)}

    def project_properties(self, counts: Mapping[str, int]) -> dict[str, object]:
        """Return what a project adds to its links: v3.2 counts what is in it."""
        return {} if self.dated else {"properties": dict(counts)}


V2025_10_15 = Version("2025-10-15", dated=True, projects=True, foundry=True)
V2024_11_15 = Version("2024-11-15", dated=True, projects=False)
V3_2 = Version("v3.2", dated=False, projects=True)
VERSIONS = (V2025_10_15, V2024_11_15, V3_2)
_DATED = {version.name: version for version in VERSIONS if version.dated}


def asked_for(path: str, query: Mapping[str, str]) -> tuple[Version, str]:
    """Return the version that a request is for, and its path below the version.

    Raises :class:`Refusal` for versions that are unknown, retired or not named.
    """
    if not path.startswith(f"{_ROOT}/"):
        raise not_found("Resource not found.")
    rest = path.removeprefix(_ROOT)
    head, _, tail = rest[1:].partition("/")
    if head == V3_2.name:
        return V3_2, f"/{tail}"
    if head.startswith("v") and head[1:2].isdigit():
        raise not_found(f"The API version {head} is not available.")
    name = query.get("api-version")
    if name in _DATED:
        return _DATED[name], rest
    said = (
        f"The API version {name} is not available" if name else "The query parameter api-version is required"
    )
    raise Refusal(
        400,
        "InvalidRequest",
        f"{said}: use {', '.join(_DATED)}.",
        inner="InvalidParameter",
        target="api-version",
    )


def iso_duration(milliseconds: int) -> str:
    """Return a length of time in ISO 8601, such as ``PT4M12S``."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{rest:03d}".rstrip("0") if rest else ""
    last = f"{seconds}{fraction}S" if seconds or rest or not (hours or minutes) else ""
    return "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + last
