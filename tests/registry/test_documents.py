"""What a document is named, and which bytes are one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from speechops.registry.documents import (
    Benchmark,
    Cause,
    Delivery,
    Foreign,
    Form,
    Hypothesis,
    ModelReference,
    Newer,
    Release,
    ReleaseKind,
    RunRecord,
    TargetRelease,
    Vocabulary,
    decode,
    encode,
    is_dirty,
    short,
)
from tests.report.making import result

MODEL = ModelReference("2", "m", base=False)
RECORD = RunRecord("7", "train-data", "m", "a" * 40, "2026-01-07T12:00:00.000000Z")
RELEASE = Release("1.2.3", "m", ReleaseKind.DEPLOY, "", "7", "", "e", MODEL, 0.1, "better", "")
TARGETS = (
    TargetRelease("east", "m-east", "e-east"),
    TargetRelease("west", "m-west", "e-west", Delivery.FAILED, message="full"),
    TargetRelease("north", "m-north", ""),
)
RESULT = result([("take two", "take to", "take two")], model="m")


@pytest.mark.parametrize(
    ("commit", "name", "dirty"),
    [
        ("0123456789" * 4, "0123456", False),
        ("0123456789" * 4 + "-dirty", "0123456-dirty", True),
        ("0123", "0123", False),
        ("", "", False),
    ],
)
def test_short__is_seven_letters_and_the_mark(commit: str, name: str, *, dirty: bool) -> None:
    assert (short(commit), is_dirty(commit)) == (name, dirty)


def test_names__say_what_a_document_is_of() -> None:
    key = "0123456789abcdef"
    tested = replace(RESULT, key=key, test="fedcba9876543210", cause=Cause.TRAIN_DATA)
    assert RECORD.name == "m/20260107T120000.000000Z-train-data-7.json"
    assert RELEASE.name == "m/00001.00002.00003.json"
    assert tested.name == "m/fedcba98/train-data-abc1234-01234567.json"
    assert replace(tested, commit="").name == "m/fedcba98/train-data-local-01234567.json"
    assert replace(tested, commit=tested.commit + "-dirty").name.endswith("-abc1234-dirty-01234567.json")
    assert Vocabulary("m", key, {}).name == f"m/{key}.json"


def test_encode__comes_back_and_reads_well() -> None:
    pointer = Benchmark("m", MODEL, "", 0.2, "t", "2026-01-07T12:00:00Z", "1", Cause.TEST_DATA)
    assert decode(encode(RECORD), RunRecord) == RECORD
    assert decode(encode(RELEASE), Release) == RELEASE
    assert decode(encode(pointer), Benchmark) == pointer
    text = encode(replace(RECORD, message="größer")).decode()
    assert '\n "message": "größer",\n' in text
    assert text.endswith("}\n")
    of_any_path = encode(replace(RECORD, message="n\udcff/report"))
    assert decode(of_any_path, RunRecord).message == "n\ufffd/report"


@pytest.mark.parametrize(
    ("schema", "newer"),
    [("2", True), ("0", False), ("true", False), ('"2"', False), ("2.5", False), ("null", False)],
)
def test_decode__only_a_greater_number_is_a_newer_schema(schema: str, *, newer: bool) -> None:
    data = encode(RECORD).replace(b'"schema": 1', f'"schema": {schema}'.encode())
    with pytest.raises(Foreign) as error:
        decode(data, RunRecord)
    assert isinstance(error.value, Newer) is newer


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"schema": 1, "a": ' + b"[" * 100_000,
        b'{"schema": 1}',
        encode(RELEASE),
        encode(RECORD)[:-3],
    ],
)
def test_decode__what_is_not_ours(data: bytes) -> None:
    with pytest.raises(Foreign):
        decode(data, RunRecord)


def test_release__without_targets_is_in_the_resource_that_trains() -> None:
    assert RELEASE.at("") == TargetRelease("", "2", "e")
    assert RELEASE.at("east") is None
    assert (RELEASE.places, RELEASE.unserved) == (("e",), ())


def test_release__with_targets_is_what_each_says() -> None:
    release = replace(RELEASE, targets=TARGETS)
    assert release.at("") is None
    assert [release.at(row.target) for row in TARGETS] == list(TARGETS)
    assert release.at("south") is None
    assert release.places == ("east: e-east", "west: not yet", "north: model alone")
    assert release.unserved == ("west",)


def test_texts__are_in_the_form_that_was_scored() -> None:
    (row,) = RESULT.utterances
    both = replace(
        row, benchmark=Hypothesis("take to", "Take 2."), candidate=Hypothesis("take two", "Take two.")
    )
    lexical, display = (
        replace(RESULT, utterances=(both,), form=form) for form in (Form.LEXICAL, Form.DISPLAY)
    )
    assert list(lexical.texts()) == [("001.wav", "take two", "take to", "take two")]
    assert list(display.texts()) == [("001.wav", "take two", "Take 2.", "Take two.")]
    alone = replace(lexical, utterances=(replace(both, candidate=None),))
    assert list(alone.texts()) == [("001.wav", "take two", "take to", "")]


def test_hypothesis__nothing_recognized_is_a_text_and_a_form_that_is_not_given_is_none() -> None:
    heard = Hypothesis(lexical="")
    assert heard.has(Form.LEXICAL)
    assert heard.text(Form.LEXICAL) == ""
    assert not heard.has(Form.DISPLAY)
    with pytest.raises(ValueError, match="no display text"):
        heard.text(Form.DISPLAY)
