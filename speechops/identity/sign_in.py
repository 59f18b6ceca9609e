"""Microsoft Entra tokens, obtained with the run's sign-in method."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from speechops import clouds
from speechops.errors import IdentityError
from speechops.identity import principal
from speechops.identity.github import IdTokens
from speechops.identity.method import SignInMethod, choose

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    from azure.core.credentials import TokenCredential

    from speechops.clock import Clock
    from speechops.identity.keyring import Keyring

_RETRIES = 4  # of each request to Entra
_MARGIN = 600.0  # seconds before a token expires at which a new one is fetched
_TRANSIT = 60.0  # seconds that a request may be under way with a token


@dataclass(frozen=True, slots=True)
class _Token:
    text: str = field(repr=False)
    fresh_until: float  # both in seconds since the epoch
    good_until: float


class SignIn:
    """Signs in and keeps tokens fresh, for any number of scopes and threads.

    A token is fetched when it is first needed, and again ten minutes before it expires, or at half its
    lifetime if that is less; a failure is then ignored while the current token is valid. ``learn`` receives
    each token, so that it can be masked before anything can print it.
    """

    def __init__(
        self,
        keyring: Keyring,
        *,
        session: requests.Session,
        clock: Clock,
        learn: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.method = choose(keyring)
        self._keyring = (
            principal.unfold(keyring) if self.method is SignInMethod.SERVICE_PRINCIPAL else keyring
        )
        self._session = session
        self._clock = clock
        self._learn = learn
        self._tokens: dict[str, _Token] = {}
        self._lock = threading.Lock()
        self._id_tokens = IdTokens(
            keyring.oidc_url, keyring.oidc_token, session=session, clock=clock, learn=learn
        )

    @property
    def host(self) -> str:
        """The host that receives our credentials; empty if this machine handles the sign-in itself."""
        if self.method in {SignInMethod.MANAGED_IDENTITY, SignInMethod.AZURE_CLI}:
            return ""
        authority = self._keyring.authority
        return clouds.host_of(authority if "//" in authority else f"//{authority}") or clouds.PUBLIC.authority

    def __repr__(self) -> str:
        return f"SignIn({self.method.value!r})"

    def token(self, scope: str) -> str:
        """Return a token for ``scope`` that is valid for at least a few minutes.

        :raises IdentityError: if signing in fails
        """
        with self._lock:
            now = self._clock.now().timestamp()
            token = self._tokens.get(scope)
            if token and now < token.fresh_until:
                return token.text
            try:
                token = self._tokens[scope] = self._fetch(scope, now)
            except IdentityError:
                if token is None or now >= token.good_until:
                    raise
                # There is time left to try again before the current token expires.
            return token.text

    def renew(self) -> None:
        """Discard the current tokens, so that the next request makes a new exchange."""
        with self._lock:
            self._tokens.clear()

    def _fetch(self, scope: str, now: float) -> _Token:
        from azure.core.exceptions import AzureError  # noqa: PLC0415 - heavy

        from speechops.identity import diagnosis  # noqa: PLC0415 - loads the Azure libraries

        try:
            token = self._credential().get_token(scope)
        except AzureError as error:
            raise diagnosis.explain(error, self.method, self._keyring, self._id_tokens.last) from error
        self._learn(token.token)
        life = token.expires_on - now
        return _Token(token.token, now + max(life - _MARGIN, life / 2), token.expires_on - _TRANSIT)

    def _credential(self) -> TokenCredential:
        """Return a credential of the Azure library with an empty cache, so that it requests a new token."""
        from azure import identity  # noqa: PLC0415 - heavy

        from speechops.azure_transport import Transport  # noqa: PLC0415 - loads the Azure libraries

        keyring = self._keyring
        options: dict[str, Any] = {
            "transport": Transport(self._session, self._clock),
            "retry_total": _RETRIES,
        }
        # A host that the user named is trusted; there is no need to check it with the public cloud.
        entra = {**options, "authority": keyring.authority or None, "disable_instance_discovery": True}
        tenant, client = keyring.tenant_id, keyring.client_id
        match self.method:
            case SignInMethod.GITHUB:
                return identity.ClientAssertionCredential(tenant, client, self._id_tokens.fetch, **entra)
            case SignInMethod.WORKLOAD:
                return identity.WorkloadIdentityCredential(
                    tenant_id=tenant, client_id=client, token_file_path=keyring.token_file, **entra
                )
            case SignInMethod.SERVICE_PRINCIPAL | SignInMethod.CLIENT_SECRET:
                return identity.ClientSecretCredential(tenant, client, keyring.client_secret, **entra)
            case SignInMethod.MANAGED_IDENTITY:
                return identity.ManagedIdentityCredential(client_id=client or None, **options)
            case SignInMethod.AZURE_CLI:
                return identity.AzureCliCredential(tenant_id=tenant)
