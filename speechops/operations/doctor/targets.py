"""The targets: whether each exists and may be changed, what it serves, and who deploys to it."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING

from speechops import targets
from speechops.errors import ServiceError, StoreError, UsageError
from speechops.inputs import DEPLOY_CLIENT_ID
from speechops.operations.doctor import models
from speechops.operations.doctor.diagnosis import Diagnosis, State
from speechops.upkeep import ageing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.operations.doctor.project_setup import ProjectSetup
    from speechops.targets import TargetSettings

_REFUSALS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def check(setup: ProjectSetup) -> Iterator[Diagnosis]:
    """Check each target, and that the identity of pull requests is not the one that deploys."""
    named, deploying = targets.read(setup.settings), setup.settings[DEPLOY_CLIENT_ID]
    if named or deploying:
        yield _separation(setup)
    if not named:
        return
    yield _resource_id(setup)
    for target in named:
        yield from _target(setup, target)


def _separation(setup: ProjectSetup) -> Diagnosis:
    """Compare the identity that deploys with that of all other jobs, pull requests included."""
    subject = "identity that deploys"
    deploying, default = setup.settings[DEPLOY_CLIENT_ID], setup.client_id
    if not setup.speech_token:
        return Diagnosis(subject, State.FINE, "Keys are used: keep target-keys a secret of the environment.")
    if not deploying or deploying.casefold() == default.casefold():
        return Diagnosis(
            subject,
            State.WARNING,
            "The jobs of pull requests sign in as the identity that deploys: anyone who can run one "
            "can deploy.",
            "Give the environment its own identity (examples/infra) and set deploy-client-id to it.",
        )
    return Diagnosis(subject, State.FINE, f"{deploying} deploys, {default} runs everything else.")


def _resource_id(setup: ProjectSetup) -> Diagnosis:
    """Look up the Azure resource id of the resource that trains, which each copy names."""
    subject = "speech-resource-id"
    if setup.settings.speech.is_this_machine:
        return Diagnosis(subject, State.FINE, "The embedded service needs none.")
    try:
        found = setup.run.connections.speech_resource_id
    except UsageError as error:
        return Diagnosis.of(subject, error)
    return Diagnosis(subject, State.FINE, f"Models are copied from {found}.")


def _target(setup: ProjectSetup, target: TargetSettings) -> Iterator[Diagnosis]:
    subject = f"target {target.name}"
    try:
        client = setup.run.connections.target(target)
        endpoints = client.endpoints()
        client.delete_dataset(str(uuid.uuid4()))
    except ServiceError as error:
        yield _refused(setup, subject, error)
        return
    except UsageError as error:
        yield Diagnosis.of(subject, error)
        return
    yield Diagnosis(subject, State.FINE, f"{target.speech.url} may be changed by this identity.")
    try:
        for model in setup.settings.models:
            releases = setup.registry().releases(model.name)
            row = releases[-1].at(target.name) if releases else None
            if row and row.model:
                dated, wrong = ageing.of_target(client, releases[-1], row, endpoints, setup.clock.now())
                yield from models.aged(setup, f"release of {model.name} in {target.name}", dated, wrong)
    except StoreError:
        return  # another check reports it


def _refused(setup: ProjectSetup, subject: str, error: ServiceError) -> Diagnosis:
    deploying = setup.settings[DEPLOY_CLIENT_ID]
    if error.status in _REFUSALS and deploying and deploying != setup.client_id:
        return Diagnosis(
            subject,
            State.FINE,
            "This identity may not change it, as intended.",
            f"To check the permissions of {deploying}, run doctor in the environment, signed in as it.",
        )
    return Diagnosis.of(subject, error)
