"""A developer's own documents over a shared store, which is never written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops.registry.folder import FolderStore
from speechops.registry.overlay import OverlayStore, identity
from speechops.registry.store import Blob, Conflict

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = ("configuration", "m.json")


def test_write__condition_is_about_the_shared_document_too(tmp_path: Path) -> None:
    shared = FolderStore(tmp_path / "shared")
    overlay = OverlayStore(shared, tmp_path / "own")
    seen = shared.write(*DOCUMENT, b"1")
    now = shared.write(*DOCUMENT, b"2")
    with pytest.raises(Conflict):
        overlay.write(*DOCUMENT, b"3", if_match=seen)
    with pytest.raises(Conflict):
        overlay.write(*DOCUMENT, b"3", if_absent=True)
    overlay.write(*DOCUMENT, b"3", if_match=now)
    own, theirs = overlay.read(*DOCUMENT), shared.read(*DOCUMENT)
    assert own is not None
    assert theirs is not None
    assert (own.data, theirs.data) == (b"3", b"2")


def test_write__again__condition_is_about_what_was_written_here(tmp_path: Path) -> None:
    shared = FolderStore(tmp_path / "shared")
    overlay = OverlayStore(shared, tmp_path / "own")
    theirs = shared.write(*DOCUMENT, b"1")
    first = overlay.write(*DOCUMENT, b"2")
    with pytest.raises(Conflict):
        overlay.write(*DOCUMENT, b"3", if_match=theirs)
    with pytest.raises(Conflict):
        overlay.write(*DOCUMENT, b"3", if_absent=True)
    second = overlay.write(*DOCUMENT, b"4", if_match=first)
    assert overlay.read(*DOCUMENT) == Blob(b"4", second)


def test_write__document_that_is_nowhere(tmp_path: Path) -> None:
    overlay = OverlayStore(FolderStore(tmp_path / "shared"), tmp_path / "own")
    with pytest.raises(Conflict):
        overlay.write(*DOCUMENT, b"1", if_match="0" * 64)
    etag = overlay.write(*DOCUMENT, b"1", if_absent=True)
    assert overlay.read(*DOCUMENT) == Blob(b"1", etag)


@pytest.mark.parametrize("absent", [True, False])
def test_write__with_a_condition__not_over_another_run_of_this_loop(tmp_path: Path, *, absent: bool) -> None:
    class Overtaken(FolderStore):
        """While the shared document is read another run of the loop writes."""

        def read(self, container: str, name: str) -> Blob | None:
            FolderStore(tmp_path / "own").write(container, name, b"first")
            return super().read(container, name)

    shared = Overtaken(tmp_path / "shared")
    seen = None if absent else shared.write(*DOCUMENT, b"1")
    overlay = OverlayStore(shared, tmp_path / "own")
    with pytest.raises(Conflict):
        overlay.write(*DOCUMENT, b"2", if_match=seen, if_absent=absent)
    own = overlay.read(*DOCUMENT)
    assert own is not None
    assert own.data == b"first"


def test_names__of_both_once_and_in_order(tmp_path: Path) -> None:
    shared = FolderStore(tmp_path / "shared")
    overlay = OverlayStore(shared, tmp_path / "own")
    for name in ("m/3", "m/1", "other"):
        shared.write("test-results", name, b"shared")
    for name in ("m/2", "m/1", "another"):
        overlay.write("test-results", name, b"own")
    assert list(overlay.names("test-results", "m/")) == ["m/1", "m/2", "m/3"]
    assert list(overlay.states("test-results", "m/")) == ["m/1", "m/2", "m/3"]


def test_delete__takes_back_what_was_written_here(tmp_path: Path) -> None:
    shared = FolderStore(tmp_path / "shared")
    overlay = OverlayStore(shared, tmp_path / "own")
    theirs = shared.write(*DOCUMENT, b"1")
    overlay.write(*DOCUMENT, b"2")
    for _ in range(2):
        overlay.delete(*DOCUMENT)
        assert overlay.read(*DOCUMENT) == Blob(b"1", theirs)


def test_identity__is_of_the_folder_and_stays(tmp_path: Path) -> None:
    one, other = identity(tmp_path / "one"), identity(tmp_path / "other")
    assert one
    assert one != other
    assert identity(tmp_path / "one") == one


def test_states__change_with_the_document_that_is_read(tmp_path: Path) -> None:
    shared = FolderStore(tmp_path / "shared")
    overlay = OverlayStore(shared, tmp_path / "own")
    shared.write(*DOCUMENT, b"1")
    overlay.write(*DOCUMENT, b"2")
    before = overlay.states("configuration")
    shared.write(*DOCUMENT, b"one")  # nobody reads it here
    assert overlay.states("configuration") == before
    overlay.write(*DOCUMENT, b"two")
    assert overlay.states("configuration") != before
