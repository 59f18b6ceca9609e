"""A developer's own documents over a shared store, which is never written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops.registry.folder import FolderStore
from speechops.registry.overlay import OverlayStore
from speechops.registry.store import Conflict

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
