"""A folder's name has SpeechOps delete what somebody else put there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops import folders
from speechops.embedded.state import State
from speechops.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


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
