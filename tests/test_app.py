"""The process itself: its signals, its output, what it refuses before it begins."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from speechops import command_line
from speechops.inputs import INPUTS
from tests.operations.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kit.server import RunningService


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, "local")


def start(project: Project, operation: str, *more: str, **environment: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "speechops", *project.arguments(operation, *more)]
    return subprocess.Popen(
        words,
        cwd=project.folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(lines: Iterator[str], word: str) -> None:
    for line in lines:
        if word in line:
            return
    pytest.fail(f"nothing said {word}")


def test_signals__a_second_one_ends_the_process_whatever_it_waits_for(project: Project) -> None:
    with start(project, "train-data") as process:
        assert process.stdout
        until(process.stdout, "import")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in {130, -signal.SIGINT, -signal.SIGTERM}


def test_output__that_nobody_reads_ends_quietly(project: Project) -> None:
    project.write_training(["a\tb" * 300] * 2000)  # far more findings than a pipe holds
    with start(project, "validate") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(30) == 141


def test_output__in_an_encoding_without_a_minus_sign(tmp_path: Path, service: RunningService) -> None:
    project = Project(tmp_path, service.url)
    with start(project, "train-data", PYTHONIOENCODING="ascii") as process:
        said, errors = process.communicate(timeout=120)
    assert "Traceback" not in said + errors
    assert process.returncode in {0, 3}
    assert r"\u2192" in said  # the arrow between two error rates


@pytest.mark.parametrize("operation", ["serve", "demo", "migrate"])
def test_actions__refuse_what_is_for_the_command_line(project: Project, operation: str) -> None:
    answer = project.run(operation, environment={"GITHUB_ACTIONS": "true"})
    assert answer.code == 2
    assert f"::error title=Input operation::{operation} is only available on the command line." in answer.text


def test_report_folder__that_cannot_be_written_is_refused_before_the_work(project: Project) -> None:
    folder = project.folder / "speechops.yml" / "report"
    answer = project.run("train-data", "--report-folder", str(folder))
    assert answer.code == 2
    assert "error: report-folder: " in answer.text
    assert "import" not in answer.text
    assert not (project.folder / ".speechops").exists()


def test_annotations__beyond_the_limit_of_a_step_are_in_the_log(project: Project) -> None:
    for path in (project.folder / "test").glob("*.wav"):
        path.unlink()
    answer = project.run("validate", environment={"GITHUB_ACTIONS": "true"})
    annotations = [line for line in answer.text.splitlines() if line.startswith("::error")]
    assert 8 < len(annotations) <= 10
    assert "::error::More of this kind are in the log." in annotations
    for number in range(1, 13):
        assert f'"{number:02}.wav" does not exist' in answer.text


def test_command_line__has_the_options_of_one_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    options: list[str] = []
    add = argparse._ActionsContainer.add_argument

    def note(self: argparse._ActionsContainer, *names: str, **more: Any) -> argparse.Action:  # noqa: ANN401
        options.extend(names)
        return add(self, *names, **more)

    monkeypatch.setattr(argparse._ActionsContainer, "add_argument", note)
    command_line.read(["plan", "--scope", "everything"], {})
    assert sorted(set(options) - {"-h", "--help"}) == sorted(f"--{row.name}" for row in INPUTS)
    assert len(options) < 2 * len(INPUTS)
