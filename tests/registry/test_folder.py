"""What the folder store promises beyond every store: a kill at any moment, and a folder that resists."""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from speechops.errors import StoreError
from speechops.registry import Blob, Conflict, FolderStore, lock
from tests.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills and permissions of POSIX")

OLD, NEW = b"old " * 1000, b"new " * 2000

# Kills itself at the given one of its own effects on the store's folder.
VICTIM = """
import os, signal, sys
from pathlib import Path
from speechops.registry import FolderStore

root, act, last = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store = FolderStore(root)
effects = 0

def watch(event, arguments):
    global effects
    touches = event in {"open", "os.rename", "os.mkdir", "os.remove"} and str(root) in str(arguments[0])
    if touches or event == "fcntl.flock":
        effects += 1
        if effects == last:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
if act == "write":
    store.write("test-results", "a", b"new " * 2000)
elif act == "create":
    store.write("fresh-container", "a", b"new " * 2000, if_absent=True)
else:
    store.delete("test-results", "a")
"""


def _run_victim(root: Path, act: str, last: int) -> int:
    return subprocess.run([sys.executable, "-c", VICTIM, root, act, str(last)], check=False).returncode


@pytest.mark.parametrize("act", ["write", "create", "delete"])
def test_kill_before_each_effect__old_or_new_document_and_a_store_that_works(
    tmp_path: Path, act: str
) -> None:
    store = FolderStore(tmp_path)
    container = "fresh-container" if act == "create" else "test-results"
    before = None if act == "create" else OLD
    after = None if act == "delete" else NEW
    seen = set()
    for last in range(1, 100):
        store.write("test-results", "a", OLD)
        if act == "create":
            store.delete(container, "a")
        code = _run_victim(tmp_path, act, last)
        blob = store.read(container, "a")
        found = blob.data if blob else None
        assert found in {before, after}
        seen.add(found)
        assert list(store.names(container)) == ([] if found is None else ["a"])
        store.write(container, "b", b"the lock is free")
        store.delete(container, "b")
        if code == 0:
            assert found == after
            break
        assert code == -signal.SIGKILL
    else:
        pytest.fail("the victim never came to its end")
    assert last > 4  # killed at several effects before it came through
    assert seen == {before, after}


def test_kill_while_a_stream_is_stored__old_document_stays(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    etag = store.write("test-results", "a", OLD)
    victim = """
import os, signal, sys
from pathlib import Path
from speechops.registry import FolderStore

os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
FolderStore(Path(sys.argv[1])).write("test-results", "a", bytes(3 << 20))
"""
    code = subprocess.run([sys.executable, "-c", victim, tmp_path], check=False).returncode
    assert code == -signal.SIGKILL
    assert (tmp_path / ".partial").stat().st_size > 0
    assert store.read("test-results", "a") == Blob(OLD, etag)
    new = store.write("test-results", "a", NEW, if_match=etag)
    assert store.read("test-results", "a") == Blob(NEW, new)
    assert not (tmp_path / ".partial").exists()


def test_lock__held_by_another_process__waits_and_then_says_so(tmp_path: Path) -> None:
    clock = FakeClock()
    store = FolderStore(tmp_path, clock=clock)
    store.write("test-results", "a", OLD)
    with lock.acquired(tmp_path / ".lock", clock=FakeClock(), patience=0):
        with pytest.raises(StoreError, match="in use by another process for 60 seconds"):
            store.write("test-results", "a", NEW)
        assert 60 <= clock.slept < 61
        blob = store.read("test-results", "a")  # readers need no lock
        assert blob is not None
        assert blob.data == OLD
    store.write("test-results", "a", NEW)


def test_etag__is_the_content(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    digest = hashlib.sha256(OLD).hexdigest()
    assert store.write("test-results", "a", OLD) == digest


def test_names__foreign_files__are_not_documents(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.write("test-results", "a", OLD)
    for foreign in (".DS_Store", "Thumbs.db", "a~%zz", "%E4", "folder/b.json", "x+/..."):
        path = tmp_path / "test-results" / foreign
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    assert list(store.names("test-results")) == ["a"]


def test_names__case_and_slashes__are_files_side_by_side(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    for name in ("a", "A", "a/b", "x" * 201):
        store.write("test-results", name, OLD)
    folder = tmp_path / "test-results"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {"a", "%41", "a%2fb", "x" * 200 + "+/x"}


def test_states__file_that_goes_while_they_are_taken_is_left_out(tmp_path: Path) -> None:
    class Shrinking(FolderStore):
        def _files(self, container: str, prefix: str) -> Iterator[tuple[str, Path]]:
            for name, path in super()._files(container, prefix):
                if name == "a":
                    path.unlink()
                yield name, path

    store = Shrinking(tmp_path)
    for name in ("a", "b"):
        store.write("test-results", name, OLD)
    assert list(store.states("test-results")) == ["b"]


def test_write__is_on_the_disk_before_it_has_its_name_and_so_is_every_new_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, flushed, real = tmp_path / "made" / "store", [], os.fsync

    def remember(descriptor: int) -> None:
        real(descriptor)
        status = os.fstat(descriptor)
        flushed.append((status.st_ino, 0 if stat.S_ISDIR(status.st_mode) else status.st_size))

    monkeypatch.setattr(os, "fsync", remember)
    FolderStore(root).write("test-results", "a", b"short")
    document, container = root / "test-results" / "a", root / "test-results"
    assert flushed == [
        (document.stat().st_ino, 5),
        (container.stat().st_ino, 0),
        (root.stat().st_ino, 0),
    ]
    flushed.clear()
    FolderStore(root).delete("test-results", "a")
    assert flushed == [(container.stat().st_ino, 0)]


def test_delete__in_a_store_that_is_not_there__makes_none(tmp_path: Path) -> None:
    FolderStore(tmp_path / "store").delete("test-results", "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("obstacle", "reason"),
    [("file", "Not a directory"), ("folder in place of the document", "Is a directory")],
)
def test_any__folder_that_resists__one_line(tmp_path: Path, obstacle: str, reason: str) -> None:
    root = tmp_path / "store"
    if obstacle == "file":
        root.write_text("not a folder")
    else:
        (root / "test-results" / "a").mkdir(parents=True)
    store = FolderStore(root)
    with pytest.raises(StoreError) as error:
        store.write("test-results", "a", NEW)
    assert f"Cannot write {root}" in str(error.value)
    assert "Check the path" in str(error.value)
    with pytest.raises(StoreError, match=f"Cannot read {root}.*: {reason}"):
        store.read("test-results", "a")


def test_write__no_space__old_document_stays_and_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, os.strerror(28), str(tmp_path / ".partial"))

    store = FolderStore(tmp_path)
    etag = store.write("test-results", "a", OLD)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        store.write("test-results", "a", NEW)
    assert store.read("test-results", "a") == Blob(OLD, etag)


def test_write__conflict__is_not_a_failure_of_the_folder(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.write("test-results", "a", OLD)
    with pytest.raises(Conflict):
        store.write("test-results", "a", NEW, if_absent=True)
    assert not (tmp_path / ".partial").exists()


def test_repr__names_the_folder(tmp_path: Path) -> None:
    assert repr(FolderStore(tmp_path)) == f"FolderStore({str(tmp_path)!r})"
