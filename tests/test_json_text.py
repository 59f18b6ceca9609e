"""JSON holds any text; what is read and written here is text that UTF-8 can encode."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from speechops import json_text
from speechops.corpus import transcripts
from speechops.github.releases import ReleasedModel
from speechops.speech.failures import read_problem
from speechops.speech.import_report import read_rejected_lines
from speechops.speech.transcripts import read_transcript

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"one \ud83d two"', "one \ufffd two"),
        (r'"\uDC00\uD83D"', "\ufffd\ufffd"),
        (r'{"a\ud800": [{"b": "\udfff"}, 0.1, null]}', {"a\ufffd": [{"b": "\ufffd"}, 0.1, None]}),
        (r'"\ud83d\ude00 \\ud83d"', "\U0001f600 \\ud83d"),
        ('\ufeff"\U0001f600"'.encode(), "\U0001f600"),
    ],
)
def test_read__halves_of_surrogate_pairs_are_replaced(text: str | bytes, value: object) -> None:
    assert json_text.read(text) == value


@pytest.mark.parametrize("text", ["", "{", b"\xff", "[" * 100_000])
def test_read__what_cannot_be_read_is_one_kind_of_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"char|decode|deep"):
        json_text.read(text)


HALF = "a \ud83d b"
WHOLE = "a \ufffd b"


def test_readers_of_json__give_text_that_can_be_encoded(tmp_path: Path) -> None:
    forms = {"lexical": HALF, "display": HALF}
    heard = read_transcript("a", json_text.read(json.dumps({"combinedRecognizedPhrases": [forms]})))
    assert (heard.lexical, heard.display) == (WHOLE, WHOLE)
    assert read_problem(400, json.dumps({"code": "Other", "message": HALF}).encode()).words == WHOLE
    report = json.dumps([{"name": HALF, "message": HALF, "status": "Failed"}]).encode()
    assert [(line.name, line.message) for line in read_rejected_lines(report)] == [(WHOLE, WHOLE)]
    released = ReleasedModel.from_json(json.dumps({"ENDPOINT_ID": "e", "model": HALF}).encode())
    assert released.model == WHOLE
    file = tmp_path / "said.jsonl"
    file.write_text(json.dumps({"id": HALF, "text": HALF}), encoding="utf-8")
    (said,) = transcripts.read_references(file).transcripts
    assert (said.name, said.text) == (WHOLE, WHOLE)


@pytest.mark.parametrize("text", [HALF, "a \udcff b"], ids=["half a pair", "not UTF-8"])
def test_write__what_utf_8_cannot_encode_is_replaced(text: str) -> None:
    content = {text: [text], "rate": 0.1}
    assert json_text.write(content) == json_text.write({WHOLE: [WHOLE], "rate": 0.1})
