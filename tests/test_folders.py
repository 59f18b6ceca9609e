"""What a run makes for itself stays out of git."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speechops import folders
from speechops.embedded.state import State
from speechops.registry.folder import FolderStore

if TYPE_CHECKING:
    from collections.abc import Callable


def kept(folder: Path) -> None:
    FolderStore(folder).write("configuration", "m.json", b"{}")


MAKERS = [folders.make, kept, State]


@pytest.mark.parametrize("make", MAKERS)
def test_ours__is_hidden_from_git_when_it_is_made(make: Callable[[Path], object], tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)  # noqa: S607
    make(tmp_path / ".speechops" / "a")
    status = ["git", "-C", str(tmp_path), "status", "--porcelain", "--untracked-files=all"]
    assert subprocess.run(status, capture_output=True, check=True).stdout == b""


@pytest.mark.parametrize("make", MAKERS)
def test_ours__is_left_as_people_have_made_it(make: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / ".speechops").mkdir()
    make(tmp_path / ".speechops" / "a")
    assert not (tmp_path / ".speechops" / ".gitignore").exists()


@pytest.mark.parametrize("make", MAKERS)
def test_others__get_no_file(make: Callable[[Path], object], tmp_path: Path) -> None:
    make(tmp_path / "data" / "store")
    assert not list(tmp_path.rglob(".gitignore"))


def test_ours__from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folders.make(Path(".speechops/report"))
    assert (tmp_path / ".speechops" / ".gitignore").read_text() == "*\n"
