"""The method by which a run signs in to Azure."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from speechops.errors import Place, UsageError

if TYPE_CHECKING:
    from speechops.identity.keyring import Keyring


class SignInMethod(StrEnum):
    """The sign-in methods; the values are the names that the log shows."""

    GITHUB = "GitHub OpenID Connect"
    SERVICE_PRINCIPAL = "service principal of azure-credentials"
    CLIENT_SECRET = "client secret of the environment"  # noqa: S105 - a name, not a secret
    WORKLOAD = "workload identity"
    MANAGED_IDENTITY = "managed identity"
    AZURE_CLI = "Azure CLI"


def choose(keyring: Keyring) -> SignInMethod:
    """Return the method that ``keyring`` allows; if it allows several, the one that needs the least secret.

    :raises UsageError: if the given IDs are invalid or allow no sign-in
    """
    _check_ids(keyring)
    both_ids = bool(keyring.client_id and keyring.tenant_id)
    if both_ids and keyring.oidc_url and keyring.oidc_token:
        return SignInMethod.GITHUB
    if keyring.credentials:
        return SignInMethod.SERVICE_PRINCIPAL
    if both_ids and keyring.token_file:
        return SignInMethod.WORKLOAD
    if both_ids and keyring.client_secret:
        return SignInMethod.CLIENT_SECRET
    if keyring.managed_identity:
        return SignInMethod.MANAGED_IDENTITY
    if keyring.in_actions:
        raise _dead_end(keyring)
    return SignInMethod.AZURE_CLI


def _dead_end(keyring: Keyring) -> UsageError:
    if not keyring.client_id:
        return UsageError(
            "No Azure credentials were given.",
            hint="Set azure-client-id and azure-tenant-id and give the job permissions: id-token: write, "
            "or set "
            "azure-credentials, or speech-key.",
            place=Place(input="azure-client-id"),
        )
    if not keyring.tenant_id:
        return UsageError(
            "azure-client-id is set, but azure-tenant-id is not.",
            hint="az account show --query tenantId prints it.",
            place=Place(input="azure-tenant-id"),
        )
    return UsageError(
        "This job cannot get an ID token from GitHub to sign in to Azure.",
        hint="Add permissions: id-token: write to the job and to the workflow that calls it. Pull requests "
        "from forks and from Dependabot never get one.",
        place=Place(input="azure-client-id"),
    )


def _check_ids(keyring: Keyring) -> None:
    if keyring.client_id and not re.fullmatch(
        r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", keyring.client_id
    ):
        raise UsageError(
            "azure-client-id is not a valid client ID.",
            hint="It is the Application (client) ID of the app registration, or the client ID of the managed "
            "identity: 8-4-4-4-12 hexadecimal digits.",
            place=Place(input="azure-client-id"),
        )
    if keyring.tenant_id and not re.fullmatch(r"[A-Za-z0-9.-]+", keyring.tenant_id):
        raise UsageError(
            "azure-tenant-id is not a valid tenant ID or domain.",
            hint="az account show --query tenantId prints it.",
            place=Place(input="azure-tenant-id"),
        )
