"""What operations do with the store, by the length of the history, in a folder and in a storage account.

``python -m bench.reads [tests ...]`` prints a line for each operation, with 10 and with 300 tests, each with
its record and its release: the documents that it reads and writes and the lists that it asks for, and the
requests that Azurite, which stands for the storage account, gets for them. The first ``report`` on a store
without summaries reads all documents, and makes them.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from speechops.azure_transport import Transport
from speechops.embedded import server
from speechops.registry.blob import BlobStore
from speechops.registry.folder import FolderStore
from speechops.registry.registry import CONTAINERS
from speechops.speech import open_session
from tests import azurite
from tests.clock import FakeClock
from tests.operations.long_history import LISTS, READS, WRITES, counted, lengthen
from tests.operations.project import TESTS, Project
from tests.stub_engine import StubEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

OPERATIONS: tuple[tuple[str, ...], ...] = (
    ("report",),  # without summaries
    ("report",),
    ("test-data",),
    ("train-data",),
    ("compare",),
    ("deploy",),
    ("maintain",),
    ("plan", "--scope", "everything"),
    ("rollback", "--to-version", "1.0.0"),
)
ACTS = (READS, LISTS, WRITES)


def main() -> None:
    """Measure each length of history."""
    print(f"{'':11} {'':12} {'folder':^24}   {'Azurite':^33}")
    print(f"{'history':>11} {'operation':12} {' '.join(f'{act:>7}' for act in ACTS)}   ", end="")
    print(f"{' '.join(f'{act:>7}' for act in ACTS)} requests")
    for count in map(int, sys.argv[1:] or ("10", "300")):
        with (
            tempfile.TemporaryDirectory() as scratch,
            server.start(Path(scratch, "service"), engine=StubEngine()) as service,
            azurite.running("--inMemoryPersistence", "--silent") as storage,
            open_session() as session,
        ):
            project = Project(Path(scratch, "project"), service.url)
            project.release(TESTS)
            lengthen(project.registry, "m", count)
            text = storage.connection_string
            _copy(project, BlobStore.with_connection_string(text, session=session, clock=FakeClock()))
            for number, command in enumerate(OPERATIONS):
                with counted(FolderStore) as folder:
                    project.run(*command)
                with counted(BlobStore) as account, _requests() as requests:
                    project.run(*command, environment={"SPEECHOPS_STORAGE_CONNECTION_STRING": text})
                name = command[0] if number else f"{command[0]}, 1st"
                print(
                    f"{count:5} tests {name:12} {_columns(folder)}   {_columns(account)} {requests.total():8}"
                )


def _columns(acts: Counter[str]) -> str:
    return " ".join(f"{acts[act]:7}" for act in ACTS)


def _copy(project: Project, store: BlobStore) -> None:
    """Copy the documents of a project to a storage account."""
    folder = FolderStore(project.folder / ".speechops/store")
    for container in CONTAINERS:
        for name in folder.names(container):
            document = folder.read(container, name)
            assert document
            store.write(container, name, document.data)


@contextmanager
def _requests() -> Iterator[Counter[str]]:
    """Count the requests to a storage account."""
    requests: Counter[str] = Counter()
    send = Transport.send

    def sent(*arguments: Any, **more: Any) -> Any:  # noqa: ANN401 - as the library has it
        requests["sent"] += 1
        return send(*arguments, **more)

    with patch.object(Transport, "send", sent):
        yield requests


if __name__ == "__main__":
    main()
