"""Sends the content of a dataset in blocks: several at a time, in bounded memory, each only once.

A block's ID contains its position and a digest of it. An upload that was killed continues where it stopped:
what the service already has, with the same ID, is not sent again. The digest of a large block only uses
samples: the dataset was found by its fingerprint, so the digest only has to distinguish two packings of the
same data. To digest every byte would halve the throughput of a fast line.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from speechops.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BLOCK_SIZE = 8 << 20
"""Bytes in a block, the last one excepted; the largest that the service accepts."""

_SAMPLE, _SAMPLES = 4096, 32  # bytes of a sample, and the number of samples of a block in its digest


@dataclass(frozen=True, slots=True)
class Block:
    """A block that the service has received."""

    id: str
    size: int
    committed: bool


class BlockStore(Protocol):
    """The target of the blocks."""

    def blocks(self) -> Sequence[Block]:
        """Return the blocks that were received already."""
        ...

    def put(self, block_id: str, data: bytes) -> None:
        """Store one block; called from several threads."""
        ...

    def commit(self, block_ids: Sequence[str]) -> None:
        """Commit the blocks, in this order, as the content."""
        ...


def block_id(index: int, data: bytes) -> str:
    """Return the id of the block at ``index`` (from 0), of one length for all blocks."""
    digest = hashlib.sha256(str(len(data)).encode())
    for start in range(0, len(data), max(_SAMPLE, len(data) // _SAMPLES)):
        digest.update(data[start : start + _SAMPLE])
    return base64.b64encode(f"{index:08d}-{digest.hexdigest()[:32]}".encode()).decode()


def upload(
    content: BinaryIO,
    store: BlockStore,
    *,
    slots: threading.Semaphore,
    connections: int,
    progress: Callable[[int], None],
) -> None:
    """Send ``content`` from its start to its end to ``store``, then commit it.

    Each of ``connections`` threads keeps at most one block, and only while it has one of ``slots``: uploads
    that share the slots share their memory. ``progress`` receives the number of bytes stored so far, from one
    thread at a time. Does nothing if blocks are committed already.

    Raises :class:`DataError` for empty content, and what ``store`` raises.
    """
    present = store.blocks()
    if any(block.committed for block in present):
        return
    sending = _Sending(content, store, {block.id: block.size for block in present}, slots, progress)
    content.seek(0)
    with ThreadPoolExecutor(connections, thread_name_prefix="upload") as pool:
        threads = [pool.submit(sending.run) for _ in range(connections)]
        try:
            for thread in threads:
                thread.result()
        finally:
            sending.stopped.set()
    if not sending.ids:
        raise DataError("Nothing to upload: the file is empty.", hint="Run speechops validate.")
    store.commit(sending.ids)


class _Sending:
    """An upload in progress, shared by its threads."""

    def __init__(
        self,
        content: BinaryIO,
        store: BlockStore,
        received: Mapping[str, int],
        slots: threading.Semaphore,
        progress: Callable[[int], None],
    ) -> None:
        self.ids: list[str] = []
        self.stopped = threading.Event()
        self._content = content
        self._store = store
        self._received = received
        self._slots = slots
        self._progress = progress
        self._sent = 0
        self._reading, self._counting = threading.Lock(), threading.Lock()

    def run(self) -> None:
        """Send one block after another until all are sent, or another thread has failed."""
        try:
            while not self.stopped.is_set():
                with self._slots:
                    if not self._send_one():
                        return
        except Exception:
            self.stopped.set()
            raise

    def _send_one(self) -> bool:
        with self._reading:
            data = self._content.read(BLOCK_SIZE)
            if not data:
                return False
            index = len(self.ids)
            self.ids.append("")
        name = self.ids[index] = block_id(index, data)
        if self._received.get(name) != len(data):
            self._store.put(name, data)
        with self._counting:
            self._sent += len(data)
            self._progress(self._sent)
        return True
