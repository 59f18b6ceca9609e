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
    log: Path

    def run(self, *, at: int = 0, when: str = "before") -> int:
        """Run ``train-data`` in a process of its own and return its exit code, negative for a signal."""
        environment = {
            **os.environ,
            "GITHUB_RUN_ID": "7",
            "CRASH_AT": str(at),
            "CRASH_WHEN": when,
            "CRASH_CALLS": str(self.log),
        }
        command = [sys.executable, "-m", "tests.operations.crash", *self.project.arguments("train-data")]
        self.log.unlink(missing_ok=True)
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode

    @property
    def calls(self) -> list[str]:
        """The methods of the last run's calls."""
        return self.log.read_text(encoding="utf-8").split()

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
        stage = Stage(project, service, tmp_path / "calls")
        expected = 0 if better else 3
        assert stage.run() == expected
        clean = stage.state()
        calls = stage.calls
        assert len(calls) > 10
        for at, method in enumerate(calls, 1):
            if when == "after" and method == "GET":
                continue  # the same as before the next call
            stage.reset()
            killed = stage.run(at=at, when=when)
            assert killed == -signal.SIGKILL or (killed == expected and len(stage.calls) < at)
            assert stage.run() == expected
            assert stage.state() == clean, f"killed {when} call {at}, {method}"
