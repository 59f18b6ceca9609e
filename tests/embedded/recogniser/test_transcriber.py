from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import numpy as np
import pytest

from speechops.embedded.engine import EngineError, Material
from speechops.embedded.recogniser import audio, model, training
from speechops.embedded.recogniser.transcriber import Transcriber
from tests.embedded.recogniser.conftest import PHARMACY
from tests.embedded.recogniser.test_audio import sound

if TYPE_CHECKING:
    from pathlib import Path

MORNING = PHARMACY / "test" / "05-slt.wav"  # The tacrolimus level came back high this morning.
INR = PHARMACY / "test" / "08-kal16.wav"  # Check the INR before handing out more warfarin.


@pytest.fixture(scope="module")
def base() -> Transcriber:
    return Transcriber(None)


@pytest.fixture(scope="module")
def pharmacy(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pharmacy")
    material = Material(
        language=(PHARMACY / "training" / "text.txt",),
        pronunciation=(PHARMACY / "training" / "pronunciation.txt",),
    )
    training.train(folder, material, weight_percent=None, cache=cache)
    return folder


def test_recognise__words_in_their_places(base: Transcriber) -> None:
    recognized = base.recognise(MORNING)
    assert recognized.lexical.endswith("this morning")
    assert recognized.display == f"{recognized.lexical[0].upper()}{recognized.lexical[1:]}."
    assert recognized.duration == pytest.approx(3.516, abs=0.01)
    assert " ".join(word.text for word in recognized.words) == recognized.lexical
    for word, following in zip(recognized.words, recognized.words[1:], strict=False):
        assert word.offset + word.duration <= following.offset + 1e-9
    assert recognized.words[-1].offset + recognized.words[-1].duration <= recognized.duration
    assert all(0 <= word.confidence <= 1 for word in recognized.words)
    assert 0 < recognized.confidence <= 1


def test_recognise__nothing_depends_on_what_was_heard_before(base: Transcriber) -> None:
    alone = Transcriber(None).recognise(MORNING)
    base.recognise(INR)
    assert base.recognise(MORNING) == alone


def test_recognise__a_trained_model_knows_its_words(pharmacy: Path, base: Transcriber) -> None:
    recognized = Transcriber(pharmacy).recognise(INR)
    assert "inr" in recognized.lexical.split()
    assert "warfarin" in recognized.lexical.split()
    assert " INR " in recognized.display
    assert "inr" not in base.recognise(INR).lexical.split()


def test_recognise__half_the_rate(base: Transcriber, tmp_path: Path) -> None:
    with wave.open(str(MORNING)) as wav:
        samples = np.frombuffer(wav.readframes(wav.getnframes()), "<i2")
    # Every second sample, after a mean of neighbours that takes away the worst of what would alias.
    halved = np.convolve(samples, [0.25, 0.5, 0.25], "same")[::2].astype(np.int16)
    path = tmp_path / "half.wav"
    path.write_bytes(sound(halved, rate=8_000).getvalue())
    recognized = base.recognise(path)
    assert recognized.duration == pytest.approx(3.516, abs=0.01)
    assert "level came back" in recognized.lexical  # more errors, since the model expects the upper half


@pytest.mark.parametrize("samples", [0, 100, 16_000])
def test_recognise__silence_is_nothing(base: Transcriber, tmp_path: Path, samples: int) -> None:
    path = tmp_path / "silence.wav"
    path.write_bytes(sound(np.zeros(samples, np.int16)).getvalue())
    recognized = base.recognise(path)
    assert (recognized.lexical, recognized.display, recognized.confidence, recognized.words) == (
        "",
        "",
        0,
        (),
    )
    assert recognized.duration == samples / 16_000


def test_recognise__too_short_for_a_word(base: Transcriber, tmp_path: Path) -> None:
    path = tmp_path / "click.wav"
    path.write_bytes(sound(np.full(100, 1000, np.int16)).getvalue())
    assert base.recognise(path).lexical == ""


def test_recognise__parts_of_long_audio_keep_their_places(
    base: Transcriber, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio, "_LONGEST_PART", 4 * audio.RATE)
    monkeypatch.setattr(audio, "_SEARCHED", audio.RATE)
    with MORNING.open("rb") as file:
        once = audio.read(file, MORNING.name)
    pause = np.random.default_rng(0).integers(-3, 4, 8_000).astype(np.int16)
    path = tmp_path / "long.wav"
    path.write_bytes(sound(np.concatenate([once, pause, once])).getvalue())
    recognized = base.recognise(path)
    mornings = [word for word in recognized.words if word.text == "morning"]
    assert len(mornings) == 2
    assert mornings[1].offset - mornings[0].offset == pytest.approx((len(once) + 8_000) / 16_000, abs=0.1)


def test_recognise__a_missing_file(base: Transcriber, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"none\.wav cannot be read: No such file"):
        base.recognise(tmp_path / "none.wav")


def test_transcriber__an_incomplete_model(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no complete model"):
        Transcriber(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 1}', '{"entries": [{}]}', '{"entries": 3}'])
def test_transcriber__a_damaged_description(tmp_path: Path, text: str) -> None:
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(EngineError, match="no complete model"):
        Transcriber(tmp_path)


def test_transcriber__a_damaged_language_model(tmp_path: Path) -> None:
    model.write(tmp_path, model.Description(30, ()))
    (tmp_path / model.LANGUAGE).write_bytes(b"none")
    with pytest.raises(EngineError, match="PocketSphinx cannot load the model"):
        Transcriber(tmp_path)


def test_recognise__output_formatting_changes_the_display_text_alone(
    base: Transcriber, cache: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "formatting.md"
    rules.write_text(
        "#rewrite\nlevel came back\tLevel CAME-BACK\n#profanity\nmorning\n", encoding="utf-8-sig"
    )
    folder = tmp_path / "model"
    training.train(folder, Material(formatting=(rules,)), weight_percent=None, cache=cache)
    heard, plain = Transcriber(folder).recognise(MORNING), base.recognise(MORNING)
    assert heard.lexical == plain.lexical
    assert heard.words == plain.words
    assert heard.display == plain.display.replace("level came back", "Level CAME-BACK").replace(
        "morning", "*******"
    )
    assert heard.display != plain.display


def test_recognise__capitals_are_those_of_the_training_text(cache: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("The level came back high this Morning.\nAlso this Morning.\n", encoding="utf-8-sig")
    folder = tmp_path / "model"
    training.train(folder, Material(language=(text,)), weight_percent=None, cache=cache)
    heard = Transcriber(folder).recognise(MORNING)
    assert heard.lexical.endswith("this morning")
    assert heard.display.endswith("this Morning.")
