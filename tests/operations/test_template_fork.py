"""The first runs of a fork of Microsoft's template, whose storage holds a benchmark of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from speechops.registry.folder import FolderStore

if TYPE_CHECKING:
    from tests.operations.project import Project

SUMMARY = "test-summary-from-train-data-update-1a2b3c4.json"
GONE = "5f29dbd4-4e79-4fb9-a9d5-1ab3f6c1e8a0"


def leave_template(project: Project, model_id: str) -> None:
    store = FolderStore(project.folder / ".speechops/store")
    store.write("configuration", "benchmark-test.txt", SUMMARY.encode())
    summary = {
        "status": "Succeeded",
        "properties": {"wordErrorRate1": 0.073},
        "model1": {
            "self": f"https://westus.api.cognitive.microsoft.com/speechtotext/v3.0/models/{model_id}",
        },
    }
    store.write("test-results", SUMMARY, json.dumps(summary).encode())


@pytest.mark.parametrize("operation", ["test-data", "train-data"])
def test_first_run__templates_model_is_gone__said_and_the_base_model_is_the_benchmark(
    project: Project, operation: str
) -> None:
    leave_template(project, GONE)
    answer = project.run(operation)
    assert answer.code == 0, answer.text
    assert f"had a WER of 7.3 % ({SUMMARY}). Its model is gone: the base model" in answer.text
    again = project.run(operation)
    assert "template" not in again.text


def test_first_run__templates_model_is_there__it_is_the_benchmark(project: Project) -> None:
    trained = project.run("compare").outputs["candidate"]
    leave_template(project, trained)
    answer = project.run("test-data")
    assert answer.code == 0, answer.text
    assert answer.outputs["benchmark"] == trained
    pointer = project.registry.benchmark("m")
    assert pointer is not None
    assert not pointer.benchmark.reference.base
    assert pointer.benchmark.error_rate == 0


def test_first_run__template_left_damage__one_line(project: Project) -> None:
    store = FolderStore(project.folder / ".speechops/store")
    store.write("configuration", "benchmark-test.txt", b"nothing-here.json")
    answer = project.run("test-data")
    assert answer.code == 1
    assert "names test-results/nothing-here.json, which does not exist. Delete" in answer.text
