"""Our session and clock below the Azure libraries, which would otherwise use their own."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from azure.core.pipeline.transport import RequestsTransport

if TYPE_CHECKING:
    import requests

    from speechops.clock import Clock

# Our errors report failures. Without a handler, Python would print the libraries' warnings as well.
logging.getLogger("azure").addHandler(logging.NullHandler())


class Transport(RequestsTransport):  # type: ignore[misc] # its package resolves it at run time
    """Sends the requests of an Azure library through ``session`` and lets its retries wait on ``clock``.

    A request may take 10 seconds to connect and then 60 seconds without a byte. Some Azure libraries retry
    past their transport's ``sleep``; see :class:`speechops.registry.blob.BlobStore`.
    """

    def __init__(self, session: requests.Session, clock: Clock) -> None:
        super().__init__(
            session=session,
            session_owner=False,
            connection_verify=session.verify,
            connection_timeout=10,
            read_timeout=60,
            connection_data_block_size=1 << 20,
        )
        self._clock = clock

    def sleep(self, duration: float) -> None:
        """Let ``duration`` seconds pass before the next attempt."""
        self._clock.sleep(duration)
