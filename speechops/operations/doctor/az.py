"""How a project signs in, and its resources, as commands of the Azure CLI name them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from speechops.run import Run


def client_id(run: Run) -> str:
    """Return who signs in."""
    return run.connections.access.keyring.client_id


def assignee(run: Run) -> str:
    """Return who signs in, as ``az`` commands name them."""
    return client_id(run) or "CLIENT_ID"


def has_speech_token(run: Run) -> bool:
    """Whether the Speech resource is accessed by a sign-in rather than a key."""
    return not run.settings.speech.key and not run.settings.speech.is_this_machine


def has_storage_token(run: Run) -> bool:
    """Whether the storage account is accessed by a sign-in."""
    storage = run.settings.storage
    return bool(storage.account) and not storage.sas and not storage.connection_string


def speech_resource(run: Run) -> str:
    """Return the Speech resource's id, as a command that prints it."""
    name = (urlsplit(run.settings.speech.url).hostname or "").partition(".")[0]
    query = f"[?properties.customSubDomainName=='{name}'].id"
    return f'$(az cognitiveservices account list --query "{query}" --output tsv)'


def storage_resource(run: Run) -> str:
    """Return the storage account's id, as a command that prints it."""
    account = run.settings.storage.account
    name = (urlsplit(account).hostname or account).partition(".")[0]
    return f"$(az storage account show --name {name} --query id --output tsv)"
