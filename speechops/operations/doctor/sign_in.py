"""The sign-in: by which method, and whether each token is available."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops import clouds
from speechops.errors import IdentityError
from speechops.operations.doctor import az
from speechops.operations.doctor.diagnosis import Diagnosis, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.run import Run

STORAGE = "https://storage.azure.com/.default"


def check(run: Run) -> Iterator[Diagnosis]:
    """Request the tokens that a run would request."""
    scopes = [scope for scope, needed in _needs(run) if needed]
    if not scopes:
        yield Diagnosis("sign-in", State.FINE, "No sign-in is needed: only keys or local services are used.")
        return
    sign_in = run.connections.access.sign_in
    for service, scope in scopes:
        try:
            sign_in.token(scope)
        except IdentityError as error:
            yield Diagnosis.of("sign-in", error)
            return  # the other would fail for the same reason
        yield Diagnosis("sign-in", State.FINE, f"Signed in with {sign_in.method}, for {service}.")


def _needs(run: Run) -> tuple[tuple[tuple[str, str], bool], ...]:
    cloud = clouds.of_address(run.settings.speech.url) or clouds.PUBLIC
    return (
        (("the Speech resource", cloud.scope), az.has_speech_token(run)),
        (("the storage account", STORAGE), az.has_storage_token(run)),
    )
