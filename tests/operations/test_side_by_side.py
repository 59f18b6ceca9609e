"""Several models on one command line: worked on side by side, reported one after another."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from speechops.embedded.conditions import Activity
from tests.kit.conditions import KitConditions
from tests.operations.project import HELPFUL

if TYPE_CHECKING:
    from speechops.embedded.conditions import PlannedFailure
    from tests.operations.project import Project

UNUSUAL_SECONDS = 60.0  # only a run that works on one model after another waits for so long
SHORT_SECONDS = 0.5


def with_models(project: Project, *names: str, test: str = "test") -> Project:
    """Describe further models with the data of ``m``."""
    (project.folder / "other.txt").write_text("\n".join(HELPFUL[::-1]), encoding="utf-8-sig")
    config = project.folder / "speechops.yml"
    further = "".join(
        f"  {name}:\n    locale: en-US\n    test-data: {test}\n    training-data:\n      text: other.txt\n"
        for name in names
    )
    config.write_text(config.read_text(encoding="utf-8") + further, encoding="utf-8")
    return project


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> threading.Barrier:
    """Let no test by the service begin before two are requested, while answers about the first are short."""
    both = threading.Barrier(2, timeout=UNUSUAL_SECONDS)
    failure = KitConditions.failure

    def met(conditions: KitConditions, activity: Activity, name: str) -> PlannedFailure | None:
        if activity is Activity.EVALUATION:
            both.wait()
        return failure(conditions, activity, name)

    monkeypatch.setattr(KitConditions, "failure", met)
    monkeypatch.setattr(KitConditions, "patience", SHORT_SECONDS)
    return both


@pytest.mark.usefixtures("meeting")
@pytest.mark.parametrize("operation", ["test-data", "train-data", "compare"])
def test_models__are_worked_on_side_by_side(project: Project, operation: str) -> None:
    answer = with_models(project, "n").run(operation, "--gate", "any-improvement")
    assert answer.code == 0, answer.text
    lines = answer.text.splitlines()
    headings = [lines.index(f"{operation} {name}") for name in "mn"]
    assert headings == sorted(headings)
    assert all(any(line.startswith(f"done: {name}: test ") for line in lines) for name in "mn")
    assert list(json.loads(answer.outputs["outcomes"])) == ["m", "n"]
    assert all(len(project.registry.tests(name)) == 1 for name in "mn")


@pytest.mark.usefixtures("meeting")
def test_models__one_that_fails_stops_no_other(project: Project) -> None:
    with_models(project, "absent", test="missing")
    answer = with_models(project, "n").run("test-data")
    assert answer.code == 2, answer.text
    rows = answer.text.split("Result of each model\n")[1].splitlines()[1:4]
    assert [row.split()[:2] for row in rows] == [["m", "done"], ["absent", "error"], ["n", "done"]]
    assert list(json.loads(answer.outputs["outcomes"])) == ["m", "n"]


def test_models__on_a_free_resource_come_one_after_another(project: Project) -> None:
    answer = with_models(project, "n").run("train-data", "--speech-tier", "F0", "--gate", "any-improvement")
    assert answer.code == 0, answer.text
    first, second = (answer.text.index(f"train-data {name}\n") for name in "mn")
    assert first < answer.text.index("train m-train-data") < second < answer.text.index("train n-train-data")
