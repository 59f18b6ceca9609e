"""What size costs a command, in processor seconds beside the same without it: ``python -m bench.scale``.

A line each for the report of 10,000 utterances with 1,000 key terms, and with recordings from a zip, beside
the plain report; then the whole process of commands that need no service, beside an interpreter that only
imports the YAML library. Pages of long lists are part of :mod:`bench.requests`.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from speechops.embedded import server
from tests.operations.project import Project
from tests.stub_engine import StubEngine, archive

if TYPE_CHECKING:
    from collections.abc import Callable

UTTERANCES, TERMS, RUNS = 10_000, 1_000, 5
WORDS = [f"{one}{other}{last}" for one in "bdfglmnprst" for other in "aeiou" for last in "bdfglmnprst"]


def seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds of this process that some work took."""
    start = time.process_time()
    work()
    return time.process_time() - start


def reports(folder: Path, endpoint: str) -> None:
    """Print what key terms and recordings add to a report."""
    chance = random.Random(1)  # noqa: S311 - fixed data
    said = [" ".join(chance.choices(WORDS, k=9)) for _ in range(UTTERANCES)]
    project = Project(folder, endpoint)
    (folder / "test.zip").write_bytes(archive(said, name="{:05}.wav", seconds=0.25))
    terms = dict.fromkeys(" ".join(chance.choices(WORDS, k=1 + number % 3)) for number in range(TERMS))
    (folder / "terms.txt").write_text("\n".join(terms), encoding="utf-8")
    config = folder / "speechops.yml"
    plain = config.read_text(encoding="utf-8").replace(": test\n", ": test.zip\n")

    def run(settings: str, operation: str, *more: str) -> None:
        config.write_text(plain + settings, encoding="utf-8")
        answer = project.run(operation, *more)
        if answer.code:
            raise RuntimeError(answer.text)

    run("", "test-data")
    run("", "report")
    alone = seconds(lambda: run("", "report"))
    among = seconds(lambda: run("    key-terms: terms.txt\n", "report"))
    heard = seconds(lambda: run("", "report", "--include-audio", "true"))
    line(f"report of {UTTERANCES:,} utterances, {len(terms):,} key terms", among, alone)
    line("the same with recordings", heard, alone)


def starts() -> None:
    """Print what commands cost from start to end."""
    example = Path(__file__).parents[1] / "examples/pharmacy/speechops.yml"
    bare = process("-c", "import yaml")
    line("speechops --help", process("-m", "speechops", "--help"), bare)
    for operation in ("validate", "plan"):
        cost = process("-m", "speechops", operation, "--config", str(example))
        line(f"speechops {operation}", cost, bare)


def process(*arguments: str) -> float:
    """Return the least processor seconds of some runs of Python."""
    costs = []
    for _ in range(RUNS):
        before = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        costs.append(sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - before)
    return min(costs)


def line(what: str, cost: float, beside: float) -> None:
    """Print a measurement."""
    print(f"{what:45} {cost:6.2f} s  beside {beside:5.2f} s  ratio {cost / beside:5.2f}", flush=True)


def main() -> None:
    """Measure and print."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        server.start(Path(scratch, "service"), engine=StubEngine()) as service,
    ):
        reports(Path(scratch, "project"), service.url)
    starts()


if __name__ == "__main__":
    main()
