from __future__ import annotations

import pytest

from speechops.errors import UsageError
from speechops.identity import Keyring, Way, choose
from tests.identity.entra import CLIENT, TENANT

IDS = {"azure-client-id": CLIENT, "azure-tenant-id": TENANT}
OIDC = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://github/token?v=1", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}
TOKEN_FILE = {"AZURE_FEDERATED_TOKEN_FILE": "/token"}
CLIENT_SECRET = {"AZURE_CLIENT_SECRET": "s"}
PLATFORM = {"IDENTITY_ENDPOINT": "http://localhost/msi"}


@pytest.mark.parametrize(
    ("environment", "inputs", "way"),
    [
        (OIDC, IDS, Way.GITHUB),
        (OIDC | {"AZURE_CLIENT_ID": CLIENT, "AZURE_TENANT_ID": TENANT}, {}, Way.GITHUB),
        (OIDC | TOKEN_FILE | CLIENT_SECRET | PLATFORM, IDS | {"azure-credentials": "{}"}, Way.GITHUB),
        (OIDC, {"azure-credentials": "{}"}, Way.SERVICE_PRINCIPAL),
        ({"AZURE_CREDENTIALS": "{}"}, {}, Way.SERVICE_PRINCIPAL),
        (TOKEN_FILE | CLIENT_SECRET, IDS, Way.WORKLOAD),
        (CLIENT_SECRET, IDS, Way.CLIENT_SECRET),
        (PLATFORM, {}, Way.MANAGED_IDENTITY),
        (PLATFORM, {"azure-client-id": CLIENT}, Way.MANAGED_IDENTITY),
        ({"MSI_ENDPOINT": "http://localhost/msi"}, {}, Way.MANAGED_IDENTITY),
        ({"AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential"}, {}, Way.MANAGED_IDENTITY),
        ({}, {}, Way.AZURE_CLI),
        ({}, IDS, Way.AZURE_CLI),
        (CLIENT_SECRET, {}, Way.AZURE_CLI),
        ({"AZURE_CLIENT_SECRET": "  "}, IDS, Way.AZURE_CLI),
    ],
)
def test_choose__what_is_given__opens_the_way(
    environment: dict[str, str], inputs: dict[str, str], way: Way
) -> None:
    assert choose(Keyring.gather(environment, inputs)) is way


@pytest.mark.parametrize(
    ("environment", "inputs", "place", "words"),
    [
        ({}, {}, "azure-client-id", "Nothing was given to sign in to Azure with. Give azure-client-id"),
        ({}, {"azure-client-id": CLIENT}, "azure-tenant-id", "azure-tenant-id is not. az account show"),
        (OIDC, {"azure-client-id": CLIENT}, "azure-tenant-id", "azure-tenant-id is not"),
        (
            {},
            IDS,
            "azure-client-id",
            "no ID token to sign in to Azure with. Add permissions: id-token: write",
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
    with pytest.raises(UsageError, match="not a client id"):
        choose(Keyring(client_id=client))


@pytest.mark.parametrize("tenant", ["two words", "a/b", "https://login"])
def test_choose__tenant_id_that_would_change_the_address__refused(tenant: str) -> None:
    with pytest.raises(UsageError, match="neither an id nor a domain"):
        choose(Keyring(tenant_id=tenant))


def test_choose__tenant_by_its_domain__taken() -> None:
    ids = {"azure-client-id": CLIENT, "azure-tenant-id": "example.onmicrosoft.com"}
    assert choose(Keyring.gather(OIDC, ids)) is Way.GITHUB
