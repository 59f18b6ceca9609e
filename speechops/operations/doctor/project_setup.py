"""The setup that the doctor checks: settings, sign-in, service, store and platform of a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from speechops.clock import Clock
    from speechops.github.platform import Platform
    from speechops.identity import SignIn
    from speechops.registry.blob import BlobStore
    from speechops.registry.registry import Registry
    from speechops.run import Run
    from speechops.settings import Settings
    from speechops.speech import SpeechClient


@dataclass(frozen=True, slots=True)
class ProjectSetup:
    """A repository's set-up and the means to check it.

    What is opened when it is first used raises :class:`~speechops.errors.SpeechOpsError` if the settings
    do not allow it.
    """

    run: Run

    @property
    def settings(self) -> Settings:
        """The settings of the run."""
        return self.run.settings

    @property
    def clock(self) -> Clock:
        """The clock."""
        return self.run.clock

    @property
    def platform(self) -> Platform | None:
        """GitHub."""
        return self.run.platform

    @property
    def repository(self) -> str:
        """The repository on GitHub, as owner/name."""
        return self.run.connections.repository

    @property
    def in_actions(self) -> bool:
        """Whether the Actions runner runs this."""
        return self.run.output.in_actions

    @property
    def client_id(self) -> str:
        """Who signs in."""
        return self.run.connections.access.keyring.client_id

    def sign_in(self) -> SignIn:
        """Return the sign-in."""
        return self.run.connections.access.sign_in

    def speech(self) -> SpeechClient:
        """Return the speech service."""
        return self.run.speech

    def account(self) -> BlobStore:
        """Return the storage account."""
        return self.run.connections.access.account(self.settings.storage)

    def registry(self) -> Registry:
        """Return the registry."""
        return self.run.registry

    @property
    def speech_token(self) -> bool:
        """Whether the Speech resource is accessed by a sign-in rather than a key."""
        return not self.settings.speech.key and not self.settings.speech.is_this_machine

    @property
    def storage_token(self) -> bool:
        """Whether the storage account is accessed by a sign-in."""
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
