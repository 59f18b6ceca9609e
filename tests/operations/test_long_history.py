"""What an ordinary run reads of the store does not grow with the history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from speechops import report
from speechops.registry import registry
from tests.operations.long_history import counted_reads, lengthen
from tests.operations.project import TESTS

if TYPE_CHECKING:
    import pytest

    from tests.operations.project import Project

OPERATIONS = ("test-data", "train-data", "compare", "report")
RECENT = 5
OTHERS = 15  # pointer, owner, vocabularies, the run's own record and result


def reads(project: Project) -> dict[str, int]:
    """Run each operation, and return how many documents it reads."""
    counts = {}
    for operation in OPERATIONS:
        with counted_reads() as read:
            answer = project.run(operation)
        assert answer.code == 0, answer.text
        counts[operation] = read.total()
    return counts


def test_reads__do_not_grow_with_the_history(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "RECENT", RECENT)
    project.release(TESTS)
    lengthen(project.registry, "m", 10)
    short = reads(project)
    lengthen(project.registry, "m", 30, first=10)
    long = reads(project)
    assert {operation: max(count, short[operation]) for operation, count in long.items()} == short
    assert max(short.values()) <= 3 * RECENT + OTHERS


def test_report__of_a_long_history_is_of_the_latest_runs(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "RECENT", RECENT)
    project.release(TESTS)
    lengthen(project.registry, "m", 10)
    page = Path(project.run("report").outputs["report"])
    told = report.from_json((page.parent / "report.json").read_bytes())
    newest = max(project.registry.results("m"), key=lambda result: result.created)
    assert told.test
    assert told.test.run == newest.run
    assert told.history.points[-1].created == newest.created
    assert len(told.history.points) <= RECENT
    assert told.history.earlier == 12 - RECENT  # train-data, deploy, and the ten older ones
    assert told.history.releases[-1].version == project.registry.releases("m")[-1].version
