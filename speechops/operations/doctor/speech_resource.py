"""The Speech resource: address, version, rights, room."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING

from speechops.corpus import Tier
from speechops.errors import IdentityError, ServiceError, StoreError
from speechops.evaluation import quota
from speechops.operations.doctor import models
from speechops.operations.doctor.patient import Diagnosis, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from speechops.operations.doctor.patient import Patient
    from speechops.speech import Dataset, Endpoint
    from speechops.speech.entities import Entity

_REFUSALS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_FULL = 0.9  # of the places: time to tidy


def check(patient: Patient) -> Iterator[Diagnosis]:
    """Read, ask for a deletion of nothing, and count."""
    subject = "Speech resource"
    url = patient.settings.speech.url
    speech = patient.speech()
    try:
        datasets, endpoints = speech.datasets(), speech.endpoints()
    except IdentityError:
        yield Diagnosis(subject, State.UNKNOWN, "It cannot be looked into without a sign-in.")
        return
    except ServiceError as error:
        yield _unreadable(patient, error)
        return
    yield Diagnosis(subject, State.FINE, f"{url} answers in version {speech.version}.")
    yield _rights(patient)
    yield from _room(patient, datasets, endpoints)
    yield from models.check(patient, endpoints)


def _unreadable(patient: Patient, error: ServiceError) -> Diagnosis:
    if error.status == HTTPStatus.FORBIDDEN and patient.speech_token:
        found = "The identity that signs in has no role on the Speech resource."
        return Diagnosis("Speech resource", State.WRONG, found, _grant(patient))
    if error.status == HTTPStatus.NOT_FOUND:
        return Diagnosis(
            "Speech resource",
            State.WRONG,
            f"{patient.settings.speech.url} knows no Speech-to-text API of version "
            f"{patient.settings.speech.api_version}.",
            "Check speech-endpoint and api-version; its kind has to be SpeechServices or AIServices.",
        )
    return Diagnosis.of("Speech resource", error)


def _rights(patient: Patient) -> Diagnosis:
    """Ask for the deletion of a dataset that does not exist: the right to write is looked at first."""
    subject = "Speech resource, right to write"
    try:
        patient.speech().delete_dataset(str(uuid.uuid4()))
    except ServiceError as error:
        if error.status not in _REFUSALS:
            return Diagnosis(subject, State.UNKNOWN, error.message, error.hint)
        found = "The identity may read the Speech resource but not change it."
        return Diagnosis(subject, State.WRONG, found, _grant(patient))
    return Diagnosis(subject, State.FINE, "Entities may be made and deleted.")


def _grant(patient: Patient) -> str:
    return (
        'az role assignment create --role "Cognitive Services Speech Contributor" '
        f"--assignee {patient.assignee} --scope {patient.speech_resource}"
    )


def _room(
    patient: Patient, datasets: Sequence[Dataset], endpoints: Sequence[Endpoint]
) -> Iterator[Diagnosis]:
    tier = patient.settings.tier
    limits = quota.LIMITS[tier]
    ours_alone = _ours(patient)
    theirs = [each for each in datasets if not ours_alone(each)]
    taken = len(theirs) if tier is Tier.F0 else len(datasets)
    yield _count(patient, "datasets", taken, limits.datasets, len(datasets))
    names = {model.name for model in patient.settings.models}
    named = {model.endpoint_id for model in patient.settings.models if model.endpoint_id}
    ours = {
        each.custom_properties["speechops-model"]
        for each in endpoints
        if ours_alone(each) and each.custom_properties["speechops-model"] in names
    }
    wanted = sum(model.name not in ours and not model.endpoint_id for model in patient.settings.models)
    left = limits.endpoints - len(endpoints)
    if wanted > left:
        others = [each for each in endpoints if each.id not in named]
        listed = ", ".join(f"{each.display_name} ({each.id})" for each in others[:3])
        yield Diagnosis(
            "room for endpoints",
            State.WRONG,
            f"{len(endpoints)} of {limits.endpoints} endpoints of tier {tier} are taken, {wanted} more are "
            f"needed. There are {listed}.",
            "Set endpoint-id to one of them, whose model is then swapped, or delete one.",
        )
    else:
        yield _count(patient, "endpoints", len(endpoints), limits.endpoints, len(endpoints))


def _ours(patient: Patient) -> Callable[[Entity], bool]:
    """Return what tells the entities of this store from those of another one in the resource.

    Where the store cannot be read, which another check says, all that SpeechOps has made counts.
    """
    try:
        store = patient.registry().known_identity()
    except (IdentityError, StoreError):
        return lambda entity: bool(entity.custom_properties.get("speechops-model"))
    return lambda entity: (
        bool(entity.custom_properties.get("speechops-model")) and entity.store == store != ""
    )


def _count(patient: Patient, what: str, taken: int, most: int, present: int) -> Diagnosis:
    tier = patient.settings.tier
    subject = f"room for {what}"
    found = f"{present} of {most} {what} of tier {tier} are taken."
    needed = 1 if what == "datasets" else 0
    if tier is Tier.F0 and what == "datasets":
        needed = max(1, *(len(model.training) for model in patient.settings.models))
    if taken + needed > most:
        fix = f"Delete {what} that nobody needs in Speech Studio, or move the resource to S0."
        return Diagnosis(subject, State.WRONG, f"{found} A run needs room for {needed}.", fix)
    if tier is Tier.S0 and taken >= _FULL * most:
        return Diagnosis(
            subject, State.WARNING, found, "Run maintain, which deletes what is no longer needed."
        )
    return Diagnosis(subject, State.FINE, found)
