"""``demo``: the whole loop on the sample data, through the same entry point as everything else."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from speechops import folders
from speechops.errors import SpeechOpsError
from speechops.inputs import LOCAL_FOLDER
from speechops.run import Outcome
from speechops.setup import sample

if TYPE_CHECKING:
    from speechops.run import Run

_STOPPED = 3
_REPORT = Path(".speechops", "report", "pharmacy", "index.html")
_MINUTES = 2


def run(run: Run) -> Outcome:
    """Walk through the loop on a fresh service; the recognizer's training cache outlives it.

    Raises :class:`UsageError` if the sample data is missing, :class:`SpeechOpsError` if a step does not end
    as expected.
    """
    source = sample.project()
    local = run.settings[LOCAL_FOLDER]
    folder = folders.fresh("demo")
    with run.connections.embedded(folder / "service", cache=local / "recogniser") as service:
        shutil.copytree(source, folder / "pharmacy")
        _walk(run, folder / "pharmacy", service.url)
    return Outcome(f"The demo is complete. Its report: {folder / 'pharmacy' / _REPORT}")


def _walk(run: Run, project: Path, endpoint: str) -> None:
    console = run.console
    console.line(
        f"The demo takes about {_MINUTES} minutes on two cores: it trains and tests real models here. "
        f"The project is a copy in {project}."
    )

    def step(title: str, story: str, *arguments: str, expected: int = 0) -> None:
        words = [*arguments, "--config", str(project / "speechops.yml")]
        console.heading(title)
        console.line(story)
        console.line(f"$ speechops {' '.join(words)}")
        code = run.perform([*words, "--speech-endpoint", endpoint])
        if code != expected:
            raise SpeechOpsError(f"This step ended with exit code {code} instead of {expected}: see above.")
        if expected == _STOPPED:
            console.line("Stopped, as expected: exit code 3 fails the job, and the benchmark stays.")

    step(
        "1. The data is checked",
        "Nothing is uploaded unless the data follows the service's rules.",
        "validate",
    )
    step("2. The base model is tested", "A custom model has to beat its error rate.", "test-data")
    step(
        "3. A custom model is trained and compared with it",
        "The training text names the medicines in the test data.",
        "train-data",
    )
    step(
        "4. The better model is deployed",
        "Its endpoint is checked with one utterance of the test data.",
        *("deploy", "--show-transcripts", "true"),
    )
    shutil.copytree(project / "states" / "harmful", project, dirs_exist_ok=True)
    step(
        "5. A worse change is stopped",
        'data/training/text.txt changes: each medicine is spelled the way it sounds, such as "met '
        'forming" for '
        '"metformin".',
        "train-data",
        expected=_STOPPED,
    )
    step("6. The history", "Open the last line in a browser.", "report")
