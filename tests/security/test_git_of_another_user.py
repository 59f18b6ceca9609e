"""A repository of another user on the same machine has our git run a program that its configuration names."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speechops.planning.git import Git, process_runner
from tests.security.command import MODEL, run

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def trap() -> Iterator[Path]:
    """Make a repository of user 1001 whose ``core.fsmonitor`` is a program."""
    if os.geteuid():
        pytest.skip("takes root to make another user's files")
    folder = Path(tempfile.mkdtemp(prefix="trap-"))
    (folder / "speechops.yml").write_text(MODEL + "    test-data: t\n")
    (folder / "t").mkdir()
    (folder / "t/a.wav").write_bytes(b"x")
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    for words in (("init", "--quiet"), ("add", "."), (*who, "commit", "--quiet", "-m", "x")):
        command = ["git", "-C", str(folder), *words]
        subprocess.run(command, check=True)
    program = folder / "program"
    program.write_text(f"#!/bin/sh\nenv > {folder}/owned\n")
    program.chmod(0o755)
    with (folder / ".git/config").open("a") as config:
        config.write(
            f"[core]\n\tfsmonitor = {program}\n\tsshCommand = {program}\n[diff]\n\texternal = {program}\n"
        )
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 1001, 1001)
    yield folder
    shutil.rmtree(folder)


def test_configuration_of_another_user__is_obeyed_in_the_container_alone(trap: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "SPEECHOPS_SPEECH_KEY": "k" * 32}
    git = Git(trap, process_runner(environment))
    assert git.run("status").returncode != 0
    assert not (trap / "owned").exists()
    inside = Git(trap, process_runner(environment), workspace=str(trap))
    assert inside.run("status").returncode == 0
    assert "SPEECHOPS" not in (trap / "owned").read_text()  # no program of git inherits our inputs


@pytest.mark.parametrize("operation", ["plan", "report", "test-data"])
def test_command_in_the_repository_of_another_user__runs_nothing_of_it(trap: Path, operation: str) -> None:
    config = str(trap / "speechops.yml")
    run(
        operation, "--config", config, "--speech-endpoint", "http://127.0.0.1:1", environment=dict(os.environ)
    )
    assert not (trap / "owned").exists()
