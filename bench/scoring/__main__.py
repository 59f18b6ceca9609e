"""Time and memory of scoring beside other tools, whole processes on the same files, side by side in one run.

``python -m bench.scoring --write`` writes its tables of docs/calibration.md in some minutes, without
``--write`` they are only printed; ``--quick`` leaves out the large corpora. Processor time is compared, the
least of several repetitions in turn, as it hardly depends on what else the machine does. sclite (Debian's
``sctk``) takes part if it is installed.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import tables
from bench.tables import heading, row

from .corpus import Style

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent.parent
CONTESTANTS = Path(__file__).with_name("contestants.py")
SCLITE = shutil.which("sclite", path="/usr/lib/sctk/bin") or shutil.which("sclite")


@dataclass(frozen=True, order=True)
class Cost:
    """Of one process: processor time and time on the clock in seconds, the peak of memory in MB."""

    processor: float
    clock: float
    memory: float


def run(command: list[str]) -> tuple[Cost, str]:
    """Run a command to its end; return what it cost and what it printed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    clock = time.perf_counter() - start
    return Cost(usage.ru_utime + usage.ru_stime, clock, usage.ru_maxrss / 1024), printed


def command_of(name: str, folder: Path) -> list[str]:
    """Return the command line of a contestant."""
    if name != "sclite":
        return [sys.executable, str(CONTESTANTS), name, str(folder), Style(folder.name.split("-")[-1]).locale]
    files = ["-r", f"{folder}/ref.trn", "trn", "-h", f"{folder}/a.trn", "trn"]
    return [str(SCLITE), *files, "-i", "rm", "-o", "sum", "stdout"]


def race(names: list[str], folder: Path, repetitions: int) -> dict[str, Cost]:
    """Run the contestants in turn; return the least cost of each. All must count the same."""
    best: dict[str, Cost] = {}
    counted = set()
    for _ in range(repetitions):
        for name in names:
            cost, printed = run(command_of(name, folder))
            best[name] = min(best.get(name, cost), cost)
            if name in ("bare", "jiwer", "counts") and folder.name.endswith(Style.PLAIN):
                counted.add(printed)
    assert len(counted) <= 1, counted
    return best


def line(name: str, cost: Cost, ratio: str = "") -> str:
    """Return a line of the table."""
    return row(name, f"{cost.processor:.3f}", f"{cost.memory:.0f}", ratio)


def write(folder: Path, utterances: int, length: int = 0, style: Style = Style.PLAIN) -> Path:
    """Make a corpus in a process of its own: what this one holds, its children would seem to hold."""
    place = folder / f"{utterances}-{length}-{style}"
    arguments = [str(place), str(utterances), str(length), str(style)]
    subprocess.run([sys.executable, "-m", "bench.scoring.corpus", *arguments], check=True, cwd=ROOT)
    return place


def compare_texts(folder: Path, utterances: int, repetitions: int) -> list[str]:
    """Return what counting costs on text of each style, beside the bare loop on the same text."""
    lines = heading(
        f"{utterances:,} utterances", "bare loop, cpu s", "SpeechOps, cpu s", "times the bare loop"
    )
    for style in Style:
        place = write(folder, utterances, style=style)
        names = ["bare", "counts", *(["replaced"] if style is Style.PLAIN else [])]
        costs = race(names, place, repetitions)
        bare = costs["bare"].processor
        for name, label in (("counts", str(style)), ("replaced", f"{style}, 402 replacements")):
            if name in costs:
                ours = costs[name].processor
                lines.append(row(label, f"{bare:.3f}", f"{ours:.3f}", f"{ours / bare:.2f}"))
    return lines


def compare_programs(folder: Path, sizes: Sequence[int], repetitions: int, *, large: bool) -> list[str]:
    """Return what programs and the parts of a verdict cost on plain text of several sizes."""
    names = ["bare", "counts", "jiwer", *(["sclite"] if SCLITE else [])]
    labels = {"counts": "SpeechOps", "bare": "bare rapidfuzz loop"}
    lines = heading("utterances, program", "cpu, s", "MB", "times SpeechOps")
    ours = 0.0
    for utterances in sizes:
        place = write(folder, utterances)
        costs = race(names, place, repetitions * (3 if utterances == min(sizes) else 1))
        ours = costs["counts"].processor
        for name, cost in costs.items():
            lines.append(
                line(f"{utterances:,}, {labels.get(name, name)}", cost, f"{cost.processor / ours:.2f}")
            )
        whole = race(["verdict", "grouped"], place, 3)
        lines.append(line(f"{utterances:,}, whole verdict", whole["verdict"]))
        ratio = whole["grouped"].processor / whole["verdict"].processor
        lines.append(
            line(f"{utterances:,}, with 20 groups", whole["grouped"], f"{ratio:.2f} times the whole verdict")
        )
    if large:
        found = race(["counts"], write(folder, 400_000), 3)["counts"]
        lines.append(line("400,000, SpeechOps", found, f"{found.processor / ours:.2f} times 100,000"))
    found = race(["counts"], write(folder, 1, 20_000), 3)["counts"]
    return [*lines, line("1 of 20,000 words, SpeechOps", found)]


def main() -> None:
    """Race on corpora of several sizes and print or write the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.scoring", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 and 10,000 utterances only")
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--texts", action="store_true", help="only the table of the styles of text")
    parser.add_argument("--write", action="store_true", help="write into docs/calibration.md")
    options = parser.parse_args()
    page = "calibration.md" if options.write else ""
    for part in ("speechops", "bench"):
        compileall.compile_dir(ROOT / part, quiet=1)  # as installing does
    with tempfile.TemporaryDirectory() as name:
        folder, size = Path(name), 10_000 if options.quick else 100_000
        tables.write(page, "texts", compare_texts(folder, size, options.repetitions))
        if not options.texts:
            sizes = (1_000, 10_000) if options.quick else (10_000, 100_000)
            lines = compare_programs(folder, sizes, options.repetitions, large=not options.quick)
            tables.write(page, "programs", lines)


if __name__ == "__main__":
    main()
