"""What is not as in the commit, and where a path lies in the repository."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

import pytest

from speechops.planning.checkout import Checkout, open_checkout
from speechops.planning.git import Git, process_runner
from tests.operations.test_plan import Repository

if TYPE_CHECKING:
    from pathlib import Path

PATH = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "data")
    for name in ("a.txt", "in/test/1.wav", "in/test/2.wav", "in/text.txt"):
        made.write(name, name)
    made.git("init", "--quiet")
    made.commit()
    return made


def checkout(repository: Repository, folder: str = "") -> Checkout:
    found = open_checkout(Git(repository.folder / folder, process_runner(PATH)))
    assert found is not None
    return found


@pytest.mark.parametrize("folder", ["", "in", "in/test"])
def test_place__is_from_the_root_of_the_repository(repository: Repository, folder: str) -> None:
    found, root = checkout(repository, folder), repository.folder
    assert found.place(root / "in/test/../text.txt") == "in/text.txt"
    assert found.place(root / "in") == "in"
    assert found.place(root) == "."
    assert found.place(root.parent) == ".."
    assert found.place(root.parent / "other/a.txt") == "../other/a.txt"


@pytest.mark.parametrize("folder", ["", "in"])
def test_uncommitted__is_what_differs_of_the_paths_alone(repository: Repository, folder: str) -> None:
    root = repository.folder
    paths = [root / "in/test", root / "a.txt", root / "in/gone.txt"]
    assert checkout(repository, folder).uncommitted(paths) == ()
    for name in ("a.txt", "in/test/1.wav", "in/text.txt", "in/test/3.wav", "in/test/.hidden/x"):
        repository.write(name, "other")
    (root / "in/test/2.wav").unlink()
    found = checkout(repository, folder)
    assert found.uncommitted(paths) == ("a.txt", "in/test/1.wav", "in/test/2.wav", "in/test/3.wav")
    assert found.uncommitted([root / "in/text.txt"]) == ("in/text.txt",)
    assert found.uncommitted([]) == ()


@pytest.mark.parametrize("folder", ["", "in"])
def test_uncommitted__a_file_or_folder_that_is_gone_as_a_whole(repository: Repository, folder: str) -> None:
    root = repository.folder
    (root / "a.txt").unlink()
    shutil.rmtree(root / "in/test")
    found = checkout(repository, folder).uncommitted([root / "in/test", root / "a.txt", root / "never.txt"])
    assert found == ("a.txt", "in/test/1.wav", "in/test/2.wav")


def test_uncommitted__outside_of_the_repository(repository: Repository) -> None:
    outside = repository.folder.parent / "..data.txt"
    outside.write_text("x")
    assert checkout(repository).uncommitted([outside, repository.folder / "a.txt"]) == ("../..data.txt",)
    repository.write("..data.txt", "inside, with a name that begins with dots")
    repository.commit()
    assert checkout(repository).uncommitted([repository.folder / "..data.txt"]) == ()


def test_uncommitted__a_link_is_as_committed_as_what_it_leads_to(repository: Repository) -> None:
    link = repository.folder / "linked.txt"
    link.symlink_to("in/text.txt")
    assert checkout(repository).uncommitted([link]) == ("linked.txt",)
    repository.commit()
    assert checkout(repository).uncommitted([link]) == ()
    repository.write("in/text.txt", "other")
    assert checkout(repository).uncommitted([link]) == ("in/text.txt",)
    (repository.folder / "in/text.txt").unlink()
    assert checkout(repository).uncommitted([link]) == ("in/text.txt",)


@pytest.mark.parametrize("folder", ["", "in/test"])
def test_uncommitted__pointer_of_git_lfs_is_the_file_with_its_digest_alone(
    repository: Repository, folder: str
) -> None:
    whole = b"a whole recording"
    digest = hashlib.sha256(whole).hexdigest()
    audio = repository.folder / "in/test/1.wav"
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(whole)}\n"
    repository.write("in/test/1.wav", pointer)
    repository.write("in/test/2.wav", f"not a pointer\noid sha256:{digest}\n")
    repository.write("in/test/large.wav", pointer + "x" * 1024)
    repository.commit()
    for name in ("1.wav", "2.wav", "large.wav", "new.wav"):
        (repository.folder / "in/test" / name).write_bytes(whole)
    paths = [repository.folder / "in/test"]
    differ = ("in/test/2.wav", "in/test/large.wav", "in/test/new.wav")
    assert checkout(repository, folder).uncommitted(paths) == differ
    for spoil in (lambda: audio.write_bytes(whole + b"!"), audio.unlink):
        spoil()
        assert checkout(repository, folder).uncommitted(paths) == ("in/test/1.wav", *differ)


def test_uncommitted__in_submodules(repository: Repository) -> None:
    """Of each the data that is named alone, and a file in Git LFS as it is elsewhere."""
    whole = b"a whole recording"
    digest = hashlib.sha256(whole).hexdigest()
    for name in ("audio", "texts"):
        module = Repository(repository.folder.parent / name)
        module.write("a/1.wav", f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 17\n")
        module.write("b.txt", "b")
        module.git("init", "--quiet")
        module.commit()
        repository.git("submodule", "--quiet", "add", str(module.folder), f"in/{name}")
    repository.commit()
    root = repository.folder
    for name in ("audio", "texts"):
        (root / "in" / name / "a/1.wav").write_bytes(whole)
    every = [root / "in/audio", root / "in/texts/a", root / "in/text.txt"]
    assert checkout(repository).uncommitted(every) == ()
    for name in ("in/audio/b.txt", "in/texts/b.txt", "in/texts/a/new.wav", "in/text.txt"):
        repository.write(name, "other")
    found = checkout(repository, "in")
    assert found.uncommitted(every) == ("in/audio/b.txt", "in/text.txt", "in/texts/a/new.wav")
    assert found.uncommitted([root / "in/texts/a/1.wav"]) == ()
    assert found.uncommitted([root / "in/texts"]) == ("in/texts/a/new.wav", "in/texts/b.txt")
    repository.git("-C", "in/audio", "commit", "--quiet", "--all", "--message", "other")
    assert checkout(repository).uncommitted([root / "in/audio/b.txt"]) == ("in/audio",)
