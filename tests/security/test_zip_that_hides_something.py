"""A zip that is fingerprinted and looked through as one thing and uploaded as another, or that never ends."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from speechops import corpus
from speechops.corpus import Kind, Purpose, archive
from speechops.errors import DataError
from tests.corpus.making import make_zip, two_clips, wav
from tests.security.command import MODEL, repository, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HIDDEN = {
    "a folder": {"more/c.wav": wav(1)},
    "a dot file": {".c.wav": wav(1)},
    "a system folder": {"__MACOSX/c.wav": wav(1)},
    "a path outside": {"../c.wav": wav(1)},
    "a file of another kind": {"notes.html": b"<script>"},
    "a second archive": {"inner.zip": b"PK"},
}


def read(path: Path) -> corpus.DataFile:
    return corpus.read(path, kind=Kind.ACOUSTIC, purpose=Purpose.TRAINING, locale="en-US")


def uploaded(data: corpus.DataFile) -> Mapping[str, bytes]:
    with data.open() as stream, zipfile.ZipFile(io.BytesIO(stream.read())) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.mark.parametrize("what", HIDDEN)
def test_member_that_is_not_read__is_not_uploaded(tmp_path: Path, what: str) -> None:
    clean = read(make_zip(tmp_path / "clean.zip", two_clips()))
    padded = read(make_zip(tmp_path / "padded.zip", {**two_clips(), **HIDDEN[what]}))
    assert padded.fingerprint == clean.fingerprint
    assert uploaded(padded) == uploaded(clean)
    assert set(uploaded(clean)) == {"a.wav", "b.wav", "trans.txt"}


@pytest.mark.parametrize("tail", [b"x" * 1000, b"PK\3\4" + b"\0" * 26])
def test_bytes_before_the_zip__are_not_uploaded(tmp_path: Path, tail: bytes) -> None:
    path = make_zip(tmp_path / "a.zip", two_clips())
    path.write_bytes(tail + path.read_bytes())
    assert set(uploaded(read(path))) == {"a.wav", "b.wav", "trans.txt"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["a.wav", "A.WAV", "./a.wav", "x/../a.wav"])
def test_second_member_of_one_name__refused_or_not_uploaded(tmp_path: Path, name: str) -> None:
    """One parser takes the first, another one the last."""
    path = make_zip(tmp_path / "a.zip", two_clips())
    with zipfile.ZipFile(path, "a") as opened:
        opened.writestr(name, wav(2))
    data = read(path)
    assert data.errors or uploaded(data) == uploaded(read(make_zip(tmp_path / "clean.zip", two_clips())))


def test_name_that_differs_where_the_member_begins__refused_or_uploaded_as_it_was_read(
    tmp_path: Path,
) -> None:
    """A streaming parser goes by the local header, ours by the directory at the end."""
    path = make_zip(tmp_path / "a.zip", two_clips())
    content = bytearray(path.read_bytes())
    at = content.index(b"b.wav")
    content[at : at + 5] = b"c.wav"
    path.write_bytes(content)
    try:
        data = read(path)
        assert data.errors or set(uploaded(data)) == {"a.wav", "b.wav", "trans.txt"}
    except DataError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017


@pytest.mark.parametrize("zip64", [False, True])
def test_more_entries_than_are_read__refused_while_they_are_counted(tmp_path: Path, *, zip64: bool) -> None:
    path = tmp_path / "repository" / "many.zip"
    config = repository(path.parent, MODEL + "    test-data: many.zip\n")
    with zipfile.ZipFile(path, "w") as opened:
        for number in range(archive.MOST_ENTRIES + 1):
            if zip64 and not number:
                with opened.open(f"{number:x}", "w", force_zip64=True) as entry:
                    entry.write(b"")
            else:
                opened.writestr(f"{number:x}", b"")
    code, text = run("validate", "--config", str(config))
    assert code == 2
    assert "more than 20,000 entries" in text
