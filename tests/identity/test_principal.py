from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.errors import UsageError
from speechops.identity import Keyring, principal
from tests.identity.entra import CLIENT, SECRET, TENANT

FULL = {
    "clientId": CLIENT,
    "clientSecret": SECRET,
    "subscriptionId": "s",
    "tenantId": TENANT,
    "activeDirectoryEndpointUrl": "https://login.microsoftonline.com",
    "resourceManagerEndpointUrl": "https://management.azure.com/",
}


def _unfold(values: object, **beside: str) -> Keyring:
    return principal.unfold(Keyring.gather(beside, {"azure-credentials": json.dumps(values)}))


def test_unfold__as_the_cli_prints_it__is_who_signs_in() -> None:
    keyring = _unfold(FULL, AZURE_CLIENT_ID="other", AZURE_TENANT_ID="other", AZURE_CLIENT_SECRET="other")
    assert (keyring.client_id, keyring.tenant_id, keyring.client_secret) == (CLIENT, TENANT, SECRET)
    assert keyring.authority == "https://login.microsoftonline.com"


def test_unfold__without_the_sign_in_host__keeps_the_one_of_the_environment() -> None:
    values = {name: FULL[name] for name in ("clientId", "clientSecret", "tenantId")}
    assert _unfold(values, AZURE_AUTHORITY_HOST="login.example").authority == "login.example"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not JSON: Expecting value in line 1, column 1"),
        (SECRET, "is not JSON"),
        (f'{{"clientSecret": "{SECRET}"', "is not JSON: Expecting ',' delimiter"),
        (f'["{SECRET}"]', "is JSON, but not an object"),
        ("[" * 100_000, "is not JSON"),
        (json.dumps(FULL | {"clientSecret": ""}), "has no clientSecret"),
        (json.dumps({"clientId": CLIENT, "clientSecret": SECRET}), "has no tenantId"),
        (json.dumps(FULL | {"clientSecret": {"value": SECRET}}), "has a clientSecret that is not text"),
        (
            json.dumps({"appId": CLIENT, "password": SECRET, "tenant": TENANT}),
            "appId should be clientId, password should be clientSecret, tenant should be tenantId",
        ),
    ],
)
def test_unfold__something_else__says_what_and_shows_none_of_it(text: str, words: str) -> None:
    with pytest.raises(UsageError) as error:
        principal.unfold(Keyring(credentials=text))
    assert words in str(error.value)
    assert "az ad sp create-for-rbac --json-auth" in error.value.hint
    assert SECRET not in str(error.value)
    assert error.value.place is not None
    assert error.value.place.input == "azure-credentials"


values = st.recursive(
    st.none() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(FULL)), inner),
)


@given(st.text() | values.map(json.dumps))
def test_unfold__anything__keyring_or_usage_error(text: str) -> None:
    try:
        keyring = principal.unfold(Keyring(credentials=text))
    except UsageError:
        return
    assert keyring.client_id
    assert keyring.tenant_id
    assert keyring.client_secret
