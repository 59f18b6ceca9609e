"""The targets: whether each exists and may be changed, what it serves, and who deploys to it."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING

from speechops import targets
from speechops.errors import ServiceError, StoreError, UsageError
from speechops.inputs import DEPLOY_CLIENT_ID
from speechops.operations.doctor import az, models
from speechops.operations.doctor.diagnosis import Diagnosis, State
from speechops.upkeep import ageing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.run import Run
    from speechops.targets import TargetSettings

_REFUSALS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def check(run: Run) -> Iterator[Diagnosis]:
    """Check each target, and that the identity of pull requests is not the one that deploys."""
    named, deploying = targets.read(run.settings), run.settings[DEPLOY_CLIENT_ID]
    if named or deploying:
        yield _separation(run)
    if not named:
        return
    yield _resource_id(run)
    for target in named:
        yield from _target(run, target)


def _separation(run: Run) -> Diagnosis:
    """Compare the identity that deploys with that of all other jobs, pull requests included."""
    subject = "identity that deploys"
    deploying, default = run.settings[DEPLOY_CLIENT_ID], az.client_id(run)
    if not az.has_speech_token(run):
        return Diagnosis(subject, State.FINE, "Keys are used: keep target-keys a secret of the environment.")
    if not _is_separate(run):
        return Diagnosis(
            subject,
            State.WARNING,
            "The jobs of pull requests sign in as the identity that deploys: anyone who can run one "
            "can deploy.",
            "Give the environment its own identity (examples/infra) and set deploy-client-id to it.",
        )
    return Diagnosis(subject, State.FINE, f"{deploying} deploys, {default} runs everything else.")


def _is_separate(run: Run) -> bool:
    """Whether another identity deploys than the one of this run's jobs."""
    deploying = run.settings[DEPLOY_CLIENT_ID]
    return bool(deploying) and deploying.casefold() != az.client_id(run).casefold()


def _resource_id(run: Run) -> Diagnosis:
    """Look up the Azure resource id of the resource that trains, which each copy names."""
    subject = "speech-resource-id"
    if run.settings.speech.is_this_machine:
        return Diagnosis(subject, State.FINE, "The embedded service needs none.")
    try:
        found = run.connections.speech_resource_id
    except UsageError as error:
        return Diagnosis.of(subject, error)
    return Diagnosis(subject, State.FINE, f"Models are copied from {found}.")


def _target(run: Run, target: TargetSettings) -> Iterator[Diagnosis]:
    subject = f"target {target.name}"
    try:
        client = run.connections.target(target)
        endpoints = client.endpoints()
        client.delete_dataset(str(uuid.uuid4()))
    except ServiceError as error:
        yield _refused(run, subject, error)
        return
    except UsageError as error:
        yield Diagnosis.of(subject, error)
        return
    yield Diagnosis(subject, State.FINE, f"{target.speech.url} may be changed by this identity.")
    for model in run.settings.models:
        try:
            releases = run.registry.releases(model.name)
        except StoreError:
            continue  # another check reports it
        row = releases[-1].at(target.name) if releases else None
        if row and row.model:
            dated, wrong = ageing.of_target(client, releases[-1], row, endpoints, run.clock.now())
            yield from models.aged(run, f"release of {model.name} in {target.name}", dated, wrong)


def _refused(run: Run, subject: str, error: ServiceError) -> Diagnosis:
    if error.status in _REFUSALS and _is_separate(run):
        return Diagnosis(
            subject,
            State.FINE,
            "This identity may not change it, as intended.",
            f"To check the permissions of {run.settings[DEPLOY_CLIENT_ID]}, run doctor in the environment, "
            "signed in as it.",
        )
    return Diagnosis.of(subject, error)
