"""A folder's name has SpeechOps delete what somebody else put there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops import folders
from speechops.embedded.state import State
from speechops.errors import UsageError
from speechops.operations import demo
from tests.security.command import refused, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.operations.project import Project


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kept(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("years of work")
    return folder / "thesis.txt"


def test_folder_without_our_mark__refused_and_kept(here: Path) -> None:
    file = kept(here / ".speechops" / "demo")
    with pytest.raises(UsageError, match="was not created by SpeechOps"):
        folders.fresh("demo")
    assert file.exists()


@pytest.mark.parametrize("place", [".speechops", ".speechops/demo", f".speechops/demo/{folders.MARK}"])
def test_link_instead_of_a_folder__refused_and_kept(here: Path, place: str) -> None:
    file = kept(here / "own" / "demo")
    (file.parent / folders.MARK).write_text("")
    link = here / place
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to({".speechops": here / "own"}.get(place, file.parent))
    with pytest.raises(UsageError):
        folders.fresh("demo")
    assert file.exists()


def test_own_folder__is_made_empty() -> None:
    first = folders.fresh("demo")
    (first / "left.txt").write_text("x")
    assert [path.name for path in folders.fresh("demo").iterdir()] == [folders.MARK]


@pytest.mark.parametrize("local", ["own/service", ".speechops/demo/service", "own/demo/.."])
def test_demo__leaves_what_lies_beside_local_folder(
    here: Path, monkeypatch: pytest.MonkeyPatch, local: str
) -> None:
    monkeypatch.setattr(demo, "_walk", lambda *_: None)
    file = kept(here / "own" / "demo")
    code, text = run("demo", "--local-folder", local)
    assert code == 0, text
    assert file.exists()
    assert sorted(path.name for path in (here / "own").iterdir()) in (["demo"], ["demo", "service"])


def test_demo__beside_a_folder_of_that_name_that_is_not_ours__refused(here: Path) -> None:
    file = kept(here / ".speechops" / "demo")
    refused(run("demo"), "was not created by SpeechOps")
    assert file.exists()


@pytest.mark.parametrize("option", ["report-folder", "store-folder", "local-folder"])
def test_folder_with_files_of_somebody_else__they_stay(project: Project, tmp_path: Path, option: str) -> None:
    files = [kept(tmp_path / "own"), kept(tmp_path / "own" / "m"), kept(tmp_path / "own" / "configuration")]
    assert (
        project.run("train-data", f"--{option}", str(tmp_path / "own"), "--gate", "any-improvement").code == 0
    )
    assert all(file.read_text() == "years of work" for file in files)


@pytest.mark.parametrize("name", ["work", "contents"])
def test_service_in_a_folder_of_somebody_else__refused_and_kept(here: Path, name: str) -> None:
    """``--local-folder ~`` would empty ``~/work``."""
    file = kept(here / name)
    with pytest.raises(OSError, match="not the embedded service's"):
        State(here)
    assert file.exists()


@pytest.mark.parametrize("name", ["work", "contents"])
def test_service_whose_folder_was_made_a_link__refused_and_kept(here: Path, name: str) -> None:
    State(here / "service").close()
    file = kept(here / "own" / "x").parent
    target = here / "service" / name
    target.rmdir()
    target.symlink_to(file.parent)
    with pytest.raises(OSError, match="symbolic link"):
        State(here / "service")
    assert (file / "thesis.txt").exists()
