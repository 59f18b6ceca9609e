"""Where credentials go: which hosts a file of the repository may name, and what a pull request may not change.

A secret comes from the caller of the Action, ``speechops.yml`` from whoever may write to the repository.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops import clouds
from speechops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speechops.errors import Place

INPUTS = ("speech-endpoint", "speech-region", "storage-account", "azure-tenant-id", "azure-client-id")
"""The inputs that decide who gets a credential, data or a sign-in."""


def check_host(name: str, address: str, place: Place) -> None:
    """Raise :class:`UsageError` if an address that ``speechops.yml`` names is neither Azure's nor loopback."""
    if clouds.of_address(address) is None and not clouds.is_loopback(address):
        raise UsageError(
            f"{name}: {address!r} is not a host of Azure, and speechops.yml must not name any other.",
            hint=f"Credentials would go there: if the host is yours, give {name} as an input of the Action.",
            place=place,
        )


def changed(before: Mapping[str, str], now: Mapping[str, str], given: Mapping[str, str]) -> tuple[str, ...]:
    """Return the destinations that a change of ``speechops.yml`` moves, those left out that the caller gives."""
    return tuple(
        name
        for name in INPUTS
        if not given.get(name) and before.get(name, "").strip() != now.get(name, "").strip()
    )
