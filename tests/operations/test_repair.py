"""``validate --fix``: what is safe is written beside the old files, the rest is named with a command."""

from __future__ import annotations

import struct
import unicodedata
import zipfile
from typing import TYPE_CHECKING

import pytest

from speechops import corpus
from speechops.corpus import Kind, Purpose, Severity
from tests.corpus.making import make_folder, make_zip, transcript, two_clips, wav

if TYPE_CHECKING:
    from pathlib import Path

    from tests.operations.project import Answer, Project

WORDS = "the caf\u00e9 na\u00efve stra\u00dfe"


def fix(project: Project, *more: str) -> Answer:
    return project.run("validate", "--fix", "true", *more)


def errors(path: Path, kind: Kind = Kind.ACOUSTIC, locale: str = "en-US") -> list[str]:
    purpose = Purpose.TEST if kind is Kind.ACOUSTIC else Purpose.TRAINING
    read = corpus.read(path, kind=kind, purpose=purpose, locale=locale)
    return [finding.rule for finding in read.findings if finding.severity is Severity.ERROR]


def samples(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{(len(content) - 44) // 2}h", content[44:])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "cp1252"])
def test_text__is_written_as_utf8_with_a_mark(project: Project, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    old = (mark + WORDS + "\r\nsecond\r\n").encode(encoding)
    (project.folder / "training.txt").write_bytes(old)
    answer = fix(project)
    new = project.folder / "training.fixed.txt"
    assert new.read_bytes() == (WORDS + "\r\nsecond\r\n").encode("utf-8-sig")
    assert (project.folder / "training.txt").read_bytes() == old
    assert not errors(new, Kind.LANGUAGE)
    assert "training.fixed.txt" in answer.text
    assert answer.code == (0 if encoding == "utf-8" else 2)


@pytest.mark.parametrize(
    ("content", "locale"),
    [
        ("za\u017c\u00f3\u0142\u0107".encode("cp1250"), "pl-PL"),
        ("caf\u00e9\n".encode() + "caf\u00e9".encode("cp1252"), "fr-FR"),
        (b"\x81\xff", "de-DE"),
        (b"\xff\xfea\x00b", "de-DE"),
    ],
)
def test_text__of_an_encoding_that_is_not_certain_is_left(
    project: Project, content: bytes, locale: str
) -> None:
    (project.folder / "training.txt").write_bytes(content)
    answer = fix(project, "--locale", locale)
    assert not (project.folder / "training.fixed.txt").exists()
    assert "iconv -f ENCODING -t UTF-8" in answer.text


def test_target__that_exists_is_not_written_over(project: Project) -> None:
    (project.folder / "training.txt").write_text("no mark")
    (project.folder / "training.fixed.txt").write_text("mine")
    answer = fix(project)
    assert answer.code == 2
    assert (project.folder / "training.fixed.txt").read_text() == "mine"


def test_clean_data__is_left_alone(project: Project) -> None:
    answer = fix(project)
    assert answer.code == 0
    assert not [path for path in project.folder.iterdir() if ".fixed" in path.name]
    assert "fixed" not in answer.text


def test_without_fix__nothing_is_written(project: Project) -> None:
    (project.folder / "training.txt").write_text("no mark")
    project.run("validate")
    assert not (project.folder / "training.fixed.txt").exists()


@pytest.mark.parametrize("zipped", [True, False])
def test_nested_files__come_to_the_root_of_the_same_form(project: Project, zipped: bool) -> None:
    clips = {f"audio/{name}": content for name, content in two_clips().items()}
    lines = ("audio/b.wav\tthe second letter", "A.mp3\tthe first letter")
    clips["audio/trans.txt"] = transcript(*lines)
    made = make_zip if zipped else make_folder
    path = made(project.folder / ("d.zip" if zipped else "d"), clips)
    answer = fix(project, "--test-data", str(path))
    assert answer.code == 2, "the old data is judged"
    assert "checked again: 0 errors" in answer.text
    new = project.folder / ("d.fixed.zip" if zipped else "d.fixed")
    assert zipfile.is_zipfile(new) == zipped
    assert not errors(new)
    read = corpus.read(new, kind=Kind.ACOUSTIC, purpose=Purpose.TEST, locale="en-US")
    assert [(item.audio, item.text) for item in read.utterances] == [
        ("b.wav", "the second letter"),
        ("a.wav", "the first letter"),
    ]
    assert "names in the transcript corrected" in answer.text


def test_nested_files__of_one_name_keep_their_folder_in_it(project: Project) -> None:
    one, two = wav(1, fill=b"\1\x10"), wav(1, fill=b"\2\x10")
    lines = ("x/a.wav\tfirst words", "y/a.wav\tsecond words")
    path = make_folder(
        project.folder / "d", {"x/a.wav": one, "y/a.wav": two, "trans.txt": transcript(*lines)}
    )
    fix(project, "--test-data", str(path))
    new = project.folder / "d.fixed"
    assert not errors(new)
    assert (new / "x-a.wav").read_bytes() == one
    assert "y-a.wav\tsecond words" in (new / "trans.txt").read_text()


def test_names__are_corrected_if_one_file_is_meant_alone(project: Project) -> None:
    composed = unicodedata.normalize("NFC", "caf\u00e9.wav")
    clips = {
        composed: wav(1, fill=b"\1\x10"),
        "B.WAV": wav(1, fill=b"\2\x10"),
        "c.wav": wav(1, fill=b"\3\x10"),
        "trans.txt": transcript(
            unicodedata.normalize("NFD", composed) + "\tone", "data\\b.wav\ttwo", "c\tthree", "C.wav\tfour"
        ),
    }
    answer = fix(project, "--test-data", str(make_folder(project.folder / "d", clips)))
    written = (project.folder / "d.fixed" / "trans.txt").read_text("utf-8-sig").splitlines()
    assert written == [f"{composed}\tone", "B.WAV\ttwo", "c\tthree", "C.wav\tfour"]
    assert "not fixed: line 3" in answer.text
    assert "not fixed: line 4" in answer.text
    assert "checked again" not in answer.text  # what is not fixed is still wrong


@pytest.mark.parametrize(
    ("bits", "channels", "block", "sample"),
    [
        (8, 1, b"\xc0", 0x4000),
        (24, 1, b"\x7f\x34\x12", 0x1234),
        (32, 1, b"\xff\xff\xfe\xff", -2),
        (16, 2, b"\x00\x10\x00\x20", 0x1800),
        (24, 2, b"\0\0\x80\0\xff\x7f", -1),
    ],
)
def test_audio__becomes_sixteen_bits_in_one_channel(
    project: Project, bits: int, channels: int, block: bytes, sample: int
) -> None:
    old = wav(0.5, bits=bits, channels=channels, fill=block)
    clips = {"a.wav": old, "trans.txt": transcript("a.wav\tsome words")}
    fix(project, "--test-data", str(make_folder(project.folder / "d", clips)))
    new = project.folder / "d.fixed"
    assert not errors(new)
    assert samples((new / "a.wav").read_bytes()) == (sample,) * 8000
    assert (project.folder / "d" / "a.wav").read_bytes() == old


@pytest.mark.parametrize(("rate", "target"), [(44_100, 16_000), (48_000, 16_000), (11_025, 8_000)])
def test_audio__of_a_higher_rate_is_resampled(project: Project, rate: int, target: int) -> None:
    old = wav(2, rate=rate, channels=2, fill=struct.pack("<hh", 1000, 3000))
    clips = {"a.wav": old, "trans.txt": transcript("a.wav\tsome words")}
    answer = fix(project, "--test-data", str(make_zip(project.folder / "d.zip", clips)))
    assert f'{rate:,} Hz to {target:,} Hz: "a.wav"' in answer.text
    new = project.folder / "d.fixed.zip"
    assert not errors(new)
    with zipfile.ZipFile(new) as made:
        heard = samples(made.read("a.wav"))
    assert len(heard) == 2 * target
    assert set(heard[200:-200]) == {2000}


def test_audio__that_needs_a_converter_is_named_with_the_command(project: Project) -> None:
    clips = two_clips() | {"c d.mp3": b"ID3", "e.wav": wav(1, rate=6_000), "f.wav": wav(1, tag=3, bits=32)}
    folder = make_folder(project.folder / "d", clips)
    answer = fix(project, "--test-data", str(folder))
    text = " ".join(answer.text.split())
    new = folder.with_name("d.fixed").as_posix()
    options = "-b 16 -e signed-integer -c 1"
    assert f"sox '{folder}/c d.mp3' {options} -r 16k '{new}/c d.wav'" in text
    assert f"sox {folder}/e.wav {options} -r 16k {new}/e.wav" in text
    assert f"sox {folder}/f.wav {options} {new}/f.wav" in text


@pytest.mark.parametrize(
    ("weight", "found"),
    [
        ("error", "1 error, 0 warnings"),
        ("warning", "0 errors, 1 warning"),
        ("ignore", "0 errors, 0 warnings"),
    ],
)
def test_repaired_file__is_judged_as_the_team_weighs_findings(
    project: Project, weight: str, found: str
) -> None:
    project.write_training([])
    (project.folder / "training.txt").write_text("caf\u00e9 and more words\n", encoding="utf-8")
    config = project.folder / "speechops.yml"
    config.write_text(f"findings: {{special-character: {weight}}}\n{config.read_text()}")
    assert f"checked again: {found}" in project.run("validate", "--fix", "true").text


def test_links__are_not_followed(project: Project) -> None:
    folder = make_folder(project.folder / "d", {f"x/{name}": data for name, data in two_clips().items()})
    secret = project.folder / "secret"
    make_folder(secret, {"s.wav": wav(1, fill=b"\4\x10")})
    (folder / "y").symlink_to(secret)
    (folder / "x" / "t.wav").symlink_to(secret / "s.wav")
    fix(project, "--test-data", str(folder))
    assert sorted(path.name for path in (project.folder / "d.fixed").iterdir()) == [
        "a.wav",
        "b.wav",
        "trans.txt",
    ]
