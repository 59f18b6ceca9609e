from __future__ import annotations

import pytest

from speechops.errors import UsageError
from speechops.identity import Keyring, SignInMethod, choose
from tests.identity.entra import CLIENT, TENANT

IDS = {"azure-client-id": CLIENT, "azure-tenant-id": TENANT}
OIDC = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://github/token?v=1", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}
TOKEN_FILE = {"AZURE_FEDERATED_TOKEN_FILE": "/token"}
CLIENT_SECRET = {"AZURE_CLIENT_SECRET": "s"}
PLATFORM = {"IDENTITY_ENDPOINT": "http://localhost/msi"}


@pytest.mark.parametrize(
    ("environment", "inputs", "method"),
    [
        (OIDC, IDS, SignInMethod.GITHUB),
        (OIDC | {"AZURE_CLIENT_ID": CLIENT, "AZURE_TENANT_ID": TENANT}, {}, SignInMethod.GITHUB),
        (
            OIDC | TOKEN_FILE | CLIENT_SECRET | PLATFORM,
            IDS | {"azure-credentials": "{}"},
            SignInMethod.GITHUB,
        ),
        (OIDC, {"azure-credentials": "{}"}, SignInMethod.SERVICE_PRINCIPAL),
        ({"AZURE_CREDENTIALS": "{}"}, {}, SignInMethod.SERVICE_PRINCIPAL),
        (TOKEN_FILE | CLIENT_SECRET, IDS, SignInMethod.WORKLOAD),
        (CLIENT_SECRET, IDS, SignInMethod.CLIENT_SECRET),
        (PLATFORM, {}, SignInMethod.MANAGED_IDENTITY),
        (PLATFORM, {"azure-client-id": CLIENT}, SignInMethod.MANAGED_IDENTITY),
        ({"MSI_ENDPOINT": "http://localhost/msi"}, {}, SignInMethod.MANAGED_IDENTITY),
        ({"AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential"}, {}, SignInMethod.MANAGED_IDENTITY),
        ({}, {}, SignInMethod.AZURE_CLI),
        ({}, IDS, SignInMethod.AZURE_CLI),
        (CLIENT_SECRET, {}, SignInMethod.AZURE_CLI),
        ({"AZURE_CLIENT_SECRET": "  "}, IDS, SignInMethod.AZURE_CLI),
    ],
)
def test_choose__what_is_given__selects_the_method(
    environment: dict[str, str], inputs: dict[str, str], method: SignInMethod
) -> None:
    assert choose(Keyring.gather(environment, inputs)) is method


@pytest.mark.parametrize(
    ("environment", "inputs", "place", "words"),
    [
        ({}, {}, "azure-client-id", "No Azure credentials were given. Set azure-client-id"),
        ({}, {"azure-client-id": CLIENT}, "azure-tenant-id", "azure-tenant-id is not. az account show"),
        (OIDC, {"azure-client-id": CLIENT}, "azure-tenant-id", "azure-tenant-id is not"),
        (
            {},
            IDS,
            "azure-client-id",
            "cannot get an ID token from GitHub to sign in to Azure. Add permissions: id-token: write",
        ),
    ],
)
def test_choose__in_actions_with_too_little__says_what_is_missing(
    environment: dict[str, str], inputs: dict[str, str], place: str, words: str
) -> None:
    with pytest.raises(UsageError) as error:
        choose(Keyring.gather(environment, inputs, in_actions=True))
    assert words in str(error.value)
    assert error.value.place is not None
    assert error.value.place.input == place


@pytest.mark.parametrize("client", ["speechops-app", CLIENT[:-1], f"{CLIENT}0", f"{CLIENT}\n--"])
def test_choose__client_id_that_is_a_name__refused(client: str) -> None:
    with pytest.raises(UsageError, match="azure-client-id"):
        choose(Keyring(client_id=client))


@pytest.mark.parametrize("tenant", ["two words", "a/b", "https://login"])
def test_choose__tenant_id_that_would_change_the_address__refused(tenant: str) -> None:
    with pytest.raises(UsageError, match="azure-tenant-id"):
        choose(Keyring(tenant_id=tenant))


def test_choose__tenant_by_its_domain__taken() -> None:
    ids = {"azure-client-id": CLIENT, "azure-tenant-id": "example.onmicrosoft.com"}
    assert choose(Keyring.gather(OIDC, ids)) is SignInMethod.GITHUB
