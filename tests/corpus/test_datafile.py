"""Reading, fingerprints, packing, and what cannot be read at all."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import wave
import zipfile
from typing import TYPE_CHECKING

import pytest

from speechops import corpus
from speechops.corpus import Kind, Purpose, text_file
from speechops.errors import DataError
from tests.corpus.making import BOM, make_folder, make_zip, two_clips, wav

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speechops.corpus import DataFile


def read(path: Path, kind: Kind = Kind.ACOUSTIC, locale: str = "en-US") -> DataFile:
    return corpus.read(path, kind=kind, purpose=Purpose.TRAINING, locale=locale)


def test_utterances__are_in_the_order_of_the_transcript(tmp_path: Path) -> None:
    data = read(make_zip(tmp_path / "d.zip", two_clips()))
    assert [(said.audio, said.text, said.line, said.seconds) for said in data.utterances] == [
        ("b.wav", "the second letter", 1, 1.5),
        ("a.wav", "the first letter", 2, 1.0),
    ]
    assert [*data.sentences()] == [(1, "the second letter"), (2, "the first letter")]


def test_zip_and_folder__are_the_same_data(tmp_path: Path) -> None:
    zipped = read(make_zip(tmp_path / "d.zip", two_clips()))
    stored = read(make_zip(tmp_path / "s.zip", dict(sorted(two_clips().items())), zipfile.ZIP_STORED))
    folder = read(make_folder(tmp_path / "d", two_clips()))
    assert zipped.fingerprint == stored.fingerprint == folder.fingerprint
    assert zipped.utterances == folder.utterances


@pytest.mark.parametrize("junk", ["__MACOSX/._a.wav", "sub/.DS_Store", ".DS_Store", "Thumbs.db", "README.md"])
def test_fingerprint__does_not_see_files_that_are_not_used(junk: str, tmp_path: Path) -> None:
    plain = read(make_zip(tmp_path / "d.zip", two_clips()))
    assert read(make_zip(tmp_path / "j.zip", {junk: b"x", **two_clips()})).fingerprint == plain.fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"a.wav": wav(1, fill=b"\3\0")},
        {"trans.txt": two_clips()["trans.txt"] + b"\n"},
        {"c.wav": wav()},
    ],
    ids=["audio", "transcript", "file"],
)
def test_fingerprint__sees_every_content(change: dict[str, bytes], tmp_path: Path) -> None:
    plain = read(make_zip(tmp_path / "d.zip", two_clips()))
    assert read(make_zip(tmp_path / "e.zip", two_clips() | change)).fingerprint != plain.fingerprint


def test_fingerprint__sees_kind_and_locale_but_no_path(tmp_path: Path) -> None:
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_bytes(BOM + b"IEEE\ti triple e")
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    first = read(one, Kind.LANGUAGE).fingerprint
    assert first == read(two, Kind.LANGUAGE).fingerprint
    assert (
        len({first, read(one, Kind.PRONUNCIATION).fingerprint, read(one, Kind.LANGUAGE, "en-GB").fingerprint})
        == 3
    )


def test_fingerprint__of_parts_knows_where_they_end() -> None:
    assert corpus.fingerprint(("ab", "c")) != corpus.fingerprint(("a", "bc"))
    assert corpus.fingerprint(()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_open__a_folder_gives_the_same_zip_each_time(tmp_path: Path) -> None:
    members = {
        ("transcript.tsv" if name == "trans.txt" else name): content for name, content in two_clips().items()
    }
    members["\u00fc.wav"] = wav(0.5)
    first, second = (
        make_folder(tmp_path / name, {**members, ".gitkeep": b"", "notes.md": b""}) for name in "xy"
    )
    (second / "a.wav").touch()
    packed = []
    for folder in (first, second):
        data = read(folder)
        with data.open() as stream:
            packed.append(stream.read())
        assert len(packed[-1]) == data.size
    assert packed[0] == packed[1]
    with zipfile.ZipFile(io.BytesIO(packed[0])) as archive:
        assert archive.namelist() == ["a.wav", "b.wav", "trans.txt", "\u00fc.wav"]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert archive.read("trans.txt") == two_clips()["trans.txt"]
    (tmp_path / "packed.zip").write_bytes(packed[0])
    assert read(tmp_path / "packed.zip").fingerprint == read(first).fingerprint


def test_open__is_seekable(tmp_path: Path) -> None:
    for path in (make_zip(tmp_path / "d.zip", two_clips()), make_folder(tmp_path / "d", two_clips())):
        with read(path).open() as stream:
            whole = stream.read()
            stream.seek(10)
            assert stream.read() == whole[10:]


def test_open__a_file_gives_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(BOM + b"words")
    data = read(path, Kind.LANGUAGE)
    with data.open() as stream:
        assert stream.read() == BOM + b"words"
    assert data.size == 8


def test_recording__is_one_text_and_its_file(tmp_path: Path) -> None:
    for path in (make_zip(tmp_path / "d.zip", two_clips()), make_folder(tmp_path / "d", two_clips())):
        utterance = read(path).utterances[0]
        text, content = corpus.recording(path, utterance.audio) or ("", b"")
        assert text == utterance.text
        with wave.open(io.BytesIO(content)) as audio:
            assert audio.getnframes() == 24_000
        assert corpus.recording(path, "c.wav") is None
        assert corpus.recording(path, "../d/a.wav") is None


def test_recordings__as_many_as_fit(tmp_path: Path) -> None:
    for path in (make_zip(tmp_path / "d.zip", two_clips()), make_folder(tmp_path / "d", two_clips())):
        size = len(two_clips()["b.wav"])
        names = ["../d/a.wav", "b.wav", "a.wav"]
        assert list(corpus.recordings(path, names, most_bytes=size)) == ["b.wav"]
        assert list(corpus.recordings(path, names, most_bytes=size * 9)) == ["b.wav", "a.wav"]


def test_large_text__is_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(BOM + b"some words")
    small = read(path, Kind.LANGUAGE)
    monkeypatch.setattr(text_file, "MOST_KEPT", 4)
    large = read(path, Kind.LANGUAGE)
    assert large == small
    path.unlink()
    assert list(small.sentences()) == [(1, "some words")]
    with pytest.raises(DataError, match="cannot be read"), large.open():
        pass


@pytest.mark.parametrize("make", [make_zip, make_folder], ids=["zip", "folder"])
def test_open__what_the_caller_raises_stays_as_it_is(make: Callable[..., Path], tmp_path: Path) -> None:
    data = read(make(tmp_path / "d.zip", two_clips()))
    with pytest.raises(ConnectionError), data.open():
        raise ConnectionError


@pytest.mark.parametrize("make", [make_zip, make_folder], ids=["zip", "folder"])
def test_open__what_has_gone_meanwhile_is_a_data_error(make: Callable[..., Path], tmp_path: Path) -> None:
    path = make(tmp_path / "d.zip", two_clips())
    data = read(path)
    (path if path.is_file() else path / "b.wav").unlink()
    with (
        pytest.raises(
            DataError,
            match=r"cannot be read: No such file|changed after it was "
            r"checked",
        ),
        data.open(),
    ):
        pass


def test_sentences__of_each_kind(tmp_path: Path) -> None:
    texts = {
        Kind.LANGUAGE: "\nOne.\r\n\r\n Two. ",
        Kind.LANGUAGE_MARKDOWN: "@ list x =\n- y\n- z\n# s\n- a {@x} {@no}",
        Kind.PRONUNCIATION: "IEEE\ti triple e",
        Kind.OUTPUT_FORMATTING: "#profanity\nbad",
    }
    path = tmp_path / "text.txt"
    found = {}
    for kind, text in texts.items():
        path.write_bytes(BOM + text.encode())
        found[kind] = [*read(path, kind).sentences()]
    assert found == {
        Kind.LANGUAGE: [(2, "One."), (4, "Two.")],
        Kind.LANGUAGE_MARKDOWN: [(5, "a y {@no}"), (5, "a z {@no}")],
        Kind.PRONUNCIATION: [],
        Kind.OUTPUT_FORMATTING: [],
    }


def unreadable(tmp_path: Path) -> dict[str, tuple[Path, Kind, str]]:
    lfs = tmp_path / "lfs.zip"
    lfs.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n")
    text = tmp_path / "no.zip"
    text.write_bytes(b"not a zip")
    return {
        "unreachable": (tmp_path / ("x" * 300), Kind.ACOUSTIC, "cannot be read: File name too long"),
        "missing": (tmp_path / "missing.zip", Kind.ACOUSTIC, "does not exist"),
        "lfs": (lfs, Kind.ACOUSTIC, "git lfs pull"),
        "no zip": (text, Kind.ACOUSTIC, "is not a readable zip"),
        "folder of text": (tmp_path, Kind.LANGUAGE, "is a folder"),
    }


@pytest.mark.parametrize("case", ["unreachable", "missing", "lfs", "no zip", "folder of text"])
def test_read__what_cannot_be_read_is_a_data_error_of_one_line(case: str, tmp_path: Path) -> None:
    path, kind, words = unreadable(tmp_path)[case]
    with pytest.raises(DataError, match=words) as raised:
        read(path, kind)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == 2
    assert raised.value.place
    assert raised.value.place.file == path.as_posix()


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.ACOUSTIC])
def test_read__only_audio_with_transcripts_tests_a_model(kind: Kind, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be used to test a model"):
        corpus.read(tmp_path, kind=kind, purpose=Purpose.TEST, locale="en-US")


def patched(path: Path, mark: bytes, offset: int, value: bytes) -> Path:
    """Overwrite bytes of the last record that begins with ``mark``."""
    content = bytearray(make_zip(path, two_clips()).read_bytes())
    at = content.rindex(mark) + offset
    content[at : at + len(value)] = value
    path.write_bytes(content)
    return path


def test_zip__that_promises_an_absurd_count__is_counted_instead(tmp_path: Path) -> None:
    path = patched(tmp_path / "d.zip", b"PK\5\6", 10, struct.pack("<H", 60_000))
    assert len(read(path).utterances) == 2


def test_zip__of_absurd_directory_is_refused_before_it_is_listed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a readable zip"):
        read(patched(tmp_path / "d.zip", b"PK\5\6", 12, struct.pack("<I", 1 << 30)))


def test_zip__of_absurd_64_bit_count_is_refused_before_it_is_listed(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "d.zip", two_clips())
    content = path.read_bytes()
    at = content.rindex(b"PK\5\6")
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1 << 40, 1 << 40, 1 << 40, 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, at, 1)
    path.write_bytes(content[:at] + end + locator + content[at:])
    with pytest.raises(DataError, match="is not a readable zip"):
        read(path)


def test_zip__that_would_unpack_to_more_than_it_may_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "d.zip", {f"{at}.wav": wav(0.1) for at in range(3)})
    content = bytearray(path.read_bytes())
    at = -1
    while (at := content.find(b"PK\1\2", at + 1)) >= 0:
        content[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFFE)
    path.write_bytes(content)
    with pytest.raises(DataError, match="would unpack to 12 GiB"):
        read(path)


def test_folder__of_absurd_count_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speechops.corpus.archive.MOST_ENTRIES", 2)
    with pytest.raises(DataError, match="more than 2 entries"):
        read(make_folder(tmp_path / "d", two_clips()))


def test_folder__that_the_system_refuses_is_a_data_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    folder = make_folder(tmp_path / "d", two_clips())
    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(DataError, match="cannot be read: Permission denied"):
        read(folder)


def test_text__that_the_system_refuses_is_a_data_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    (tmp_path / "text.txt").write_bytes(BOM + b"words")
    monkeypatch.setattr("hashlib.file_digest", refuse)
    with pytest.raises(DataError, match="cannot be read: Input/output error"):
        read(tmp_path / "text.txt", Kind.LANGUAGE)


@pytest.mark.parametrize("name", ["c\n::error::.wav", "call-10:30:00.wav", "a|b.wav", "c" * 177 + ".wav"])
def test_folder__names_that_not_every_system_takes_are_not_read(tmp_path: Path, name: str) -> None:
    data = read(make_folder(tmp_path / "d", two_clips() | {name: wav()}))
    (finding,) = (finding for finding in data.findings if finding.rule == "member-unsafe")
    assert "\n" not in finding.message
    assert finding.severity == "error"


def test_folder__audio_whose_names_differ_in_case_alone_is_an_error(tmp_path: Path) -> None:
    data = read(make_folder(tmp_path / "d", two_clips() | {"A.WAV": wav(0.7)}))
    (finding,) = (finding for finding in data.findings if finding.rule == "member-repeated")
    assert finding.severity == "error"


def test_folder__longest_name_is_read(tmp_path: Path) -> None:
    data = read(make_folder(tmp_path / "d", two_clips() | {"c" * 176 + ".wav": wav()}))
    assert not [finding for finding in data.findings if finding.rule == "member-unsafe"]


def test_zip__with_a_comment_is_read(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "d.zip", two_clips())
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"made by hand"
    assert len(read(path).utterances) == 2


def test_import__is_lean() -> None:
    code = "import sys, speechops.corpus; print([*sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert "speechops.corpus" in loaded
    for heavy in ("numpy", "rapidfuzz", "azure", "requests"):
        assert f"'{heavy}'" not in loaded
