"""``demo``: the whole loop on the sample data, through the same door as everything else."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from speechops import folders
from speechops.errors import SpeechOpsError, UsageError
from speechops.inputs import LOCAL_FOLDER
from speechops.run import Outcome

if TYPE_CHECKING:
    from speechops.run import Run

SAMPLE = Path(__file__).parent.parent.parent / "examples" / "pharmacy"
"""The sample project, where the package runs from its repository."""

_STOPPED = 3


def run(run: Run) -> Outcome:
    """Walk through the loop on a fresh service; what the recognizer learned once outlives it.

    Raises :class:`UsageError` if the sample data is missing, :class:`SpeechOpsError` if a step does not end
    as it should.
    """
    if not SAMPLE.is_dir():
        raise UsageError(
            f"The sample data is not at {SAMPLE}.",
            hint="Run the demo in a clone of the repository: make demo.",
        )
    local = run.settings[LOCAL_FOLDER]
    folder = folders.fresh("demo")
    with run.connections.embedded(folder / "service", cache=local / "recogniser") as service:
        _walk(run, folder / "pharmacy", service.url)
    return Outcome("The demo is over.")


def _walk(run: Run, project: Path, endpoint: str) -> None:
    shutil.copytree(SAMPLE, project)

    def step(title: str, *arguments: str, expected: int = 0) -> bool:
        words = [*arguments, "--config", str(project / "speechops.yml")]
        run.console.heading(title)
        run.console.line(f"$ speechops {' '.join(words)}")
        return run.perform([*words, "--speech-endpoint", endpoint]) == expected

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
    if not went_well:
        raise SpeechOpsError("The last step of the demo did not end as it should: see above.")
