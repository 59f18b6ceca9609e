"""On a laptop ``speechops`` alone, and ``plan``, say where the project stands."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest

from speechops.app import App
from speechops.run import percent
from tests.clock import FakeClock
from tests.operations.project import TESTS
from tests.operations.template_fork import git_in

if TYPE_CHECKING:
    from tests.operations.project import Project


def commit(project: Project) -> None:
    author = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    git_in(project.folder, "init", "--quiet")
    git_in(project.folder, "add", "--all")
    git_in(project.folder, *author, "commit", "--quiet", "--message=data")


def table(text: str) -> list[list[str]]:
    """Return the cells of the table of states, without empty ones."""
    lines = text.partition("State of the project")[2].partition("Plan")[0].splitlines()[2:]
    return [re.split(r"\s{2,}", line.strip()) for line in lines]


def test_alone__says_what_serves_and_what_is_owed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.release(TESTS)
    release = project.registry.releases("m")[-1]
    commit(project)
    monkeypatch.chdir(project.folder)
    log = io.StringIO()
    assert App({"PATH": "/usr/local/bin:/usr/bin:/bin"}, log, FakeClock()).run([]) == 0, log.getvalue()
    table = log.getvalue().partition("State of the project")[2]
    assert f"{release.version} on {release.endpoint}" in table
    assert release.reference.name in table
    assert "0.0 %" in table


def test_alone__without_a_project_shows_help(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        App({}, io.StringIO(), FakeClock()).run([])
    assert ended.value.code == 0
    assert "train-data" in capsys.readouterr().out


def test_plan__names_the_candidate_that_waits(project: Project) -> None:
    commit(project)
    (state,) = table(project.run("plan", "--scope", "everything").text)
    assert state == ["m", "not tested yet", percent(None), "nothing"]
    project.run("test-data")
    asked = project.run("train-data", "--min-words", "100000", "--on-inconclusive", "ask")
    answer = project.run("plan", "--scope", "everything")
    (state,) = table(answer.text)
    assert asked.outputs["candidate"] in state
    project.run("freeze", "--reason", "audit")
    (state,) = table(project.run("plan", "--scope", "everything").text)
    assert state[-1] == "audit"
