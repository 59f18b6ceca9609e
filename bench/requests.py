"""How many requests operations make of the Speech resource, by what others have in it.

``python -m bench.requests`` prints a line for each operation: on a resource of its own, and on one with 3,000
models, 3,000 evaluations and 400 datasets of other teams in three languages; after a colon the requests for
lists. It first prints how long the embedded service takes for the first and the last page of 3,000 models.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from speechops.speech import open_session
from tests.kit import server
from tests.kit.crowd import crowd
from tests.operations.project import TESTS, USELESS, Project
from tests.stub_engine import StubEngine

OPERATIONS = (
    ("test-data", TESTS),
    ("compare", TESTS[:6]),
    ("train-data", TESTS[:6]),  # what compare trained
    ("deploy", TESTS[:6]),
    ("train-data", USELESS),  # trained, judged worse, deleted
    ("compare", TESTS[:6]),  # known to the store
    ("maintain", TESTS[:6]),
)
COLLECTIONS = ("models", "models/base", "evaluations", "datasets", "endpoints")
PAGES = ("models?skip=0", "models?skip=2900", "models?filter=locale eq 'en-US'", "evaluations?skip=2900")


def main() -> None:
    """Measure an empty resource, then a full one."""
    alone, among = counted(full=False), counted(full=True)
    print(f"{'operation':12} {'alone':>14} {'among others':>14}")
    for (operation, _), few, many in zip(OPERATIONS, alone, among, strict=True):
        print(f"{operation:12} {few:>14} {many:>14}")


def counted(*, full: bool) -> list[str]:
    """Return the requests, and the lists among them, of each operation."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        server.start(Path(scratch, "service"), engine=StubEngine()) as service,
    ):
        if full:
            crowd(service.control)
            show_pages(service.url)
        project = Project(Path(scratch, "project"), service.url)
        project.settings = "    gate: any-improvement\n"
        counts = []
        for operation, training in OPERATIONS:
            project.write_training(training)
            service.control.conditions.traffic.clear()
            project.run(operation)
            found = service.control.conditions.traffic.counts
            lists = sum(found.get(f"GET /{name}", 0) for name in COLLECTIONS)
            counts.append(f"{sum(found.values())}: {lists}")
        return counts


def show_pages(url: str) -> None:
    """Print how long one page takes."""
    with open_session() as session:
        for page in PAGES:
            seconds = []
            for _ in range(10):
                before = time.perf_counter()
                session.get(
                    f"{url}/speechtotext/{page}&top=100&api-version=2025-10-15",
                    headers={"Ocp-Apim-Subscription-Key": "bench"},
                ).raise_for_status()
                seconds.append(time.perf_counter() - before)
            print(f"{page:34} {1000 * statistics.median(seconds):6.1f} ms")


if __name__ == "__main__":
    main()
