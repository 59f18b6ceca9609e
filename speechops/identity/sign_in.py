"""Tokens of Microsoft Entra, got in the one way that the run takes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from speechops import clouds
from speechops.errors import IdentityError
from speechops.identity import principal
from speechops.identity.github import IdTokens
from speechops.identity.way import Way, choose

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    from azure.core.credentials import TokenCredential

    from speechops.clock import Clock
    from speechops.identity.keyring import Keyring

_RETRIES = 4  # of each request to Entra
_MARGIN = 600.0  # seconds before a token's end in which a new one is fetched
_TRANSIT = 60.0  # seconds that a request may be under way with a token


@dataclass(frozen=True, slots=True)
class _Token:
    text: str = field(repr=False)
    fresh_until: float  # both in seconds since the epoch
    good_until: float


class SignIn:
    """Signs in and keeps tokens fresh, for any number of scopes and threads.

    A token is fetched when it is first needed, and anew ten minutes before its end, or at half its life where
    that is less; a failure is then passed over while the present token is good. ``learn`` is told each token,
    so that it can be masked before anything can print it.
    """

    def __init__(
        self,
        keyring: Keyring,
        *,
        session: requests.Session,
        clock: Clock,
        learn: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.way = choose(keyring)
        self._keyring = principal.unfold(keyring) if self.way is Way.SERVICE_PRINCIPAL else keyring
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
        """The host that is shown our credentials; empty if that is this machine's affair."""
        if self.way in {Way.MANAGED_IDENTITY, Way.AZURE_CLI}:
            return ""
        authority = self._keyring.authority
        return clouds.host_of(authority if "//" in authority else f"//{authority}") or clouds.PUBLIC.authority

    def __repr__(self) -> str:
        return f"SignIn({self.way.value!r})"

    def token(self, scope: str) -> str:
        """Return a token for ``scope`` that is good for some minutes at least.

        :raises IdentityError: if signing in fails
        """
        with self._lock:
            now = self._clock.now().timestamp()
            held = self._tokens.get(scope)
            if held and now < held.fresh_until:
                return held.text
            try:
                held = self._tokens[scope] = self._fetch(scope, now)
            except IdentityError:
                if held is None or now >= held.good_until:
                    raise
                # There is time left to try again before the present token ends.
            return held.text

    def renew(self) -> None:
        """Forget the present tokens, so that each next one comes of a new exchange."""
        with self._lock:
            self._tokens.clear()

    def _fetch(self, scope: str, now: float) -> _Token:
        from azure.core.exceptions import AzureError  # noqa: PLC0415 - heavy

        from speechops.identity import diagnosis  # noqa: PLC0415 - loads the Azure libraries

        try:
            token = self._credential().get_token(scope)
        except AzureError as error:
            raise diagnosis.explain(error, self.way, self._keyring, self._id_tokens.last) from error
        self._learn(token.token)
        life = token.expires_on - now
        return _Token(token.token, now + max(life - _MARGIN, life / 2), token.expires_on - _TRANSIT)

    def _credential(self) -> TokenCredential:
        """Return a credential of the Azure library with an empty cache, so that it asks anew."""
        from azure import identity  # noqa: PLC0415 - heavy

        from speechops.azure_transport import Transport  # noqa: PLC0415 - loads the Azure libraries

        keyring = self._keyring
        options: dict[str, Any] = {
            "transport": Transport(self._session, self._clock),
            "retry_total": _RETRIES,
        }
        # A host that the user named is trusted; the public cloud need not be asked about it.
        entra = {**options, "authority": keyring.authority or None, "disable_instance_discovery": True}
        tenant, client = keyring.tenant_id, keyring.client_id
        match self.way:
            case Way.GITHUB:
                return identity.ClientAssertionCredential(tenant, client, self._id_tokens.fetch, **entra)
            case Way.WORKLOAD:
                return identity.WorkloadIdentityCredential(
                    tenant_id=tenant, client_id=client, token_file_path=keyring.token_file, **entra
                )
            case Way.SERVICE_PRINCIPAL | Way.CLIENT_SECRET:
                return identity.ClientSecretCredential(tenant, client, keyring.client_secret, **entra)
            case Way.MANAGED_IDENTITY:
                return identity.ManagedIdentityCredential(client_id=client or None, **options)
            case Way.AZURE_CLI:
                return identity.AzureCliCredential(tenant_id=tenant)
