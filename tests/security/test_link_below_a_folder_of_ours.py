"""A branch brings links along where a run writes: what it writes would land on the machine's own files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.security.command import refused, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.server import RunningService
    from tests.operations.project import Project

FILES = [
    *("report/index.html", "report/m/index.html", "report/m/report.json", "report/m/badge.json"),
    *("store/.partial", "store/.lock", "service/state.db"),
]
FOLDERS = ["report/m", "store/configuration", "store/test-results", "store/run-records"]


@pytest.mark.parametrize("name", FILES)
def test_link_instead_of_a_file__refused_and_its_target_is_kept(
    project: Project, tmp_path: Path, name: str
) -> None:
    victim = tmp_path / ".bashrc"
    victim.write_text("own\n")
    link = project.folder / ".speechops" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(victim)
    answer = project.run("test-data", "--local-folder", str(project.folder / ".speechops/service"))
    refused((answer.code, answer.text), "symbolic link")
    assert victim.read_text() == "own\n"


@pytest.mark.parametrize("name", FOLDERS)
def test_link_instead_of_a_folder__refused_and_nothing_is_written_there(
    project: Project, tmp_path: Path, name: str
) -> None:
    victim = tmp_path / "own"
    victim.mkdir()
    link = project.folder / ".speechops" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(victim)
    for operation in ("test-data", "train-data", "compare", "deploy", "report"):
        answer = project.run(operation)
        refused((answer.code, answer.text), "symbolic link")
        assert list(victim.iterdir()) == []


def test_link_in_the_folder_of_a_developers_loop__refused(
    project: Project, service: RunningService, tmp_path: Path
) -> None:
    link = project.folder / ".speechops/loop/test-results"
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path)
    answer = project.run("compare", "--developer-endpoint", service.url)
    refused((answer.code, answer.text), "symbolic link")


@pytest.mark.parametrize("name", ["report/m/index.html", "report/deep/er/still"])
def test_link_in_a_folder_that_the_workflow_names__refused(
    project: Project, tmp_path: Path, name: str
) -> None:
    link = project.folder / name
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "new")
    answer = project.run("train-data", "--report-folder", str(project.folder / "report"))
    refused((answer.code, answer.text), "report-folder", "symbolic link")
    assert not (tmp_path / "new").exists()


def test_link_in_a_folder_outside_of_the_repository__is_the_persons_own(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/m").symlink_to(tmp_path / "disk")
    answer = project.run("test-data", "--report-folder", str(tmp_path / "reports"))
    assert answer.code == 0, answer.text
    assert (tmp_path / "disk/index.html").exists()


@pytest.mark.parametrize("name", ["speechops.yml", ".github", ".github/workflows", "README.md", "data"])
def test_link_where_init_writes__refused_and_its_target_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The clone of a stranger's repository, on a laptop."""
    link = tmp_path / "clone" / name
    link.parent.mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "clone")
    victim = tmp_path / "own"
    if name.startswith(".github"):
        victim.mkdir()
    elif name == "README.md":
        victim.write_text("own")
    link.symlink_to(victim)
    before = sorted(tmp_path.rglob("*"))
    refused(run("init", "--action", "octo/speechops@v1", "--from-sample", "true"), name)
    assert sorted(tmp_path.rglob("*")) == before
    assert not victim.is_file() or victim.read_text() == "own"
