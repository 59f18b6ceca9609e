"""The credentials that a run was given, as one frozen value; nothing here opens a file or a connection."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops.redaction import secret_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys, ids and addresses, each empty if it was not given.

    ``credentials`` is a service principal as JSON. ``oidc_url`` and ``oidc_token`` are GitHub's offer of an
    ID token, ``token_file`` the platform's; ``managed_identity`` says that the platform names an endpoint
    for one, or that the user requests it. ``authority`` is the sign-in host of another cloud.
    """

    client_id: str = ""
    tenant_id: str = ""
    client_secret: str = field(default="", repr=False)
    credentials: str = field(default="", repr=False)
    oidc_url: str = field(default="", repr=False)
    oidc_token: str = field(default="", repr=False)
    token_file: str = ""
    managed_identity: bool = False
    authority: str = ""
    in_actions: bool = False
    speech_key: str = field(default="", repr=False)
    storage_connection_string: str = field(default="", repr=False)
    storage_sas: str = field(default="", repr=False)

    @classmethod
    def gather(
        cls, environment: Mapping[str, str], inputs: Mapping[str, str], *, in_actions: bool = False
    ) -> Keyring:
        """Gather what the inputs give, by their names, and what the environment adds.

        A connection string or SAS of the storage account is read from the inputs only: it counts only
        if it is requested.
        """

        def of(variable: str) -> str:
            return environment.get(variable, "").strip()

        def given(name: str) -> str:
            return inputs.get(name, "").strip()

        return cls(
            client_id=given("azure-client-id") or of("AZURE_CLIENT_ID"),
            tenant_id=given("azure-tenant-id") or of("AZURE_TENANT_ID"),
            client_secret=of("AZURE_CLIENT_SECRET"),
            credentials=given("azure-credentials") or of("AZURE_CREDENTIALS"),
            oidc_url=of("ACTIONS_ID_TOKEN_REQUEST_URL"),
            oidc_token=of("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
            token_file=of("AZURE_FEDERATED_TOKEN_FILE"),
            managed_identity=bool(
                of("IDENTITY_ENDPOINT")
                or of("MSI_ENDPOINT")
                or of("AZURE_TOKEN_CREDENTIALS") == "ManagedIdentityCredential"
            ),
            authority=of("AZURE_AUTHORITY_HOST"),
            in_actions=in_actions,
            speech_key=given("speech-key"),
            storage_connection_string=given("storage-connection-string"),
            storage_sas=given("storage-sas"),
        )


def secrets(keyring: Keyring) -> tuple[str, ...]:
    """Return every secret value of ``keyring``, and the secret parts of structured ones.

    Of a service principal's JSON each value counts that is not an address, as azure/login masks them, and
    even if the JSON is damaged.
    """
    found = [
        keyring.speech_key,
        keyring.client_secret,
        keyring.oidc_token,
        *secret_parts(keyring.storage_connection_string),
        *secret_parts(keyring.storage_sas),
        keyring.credentials,
        *_json_values(keyring.credentials),
    ]
    return tuple(dict.fromkeys(text for text in found if text))


def _json_values(text: str) -> Iterator[str]:
    """Yield the strings of ``text`` that are neither names nor addresses, without reading it as JSON."""
    for found in re.finditer(r'"((?:[^"\\]|\\.)*)"(\s*:)?', text):
        value, is_name = found.groups()
        if not is_name and "//" not in value:
            yield value
            yield re.sub(r"\\(.)", r"\1", value)
