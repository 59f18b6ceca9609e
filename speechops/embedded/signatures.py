"""Signed URLs, like a storage account's shared access signatures: who has one may read one file."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speechops.embedded.clock import Clock

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class Signer:
    """Signs paths with a secret and tells later whether a signature holds."""

    def __init__(self, key: str, clock: Clock) -> None:
        self._key = bytes.fromhex(key)
        self._clock = clock

    def url(self, root: str, path: str, lifetime: timedelta) -> str:
        """Return the URL of ``path`` at the host ``root``, good for ``lifetime``."""
        expiry = (self._clock.now() + lifetime).strftime(_FORMAT)
        query = {"sv": "2021-08-06", "sr": "b", "sp": "r", "se": expiry, "sig": self._signature(path, expiry)}
        return f"{root}{quote(path)}?{urlencode(query)}"

    def holds(self, path: str, query: Mapping[str, str]) -> bool:
        """Tell whether ``query`` grants reading ``path`` now."""
        expiry = query.get("se", "")
        if not hmac.compare_digest(self._signature(path, expiry).encode(), query.get("sig", "").encode()):
            return False
        return self._clock.now() <= datetime.strptime(expiry, _FORMAT).replace(tzinfo=UTC)

    def _signature(self, path: str, expiry: str) -> str:
        return hmac.new(self._key, f"{path}\n{expiry}".encode(), hashlib.sha256).hexdigest()
