from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from speechops.embedded.engine import EngineError, Material
from speechops.embedded.recogniser import base, model, ngrams, training, trie
from speechops.embedded.recogniser.transcriber import Transcriber
from tests.embedded.recogniser.conftest import PHARMACY
from tests.embedded.recogniser.test_ngrams import probability

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "Give rivaroxaban with food.\nThe INR and the QZX are stable.\nRivaroxaban is a blood thinner.\n"


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    folder = tmp_path_factory.mktemp("material")
    (folder / "text.txt").write_text(TEXT, "utf-8-sig")
    (folder / "forms.txt").write_text(
        "INR\ti n r\nTriple A\ttriple a\ninr\tinner\nMüller\tmuller\n", "utf-8-sig"
    )
    (folder / "more.md").write_text("@ speech:phoneticlexicon\n- stable/S T EI B AX L\n", "utf-8-sig")
    return Material(
        language=(folder / "text.txt",), markdown=(folder / "more.md",), pronunciation=(folder / "forms.txt",)
    )


@pytest.fixture(scope="module")
def trained(material: Material, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    training.train(folder, material, weight_percent=None, cache=cache)
    return folder


def test_train__words_get_their_displays_and_phones(trained: Path) -> None:
    entries = {entry.word: entry for entry in model.read(trained).entries}
    assert entries.keys() == {"inr", "triple_a", "müller", "stable", "qzx", "rivaroxaban"}
    assert (entries["inr"].display, entries["inr"].phones) == ("inr", ("AY EH N AA R", "IH N ER"))
    assert entries["triple_a"].phones == ("T R IH P AH L AH", "T R IH P AH L EY")
    assert entries["stable"].phones == ("S T EY B AH L",)
    assert entries["qzx"].phones[0] == "K Y UW Z IY EH K S"  # in capitals: by its letters, and as a word
    assert len(entries["qzx"].phones) == 2
    assert entries["rivaroxaban"].display == ""


def test_train__the_text_is_expected(trained: Path, cache: Path) -> None:
    before, after = base.language_model(cache), trie.read(trained / model.LANGUAGE)
    assert probability(after, "<s>", "give", "rivaroxaban") > 0.05
    assert probability(after, "a", "blood", "thinner") > 10 * probability(before, "a", "blood", "thinner")
    assert probability(after, "in", "the", "end") == pytest.approx(
        0.7 * probability(before, "in", "the", "end"), rel=0.05
    )


def test_train__pocketsphinx_takes_the_model(trained: Path) -> None:
    assert Transcriber(trained)._decoder.lookup_word("müller") == "M AH L ER"


def test_train__every_history_sums_to_one(trained: Path) -> None:
    mixed = trie.read(trained / model.LANGUAGE)
    words = np.arange(len(mixed.words))
    for pair in (("<s>", "give"), ("in", "the"), ("the", "inr"), ("stable", "zebra")):
        history = mixed.words.index(pair[0]) << ngrams.WORD_BITS | mixed.words.index(pair[1])
        keys = ngrams.pair(np.full(len(words), history), words)
        assert mixed.trigram_probabilities(keys).sum() == pytest.approx(1, abs=1e-3)


def test_train__the_same_material_gives_the_same_model(
    trained: Path, material: Material, cache: Path, tmp_path: Path
) -> None:
    training.train(tmp_path, material, weight_percent=30, cache=cache)
    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == sorted(file.name for file in trained.iterdir()) == ["language.lm.bin", "model.json"]
    for file in files:
        assert (tmp_path / file).read_bytes() == (trained / file).read_bytes()


@pytest.mark.parametrize("weight", [1, 100])
def test_train__the_weight_is_that_of_the_text(
    material: Material, cache: Path, tmp_path: Path, weight: int
) -> None:
    training.train(tmp_path, material, weight_percent=weight, cache=cache)
    mixed = trie.read(tmp_path / model.LANGUAGE)
    mass = probability(mixed, "<s>", "give", "rivaroxaban")
    if weight == 100:
        assert mass > 0.5
        assert mixed.p1[mixed.words.index("zebra")] < 1e-90
    else:
        assert mass < 0.02
        assert mixed.p1[mixed.words.index("zebra")] > 1e-9


@pytest.mark.parametrize("weight", [0, 101, -5])
def test_train__a_weight_out_of_range(material: Material, cache: Path, tmp_path: Path, weight: int) -> None:
    with pytest.raises(EngineError, match="is from 1 to 100 percent"):
        training.train(tmp_path, material, weight_percent=weight, cache=cache)


def test_train__nothing_to_learn(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("...\n\n")
    with pytest.raises(EngineError, match="no text to learn from"):
        training.train(
            tmp_path / "model", Material(language=(tmp_path / "text.txt",)), weight_percent=None, cache=cache
        )


def test_train__audio_adapts_the_acoustics_and_its_text_is_learnt(
    cache: Path, recordings: Path, tmp_path: Path
) -> None:
    seconds = training.train(tmp_path, Material(acoustic=(recordings,)), weight_percent=None, cache=cache)
    assert (tmp_path / model.ACOUSTICS).is_file()
    assert 10 < seconds < 22
    assert probability(trie.read(tmp_path / model.LANGUAGE), "apixaban", "five", "milligrams") > 0.1


def test_train__enough_audio_is_enough(
    cache: Path, recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "ENOUGH_AUDIO", 4.0)
    seconds = training.train(tmp_path, Material(acoustic=(recordings,)), weight_percent=None, cache=cache)
    assert 4 <= seconds < 9


def test_train__long_recordings_give_their_text_alone(
    cache: Path, recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "LONGEST_AUDIO", 1.0)
    seconds = training.train(tmp_path, Material(acoustic=(recordings,)), weight_percent=None, cache=cache)
    assert seconds == 0
    assert not (tmp_path / model.ACOUSTICS).exists()


def test_train__recordings_that_do_not_fit_are_left_out(cache: Path, tmp_path: Path) -> None:
    audio = tmp_path / "audio"
    audio.mkdir()
    for name in ("01-slt.wav", "09-slt.wav"):
        (audio / name).write_bytes((PHARMACY / "test" / name).read_bytes())
    said = "Ceftriaxone goes in over thirty minutes through the drip."
    (audio / "trans.txt").write_text(f"01-slt.wav\t{'quite another text ' * 40}\n09-slt.wav\t{said}\n")
    seconds = training.train(
        tmp_path / "model", Material(acoustic=(audio,)), weight_percent=None, cache=cache
    )
    assert 1 < seconds < 5
