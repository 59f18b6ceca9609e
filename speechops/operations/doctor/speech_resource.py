"""The Speech resource: address, version, permissions, capacity."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING

from speechops.corpus import Tier
from speechops.errors import IdentityError, ServiceError, StoreError
from speechops.evaluation import quota
from speechops.operations.doctor import az, models
from speechops.operations.doctor.diagnosis import Diagnosis, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from speechops.run import Run
    from speechops.speech import Dataset, Endpoint
    from speechops.speech.entities import Entity

_REFUSALS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_FULL = 0.9  # of the limit: time to clean up


def check(run: Run) -> Iterator[Diagnosis]:
    """Read, request a deletion of nothing, and count."""
    subject = "Speech resource"
    url = run.settings.speech.url
    speech = run.speech
    try:
        datasets, endpoints = speech.datasets(), speech.endpoints()
    except IdentityError:
        yield Diagnosis(subject, State.UNKNOWN, "It cannot be checked without a sign-in.")
        return
    except ServiceError as error:
        yield _unreadable(run, error)
        return
    yield Diagnosis(subject, State.FINE, f"{url} answers in version {speech.version}.")
    yield _rights(run)
    yield from _room(run, datasets, endpoints)
    yield from models.check(run, endpoints)


def _unreadable(run: Run, error: ServiceError) -> Diagnosis:
    if error.status == HTTPStatus.FORBIDDEN and az.has_speech_token(run):
        found = "The identity that signs in has no role on the Speech resource."
        return Diagnosis("Speech resource", State.WRONG, found, _grant(run))
    if error.status == HTTPStatus.NOT_FOUND:
        return Diagnosis(
            "Speech resource",
            State.WRONG,
            f"{run.settings.speech.url} does not support the Speech-to-text API version "
            f"{run.settings.speech.api_version}.",
            "Check speech-endpoint and api-version; its kind must be SpeechServices or AIServices.",
        )
    return Diagnosis.of("Speech resource", error)


def _rights(run: Run) -> Diagnosis:
    """Ask for the deletion of a dataset that does not exist: the permission to write is checked first."""
    subject = "Speech resource, permission to write"
    try:
        run.speech.delete_dataset(str(uuid.uuid4()))
    except ServiceError as error:
        if error.status not in _REFUSALS:
            return Diagnosis(subject, State.UNKNOWN, error.message, error.hint)
        found = "The identity may read the Speech resource but not modify it."
        return Diagnosis(subject, State.WRONG, found, _grant(run))
    return Diagnosis(subject, State.FINE, "Entities can be created and deleted.")


def _grant(run: Run) -> str:
    return (
        'az role assignment create --role "Cognitive Services Speech Contributor" '
        f"--assignee {az.assignee(run)} --scope {az.speech_resource(run)}"
    )


def _room(run: Run, datasets: Sequence[Dataset], endpoints: Sequence[Endpoint]) -> Iterator[Diagnosis]:
    tier = run.settings.tier
    limits = quota.LIMITS[tier]
    ours_alone = _ours(run)
    theirs = [dataset for dataset in datasets if not ours_alone(dataset)]
    taken = len(theirs) if tier is Tier.F0 else len(datasets)
    yield _count(run, "datasets", taken, limits.datasets, len(datasets))
    names = {model.name for model in run.settings.models}
    named = {model.endpoint_id for model in run.settings.models if model.endpoint_id}
    ours = {
        endpoint.custom_properties["speechops-model"]
        for endpoint in endpoints
        if ours_alone(endpoint) and endpoint.custom_properties["speechops-model"] in names
    }
    wanted = sum(model.name not in ours and not model.endpoint_id for model in run.settings.models)
    left = limits.endpoints - len(endpoints)
    if wanted > left:
        others = [endpoint for endpoint in endpoints if endpoint.id not in named]
        listed = ", ".join(f"{endpoint.display_name} ({endpoint.id})" for endpoint in others[:3])
        yield Diagnosis(
            "capacity for endpoints",
            State.WRONG,
            f"{len(endpoints)} of {limits.endpoints} endpoints of tier {tier} are in use, {wanted} more are "
            f"needed.{f' Existing endpoints: {listed}.' if listed else ''}",
            "Set endpoint-id to one of them, whose model is then replaced, or delete one.",
        )
    else:
        yield _count(run, "endpoints", len(endpoints), limits.endpoints, len(endpoints))


def _ours(run: Run) -> Callable[[Entity], bool]:
    """Return what distinguishes the entities of this store from those of another one in the resource.

    If the store cannot be read, which another check reports, everything that SpeechOps created counts.
    """
    try:
        store = run.registry.known_identity()
    except (IdentityError, StoreError):
        return lambda entity: bool(entity.custom_properties.get("speechops-model"))
    return lambda entity: (
        bool(entity.custom_properties.get("speechops-model")) and entity.store == store != ""
    )


def _count(run: Run, what: str, taken: int, most: int, present: int) -> Diagnosis:
    tier = run.settings.tier
    subject = f"capacity for {what}"
    found = f"{present} of {most} {what} of tier {tier} are in use."
    needed = 1 if what == "datasets" else 0
    if tier is Tier.F0 and what == "datasets":
        needed = max(1, *(len(model.training) for model in run.settings.models))
    if taken + needed > most:
        fix = f"Delete unused {what} in Speech Studio, or move the resource to S0."
        return Diagnosis(subject, State.WRONG, f"{found} A run needs {needed} more.", fix)
    if tier is Tier.S0 and taken >= _FULL * most:
        return Diagnosis(
            subject, State.WARNING, found, "Run maintain, which deletes what is no longer needed."
        )
    return Diagnosis(subject, State.FINE, found)
