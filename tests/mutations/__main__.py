"""Run the tests of each fault with the fault in place: ``python -m tests.mutations [NAME ... | --changed
COMMIT]``."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tests.mutations.faults import FAULTS, ROOT, Fault
from tests.mutations.plugin import VARIABLE

_CAUGHT, _MISSED = 1, 0  # exit codes of pytest


def changed(commit: str) -> set[str]:
    """Return the files that differ from ``commit``, relative to the repository."""
    command = ("git", "diff", "--name-only", commit, "--")
    result = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return set(result.stdout.splitlines())


def outcome(fault: Fault) -> str:
    """Return whether the tests notice the fault: ``caught``, ``MISSED``, or what went wrong."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "tests.mutations.plugin",
        "-p",
        "no:cacheprovider",
    ]
    command += shlex.split(fault.tests)
    result = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, VARIABLE: fault.name},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode == _CAUGHT:
        return "caught"
    return (
        "MISSED"
        if result.returncode == _MISSED
        else f"not tested: {result.stdout[-300:]}{result.stderr[-300:]}"
    )


def timed(fault: Fault) -> tuple[str, float]:
    """Return the outcome of a fault, and the seconds that its tests took."""
    began = time.monotonic()
    return outcome(fault), time.monotonic() - began


def main() -> int:
    """Run what the arguments name; return how many faults no test noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--changed", metavar="COMMIT", help="only modules that differ from this commit")
    arguments = parser.parse_args()
    files = changed(arguments.changed) if arguments.changed else None
    chosen = [
        fault
        for fault in FAULTS
        if (not arguments.names or fault.name in arguments.names)
        and (files is None or fault.path.relative_to(ROOT).as_posix() in files)
    ]
    missed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for fault, (word, seconds) in zip(chosen, pool.map(timed, chosen), strict=True):
            missed += word != "caught"
            print(f"{fault.name:26} {fault.module:36} {seconds:5.1f} s  {word}", flush=True)  # noqa: T201
    return missed


if __name__ == "__main__":
    sys.exit(main())
