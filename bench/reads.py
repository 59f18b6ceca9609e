"""How many documents of the store each operation reads, by the length of the history.

``python -m bench.reads [tests ...]`` prints a line for each operation, with 10 and with 300 tests, each with
its record and its release, in a folder store. A read is a request where the store is blob storage.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from speechops.embedded import server
from tests.operations.long_history import counted_reads, lengthen
from tests.operations.project import TESTS, Project
from tests.stub_engine import StubEngine

OPERATIONS = ("test-data", "train-data", "compare", "report", "deploy", "maintain", "plan")


def main() -> None:
    """Measure each length of history."""
    for count in map(int, sys.argv[1:] or ("10", "300")):
        with (
            tempfile.TemporaryDirectory() as scratch,
            server.start(Path(scratch, "service"), engine=StubEngine()) as service,
        ):
            project = Project(Path(scratch, "project"), service.url)
            project.release(TESTS)
            lengthen(project.registry, "m", count)
            for operation in OPERATIONS:
                with counted_reads() as reads:
                    project.run(operation)
                kinds = ", ".join(f"{number} {kind}" for kind, number in reads.most_common())
                print(f"{count:5} tests  {operation:10} {reads.total():5} reads: {kinds}")


if __name__ == "__main__":
    main()
