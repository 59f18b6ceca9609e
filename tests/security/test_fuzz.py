"""Files that strangers write, bent at random: whatever comes, it is read or refused on one line.

``SPEECHOPS_FUZZ`` is how many files of each kind are tried; CI takes more than a laptop.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speechops import command_line, corpus, report
from speechops import settings as read_settings
from speechops.corpus import Kind, Purpose
from speechops.errors import SpeechOpsError
from speechops.github import event
from speechops.pull_request import untrusted
from speechops.report import markdown, page
from tests.corpus.making import transcript, two_clips, wav
from tests.report.making import made, sentences

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

fuzzed = settings(
    max_examples=int(os.environ.get("SPEECHOPS_FUZZ", "40")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

YAML = b"""\
speech-endpoint: https://contoso.cognitiveservices.azure.com
groups: "folder"
models:
  pharmacy: &p
    locale: en-US
    test-data: test
    training-data: {text: a.txt, pronunciation: p.txt}
    gate:
      policy: superiority
      confidence: 0.95
      must-pass: [a.wav, b.wav]
  copy: *p
"""
WORDS = (
    *(
        b"\x00",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\r",
        b"\x85",
        b"\t",
        b"null",
        b"-1",
        b"1e999",
        b"NaN",
    ),
    *(b"{", b"}", b"[", b"]", b"&a ", b"*a", b"!!binary ", b"? ", b"<<: *p", b": ", b"- ", b"'", b'"', b"\\"),
    *(
        b"../",
        b"/",
        b"~",
        b"::error::",
        b"${{ x }}",
        b"<script>",
        b"PK\x05\x06",
        b"RIFF",
        b"9" * 400,
        b"a" * 70_000,
    ),
)


def bent(seed: bytes) -> SearchStrategy[bytes]:
    """Return files that were made of one by cutting, doubling and pushing words in."""
    place = st.integers(0, len(seed))
    change = st.tuples(place, st.integers(0, 64), st.one_of(st.sampled_from(WORDS), st.binary(max_size=8)))

    def apply(changes: list[tuple[int, int, bytes]]) -> bytes:
        data = seed
        for at, length, word in changes:
            data = data[:at] + word + data[at + length :]
        return data

    return st.lists(change, min_size=1, max_size=6).map(apply)


def packed() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in two_clips().items():
            archive.writestr(name, content[:400] if name.endswith(".wav") else content)
    return stream.getvalue()


def read_data(data: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        if name == "trans.txt":
            (Path(folder) / "a.wav").write_bytes(wav(0.1))
            path.write_bytes(data)
            path = Path(folder)
        else:
            path.write_bytes(data)
        try:
            found = corpus.read(path, kind=Kind.ACOUSTIC, purpose=Purpose.TEST, locale="en-US")
            if not found.errors:
                with found.open() as content:
                    content.read()
        except SpeechOpsError as error:
            assert len(str(error).splitlines()) == 1  # noqa: PT017 - any of many errors


@fuzzed
@given(data=bent(YAML))
def test_description(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speechops.yml"
        path.write_bytes(data)
        try:
            read_settings.read(command_line.read(["validate", "--config", str(path)], {}))
        except SpeechOpsError as error:
            assert len(str(error).splitlines()) == 1  # noqa: PT017


@fuzzed
@given(data=bent(transcript("a.wav\tone two three", "b.wav\tfour five six")))
def test_transcript(data: bytes) -> None:
    read_data(data, "trans.txt")


@fuzzed
@given(data=bent(packed()))
def test_zip(data: bytes) -> None:
    read_data(data, "data.zip")


@fuzzed
@given(data=bent(report.to_json(made(sentences(3)))))
def test_report_of_a_fork(data: bytes) -> None:
    try:
        found = untrusted.figures(report.from_json(data))
        context = markdown.Context("a" * 40, unverified=True)
        text = markdown.comment([markdown.Entry(found.model, found.locale, found)], context)
        page.page(found)
    except (SpeechOpsError, ArithmeticError, TypeError, ValueError):  # publish says that figures cannot be
        return
    assert "<script>" not in text


@fuzzed
@given(
    name=st.sampled_from(["pull_request", "push", "workflow_run", "issue_comment", "merge_group"]),
    data=bent(
        json.dumps(
            {
                "action": "created",
                "issue": {"number": 7, "pull_request": {"url": "x"}},
                "comment": {"id": 5, "body": "/speech compare", "user": {"login": "dev"}},
                "pull_request": {
                    "number": 7,
                    "head": {"sha": "a" * 40, "repo": None},
                    "base": {"sha": "b" * 40},
                },
                "workflow_run": {"id": 3, "head_sha": "c" * 40, "head_repository": {"full_name": "o/r"}},
                "repository": {"full_name": "o/r", "default_branch": "main"},
            }
        ).encode()
    ),
)
def test_event(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "event.json"
        path.write_bytes(data)
        try:
            found = event.read(path, {"GITHUB_EVENT_NAME": name})
        except SpeechOpsError as error:
            assert len(str(error).splitlines()) == 1  # noqa: PT017
            return
        assert all(part == "" or set(part) <= set("0123456789abcdef") for part in (found.base, found.after))
