"""SIGTERM: what waits wakes at once, the record has an end, and the next run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speechops.registry.documents import Ending
from tests.kit.progress import AfterSeconds, Immediate
from tests.operations.project import HELPFUL

if TYPE_CHECKING:
    from tests.kit.server import RunningService
    from tests.operations.project import Project

ROOT = Path(__file__).parent.parent.parent
_GRACE = 7.5  # seconds between SIGTERM and SIGKILL, as the Actions runner has them


@pytest.mark.service(progress=AfterSeconds(training=3600.0))
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_train_data__told_to_stop_while_it_waits(
    project: Project, service: RunningService, number: signal.Signals
) -> None:
    project.settings = (
        "  n:\n    locale: en-US\n    test-data: test\n    training-data: {text: training.txt}\n"
    )
    project.write_training(HELPFUL)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.cli", *project.arguments("train-data")],
        cwd=ROOT,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        waiting = {"m: train m-train-data", "n: train n-train-data"}
        while waiting and (line := process.stdout.readline()):
            waiting = {start for start in waiting if start not in line}
        told = time.monotonic()
        process.send_signal(number)
        rest = process.stdout.read()
        assert process.wait(_GRACE) == 130, rest
        assert time.monotonic() - told < _GRACE
    assert "Interrupted. Work that has begun continues in the service" in rest
    assert "Traceback" not in rest
    endings = [run.ending for name in "mn" for run in project.registry.runs(name)]
    assert endings == [Ending.INTERRUPTED, Ending.INTERRUPTED]
    service.control.set_progress(Immediate(patience=30.0))
    answer = project.run("train-data")
    assert answer.code == 0, answer.text
    assert len(service.control.dump()["models"]) == 2
