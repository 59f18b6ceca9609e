from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from speechops.embedded.engine import EngineError
from speechops.embedded.recogniser import caching

if TYPE_CHECKING:
    from pathlib import Path


def whole(path: Path) -> str:
    text = path.read_text()
    if not text.endswith("."):
        raise EngineError("damaged")
    return text


def test_kept__is_made_once(tmp_path: Path) -> None:
    made: list[Path] = []

    def write(path: Path) -> None:
        made.append(path)
        path.write_text("worked out.")

    path = tmp_path / "deep" / "file"
    assert [caching.kept(path, whole, write) for _ in range(3)] == 3 * ["worked out."]
    assert len(made) == 1
    assert list(path.parent.iterdir()) == [path]


def test_kept__a_damaged_file_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("worked o")
    assert caching.kept(path, whole, lambda made: made.write_text("worked out.")) == "worked out."


def test_kept__a_failure_leaves_nothing(tmp_path: Path) -> None:
    def write(path: Path) -> None:
        path.write_text("worked o")
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        caching.kept(tmp_path / "file", whole, write)
    assert list(tmp_path.iterdir()) == []


def test_kept__two_at_once_both_get_a_whole_file(tmp_path: Path) -> None:
    both_write = threading.Barrier(2)
    got: list[str] = []

    def write(path: Path) -> None:
        path.write_text("worked ")
        both_write.wait(10)
        path.write_text("worked out.")

    def get() -> None:
        got.append(caching.kept(tmp_path / "file", whole, write))

    threads = [threading.Thread(target=get) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == 2 * ["worked out."]
