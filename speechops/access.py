"""How a run reaches its Speech resource and its store: by key, by shared access signature, or signed in.

In order of precedence. Speech resource: ``speech-key``, else the sign-in. Store:
``storage-connection-string``, ``storage-account`` with ``storage-sas``, ``storage-account`` with the sign-in,
else a folder. Both share one sign-in, made when it is first needed; its method is logged.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from speechops import clouds
from speechops.errors import Place, StoreError, UsageError
from speechops.identity import Keyring, SignIn, SpeechToken
from speechops.inputs import (
    AZURE_CLIENT_ID,
    AZURE_TENANT_ID,
    DEPLOY_CLIENT_ID,
    INPUTS,
    SPEECH_ENDPOINT,
    STORAGE_ACCOUNT,
)
from speechops.values import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from speechops.clock import Clock
    from speechops.registry.blob import BlobStore
    from speechops.resources import SpeechSettings, StorageSettings
    from speechops.settings import Settings
    from speechops.speech import Credential

_NO_KEY = "no-key-is-needed"
_SIGN_IN = (AZURE_CLIENT_ID, AZURE_TENANT_ID)


@dataclass(slots=True)
class Access:
    """The credentials of a run. ``learn`` receives each token before it is used, ``say`` the method used."""

    keyring: Keyring
    session: requests.Session
    clock: Clock
    learn: Callable[[str], object]
    say: Callable[[str], None]
    _sign_in: SignIn | None = field(default=None, init=False)
    _announced: set[str] = field(default_factory=set, init=False)

    @property
    def sign_in(self) -> SignIn:
        """The one sign-in of the run. Raises :class:`UsageError` without credentials."""
        if self._sign_in is None:
            self._sign_in = SignIn(self.keyring, session=self.session, clock=self.clock, learn=self.learn)
            where = f", at {self._sign_in.host}" if self._sign_in.host else ""
            self.say(f"Azure sign-in: {self._sign_in.method}{where}.")
        return self._sign_in

    def credential(self, speech: SpeechSettings) -> Credential:
        """Return what signs requests to the Speech resource. Raises :class:`UsageError`."""
        from speechops.speech import KeyCredential  # noqa: PLC0415 - heavy

        if speech.key:
            self._announce("The key of the Speech resource", speech.url)
            return KeyCredential(speech.key)
        if speech.is_this_machine:
            return KeyCredential(_NO_KEY)
        token = SpeechToken(self.sign_in, speech.url)
        self._announce("The token for the Speech resource", speech.url)
        return token

    def resource_id(self, speech: SpeechSettings) -> str:
        """Return the Azure resource id of a Speech resource, empty if the sign-in sees none at its address.

        Raises :class:`SpeechOpsError` if there is no sign-in, or it is refused.
        """
        from speechops.identity import resources  # noqa: PLC0415 - few runs copy

        cloud = clouds.of_address(speech.url) or clouds.PUBLIC
        sign_in = self.sign_in
        self._announce("The token to look up speech-resource-id", f"https://{cloud.management}")
        return resources.find(speech.url, sign_in, self.session)

    def account(self, storage: StorageSettings) -> BlobStore:
        """Return the storage account. Raises :class:`UsageError`."""
        from speechops.registry.blob import BlobStore  # noqa: PLC0415 - heavy

        if storage.connection_string:
            what = "The credential of storage-connection-string"
            account = BlobStore.with_connection_string(
                storage.connection_string, session=self.session, clock=self.clock
            )
        elif not storage.account:
            raise UsageError(
                "storage-sas is set, but storage-account is not.",
                hint="Set storage-account to the account of the SAS.",
                place=Place(input="storage-account"),
            )
        elif storage.sas:
            what = "The shared access signature"
            account = BlobStore.with_sas(storage.account, storage.sas, session=self.session, clock=self.clock)
        else:
            what = "The token for the storage account"
            account = BlobStore.signed_in(
                storage.account, self.sign_in, session=self.session, clock=self.clock
            )
        self._announce(what, f"https://{account.host}")
        return account

    def _announce(self, credential: str, address: str) -> None:
        """Log the host that is about to receive a credential, once."""
        line = f"{credential} goes to {clouds.host_of(address)}."
        if line not in self._announced:
            self._announced.add(line)
            self.say(line)


def publicity(account: BlobStore) -> tuple[str, ...]:
    """Return a warning for each of our containers that is public; SpeechOps never creates such containers.

    Microsoft's template created ``configuration`` as public. If the account does not allow listing its
    containers, that is not an error: the warning then says that it is unknown.
    """
    from speechops.registry.registry import CONTAINERS  # noqa: PLC0415 - heavy

    try:
        exposed = [name for name in account.public_containers() if name in CONTAINERS]
    except StoreError as error:
        return (f"Cannot tell whether the containers are public. {error}",)
    return tuple(
        f"The container {name} of {account.host} is public. To close it: {account.how_to_close(name)}"
        for name in exposed
    )


def keyring(settings: Settings, environment: Mapping[str, str], *, in_actions: bool) -> Keyring:
    """Return the credentials in the settings, including ``speechops.yml``, and the environment."""
    rows = (row for row in INPUTS if (row.secret and row.type is SECRET) or row in _SIGN_IN)
    given = {row.name: settings.text(row) for row in rows}
    if settings.operation.deploys and settings[DEPLOY_CLIENT_ID]:
        given[AZURE_CLIENT_ID.name] = settings[DEPLOY_CLIENT_ID]
    found = Keyring.gather(environment, given, in_actions=in_actions)
    speech = settings.speech.url if settings.reads(SPEECH_ENDPOINT) else ""
    cloud = clouds.of_address(speech) or clouds.of_address(settings.text(STORAGE_ACCOUNT))
    if found.authority or cloud is None or cloud is clouds.PUBLIC:
        return found
    return replace(found, authority=f"https://{cloud.authority}")
