"""Whom the doctor sees, and what the doctor says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.clock import Clock
    from speechops.errors import SpeechOpsError
    from speechops.registry.blob import BlobStore
    from speechops.registry.registry import Registry
    from speechops.run import Platform
    from speechops.settings import Settings
    from speechops.speech import SpeechClient


class State(StrEnum):
    """How it stands with one thing."""

    FINE = "fine"
    WARNING = "warning"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found about one thing, and the step that mends it (empty where nothing needs mending)."""

    subject: str
    state: State
    found: str
    fix: str = ""

    @classmethod
    def of(cls, subject: str, error: SpeechOpsError) -> Diagnosis:
        """Return what an error tells."""
        return cls(subject, State.WRONG, error.message, error.hint)


class Tokens(Protocol):
    """The run's sign-in, such as :class:`speechops.identity.SignIn`."""

    @property
    def way(self) -> object:
        """The way taken, to be told by its name."""
        ...

    def token(self, scope: str) -> str:
        """Return a token. Raises :class:`~speechops.errors.IdentityError`."""
        ...


@dataclass(frozen=True, slots=True)
class Patient:
    """A repository's set-up and the means to look into it.

    ``sign_in``, ``speech``, ``account`` and ``registry`` open what they name when it is first looked at; each
    raises :class:`~speechops.errors.SpeechOpsError` where the settings alone do not allow it.
    ``speech_token`` tells whether the Speech resource is signed in to, ``storage_token`` the same of the
    storage account. ``client_id`` is who signs in, empty where that is not known by its id.
    """

    settings: Settings
    clock: Clock
    sign_in: Callable[[], Tokens]
    speech: Callable[[], SpeechClient]
    account: Callable[[], BlobStore]
    registry: Callable[[], Registry]
    client_id: str
    platform: Platform | None
    repository: str
    in_actions: bool

    @property
    def speech_token(self) -> bool:
        """Whether the Speech resource is signed in to, rather than shown a key."""
        return not self.settings.speech.key and not self.settings.speech.is_this_machine

    @property
    def storage_token(self) -> bool:
        """Whether the storage account is signed in to."""
        storage = self.settings.storage
        return bool(storage.account) and not storage.sas and not storage.connection_string

    @property
    def assignee(self) -> str:
        """Who signs in, as ``az`` commands name them."""
        return self.client_id or "CLIENT_ID"

    @property
    def speech_resource(self) -> str:
        """The Speech resource's id, as a command that prints it."""
        name = (urlsplit(self.settings.speech.url).hostname or "").partition(".")[0]
        query = f"[?properties.customSubDomainName=='{name}'].id"
        return f'$(az cognitiveservices account list --query "{query}" --output tsv)'

    @property
    def storage_resource(self) -> str:
        """The storage account's id, as a command that prints it."""
        account = self.settings.storage.account
        name = (urlsplit(account).hostname or account).partition(".")[0]
        return f"$(az storage account show --name {name} --query id --output tsv)"
