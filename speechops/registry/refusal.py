"""What Azure Blob Storage refused, why, and what to do about it, on one line.

Codes: https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes and
https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from azure.core.exceptions import (
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)
from requests.exceptions import SSLError
from urllib3.exceptions import NameResolutionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azure.core.exceptions import AzureError


class Access(StrEnum):
    """What a request to the storage account is signed with."""

    SIGN_IN = "sign-in"
    SAS = "SAS"
    KEY = "account key"


_ROLE = (
    "the identity lacks a role on the account; Owner and Contributor do not include it",
    "az role assignment create --role 'Storage Blob Data Contributor' --assignee CLIENT --scope ACCOUNT_ID",
)
_SAS_SCOPE = (
    "the SAS does not cover this request",
    "Create one with services b, resource types sco and permissions rwdlac.",
)
_BUSY = ("it was busy in five attempts", "Run the job again; it continues where it stopped.")

_WRONG_CLOCK = (
    "this machine's clock is wrong: the request was signed for another time",
    "Set the clock (GitHub's own runners keep it), then run the job again.",
)

_REASONS: Mapping[str, tuple[str, str]] = {
    "AccountBeingCreated": ("the account is still being created", "Run the job again in a minute."),
    "AccountIsDisabled": ("the account is disabled", "Check the subscription's state in the portal."),
    "AuthorizationProtocolMismatch": ("it accepts only https", "Name the account by its https:// address."),
    "AuthorizationResourceTypeMismatch": _SAS_SCOPE,
    "AuthorizationServiceMismatch": _SAS_SCOPE,
    "AuthorizationSourceIPMismatch": (
        "the SAS is bound to other IP addresses",
        "Create one without an IP range, or use a sign-in.",
    ),
    "BlobArchived": ("the document is archived", "Move it to the hot or cool tier."),
    "BlobBeingRehydrated": (
        "the document is still being restored from the archive",
        "Run the job again later.",
    ),
    "BlobImmutableDueToPolicy": (
        "an immutability policy protects the document",
        "Remove the policy from the containers that SpeechOps writes.",
    ),
    "ContainerBeingDeleted": ("the container is being deleted", "Run the job again in a minute."),
    "ContainerDisabled": ("the container is disabled", "Enable it in the portal."),
    "InsufficientAccountPermissions": _ROLE,
    "InternalError": _BUSY,
    "KeyBasedAuthenticationNotPermitted": (
        "the account does not accept keys",
        "Remove storage-connection-string and storage-sas, so that the Azure sign-in is used.",
    ),
    "LeaseIdMissing": ("another program holds a lease on the document", "Break the lease in the portal."),
    "OperationTimedOut": _BUSY,
    "ServerBusy": _BUSY,
}

_AUTHENTICATION: Mapping[Access, tuple[str, str]] = {
    Access.SIGN_IN: (
        "the token was rejected",
        "Check that azure-tenant-id is the tenant of the account's subscription.",
    ),
    Access.SAS: (
        "the SAS is not valid: its text is incomplete, it has expired, or its key was rotated",
        "Create a new one, or use a sign-in.",
    ),
    Access.KEY: (
        "the account key is wrong or was rotated",
        "Copy the connection string from the portal again, or use a sign-in.",
    ),
}

_NETWORK = "Allow the runner in the account's Networking page, or use a runner inside its network"
_AUTHORIZATION: Mapping[Access, tuple[str, str]] = {
    Access.SIGN_IN: ("its network rules block this machine", f"{_NETWORK}."),
    Access.SAS: (
        "the SAS is not valid, or the account's network rules block this machine",
        f"Create a new SAS if it has expired or its key was rotated. {_NETWORK}.",
    ),
    Access.KEY: (
        "the account key is wrong, or the account's network rules block this machine",
        f"Copy the connection string from the portal again. {_NETWORK}.",
    ),
}

_PERMISSION: Mapping[Access, tuple[str, str]] = {
    Access.SIGN_IN: _ROLE,
    Access.SAS: ("the SAS does not allow it", "Create one with the permissions rwdlac."),
    Access.KEY: _ROLE,
}


def is_unmet_condition(error: HttpResponseError) -> bool:
    """Whether a conditional write was refused because its condition did not hold."""
    return code(error) in {"BlobAlreadyExists", "ConditionNotMet"}


def explain(error: AzureError, access: Access) -> tuple[str, str]:
    """Return the reason and the next step for a request, signed with ``access``, that ended in ``error``."""
    return _unanswered(error) or _refused(error, access)


def _unanswered(error: AzureError) -> tuple[str, str] | None:
    if isinstance(error, ServiceRequestError):
        return _unreachable(error)
    if isinstance(error, (ServiceResponseError, IncompleteReadError)):
        return ("the connection broke in five attempts", "Run the job again.")
    if isinstance(error, DecodeError):
        return (
            "the answer is not from a storage account",
            "Check the address in storage-account, and whether a proxy answers instead.",
        )
    return None


def _unreachable(error: ServiceRequestError) -> tuple[str, str]:
    cause = error.inner_exception
    reason = getattr(cause.args[0] if cause and cause.args else None, "reason", None)
    if isinstance(reason, NameResolutionError):
        return (
            "the host does not exist",
            (
                "Check the name in storage-account; a private account can only be reached from inside its "
                "network."
            ),
        )
    if isinstance(cause, SSLError):
        return (
            "its certificate is not trusted",
            "Behind a proxy that inspects traffic, set REQUESTS_CA_BUNDLE to the proxy's certificates.",
        )
    return ("it cannot be reached", "Check the network, the proxy and the account's firewall.")


def _refused(error: AzureError, access: Access) -> tuple[str, str]:
    word = code(error)
    known = {
        **_REASONS,
        "AuthorizationFailure": _AUTHORIZATION[access],
        "AuthorizationPermissionMismatch": _PERMISSION[access],
    }
    if word in known:
        return known[word]
    status = error.status_code if isinstance(error, HttpResponseError) else None
    if re.search("date header too old|not yet valid", str(error), re.IGNORECASE):
        return _WRONG_CLOCK
    if word in {"AuthenticationFailed", "InvalidAuthenticationInfo"} or status == 401:  # noqa: PLR2004
        return _AUTHENTICATION[access]
    if status and status >= 500:  # noqa: PLR2004
        return _BUSY
    said = error.message.strip().splitlines()
    facts = ", ".join(filter(None, (f"status {status}" if status else "", word, said[0] if said else "")))
    return (
        facts[:300].rstrip(".") or type(error).__name__,
        "Run the job again; see the account's activity log.",
    )


def code(error: AzureError) -> str:
    """Return the service's error code, or nothing."""
    word = getattr(error, "error_code", None)  # an enumeration's member or plain text, as it comes
    return str(getattr(word, "value", word or ""))
