from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.speech import RejectedLine
from speechops.speech.import_report import describe_rejected_lines, read_rejected_lines

ENTRY = {
    "filename": "a.wav",
    "inputText": "private words",
    "message": "Error: normalized\n text is empty.",
    "status": "Rejected",
}
LINE = RejectedLine("a.wav", "Error: normalized text is empty.")


@pytest.mark.parametrize(
    "report",
    [
        [ENTRY],
        {"results": [ENTRY], "acceptedCount": 11},
        {"report": {"lines": [ENTRY, {"filename": "b.wav", "message": "", "status": "Accepted"}]}},
        {"Entries": [{"FileName": "a.wav", "Message": ENTRY["message"], "Status": "Rejected"}]},
        [ENTRY, {"filename": "b.wav", "message": "fine", "status": "Accepted"}],
    ],
)
def test_read__finds_the_complaints_in_any_shape(report: object) -> None:
    assert read_rejected_lines(json.dumps(report).encode()) == (LINE,)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"3", b"\xff", b"[" * 100_000, b'[[[[[[[{"message": 1}]]]]]]]']
)
def test_read__what_says_nothing_gives_nothing(content: bytes) -> None:
    assert read_rejected_lines(content) == ()


@given(st.binary(max_size=100))
def test_read__never_fails(content: bytes) -> None:
    assert isinstance(read_rejected_lines(content), tuple)


def test_describe__names_the_first_lines_and_no_text_of_the_data() -> None:
    assert describe_rejected_lines([]) == ""
    assert describe_rejected_lines([RejectedLine("", "Too loud.")]) == "Import report: Too loud."
    told = describe_rejected_lines([LINE] * 7)
    assert told.count("a.wav: Error: normalized text is empty") == 5
    assert told.endswith("; and 2 more.")
    assert "private" not in told
