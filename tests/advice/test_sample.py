"""The advice on the sample's three states, and on Microsoft's sample: the right one first, with its words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speechops.advice import Rule
from tests.advice.sample import made

if TYPE_CHECKING:
    from speechops.advice import Advice

MICROSOFT = Path(__file__).parents[3] / "shared" / "sample-data"


def advice(state: str) -> tuple[Advice, ...]:
    test = made(state).test
    assert test is not None
    return test.advice


def words(piece: Advice) -> set[str]:
    return {example.said for example in piece.examples}


def test_harmful__restores_the_sixteen_words_first() -> None:
    first, *_ = advice("harmful")
    assert first.rule is Rule.REMOVED
    assert words(first) == {
        *("allopurinol", "amiodarone", "apixaban", "clarithromycin", "digoxin", "doxycycline", "gabapentin"),
        *("metformin", "methotrexate", "metoclopramide", "naproxen", "ondansetron", "pantoprazole"),
        *("salbutamol", "tacrolimus", "warfarin"),
    }
    assert first.title == "Restore 16 words that this change removed from text.txt"
    assert (first.explains, first.share, len(first.utterances)) == (16, 1.0, 14)
    assert "The patient was admitted on apixaban for atrial fibrillation." in first.lines
    assert all(any(word in line.lower() for line in first.lines) for word in words(first))
    assert {example.said: example.heard for example in first.examples}["metformin"] == "met forming"


def test_harmful__hears_no_noise_in_split_words() -> None:
    test = made("harmful").test
    assert test is not None
    assert test.tables is not None
    assert test.tables.candidate is not None
    assert (test.tables.candidate.extra, test.tables.candidate.lost) == (0, 1)
    assert test.candidate is not None
    assert test.candidate.counts.insertions == 40
    assert not {Rule.NOISE, Rule.LOST_AUDIO} & {piece.rule for piece in test.advice}


def test_helpful__names_what_is_left() -> None:
    found = {piece.rule: words(piece) for piece in advice("helpful")}
    assert {"lactulose", "spironolactone"} <= found[Rule.NEVER_TAUGHT]
    assert found[Rule.TAUGHT] == {"enoxaparin", "simvastatin", "tamsulosin"}
    assert found.keys() == {Rule.NEVER_TAUGHT, Rule.TAUGHT}


def test_useless__asks_for_a_test_of_what_changed() -> None:
    first, *_ = advice("useless")
    assert first.rule is Rule.BLIND
    assert "badges" in first.lines
    assert "warfarin" not in first.lines


def test_words__count_both_training_texts() -> None:
    test = made("harmful").test
    assert test is not None
    assert test.tables is not None
    row = next(row for row in test.tables.words if row.word == "warfarin")
    assert (row.said, row.benchmark, row.candidate) == (1, 0, 1)
    assert (row.benchmark_taught, row.candidate_taught, row.pronounced) == (4, 0, False)
    assert row.candidate_heard == ("warfare in",)
    assert [item.word for item in test.tables.words[:3]] == ["allopurinol", "amiodarone", "apixaban"]


@pytest.mark.parametrize("state", ["helpful", "harmful", "useless"])
def test_texts__without_leave_hold_no_word_of_the_data(state: str) -> None:
    examples = [(piece, example) for piece in advice(state) for example in piece.examples]
    assert examples
    for piece, example in examples:
        assert example.said not in f"{piece.title} {piece.evidence} {piece.detail}".lower().split()


@pytest.mark.skipif(not MICROSOFT.is_dir(), reason="../shared/sample-data is absent")
def test_microsofts_sample__is_void_by_its_leak(tmp_path: Path) -> None:
    from speechops import corpus  # noqa: PLC0415 - for this test alone
    from speechops.corpus import Kind, Purpose  # noqa: PLC0415
    from tests.advice.cases import advise  # noqa: PLC0415

    del tmp_path
    test = corpus.read(
        MICROSOFT / "testing/audio-and-trans.zip",
        kind=Kind.ACOUSTIC,
        purpose=Purpose.TEST,
        locale="en-US",
    )
    text = corpus.read(
        MICROSOFT / "training/related-text.txt",
        kind=Kind.LANGUAGE,
        purpose=Purpose.TRAINING,
        locale="en-US",
    )
    leaked = sorted({leak.audio for leak in corpus.leaks(test, [text])})
    said = test.utterances[0].text.lower().replace(".", " ").replace(",", " ")
    found = advise([(said, said.replace("e", "a"), said)], leaked=tuple(f"{1:02}.wav" for _ in leaked))
    assert leaked == ["audio.wav"]
    assert found[0].rule is Rule.LEAKS
    assert found[0].title == "Remove 1 test utterance from the training data"
