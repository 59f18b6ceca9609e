"""A service principal as JSON, the form of the secret ``AZURE_CREDENTIALS``."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.errors import Place, UsageError

if TYPE_CHECKING:
    from speechops.identity.keyring import Keyring

_HINT = (
    "Store the whole output of az ad sp create-for-rbac --json-auth, or use OpenID Connect, which needs no "
    "secret."
)
_RENAMED = {"appId": "clientId", "password": "clientSecret", "tenant": "tenantId"}


def unfold(keyring: Keyring) -> Keyring:
    """Return ``keyring`` with the ids, the secret and the sign-in host that its ``credentials`` name.

    :raises UsageError: if they are not what ``az ad sp create-for-rbac --json-auth`` prints; the message
        shows none of it
    """
    values = _object(keyring.credentials)
    renamed = [
        f"{old} should be {new}" for old, new in _RENAMED.items() if old in values and new not in values
    ]
    if renamed:
        raise _wrong(f"uses field names that azure/login does not accept: {', '.join(renamed)}")
    return replace(
        keyring,
        client_id=_text(values, "clientId"),
        tenant_id=_text(values, "tenantId"),
        client_secret=_text(values, "clientSecret"),
        authority=_text(values, "activeDirectoryEndpointUrl", required=False) or keyring.authority,
    )


def _object(text: str) -> dict[str, object]:
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise _wrong(f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise _wrong("is not JSON of a service principal") from None
    if not isinstance(values, dict):
        raise _wrong("is JSON, but not an object")
    return values


def _text(values: dict[str, object], name: str, *, required: bool = True) -> str:
    value = values.get(name, "")
    if not isinstance(value, str):
        raise _wrong(f"has a {name} that is not text")
    if required and not value.strip():
        raise _wrong(f"has no {name}")
    return value.strip()


def _wrong(what: str) -> UsageError:
    place = Place(input="azure-credentials")
    return UsageError(f"The service principal in azure-credentials {what}.", hint=_HINT, place=place)
