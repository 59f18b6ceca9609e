from __future__ import annotations

import pytest

from speechops.errors import UsageError
from speechops.scoring import grouping, read_groups


def test_grouping__rules() -> None:
    assert grouping("")("far/a.wav") == ""
    assert grouping("folder")("far/b/a.wav") == "far/b"
    assert grouping("folder")("a.wav") == ""
    assert grouping("^(speaker[0-9]+)_")("speaker7_1.wav") == "speaker7"
    assert grouping("far|near")("take_near_2.wav") == "near"
    assert grouping("(x)?a")("a.wav") == ""
    assert grouping("z")("a.wav") == ""


def test_grouping__bad_pattern() -> None:
    with pytest.raises(UsageError, match=r"clusters: '\(' is not a regular expression") as caught:
        grouping("(", name="clusters")
    assert caught.value.hint


def test_read_groups__by_a_column() -> None:
    table = ["audio\tspeaker\taccent", "a.wav\tAnn\tScots", "", "b.wav\tBen", "c.wav\tCy\tScots"]
    assert read_groups(table, "accent") == {"a.wav": "Scots", "b.wav": "", "c.wav": "Scots"}
    assert read_groups(["audio\tspeaker", 'a.wav\t"Ann', "b.wav\tBen"], "speaker")["a.wav"] == '"Ann'
    assert read_groups(["audio,speaker", '"a,1.wav",Ann'], "speaker", delimiter=",") == {"a,1.wav": "Ann"}


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ([], "it has none"),
        (["audio\tspeaker"], "no column 'accent' after its first; it has audio, speaker"),
        (["accent\tspeaker"], "no column 'accent' after its first"),
        (["audio\taccent", "a.wav\tx", "a.wav\ty"], "line 3 puts a.wav into a second group"),
    ],
)
def test_read_groups__of_no_use(table: list[str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_groups(table, "accent")


@pytest.mark.parametrize("line", ['a.wav,"Ann"Lee', 'a.wav,"Ann', "a" * 200_000 + ",Ann"])
def test_read_groups__bad_commas(line: str) -> None:
    with pytest.raises(ValueError, match="line 2: "):
        read_groups(["audio,speaker", line], "speaker", delimiter=",")
