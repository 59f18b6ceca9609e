"""What an ordinary run reads of the store does not grow with the history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from speechops import report
from speechops.registry import registry
from tests.operations.long_history import READS, counted, lengthen
from tests.operations.project import TESTS

if TYPE_CHECKING:
    import pytest

    from tests.operations.project import Project

OPERATIONS = {
    **dict.fromkeys(("test-data", "train-data", "compare", "report", "deploy", "maintain"), ()),
    "plan": ("--scope", "everything"),
    "rollback": ("--to-version", "1.0.0"),
}
RECENT = 5
OTHERS = 15  # pointer, owner, vocabularies, summaries, the run's own record and result
OWN = 3  # records of the test's own earlier runs, which some operations read
LONG = 40


def reads(project: Project) -> dict[str, int]:
    """Run each operation, and return how many documents it reads."""
    counts = {}
    for operation, more in OPERATIONS.items():
        with counted() as acts:
            answer = project.run(operation, *more)
        assert answer.code == 0, answer.text
        counts[operation] = acts[READS]
    return counts


def test_reads__do_not_grow_with_the_history(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "RECENT", RECENT)
    project.release(TESTS)
    lengthen(project.registry, "m", LONG)
    project.run("report")  # reads all once, and makes the summaries
    short = reads(project)
    lengthen(project.registry, "m", LONG, first=LONG)
    project.run("report")
    long = reads(project)
    assert {name: count for name, count in long.items() if count > short[name] + OWN} == {}
    assert max(short.values()) <= RECENT + OTHERS


def test_reads__of_an_approved_deployment_do_not_grow_with_the_history(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The candidate that waits is found among all tests of the model."""
    monkeypatch.setattr(registry, "RECENT", RECENT)
    project.release(TESTS[:6])
    project.settings = "    gate: superiority\n    on-inconclusive: ask\n    min-words: 500\n"
    project.write_training(TESTS)
    waiting = project.run("train-data").outputs["candidate"]
    lengthen(project.registry, "m", LONG)
    project.run("report")
    with counted() as acts:
        answer = project.run("deploy", "--candidate", waiting)
    assert answer.outputs["candidate"] == waiting, answer.text
    assert acts[READS] <= RECENT + OTHERS


def test_report__of_a_long_history_is_of_the_latest_runs(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "RECENT", RECENT)
    project.release(TESTS)
    lengthen(project.registry, "m", 10)
    page = Path(project.run("report").outputs["report"])
    told = report.from_json((page.parent / "report.json").read_bytes())
    newest = max(project.results(), key=lambda result: result.created)
    assert told.test
    assert told.test.run == newest.run
    assert told.history.points[-1].created == newest.created
    assert len(told.history.points) <= RECENT
    assert told.history.earlier == 12 - RECENT  # train-data, deploy, and the ten older ones
    assert told.history.releases[-1].version == project.registry.releases("m")[-1].version
