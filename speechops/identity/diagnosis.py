"""What Microsoft Entra refused, why, and the exact step that fixes it, on one line.

Codes: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from azure.core.exceptions import ServiceRequestError, ServiceResponseError

from speechops.errors import IdentityError
from speechops.identity.github import AUDIENCE
from speechops.identity.method import SignInMethod
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
    "50059": ("the tenant is unknown", "Set azure-tenant-id."),
    "500011": (
        "the tenant does not know this service",
        (
            "Check that azure-tenant-id is the tenant of the Azure subscription, that this has ever had a "
            "Speech resource, and that speech-endpoint is in the tenant's cloud: Azure, Azure Government and "
            "China have tenants of their own."
        ),
    ),
    "53003": (
        "a Conditional Access policy blocks the sign-in",
        "Exclude the application from the policy, or use a runner that it allows.",
    ),
    "700016": ("the application does not exist in the tenant", _CHECK_IDS),
    "700024": (
        "the ID token is expired or not valid yet",
        "Run the job again; on a self-hosted runner, check its clock.",
    ),
    "700027": ("the signature was rejected", "Renew the application's certificate."),
    "7000112": ("the application is disabled", "Enable it in Microsoft Entra, Enterprise applications."),
    "7000215": (
        "the client secret is wrong",
        "Use the secret's value, not its id: az ad app credential reset --id {client_id}",
    ),
    "7000222": (
        "the client secret has expired",
        (
            "az ad app credential reset --id {client_id} creates a new one; OpenID Connect does not need a "
            "secret."
        ),
    ),
    "7000229": (
        "the application has no service principal in the tenant",
        "az ad sp create --id {client_id} creates it.",
    ),
    "900021": ("the tenant ID is not valid", _CHECK_IDS),
    "900023": ("the tenant ID is not valid", _CHECK_IDS),
    "90002": ("the tenant does not exist", _CHECK_IDS),
}

_NOTHING_GIVEN = (
    "In a workflow, set azure-client-id, azure-tenant-id and permissions: id-token: write, or "
    "azure-credentials. On a laptop, run az login. Or use speech-key."
)


def explain(error: AzureError, method: SignInMethod, keyring: Keyring, id_token: IdToken) -> IdentityError:
    """Return the error that the user reads when signing in with ``method`` failed with ``error``."""
    message = redact(str(error.message))
    matched = re.search(r"AADSTS(\d+)", message)
    number = matched[1] if matched else ""
    code = f"AADSTS{number}" if number else ""
    if number in _NO_FEDERATION:
        reason, hint = _federation(number, keyring.client_id, id_token)
    elif number in _REASONS:
        reason, hint = _REASONS[number]
        hint = hint.format(client_id=keyring.client_id)
    elif isinstance(error, ServiceRequestError | ServiceResponseError):
        reason, hint = (
            "the sign-in host cannot be reached",
            "Check the network and the proxy, then run the job again.",
        )
    else:
        reason, hint = _without_code(message, method)
    shown = f" ({code})" if code else ""
    return IdentityError(f"Signing in to Azure with {method} failed: {reason}{shown}.", hint=hint, code=code)


def _federation(number: str, client_id: str, token: IdToken) -> tuple[str, str]:
    """Explain why no federated credential matches the ID token, with the command that adds one."""
    if not token.subject:
        return (
            "the application has no federated credential that matches this ID token",
            f"Add one with the token's issuer and subject and the audience {AUDIENCE}.",
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
    reason = {
        "700211": f"no federated credential of the application has the issuer {token.issuer}",
        "700212": f"no federated credential of the application has the audience {AUDIENCE}",
        "7002138": f"the federated credential differs from {token.subject} in letter case",
    }.get(number, f"no federated credential of the application has the subject {token.subject}")
    note = (
        f" A credential with the subject {token.other_subject} does not match: GitHub uses the other form "
        "for this repository."
        if token.other_subject
        else ""
    )
    return reason, f"To add it, run: {command}{note}"


def _without_code(message: str, method: SignInMethod) -> tuple[str, str]:
    if "Azure CLI not found" in message:
        return "no credentials were given, and the Azure CLI is not installed", _NOTHING_GIVEN
    if "az login" in message and "not found" not in message:
        return "nobody is signed in", "Run az login."
    if method is SignInMethod.MANAGED_IDENTITY:
        return (
            "this machine has no managed identity, or not this one",
            "Assign a managed identity to the machine. If it has several, choose one with azure-client-id.",
        )
    sentence = message.strip().splitlines()[0] if message.strip() else "no reason was given"
    return sentence.partition(" Trace ID:")[0][:300].rstrip("."), f"{_CHECK_IDS} {_NOTHING_GIVEN}"
