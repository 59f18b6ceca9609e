"""The sign-in: by which method, and whether each token is available."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops import clouds
from speechops.errors import IdentityError
from speechops.operations.doctor.diagnosis import Diagnosis, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.operations.doctor.project_setup import ProjectSetup

STORAGE = "https://storage.azure.com/.default"


def check(setup: ProjectSetup) -> Iterator[Diagnosis]:
    """Request the tokens that a run would request."""
    scopes = [scope for scope, needed in _needs(setup) if needed]
    if not scopes:
        yield Diagnosis("sign-in", State.FINE, "No sign-in is needed: only keys or local services are used.")
        return
    sign_in = setup.sign_in()
    for service, scope in scopes:
        try:
            sign_in.token(scope)
        except IdentityError as error:
            yield Diagnosis.of("sign-in", error)
            return  # the other would fail for the same reason
        yield Diagnosis("sign-in", State.FINE, f"Signed in with {sign_in.method}, for {service}.")


def _needs(setup: ProjectSetup) -> tuple[tuple[tuple[str, str], bool], ...]:
    cloud = clouds.of_address(setup.settings.speech.url) or clouds.PUBLIC
    return (
        (("the Speech resource", cloud.scope), setup.speech_token),
        (("the storage account", STORAGE), setup.storage_token),
    )
