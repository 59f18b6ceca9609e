"""``targets`` of ``speechops.yml``: the Speech resources that serve an approved model, by name.

Without them the resource that trains is the one that serves. A target has no secret in the file: its key is
named after it in the input ``target-keys``, else the sign-in of the run is used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from speechops import clouds, destinations, inputs
from speechops.errors import Place, UsageError
from speechops.resources import SpeechSettings
from speechops.values import LOCAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speechops.project import Project
    from speechops.settings import Settings


class Serve(StrEnum):
    """What a target does with the model: an endpoint has it, or batch transcription alone uses it."""

    ENDPOINT = "endpoint"
    MODEL = "model"


_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """One target: its resource, what it does with the model, and an endpoint that exists, if one is named."""

    name: str
    speech: SpeechSettings
    serve: Serve = Serve.ENDPOINT
    endpoint_id: str = ""


def read(settings: Settings) -> tuple[TargetSettings, ...]:
    """Return the targets of a run, none if the resource that trains is the one that serves.

    Raises :class:`UsageError` with the line of what is wrong.
    """
    described = settings.described
    if described is None or not described.targets:
        return ()
    keys = settings[inputs.TARGET_KEYS]
    if unknown := sorted(keys.keys() - described.targets.keys()):
        raise UsageError(
            f"target-keys: there is no target {unknown[0]!r}.",
            hint=f"speechops.yml has {', '.join(described.targets)}.",
            place=Place(input="target-keys"),
        )
    found = tuple(
        _target(described, name, values, keys.get(name, ""), settings)
        for name, values in described.targets.items()
    )
    urls = [target.speech.url.casefold() for target in found]
    for index, target in enumerate(found):
        if target.speech.url.casefold() in urls[:index]:
            raise UsageError(
                f"targets: {target.name} is the same resource as {found[urls.index(urls[index])].name}.",
                place=described.place("targets", target.name),
            )
    return found


def _target(
    described: Project, name: str, values: Mapping[str, str], key: str, settings: Settings
) -> TargetSettings:
    place = described.place("targets", name)
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"targets: {name!r} is not a valid name.",
            hint="Use up to 32 lower-case letters, digits and dashes.",
            place=place,
        )
    endpoint, region = (_value(described, name, values, row) for row in ("speech-endpoint", "speech-region"))
    if bool(endpoint) is bool(region):
        raise UsageError(
            f"targets: {name} needs either speech-endpoint or speech-region.",
            hint="Use https://NAME.cognitiveservices.azure.com.",
            place=place,
        )
    if endpoint:
        destinations.check_host(
            "speech-endpoint", endpoint, described.place("targets", name, "speech-endpoint")
        )
    serve = values.get("serve", "").strip() or Serve.ENDPOINT
    if serve not in set(Serve):
        raise UsageError(
            f"Invalid value {serve!r} for serve: expected endpoint or model.",
            place=described.place("targets", name, "serve"),
        )
    endpoint_id = values.get("endpoint-id", "").strip()
    if endpoint_id and settings.several:
        raise UsageError(
            "targets: endpoint-id is for a repository with one model.",
            hint="Leave it out: each model finds or creates its own endpoint.",
            place=described.place("targets", name, "endpoint-id"),
        )
    source = settings.speech
    speech = SpeechSettings(endpoint=endpoint, region=region, key=key, api_version=source.api_version)
    if not key and speech.url.casefold() == source.url.casefold():
        speech = source
    _check_cloud(name, speech, source, place)
    return TargetSettings(name, speech, Serve(serve), endpoint_id)


def _value(described: Project, name: str, values: Mapping[str, str], key: str) -> str:
    row = inputs.BY_NAME[key]
    text = values.get(key, "").strip()
    refusal = UsageError(
        f"Invalid value {text!r} for {key}: expected {row.type.expected}.",
        place=described.place("targets", name, key),
    )
    if text == LOCAL:
        raise refusal
    try:
        value: str = row.type.parse(text, Path) if text else ""
    except ValueError:
        raise refusal from None
    return value


def _check_cloud(name: str, speech: SpeechSettings, source: SpeechSettings, place: Place) -> None:
    """Raise :class:`UsageError` for a target in another cloud: models are not copied across clouds."""
    there, here = clouds.of_address(speech.url), clouds.of_address(source.url)
    if there is not here:
        names = [cloud.name if cloud else "this machine" for cloud in (there, here)]
        raise UsageError(
            f"targets: {name} is in {names[0]}, the resource that trains in {names[1]}.",
            hint="A model can only be copied within one cloud: train in the cloud of the target.",
            place=place,
        )
