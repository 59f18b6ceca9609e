"""Whatever the bytes: a result with findings, or a DataError; never anything else."""

from __future__ import annotations

import contextlib
import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from speechops import corpus
from speechops.corpus import Kind, Purpose
from speechops.corpus.audio import NotWav, read_header
from speechops.corpus.structured_text import parse
from speechops.corpus.text import Lines
from speechops.errors import DataError
from tests.corpus.making import make_zip, two_clips, wav

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LOCALES = st.sampled_from(["en-US", "de-DE", "ja-JP", "zh-CN", "hi-IN", ""])
PIECES = st.sampled_from(
    b"\xef\xbb\xbf,\xff\xfe,@ list ,x =,=,- ,{@x},{,},#,# s,/,//,@ speech:phoneticlexicon,\n,\r\n,\t,a.wav,"
    b"word word word word,\0,#itn,#rewrite,\xc3\xa4,\xe2\x80\x9c,PK\3\4,\\,(,www.a.b".split(b",")
)
TEXTS = st.one_of(st.binary(), st.lists(PIECES | st.binary(max_size=4)).map(b"".join))


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.ACOUSTIC])
@SETTINGS
@given(content=TEXTS, locale=LOCALES)
def test_text__of_any_bytes_is_read(kind: Kind, content: bytes, locale: str, tmp_path: Path) -> None:
    path = tmp_path / "text.md"
    path.write_bytes(content)
    with contextlib.suppress(DataError):
        data = corpus.read(path, kind=kind, purpose=Purpose.TRAINING, locale=locale)
        assert all(line > 0 and text.strip() for line, text in data.sentences())
        assert all("\n" not in finding.message for finding in data.findings)


@SETTINGS
@given(content=TEXTS, locale=LOCALES, purpose=st.sampled_from(Purpose))
def test_transcript__of_any_bytes_is_read(
    content: bytes, locale: str, purpose: Purpose, tmp_path: Path
) -> None:
    path = make_zip(tmp_path / "d.zip", two_clips() | {"trans.txt": content})
    data = corpus.read(path, kind=Kind.ACOUSTIC, purpose=purpose, locale=locale)
    assert {said.audio for said in data.utterances} <= {"a.wav", "b.wav"}


@SETTINGS
@given(content=st.binary())
def test_zip__of_any_bytes_is_read_or_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "d.zip"
    path.write_bytes(content)
    with pytest.raises(DataError):
        corpus.read(path, kind=Kind.ACOUSTIC, purpose=Purpose.TEST, locale="en-US")


@SETTINGS
@given(
    changes=st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 60),
)
@example(changes=[(680, 0)], cut=0)  # an entry without a name
@example(changes=[(841_620_102_268_355, 128)], cut=0)  # an entry said to be larger than the file
def test_zip__with_changed_bytes_is_read_or_refused(
    changes: list[tuple[int, int]], cut: int, tmp_path: Path
) -> None:
    path = make_zip(
        tmp_path / "d.zip", {"a.wav": wav(0.001), "b.wav": wav(0.001), "trans.txt": b"a.wav\tone"}
    )
    content = bytearray(path.read_bytes())
    for place, value in changes:
        content[place % len(content)] = value
    path.write_bytes(content[: len(content) - cut])
    with contextlib.suppress(DataError):
        data = corpus.read(path, kind=Kind.ACOUSTIC, purpose=Purpose.TEST, locale="en-US")
        assert len(data.fingerprint) == 64


@SETTINGS
@given(
    head=st.one_of(st.binary(), st.binary().map(lambda rest: b"RIFF\0\0\0\0WAVE" + rest)), size=st.integers(0)
)
def test_header__of_any_bytes_is_read_or_no_wav(head: bytes, size: int) -> None:
    with contextlib.suppress(NotWav):
        header = read_header(head, max(size, len(head)))
        assert header.seconds >= 0
        assert header.missing >= 0


@given(place=st.integers(0, 60), value=st.integers(0, 255))
def test_header__with_a_changed_byte_is_read_or_no_wav(place: int, value: int) -> None:
    content = bytearray(wav(0.01, more=b"LIST\4\0\0\0abcd"))
    content[place % len(content)] = value
    with contextlib.suppress(NotWav):
        assert read_header(bytes(content), len(content)).channels > 0


@given(content=TEXTS)
def test_lines__are_those_of_the_text(content: bytes) -> None:
    lines = Lines(io.BytesIO(content))
    read = [line.text for line in lines]
    if not lines.foreign and lines.utf8:
        expected = [line.rstrip("\r") for line in content.removeprefix(b"\xef\xbb\xbf").decode().split("\n")]
        if not content or content.endswith(b"\n"):
            expected.pop()  # nothing follows the last line end
        assert read == expected


@given(content=TEXTS)
def test_structured_text__accounts_for_every_line(content: bytes) -> None:
    lines = [*Lines(io.BytesIO(content)).readable()]
    text = parse(lines)
    found = [entry.line for group in (*text.lists, *text.sections) for entry in group.entries]
    found += [entry.line for entry in text.lexicon] + [fault.line for fault in text.faults]
    assert len(found) == len(set(found))
    assert set(found) <= {line.number for line in lines}


def test_zip__reading_is_bounded_by_what_the_directory_says(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "d.zip", {"a.wav": bytes(1 << 20), "trans.txt": b"a.wav\tone"})
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\1\2")
    content[at + 24 : at + 28] = (1_000).to_bytes(4, "little")
    path.write_bytes(content)
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("a.wav").file_size == 1_000
    data = corpus.read(path, kind=Kind.ACOUSTIC, purpose=Purpose.TEST, locale="en-US")
    assert "member-damaged" in {finding.rule for finding in data.findings}
