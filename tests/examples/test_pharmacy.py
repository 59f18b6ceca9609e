"""The committed sample obeys the service's rules and says what its README says."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
import wave
from array import array
from pathlib import Path

import pytest

from speechops import corpus
from speechops.project import read_project

PHARMACY = Path(__file__).parents[2] / "examples" / "pharmacy"
TEST = PHARMACY / "data" / "test"
TEXT = Path("data", "training", "text.txt")
STATES = ("useless", "harmful")


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8-sig").splitlines()


def words(line: str) -> list[str]:
    return re.findall(r"[a-z']+", line.lower())


def transcripts() -> dict[str, str]:
    return dict(line.split("\t") for line in lines(TEST / "trans.txt"))


def data_files() -> list[corpus.DataFile]:
    """Read the test data, then the training data of every state."""
    kinds = {
        PHARMACY / TEXT: corpus.Kind.LANGUAGE,
        PHARMACY / "data/training/pronunciation.txt": corpus.Kind.PRONUNCIATION,
    } | {PHARMACY / "states" / state / TEXT: corpus.Kind.LANGUAGE for state in STATES}
    return [
        corpus.read(TEST, kind=corpus.Kind.ACOUSTIC, purpose=corpus.Purpose.TEST, locale="en-US"),
        *(
            corpus.read(path, kind=kind, purpose=corpus.Purpose.TRAINING, locale="en-US", tier=corpus.Tier.F0)
            for path, kind in kinds.items()
        ),
    ]


def generate(folder: Path, *, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, PHARMACY / "generate.py", folder],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_config__names_data_that_is_there() -> None:
    (model,) = read_project(PHARMACY / "speechops.yml").models.values()
    files = [model["test-data"], model["training-text"], model["training-pronunciation"]]
    assert [file for file in files if not (PHARMACY / file).exists()] == []


def test_audio__one_wav_for_each_transcript() -> None:
    assert sorted(transcripts()) == sorted(path.name for path in TEST.glob("*.wav"))


@pytest.mark.parametrize("name", transcripts())
def test_audio__is_a_short_utterance_between_silences(name: str) -> None:
    with wave.open(str(TEST / name)) as audio:
        assert audio.getparams()[:3] == (1, 2, 16_000)
        samples = array("h", audio.readframes(audio.getnframes()))
    half_a_second = 8_000
    assert not any(samples[:half_a_second])
    assert not any(samples[-half_a_second:])
    assert max(samples) > 5_000
    assert 2.5 < len(samples) / 16_000 < 6


def test_audio__each_voice_speaks_as_often() -> None:
    voices = [name.removesuffix(".wav").partition("-")[2] for name in transcripts()]
    assert {voice: voices.count(voice) for voice in voices} == dict.fromkeys(
        ("slt", "rms", "awb", "kal16"), 5
    )


def test_data__keeps_every_rule_of_the_service_but_the_amount_of_audio() -> None:
    (test, *training) = data_files()
    assert [finding.rule for finding in test.findings] == ["audio-amount"]
    assert [file.findings for file in training] == [()] * len(training)


def test_data__no_test_sentence_is_taught() -> None:
    (test, *training) = data_files()
    assert corpus.leaks(test, training) == ()


@pytest.mark.parametrize("text", [TEXT, *(Path("states", state, TEXT) for state in STATES)], ids=str)
def test_text__shares_no_run_of_four_words_with_the_test(text: Path) -> None:
    taught = [words(line) for line in lines(PHARMACY / text)]
    runs = {tuple(line[start : start + 4]) for line in taught for start in range(len(line) - 3)}
    tested = [words(sentence) for sentence in transcripts().values()]
    assert [
        line[start : start + 4]
        for line in tested
        for start in range(len(line) - 3)
        if tuple(line[start : start + 4]) in runs
    ] == []


def test_text__leaves_two_names_of_the_test_untaught() -> None:
    taught = {word for line in lines(PHARMACY / TEXT) for word in words(line)}
    asked = {word for sentence in transcripts().values() for word in words(sentence)}
    assert {"lactulose", "spironolactone"} <= asked - taught


@pytest.mark.parametrize("state", STATES)
def test_state__replaces_only_the_text(state: str) -> None:
    root = PHARMACY / "states" / state
    assert [path.relative_to(root) for path in root.rglob("*") if path.is_file()] == [TEXT]


def test_state__useless_adds_lines_without_a_word_of_medicine() -> None:
    helpful, useless = lines(PHARMACY / TEXT), lines(PHARMACY / "states/useless" / TEXT)
    assert useless[: len(helpful)] == helpful
    assert len(useless) > len(helpful)
    added = {word for line in useless[len(helpful) :] for word in words(line)}
    assert not added & {"dose", "milligrams", "patient", "tablet", "warfarin"}


def test_state__harmful_has_lost_every_name_the_test_asks_for() -> None:
    helpful, harmful = lines(PHARMACY / TEXT), lines(PHARMACY / "states/harmful" / TEXT)
    assert len(harmful) == len(helpful)
    lost = {word for line in helpful for word in words(line)} - {
        word for line in harmful for word in words(line)
    }
    asked = {word for sentence in transcripts().values() for word in words(sentence)}
    assert len(lost & asked) >= 20


def test_size__is_small_enough_for_git() -> None:
    files = [path for folder in ("data", "states") for path in (PHARMACY / folder).rglob("*")]
    assert sum(path.stat().st_size for path in files if path.is_file()) < 3_000_000


def test_generate__without_flite_says_what_to_install(tmp_path: Path) -> None:
    done = generate(tmp_path, path=str(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "apt-get install flite" in done.stderr


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")
@pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"),
    reason="another processor rounds otherwise",
)
def test_generate__gives_the_committed_audio(tmp_path: Path) -> None:
    flite = shutil.which("flite")
    assert flite is not None
    assert generate(tmp_path, path=str(Path(flite).parent)).returncode == 0
    for name in transcripts():
        assert (tmp_path / name).read_bytes() == (TEST / name).read_bytes(), name
