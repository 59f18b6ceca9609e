"""The sign-in: by which way, and whether each service's token can be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops import clouds
from speechops.errors import IdentityError
from speechops.operations.doctor.patient import Diagnosis, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.operations.doctor.patient import Patient

STORAGE = "https://storage.azure.com/.default"


def check(patient: Patient) -> Iterator[Diagnosis]:
    """Ask for the tokens that a run would ask for."""
    scopes = [scope for scope, needed in _needs(patient) if needed]
    if not scopes:
        yield Diagnosis("sign-in", State.FINE, "No sign-in is needed: keys, or this machine alone, are used.")
        return
    sign_in = patient.sign_in()
    for service, scope in scopes:
        try:
            sign_in.token(scope)
        except IdentityError as error:
            yield Diagnosis.of("sign-in", error)
            return  # the other one would fail for the same reason
        yield Diagnosis("sign-in", State.FINE, f"By {sign_in.method}, for {service}.")


def _needs(patient: Patient) -> tuple[tuple[tuple[str, str], bool], ...]:
    cloud = clouds.of_address(patient.settings.speech.url) or clouds.PUBLIC
    return (
        (("the Speech resource", cloud.scope), patient.speech_token),
        (("the storage account", STORAGE), patient.storage_token),
    )
