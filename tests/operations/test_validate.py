"""``validate`` through the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.operations.project import Project


def test_validate__counts_in_words(project: Project) -> None:
    answer = project.run("validate", "--test-data", str(project.folder / "test"))
    assert answer.code == 0
    assert "is fit for the service: 2 files, " in answer.text
    (project.folder / "speechops.yml").write_text("models:\n  m:\n    locale: en-US\n    test-data: test\n")
    answer = project.run("validate")
    assert answer.code == 0
    assert "is fit for the service: 1 file, 0 warnings, 0 leaks." in answer.text


def test_validate__model_without_data_is_refused(project: Project) -> None:
    (project.folder / "speechops.yml").write_text("models:\n  m:\n    locale: en-US\n")
    answer = project.run("validate")
    assert answer.code == 2
    assert "The model m has no data: neither test-data nor training-data." in answer.text
    assert "fit for the service" not in answer.text
