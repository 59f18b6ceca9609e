"""Which of the ways to sign in to Azure a run takes."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from speechops.errors import Place, UsageError

if TYPE_CHECKING:
    from speechops.identity.keyring import Keyring


class Way(StrEnum):
    """The ways, under the names that the log shows."""

    GITHUB = "GitHub OpenID Connect"
    SERVICE_PRINCIPAL = "service principal of azure-credentials"
    CLIENT_SECRET = "client secret of the environment"  # noqa: S105 - a name, not a secret
    WORKLOAD = "workload identity"
    MANAGED_IDENTITY = "managed identity"
    AZURE_CLI = "Azure CLI"


def choose(keyring: Keyring) -> Way:
    """Return the way that ``keyring`` opens; where it opens several, the one that rests on the least secret.

    :raises UsageError: if ids are given that lead nowhere, or are not ids
    """
    _check_ids(keyring)
    both_ids = bool(keyring.client_id and keyring.tenant_id)
    if both_ids and keyring.oidc_url and keyring.oidc_token:
        return Way.GITHUB
    if keyring.credentials:
        return Way.SERVICE_PRINCIPAL
    if both_ids and keyring.token_file:
        return Way.WORKLOAD
    if both_ids and keyring.client_secret:
        return Way.CLIENT_SECRET
    if keyring.managed_identity:
        return Way.MANAGED_IDENTITY
    if keyring.in_actions:
        raise _dead_end(keyring)
    return Way.AZURE_CLI


def _dead_end(keyring: Keyring) -> UsageError:
    if not keyring.client_id:
        return UsageError(
            "Nothing was given to sign in to Azure with.",
            hint="Give azure-client-id and azure-tenant-id and the job permissions: id-token: write, or "
            "azure-credentials, or speech-key.",
            place=Place(input="azure-client-id"),
        )
    if not keyring.tenant_id:
        return UsageError(
            "azure-client-id is given, but azure-tenant-id is not.",
            hint="az account show --query tenantId prints it.",
            place=Place(input="azure-tenant-id"),
        )
    return UsageError(
        "GitHub offers this job no ID token to sign in to Azure with.",
        hint="Add permissions: id-token: write to the job and to the workflow that calls it; a pull request "
        "from a fork, or of Dependabot, never gets one.",
        place=Place(input="azure-client-id"),
    )


def _check_ids(keyring: Keyring) -> None:
    if keyring.client_id and not re.fullmatch(
        r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", keyring.client_id
    ):
        raise UsageError(
            "azure-client-id is not a client id.",
            hint="It is the Application (client) ID of the app registration, or the client ID of the managed "
            "identity: 8-4-4-4-12 hexadecimal digits.",
            place=Place(input="azure-client-id"),
        )
    if keyring.tenant_id and not re.fullmatch(r"[A-Za-z0-9.-]+", keyring.tenant_id):
        raise UsageError(
            "azure-tenant-id is neither an id nor a domain.",
            hint="az account show --query tenantId prints it.",
            place=Place(input="azure-tenant-id"),
        )
