"""``demo``: the whole loop on the sample data, through the same door as everything else."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from speechops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speechops.console import Console

SAMPLE = Path(__file__).parent.parent.parent / "examples" / "pharmacy"
"""The sample project, where the package runs from its repository."""

_STOPPED = 3


def run(folder: Path, endpoint: str, console: Console, command: Callable[[Sequence[str]], int]) -> int:
    """Walk through the loop in ``folder`` against the service at ``endpoint``; return the exit code.

    ``command`` performs one command line and returns its exit code. Raises :class:`UsageError` where the
    sample data is not at hand.
    """
    if not SAMPLE.is_dir():
        raise UsageError(
            f"The sample data is not at {SAMPLE}.",
            hint="Run the demo in a clone of the repository: make demo.",
        )
    project = folder / "pharmacy"
    shutil.copytree(SAMPLE, project)

    def step(title: str, *arguments: str, expected: int = 0) -> bool:
        words = [*arguments, "--config", str(project / "speechops.yml")]
        console.heading(title)
        console.line(f"$ speechops {' '.join(words)}")
        return command([*words, "--speech-endpoint", endpoint]) == expected

    went_well = (
        step("1. The data is checked", "validate")
        and step("2. The base model is tested", "test-data")
        and step("3. A custom model is trained and tested beside it", "train-data")
        and step("4. The better model is deployed", "deploy", "--show-transcripts", "true")
    )
    if went_well:
        shutil.copytree(project / "states" / "harmful", project, dirs_exist_ok=True)
        went_well = step("5. A worse change is stopped", "train-data", expected=_STOPPED)
    if went_well:
        went_well = step("6. The history", "report")
    return 0 if went_well else 1
