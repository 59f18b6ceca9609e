"""Microsoft's own sample data has no error, and six leaks."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from speechops import corpus
from speechops.corpus import How, Kind, Purpose, Tier

SAMPLE = Path(__file__).parents[2].parent / "shared" / "sample-data"
TEST = SAMPLE / "testing" / "audio-and-trans.zip"
TRAINING = {
    Kind.ACOUSTIC: SAMPLE / "training" / "audio-and-trans.zip",
    Kind.LANGUAGE: SAMPLE / "training" / "related-text.txt",
    Kind.LANGUAGE_MARKDOWN: SAMPLE / "training" / "structured-text.md",
    Kind.PRONUNCIATION: SAMPLE / "training" / "pronunciation.txt",
}

pytestmark = pytest.mark.skipif(not SAMPLE.exists(), reason="the sample data is not beside the repository")


def read_test() -> corpus.DataFile:
    return corpus.read(TEST, kind=Kind.ACOUSTIC, purpose=Purpose.TEST, locale="en-US")


def read_training(kind: Kind, tier: Tier = Tier.S0) -> corpus.DataFile:
    return corpus.read(TRAINING[kind], kind=kind, purpose=Purpose.TRAINING, locale="en-US", tier=tier)


@pytest.mark.parametrize("tier", Tier)
@pytest.mark.parametrize("kind", TRAINING)
def test_training__has_no_error(kind: Kind, tier: Tier) -> None:
    rules = {finding.rule for finding in read_training(kind, tier).findings}
    expected = {Kind.ACOUSTIC: {"audio-amount"}, Kind.LANGUAGE_MARKDOWN: {"bom-advised"}}
    assert rules == expected.get(kind, set())


def test_test__is_one_utterance() -> None:
    data = read_test()
    (said,) = data.utterances
    assert not data.errors
    assert (said.audio, len(said.text.split()), round(said.seconds)) == ("audio.wav", 117, 42)


def test_test__unpacked_to_a_folder_is_the_same(tmp_path: Path) -> None:
    with zipfile.ZipFile(TEST) as archive:
        archive.extractall(tmp_path)
    folder = corpus.read(tmp_path, kind=Kind.ACOUSTIC, purpose=Purpose.TEST, locale="en-US")
    assert folder.fingerprint == read_test().fingerprint


def test_leaks__five_sentences_and_a_heading() -> None:
    leaks = corpus.leaks(read_test(), [read_training(kind) for kind in TRAINING])
    assert [(leak.line, leak.how) for leak in leaks] == [(28, How.SAME_TEXT)] * 5 + [(27, How.PHRASE)]
    assert {leak.file for leak in leaks} == {TRAINING[Kind.LANGUAGE].as_posix()}
    assert {leak.audio for leak in leaks} == {"audio.wav"}
    assert leaks[1].sentence == "Click on the test name to view the testing detail page."
