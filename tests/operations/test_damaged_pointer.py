"""A benchmark pointer that cannot be read stops every run; what docs/reliability.md says brings it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops.registry.folder import FolderStore
from speechops.registry.registry import CONFIGURATION
from tests.operations.project import USELESS

if TYPE_CHECKING:
    from tests.kit.server import RunningService
    from tests.operations.project import Project


def store(project: Project) -> FolderStore:
    return FolderStore(project.folder / ".speechops/store")


@pytest.mark.parametrize("operation", ["test-data", "train-data", "deploy", "maintain", "freeze"])
def test_damaged__stops_every_run_and_says_what_to_do(project: Project, operation: str) -> None:
    store(project).write(CONFIGURATION, "m.json", b"{")
    answer = project.run(operation, "--reason", "none")
    assert answer.code == 1
    assert "The benchmark pointer configuration/m.json cannot be read" in answer.text
    assert "docs/reliability.md, A damaged pointer." in answer.text


def test_newer__is_left_to_the_newer_version(project: Project) -> None:
    store(project).write(CONFIGURATION, "m.json", b'{"schema": 99}')
    answer = project.run("test-data")
    assert answer.code == 1
    assert "A newer version of SpeechOps wrote it" in answer.text
    assert "delete" not in answer.text


def test_damaged__and_released__rollback_to_the_last_release_brings_it_back(project: Project) -> None:
    project.run("train-data")
    version = project.run("deploy").outputs["version"]
    pointer = project.registry.benchmark("m")
    assert pointer is not None
    store(project).write(CONFIGURATION, "m.json", b"{")
    store(project).delete(CONFIGURATION, "m.json")
    answer = project.run("rollback", "--to-version", version)
    assert answer.code == 0, answer.text
    assert answer.outputs["version"] == version, "what is served has not changed: no new release"
    again = project.registry.benchmark("m")
    assert again is not None
    assert again.benchmark.reference == pointer.benchmark.reference
    assert again.benchmark.error_rate == pointer.benchmark.error_rate
    assert again.benchmark.result == pointer.benchmark.result
    project.write_training(USELESS)
    assert project.run("train-data").code == 3


def test_damaged__and_never_released__the_trained_model_is_found_again(
    project: Project, service: RunningService
) -> None:
    before = project.run("train-data")
    store(project).delete(CONFIGURATION, "m.json")
    service.control.clear_counts()
    answer = project.run("train-data")
    assert answer.code == 0, answer.text
    assert answer.outputs["candidate"] == before.outputs["candidate"]
    assert not [call for call in service.control.counts if call.startswith("POST") and "/models" in call]
