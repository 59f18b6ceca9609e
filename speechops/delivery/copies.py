"""Copies of a trained model in the resources that serve it: found before they are made, and never made twice.

What the service keeps of a model's name and custom properties when it copies it is not documented, and nobody
has seen it live: a copy is known by our own property, which is written onto it, before that by its name.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from speechops import clouds, speech
from speechops.errors import ServiceError, ServiceUnavailable, StillRunning
from speechops.inputs import MAX_WAIT, SPEECH_RESOURCE_ID
from speechops.speech import Model, Status
from speechops.speech.drafts import COSTLY_LOOKS
from speechops.speech.entities import FINGERPRINT, STORE
from speechops.speech.transport import AnswerLost

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from speechops.delivery.endpoint import Target
    from speechops.registry.documents import ModelReference, Release
    from speechops.run import Run
    from speechops.speech import Endpoint
    from speechops.speech.entities import ModelCopy

SOURCE = "speechops-source"
"""The custom property of a copy with the id of the model that it was copied from."""

RELEASE = "speechops-release"
"""The custom property of a copy with the version of the first release that served it."""

_EMBEDDED = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/embedded"
    "/providers/Microsoft.CognitiveServices/accounts/embedded"
)
_EXPIRED = "ModelCopyAuthorizationExpired"
_NEW = timedelta(days=1)  # for which an unused copy may belong to a deployment
_REQUESTS = 3  # for one copy at most


def obtain(target: Target, source: ModelReference) -> Model:
    """Return the model in the resource of a target: itself if that has trained it, else its copy.

    Raises :class:`ServiceError` that says what to do about it, :class:`StillRunning` if the copy
    outlasts ``max-wait``, and :class:`UsageError` if the resource id of the source is not known.
    """
    if target.trains:
        return target.client.model(source.id)
    with target.run.console.step(f"copy {source.name} to {target.name}") as update:
        copy = find(target, source) or _made(target, source)
        copy = speech.wait(
            lambda: target.client.model(copy.id),
            clock=target.run.clock,
            timeout=target.run.settings[MAX_WAIT],
            progress=lambda entity, _: update(entity.status),
        )
    return _marked(target, source, copy)


def find(target: Target, source: ModelReference) -> Model | None:
    """Return the copy of a model in a target, the oldest if there are several; None if there is none."""
    models = [
        model
        for model in target.client.models(locale=target.run.model.locale)
        if model.status is not Status.FAILED and _is_copy(target.run, model, source)
    ]
    return min(models, key=lambda model: model.seniority, default=None)


def source_of(model: Model) -> str:
    """Return the id of the model that a copy was made from, empty for one that is no copy of ours."""
    return model.custom_properties.get(SOURCE, "")


def is_gone(target: Target, model: str) -> bool:
    """Whether a target is known not to have a model (an id), or only a failed one."""
    try:
        found = target.client.find_model(model, base=False)
    except ServiceError:
        return False
    return not isinstance(found, Model) or found.status is Status.FAILED


def keep_released(target: Target, used: str, release: Release) -> None:
    """Note the version on the released copy, if it is its first; ``used`` goes if a run at once was faster.

    Two runs may each make a copy. Which one stays, the record says: the service lists copies of the same
    second in no order that both would see.
    """
    row = release.at(target.name)
    if target.trains or row is None:
        return
    copy = target.client.model(row.model)
    if source_of(copy) and RELEASE not in copy.custom_properties:
        target.client.update_model(copy.id, {**copy.custom_properties, RELEASE: release.version})
    if used != copy.id and all(used != recorded.model for recorded in target.releases()):
        twin = target.client.find_model(used, base=False)
        if isinstance(twin, Model) and source_of(twin) == source_of(copy):
            with contextlib.suppress(ServiceError):
                target.client.delete_model(used)


def unused(
    target: Target, releases: Sequence[Release], endpoints: Sequence[Endpoint], now: datetime
) -> list[str]:
    """Return a sentence for each copy of ours in a target that no release and no endpoint uses.

    They are named and never deleted: a copy costs nothing, and a deployment may be about to use it.
    """
    used = {row.model for release in releases for row in release.targets}
    used |= {endpoint.model.id for endpoint in endpoints if endpoint.model}
    return [
        f"The copy {model.display_name} ({model.id}) in {target.name} is used by no release: delete it if "
        "nobody needs it."
        for model in target.client.models(locale=target.run.model.locale)
        if target.run.owns(model) and model.id not in used and now - (model.created or now) > _NEW
    ]


def _is_copy(run: Run, model: Model, source: ModelReference) -> bool:
    """Whether a model is the copy: by our property, else by its name if nothing else marks it."""
    properties = model.custom_properties
    if SOURCE in properties:
        return properties[SOURCE] == source.id and properties.get(STORE) == run.registry.identity()
    marked = properties.get(FINGERPRINT, source.training) != source.training
    return model.display_name == source.name and not marked and not model.dataset_ids


def _marked(target: Target, source: ModelReference, copy: Model) -> Model:
    """Return the copy with our custom properties: they name the source, its commit, the run and the store."""
    if source_of(copy):
        return copy
    run = target.run
    marks = {
        **run.marks(source.training),
        "speechops-commit": source.commit or "local",
        "speechops-cause": "train-data",
        SOURCE: source.id,
    }
    return target.client.update_model(copy.id, marks, display_name=source.name)


def _made(target: Target, source: ModelReference) -> Model:
    """Copy, wait for it, and return the copy."""
    run = target.run
    begun = _begun(target, source)
    if isinstance(begun, Model):
        return begun
    done = speech.wait(
        lambda: replace(target.trained_in.model_copy(begun.id), display_name=source.name),
        clock=run.clock,
        timeout=run.settings[MAX_WAIT],
    )
    copy = _agreed(target, source, done.model_id)
    if copy is None:
        raise ServiceUnavailable(
            f"{source.name} was copied to {target.name}, but is not there.",
            hint=f"Run {target.run.settings.operation} again.",
        )
    return copy


def _agreed(target: Target, source: ModelReference, made: str) -> Model | None:
    """Return the copy that all runs use, the oldest; one that this run has made beside it is deleted."""
    copy = find(target, source)
    if copy is None:
        return target.client.model(made) if made else None
    if made and made != copy.id:
        with contextlib.suppress(ServiceError):
            target.client.delete_model(made)
    return copy


def _begun(target: Target, source: ModelReference) -> ModelCopy | Model:
    """Begin to copy; after a lost answer return the copy that appears, rather than begin another one."""
    resource = resource_id(target)
    authorization = _authorized(target, resource)
    lost = False
    for _ in range(_REQUESTS):
        try:
            return target.trained_in.copy_model(source.id, authorization)
        except AnswerLost:
            lost = True
            if found := _appearing(target, source):
                return found
        except ServiceError as refusal:
            if refusal.code != _EXPIRED:
                raise _refused(target, source, refusal) from refusal
            if found := find(target, source):
                return found
            if lost:  # the request whose answer was lost has used it: the copy will appear
                raise StillRunning(
                    f"{source.name} is being copied to {target.name}, but has not appeared there yet.",
                    hint=f"Run {target.run.settings.operation} again: it continues with the copy.",
                ) from refusal
            authorization = _authorized(target, resource)
    raise ServiceUnavailable(
        f"{source.name} could not be copied to {target.name}: each authorization expired or was used.",
        hint=f"Run {target.run.settings.operation} again.",
    )


def _appearing(target: Target, source: ModelReference) -> Model | None:
    """Look for a copy that may have begun, for as long as for anything costly."""
    for seconds in COSTLY_LOOKS:
        target.run.clock.sleep(seconds)
        if found := find(target, source):
            return found
    return None


def _authorized(target: Target, resource: str) -> speech.CopyAuthorization:
    try:
        return target.client.authorize_copy(resource)
    except ServiceUnavailable:
        raise
    except ServiceError as refusal:
        raise ServiceError(
            f"{target.name} refuses a copy of the model: {refusal.message}",
            hint="The deploying identity needs the role Cognitive Services Speech Contributor on "
            f"{target.name}, or its key in target-keys; check speech-resource-id as well.",
            status=refusal.status,
            code=refusal.code,
        ) from refusal


def _refused(target: Target, source: ModelReference, refusal: ServiceError) -> ServiceError:
    """Return a refusal of the copy in words."""
    if isinstance(refusal, ServiceUnavailable):
        return refusal
    advice = {
        "InvalidBaseModel": f"The base model of {source.name} is not available in the region of "
        f"{target.name}: train from one that is, or move the target.",
        "InvalidPermissions": "speech-resource-id must be the Azure resource id of the resource that trains.",
    }.get(refusal.code, "")
    if not advice and refusal.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        advice = (
            "The deploying identity needs Cognitive Services Speech Contributor on the resource that trains."
        )
    if not advice and refusal.status == HTTPStatus.NOT_FOUND:
        advice = f"{source.name} was deleted from the resource that trains: train it again."
    return ServiceError(
        f"{source.name} cannot be copied to {target.name}: {refusal.message}",
        hint=advice or refusal.hint,
        status=refusal.status,
        code=refusal.code,
    )


def resource_id(target: Target) -> str:
    """Return the Azure id of the resource that trains.

    Raises :class:`UsageError` if it is neither given nor found.
    """
    if clouds.is_loopback(target.trained_in.base_url) and not target.run.settings[SPEECH_RESOURCE_ID]:
        return _EMBEDDED
    return target.run.connections.speech_resource_id
