"""ID tokens of GitHub Actions, which Microsoft Entra takes in exchange for its own.

https://docs.github.com/actions/reference/security/oidc
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops.errors import IdentityError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from speechops.clock import Clock

AUDIENCE = "api://AzureADTokenExchange"

_TRIES = 4
_TIMEOUT = (10, 30)  # seconds to connect, to read


@dataclass(frozen=True, slots=True)
class IdToken:
    """An ID token and its claims about the job; Entra checks its signature."""

    text: str = field(repr=False)
    issuer: str = ""
    subject: str = ""
    other_subject: str = ""

    @classmethod
    def read(cls, text: str) -> IdToken:
        """Read the claims of ``text``; unreadable ones stay empty."""
        claims = _claims(text)
        subject = claims.get("sub", "")
        return cls(text, claims.get("iss", ""), subject, _other_form(subject, claims))


class IdTokens:
    """GitHub's offer of ID tokens to this job."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        session: requests.Session,
        clock: Clock,
        learn: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._url = url
        self._token = token
        self._session = session
        self._clock = clock
        self._learn = learn
        self.last = IdToken("")

    def fetch(self) -> str:
        """Return a new ID token; each is valid for a few minutes, so every exchange uses its own.

        :raises IdentityError: if GitHub issues none in four attempts
        """
        reason = ""
        for attempt in range(_TRIES):
            if attempt:
                self._clock.sleep(2.0**attempt)
            answer = self._ask()
            if isinstance(answer, IdToken):
                self.last = answer
                return answer.text
            reason = answer
        raise IdentityError(
            f"GitHub issued no ID token in {_TRIES} attempts: {reason}.",
            hint="Run the job again; see githubstatus.com.",
        )

    def _ask(self) -> IdToken | str:
        """Return a token, or the reason why there is none yet."""
        import requests  # noqa: PLC0415 - heavy

        try:
            response = self._session.get(
                self._url,
                params={"audience": AUDIENCE},
                headers={"Authorization": f"Bearer {self._token}", "Accept": "application/json"},
                timeout=_TIMEOUT,
            )
        except requests.RequestException as error:
            return f"no answer ({type(error).__name__})"
        status = response.status_code
        if status == 429 or status >= 500:  # noqa: PLR2004
            return f"status {status}"
        if status != 200:  # noqa: PLR2004
            raise IdentityError(
                f"GitHub refused this job an ID token (status {status}).",
                hint="Check permissions: id-token: write of the job, and the organization's OIDC settings.",
            )
        try:
            text = response.json()["value"]
        except (ValueError, KeyError, TypeError):
            return "an answer without a token"
        self._learn(text)
        return IdToken.read(text)


def _claims(token: str) -> Mapping[str, str]:
    try:
        body = token.split(".")[1]
        values = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return {}
    if not isinstance(values, dict):
        return {}
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _other_form(subject: str, claims: Mapping[str, str]) -> str:
    """Return the subject in the form that GitHub does not use here.

    ``repo:OWNER/NAME:...`` of old, and ``repo:OWNER@ID/NAME@ID:...``, the default of repositories made,
    renamed or moved from 15 July 2026: a credential configured in one form does not fit the other.
    """
    if found := re.fullmatch(r"repo:([^@/:]+)@\d+/([^@/:]+)@\d+:(.+)", subject):
        return "repo:{}/{}:{}".format(*found.groups())
    owner_id, repository_id = claims.get("repository_owner_id"), claims.get("repository_id")
    if owner_id and repository_id and (found := re.fullmatch(r"repo:([^@/:]+)/([^@/:]+):(.+)", subject)):
        owner, name, rest = found.groups()
        return f"repo:{owner}@{owner_id}/{name}@{repository_id}:{rest}"
    return ""
