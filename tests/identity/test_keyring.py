from __future__ import annotations

import json

import pytest

from speechops.identity import Keyring, secrets

MARKED = {
    "speech-key": "marked-speech-key",
    "azure-credentials": json.dumps(
        {
            "clientId": "marked-client-id",
            "clientSecret": 'marked-"quoted"-secret',
            "subscriptionId": "marked-subscription",
            "tenantId": "marked-tenant",
            "activeDirectoryEndpointUrl": "https://login.microsoftonline.com",
        }
    ),
    "storage-connection-string": "AccountName=public;AccountKey=marked-account-key/==;BlobEndpoint=https://h",
    "storage-sas": "?sv=2024-11-04&sig=marked%2Fsignature%3D&se=2026-01-01",
}
ENVIRONMENT = {
    "AZURE_CLIENT_SECRET": "marked-environment-secret",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://host/marked-url",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "marked-request-token",
}


def test_repr__shows_no_secret() -> None:
    assert "marked" not in repr(Keyring.gather(ENVIRONMENT, MARKED))


def test_secrets__are_all_and_their_parts() -> None:
    found = secrets(Keyring.gather(ENVIRONMENT, MARKED))
    for expected in (
        "marked-speech-key",
        "marked-environment-secret",
        "marked-request-token",
        MARKED["azure-credentials"],
        "marked-client-id",
        'marked-"quoted"-secret',
        "marked-subscription",
        "marked-tenant",
        MARKED["storage-connection-string"],
        "marked-account-key/==",
        MARKED["storage-sas"],
        "marked%2Fsignature%3D",
        "marked/signature=",
    ):
        assert expected in found
    assert "https://login.microsoftonline.com" not in found  # it would blank out ordinary messages
    assert "clientSecret" not in found


def test_secrets__damaged_service_principal__parts_all_the_same() -> None:
    damaged = MARKED["azure-credentials"][:-1] + ", nonsense"
    found = secrets(Keyring(credentials=damaged))
    assert {damaged, "marked-client-id", "marked-subscription", "marked-tenant"} <= set(found)


def test_secrets__sas_inside_a_connection_string__its_signature_too() -> None:
    text = "BlobEndpoint=https://h;SharedAccessSignature=sv=2024&sig=marked%2B1&se=2026"
    found = secrets(Keyring(storage_connection_string=text))
    assert set(found) == {text, "sv=2024&sig=marked%2B1&se=2026", "marked%2B1", "marked+1"}


def test_secrets__nothing_given__none() -> None:
    assert secrets(Keyring()) == ()


@pytest.mark.parametrize("variable", ["AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_SAS_TOKEN"])
def test_gather__storage_secret_of_the_environment__not_asked_for_and_not_taken(variable: str) -> None:
    assert Keyring.gather({variable: "AccountKey=x"}, {}) == Keyring()


def test_gather__input_and_variable__input_counts() -> None:
    gathered = Keyring.gather({"AZURE_TENANT_ID": "old"}, {"azure-tenant-id": " new "})
    assert gathered.tenant_id == "new"
