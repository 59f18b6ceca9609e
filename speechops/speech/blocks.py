"""The blocks of one dataset, as the service receives, lists and commits them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops.errors import ServiceError, or_none
from speechops.speech.collections import Entities, path_of
from speechops.speech.entities import Dataset, Status
from speechops.speech.json_object import JsonObject
from speechops.speech.transport import AnswerLost
from speechops.speech.upload import Block

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMITS = 3


@dataclass(frozen=True, slots=True)
class DatasetBlocks:
    """The blocks of a dataset: a :class:`~speechops.speech.upload.BlockStore`."""

    entities: Entities
    dataset_id: str

    def blocks(self) -> tuple[Block, ...]:
        """List the blocks that were received."""
        action = f"list the blocks of the dataset {self.dataset_id}"
        answer = or_none(lambda: self.entities.request("GET", self._path, action))
        if answer is None:  # none has arrived
            return ()
        lists = JsonObject(answer.data)
        return tuple(
            Block(block.text("name"), block.count("size") or 0, committed)
            for name, committed in (("committedBlocks", True), ("uncommittedBlocks", False))
            for block in lists.parts(name)
        )

    def put(self, block_id: str, data: bytes) -> None:
        """Send one block, of at most 8 MiB."""
        action = f"take a block of the dataset {self.dataset_id}"
        self.entities.put(self._path, {"blockid": block_id}, action, data, self.dataset_id)

    def commit(self, block_ids: Sequence[str]) -> None:
        """Commit blocks as the content, which starts the import.

        A lost answer and a faster concurrent run are both fine as long as the import has begun.
        """
        entries = [{"kind": "Uncommitted", "id": block_id} for block_id in block_ids]
        action = f"import the dataset {self.dataset_id}"
        for attempt in range(1, _COMMITS + 1):
            try:
                self.entities.newcomers.patiently(
                    self.dataset_id,
                    lambda: self.entities.send(
                        "POST", f"{self._path}:commit", action, entries, repeatable=False, wants_json=False
                    ),
                )
            except ServiceError as error:
                if self._is_committed:
                    return
                if not isinstance(error, AnswerLost) or attempt == _COMMITS:
                    raise
            else:
                return

    @property
    def _path(self) -> str:
        return f"{path_of(Dataset, self.dataset_id)}/blocks"

    @property
    def _is_committed(self) -> bool:
        begun = self.entities.read(Dataset, self.dataset_id).status is not Status.NOT_STARTED
        return begun or any(block.committed for block in self.blocks())
