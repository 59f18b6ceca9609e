"""Credentials for the speech service."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from speechops.errors import Place, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Credential(Protocol):
    """Signs requests. Called from several threads at once."""

    def headers(self) -> Mapping[str, str]:
        """Return the headers that sign one request; called for every request, so that tokens may rotate.

        Must be cheap while the current token is valid. Raises :class:`speechops.errors.SpeechOpsError` if
        signing in fails.
        """
        ...


@runtime_checkable
class RenewableCredential(Credential, Protocol):
    """A credential that can be renewed before it expires."""

    def renew(self) -> None:
        """Discard the current token, so that the next :meth:`headers` gets a new one.

        The client calls it when the service answers 401 to headers that are still current: once
        per request, and from one thread only. If the service rejects the new headers as well, the
        request fails.
        """
        ...


@dataclass(frozen=True, slots=True)
class KeyCredential:
    """One of the two keys of a Speech resource. Raises :class:`UsageError` for an impossible key."""

    key: str = field(repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[!-~]+", self.key):
            raise UsageError(
                "speech-key is not a valid key of a Speech resource.",
                hint="Copy KEY 1 from the resource's page Keys and Endpoint.",
                place=Place(input="speech-key"),
            )

    def headers(self) -> Mapping[str, str]:
        """Return the header that carries the key."""
        return {"Ocp-Apim-Subscription-Key": self.key}
