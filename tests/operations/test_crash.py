"""``train-data`` killed at any HTTP call and run again ends as one clean run does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speechops.local import server
from tests.operations.project import TESTS, USELESS, Project
from tests.stub_engine import StubEngine

if TYPE_CHECKING:
    from speechops.local.server import RunningService

ROOT = Path(__file__).parent.parent.parent


@dataclass(slots=True)
class Stage:
    """A project and its service, in a folder of their own."""

    project: Project
    service: RunningService
    count: Path

    def run(self, *, at: int = 0, when: str = "before") -> int:
        """Run ``train-data`` in a process of its own and return its exit code, negative for a signal."""
        environment = {
            **os.environ,
            "GITHUB_RUN_ID": "7",
            "CRASH_AT": str(at),
            "CRASH_WHEN": when,
            "CRASH_COUNT": str(self.count),
        }
        command = [sys.executable, "-m", "tests.operations.crash", *self.project.arguments("train-data")]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode

    def state(self) -> object:
        """Return all that is left, without ids and dates."""
        registry = self.project.registry
        held = registry.benchmark("m")
        return (
            self.service.control.dump(),
            held and (held.benchmark.reference.name, held.benchmark.result, held.benchmark.error_rate),
            [(result.name, result.verdict) for result in registry.results("m")],
            {run.ending for run in registry.runs("m") if run.ending},
        )

    def reset(self) -> None:
        """Forget the runs so far."""
        self.service.control.reset()
        store = self.project.folder / ".speechops/store"
        for path in store.rglob("*.json"):
            path.unlink()


@pytest.mark.parametrize(
    ("better", "when"), [(True, "before"), (True, "after"), (False, "before"), (False, "after")]
)
def test_train_data__killed_at_any_call_and_run_again_ends_as_a_clean_run(
    tmp_path: Path, better: bool, when: str
) -> None:
    with server.start(tmp_path / "service", engine=StubEngine()) as service:
        project = Project(tmp_path / "project", service.url, settings="    gate: any-improvement\n")
        project.write_tests(TESTS[:3])
        project.write_training(TESTS if better else USELESS)
        stage = Stage(project, service, tmp_path / "count")
        expected = 0 if better else 3
        assert stage.run() == expected
        clean = stage.state()
        calls = int(stage.count.read_text())
        assert calls > 10
        for at in range(1, calls + 1):
            stage.reset()
            killed = stage.run(at=at, when=when)
            assert killed == -signal.SIGKILL or (killed == expected and int(stage.count.read_text()) < at)
            assert stage.run() == expected
            assert stage.state() == clean, f"killed {when} call {at}"
