"""Tokens for the speech service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from speechops import clouds
from speechops.errors import Place, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speechops.identity.sign_in import SignIn


class SpeechToken:
    """Signs requests to a speech resource with Microsoft Entra's tokens.

    Fulfils :class:`speechops.speech.RenewableCredential`; may be shared by threads.
    """

    def __init__(self, sign_in: SignIn, endpoint: str) -> None:
        check_custom_domain(endpoint)
        self._sign_in = sign_in
        self._scope = (clouds.of_address(endpoint) or clouds.PUBLIC).scope

    def headers(self) -> Mapping[str, str]:
        """Return the header with a token that is valid for at least a few minutes."""
        return {"Authorization": f"Bearer {self._sign_in.token(self._scope)}"}

    def renew(self) -> None:
        """Discard the current token: the service rejected it before it expired."""
        self._sign_in.renew()


def check_custom_domain(endpoint: str) -> None:
    """Raise ``UsageError`` if ``endpoint`` is a regional one, which accepts only keys.

    https://learn.microsoft.com/azure/ai-services/speech-service/role-based-access-control
    """
    host = urlsplit(endpoint).hostname or ""
    if re.search(r"\.(api\.cognitive|(stt|tts)\.speech)\.", host):
        domain = (clouds.of_host(host) or clouds.PUBLIC).custom_domain
        raise UsageError(
            f"{host} accepts only a speech-key, not an Azure sign-in: it belongs to a region, not to a "
            "resource.",
            hint="Give the resource a custom domain (az cognitiveservices account update --name NAME "
            f"--resource-group GROUP --custom-domain NAME): speech-endpoint is then https://NAME.{domain}.",
            place=Place(input="speech-endpoint"),
        )
