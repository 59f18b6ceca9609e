from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from speechops.embedded.engine import EngineError
from speechops.embedded.recogniser import datasets
from tests.embedded.recogniser.test_audio import sound, tone

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "Café\n\n don't\t do \r\nlast"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_lines__encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(TEXT.encode(encoding))
    assert list(datasets.lines(path)) == ["Café", "don't\t do", "last"]


def test_lines__a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"none\.txt cannot be read"):
        list(datasets.lines(tmp_path / "none.txt"))


def fill(folder: Path, *, within: str = "") -> None:
    root = folder / within
    root.mkdir(parents=True, exist_ok=True)
    (root / "a.wav").write_bytes(sound(tone(16_000)).getvalue())
    (root / "trans.txt").write_text("b.wav\tno audio\na.wav\tSome words\nno tab\na.wav\t\n", "utf-8-sig")


def zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return path


@pytest.mark.parametrize("within", ["", "inner"])
@pytest.mark.parametrize("packed", [False, True])
def test_recordings__of_a_folder_and_of_a_zip(tmp_path: Path, within: str, packed: bool) -> None:
    folder = tmp_path / "data"
    fill(folder, within=within)
    with datasets.recordings(zipped(folder) if packed else folder) as recordings:
        (recording,) = recordings
        assert (recording.name, recording.text) == ("a.wav", "Some words")
        assert recording.seconds() == 0.5
        assert len(recording.samples()) == 8_000


def test_recordings__the_topmost_transcript_counts(tmp_path: Path) -> None:
    fill(tmp_path / "data")
    fill(tmp_path / "data", within="__MACOSX")
    with datasets.recordings(zipped(tmp_path / "data")) as recordings:
        assert len(recordings) == 1


def test_recordings__no_transcript(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="has no transcript"), datasets.recordings(tmp_path):
        pass


def test_recordings__no_zip(tmp_path: Path) -> None:
    path = tmp_path / "data.zip"
    path.write_bytes(b"PK but no zip")
    with pytest.raises(EngineError, match=r"data\.zip cannot be read"), datasets.recordings(path):
        pass


def test_recordings__a_damaged_member(tmp_path: Path) -> None:
    fill(tmp_path / "data")
    path = zipped(tmp_path / "data")
    data = bytearray(path.read_bytes())
    data[1000] ^= 0xFF  # within the audio, whose checksum is then wrong
    path.write_bytes(data)
    with (
        datasets.recordings(path) as (recording,),
        pytest.raises(EngineError, match=r"a\.wav cannot be read"),
    ):
        recording.samples()
