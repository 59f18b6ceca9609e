"""Every operation reads at run time what the table says that it reads, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from speechops.operations.table import OPERATIONS
from speechops.settings import Values

if TYPE_CHECKING:
    from speechops.inputs import Input
    from tests.operations.project import Project


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the inputs that have been read."""
    names: set[str] = set()
    get = Values.__getitem__

    def record(values: Values, row: Input[Any]) -> Any:  # noqa: ANN401 - of any type
        names.add(row.name)
        return get(values, row)

    monkeypatch.setattr(Values, "__getitem__", record)
    return names


SEQUENCE = [
    ("validate", ()),
    ("doctor", ()),
    ("plan", ("--scope", "everything")),
    ("test-data", ()),
    ("train-data", ()),
    ("verdicts", ()),
    ("deploy", ()),
    ("freeze", ("--reason", "audit")),
    ("unfreeze", ()),
    ("maintain", ()),
    ("rollback", ()),
    ("report", ()),
    ("compare", ()),
]


CORE = {
    "validate": {"locale", "test-data", "training-text", "gate", "groups", "speech-tier"},
    "test-data": {"locale", "test-data", "speech-endpoint", "store-folder", "report-folder", "commit"},
    "train-data": {"training-text", "base-model", "gate", "leaks", "reuse", "max-wait", "show-transcripts"},
    "deploy": {"candidate", "endpoint-id", "github-release", "test-data", "max-wait"},
    "freeze": {"reason", "commit", "store-folder"},
    "maintain": {"delete", "expiry-days", "keep-days", "keep-models", "maintenance-issue"},
    "rollback": {"to-version", "endpoint-id"},
    "report": {"locale", "groups", "report-folder", "include-audio", "show-transcripts"},
}


def test_operation__reads_at_run_time_what_it_names_and_nothing_else(
    project: Project, read: set[str]
) -> None:
    """What it does not name cannot be read: the settings refuse it, as a bug."""
    for name, more in SEQUENCE:
        read.clear()
        answer = project.run(name, *more)
        assert "among the inputs that it reads" not in answer.text, answer.text
        assert read <= {row.name for row in OPERATIONS[name].inputs}
        assert CORE.get(name, set()) <= read, name
