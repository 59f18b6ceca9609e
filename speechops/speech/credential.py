"""What proves to the service who is asking."""

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

        Must be cheap while the present token is good. Raises :class:`speechops.errors.SpeechOpsError` if
        signing in fails.
        """
        ...


@runtime_checkable
class RenewableCredential(Credential, Protocol):
    """A credential that can be had again before its time is over."""

    def renew(self) -> None:
        """Forget the present token, so that the next :meth:`headers` brings another one.

        The client calls it when the service answers 401 to headers that are still the present ones: once
        for a request, and by one thread only. Where the service refuses the new headers as well, the
        request fails.
        """
        ...


@dataclass(frozen=True, slots=True)
class KeyCredential:
    """One of the two keys of a Speech resource. Raises :class:`UsageError` for what cannot be a key."""

    key: str = field(repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[!-~]+", self.key):
            raise UsageError(
                "speech-key: no key of a Speech resource is empty or has blanks or odd characters.",
                hint="Copy KEY 1 from the resource's page Keys and Endpoint.",
                place=Place(input="speech-key"),
            )

    def headers(self) -> Mapping[str, str]:
        """Return the header that carries the key."""
        return {"Ocp-Apim-Subscription-Key": self.key}
