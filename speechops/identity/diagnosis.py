"""What Microsoft Entra refused, why, and the exact step that mends it, on one line.

Codes: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from azure.core.exceptions import ServiceRequestError, ServiceResponseError

from speechops.errors import IdentityError
from speechops.identity.github import AUDIENCE
from speechops.identity.way import Way
from speechops.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azure.core.exceptions import AzureError

    from speechops.identity.github import IdToken
    from speechops.identity.keyring import Keyring

_NO_FEDERATION = {"70021", "700211", "700212", "700213", "7002138", "700223"}

_CHECK_IDS = "Check azure-client-id and azure-tenant-id."
_REASONS: Mapping[str, tuple[str, str]] = {
    "50057": ("the account is disabled", "Enable it in Microsoft Entra, Enterprise applications."),
    "50059": ("the tenant cannot be told", "Set azure-tenant-id."),
    "500011": (
        "the tenant knows no such service",
        "Check that azure-tenant-id is the tenant of the Azure subscription.",
    ),
    "53003": (
        "a Conditional Access policy forbids it",
        "Exclude the application from the policy, or use a runner that it allows.",
    ),
    "700016": ("the tenant has no such application", _CHECK_IDS),
    "700024": (
        "the ID token is not within its time",
        "Run the job again; on a runner of your own, check its clock.",
    ),
    "700027": ("the signature was not accepted", "Renew the application's certificate."),
    "7000112": ("the application is disabled", "Enable it in Microsoft Entra, Enterprise applications."),
    "7000215": (
        "the client secret is wrong",
        "Use the secret's value, not its id: az ad app credential reset --id {client_id}",
    ),
    "7000222": (
        "the client secret has expired",
        "az ad app credential reset --id {client_id} makes a new one; OpenID Connect needs none.",
    ),
    "7000229": (
        "the application has no service principal in the tenant",
        "az ad sp create --id {client_id} makes it.",
    ),
    "900021": ("the tenant's id is not valid", _CHECK_IDS),
    "900023": ("the tenant's id is not valid", _CHECK_IDS),
    "90002": ("there is no such tenant", _CHECK_IDS),
}

_NOTHING_GIVEN = (
    "In a workflow give azure-client-id, azure-tenant-id and permissions: id-token: write, or "
    "azure-credentials; on a laptop run az login; or use speech-key."
)


def explain(error: AzureError, way: Way, keyring: Keyring, id_token: IdToken) -> IdentityError:
    """Return what the user reads when signing in by ``way`` ended in ``error``."""
    said = redact(str(error.message))
    found = re.search(r"AADSTS(\d+)", said)
    number = found[1] if found else ""
    code = f"AADSTS{number}" if number else ""
    if number in _NO_FEDERATION:
        reason, hint = _federation(number, keyring.client_id, id_token)
    elif number in _REASONS:
        reason, hint = _REASONS[number]
        hint = hint.format(client_id=keyring.client_id)
    elif isinstance(error, ServiceRequestError | ServiceResponseError):
        reason, hint = (
            "the sign-in host cannot be reached",
            "Check the network and the proxy; run the job again.",
        )
    else:
        reason, hint = _without_code(said, way)
    shown = f" ({code})" if code else ""
    return IdentityError(f"Signing in to Azure by {way} failed: {reason}{shown}.", hint=hint, code=code)


def _federation(number: str, client_id: str, token: IdToken) -> tuple[str, str]:
    """Explain why no federated credential fits the ID token, with the command that makes one that does."""
    if not token.subject:
        return (
            "the application has no federated credential for this ID token",
            f"Give it one with the token's issuer and subject and the audience {AUDIENCE}.",
        )
    credential = {
        "name": re.sub(r"[^A-Za-z0-9]+", "-", token.subject).strip("-")[:120],
        "issuer": token.issuer,
        "subject": token.subject,
        "audiences": [AUDIENCE],
    }
    command = (
        f"az ad app federated-credential create --id {client_id} --parameters '{json.dumps(credential)}'"
    )
    what = {
        "700211": f"no federated credential of the application has the issuer {token.issuer}",
        "700212": f"no federated credential of the application has the audience {AUDIENCE}",
        "7002138": f"the federated credential differs from {token.subject} in upper and lower case",
    }.get(number, f"no federated credential of the application has the subject {token.subject}")
    other = (
        f" One with the subject {token.other_subject} does not fit: GitHub names this repository in the "
        "other form."
        if token.other_subject
        else ""
    )
    return what, f"{command} adds it.{other}"


def _without_code(said: str, way: Way) -> tuple[str, str]:
    if "Azure CLI not found" in said:
        return "nothing was given to sign in with, and there is no Azure CLI", _NOTHING_GIVEN
    if "az login" in said and "not found" not in said:
        return "nobody is signed in", "Run az login."
    if way is Way.MANAGED_IDENTITY:
        return (
            "this machine offers none, or not this one",
            "Assign a managed identity to the machine; azure-client-id names one of several.",
        )
    sentence = said.strip().splitlines()[0] if said.strip() else "no reason was given"
    return sentence.partition(" Trace ID:")[0][:300].rstrip("."), f"{_CHECK_IDS} {_NOTHING_GIVEN}"
