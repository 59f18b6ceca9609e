from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pocketsphinx import Config, LogMath, NGramModel

from speechops.embedded.engine import EngineError
from speechops.embedded.recogniser import base, ngrams, trie, wittenbell

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.embedded.recogniser.ngrams import Trigrams

VOCABULARY = ("<s>", "</s>")
TEXT = [["one", "two", "three"], ["two", "one"], ["three"], ["one", "two", "four", "one"]]


def by_pocketsphinx(path: Path, model: Trigrams, keys: np.ndarray) -> list[float]:
    """Return the probabilities of trigrams as PocketSphinx has them in the model in ``path``."""
    logs = LogMath()
    loaded = NGramModel(Config(loglevel="FATAL"), logs, str(path))
    words = [[key >> 42, key >> 21 & 0x1FFFFF, key & 0x1FFFFF] for key in keys.tolist()]
    return [logs.exp(loaded.prob([model.words[n] for n in reversed(ns)])) for ns in words]


def test_write__pocketsphinx_reads_the_same_probabilities(tmp_path: Path) -> None:
    model = wittenbell.estimated(TEXT, VOCABULARY)
    trie.write(model, tmp_path / "model")
    words = np.arange(len(model.words))
    after = ngrams.pair(ngrams.pair(words[:, None, None], words[None, :, None]), words[None, None, :])
    ends = model.words.index("</s>")
    keys = after[:, words != ends][:, :, words != model.words.index("<s>")].ravel()
    ours = model.trigram_probabilities(keys)
    assert by_pocketsphinx(tmp_path / "model", model, keys) == pytest.approx(ours, rel=1e-3)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=9), min_size=1, max_size=30))
def test_read__gives_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, text: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("trie") / "model"
    model = wittenbell.estimated(text, VOCABULARY)
    trie.write(model, path)
    again = trie.read(path)
    assert again.words == model.words
    assert again.keys2.tolist() == model.keys2.tolist()
    assert again.keys3.tolist() == model.keys3.tolist()
    for name in ("p1", "b1", "p2", "b2", "p3"):
        assert getattr(again, name) == pytest.approx(getattr(model, name), rel=1e-3)


def test_write__the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        trie.write(wittenbell.estimated(TEXT, VOCABULARY), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_read__the_base_model_as_pocketsphinx_has_it() -> None:
    path = base.files() / "en-us.lm.bin"
    model = trie.read(path)
    keys = np.random.default_rng(0).choice(model.keys3, 500)
    assert by_pocketsphinx(path, model, keys) == pytest.approx(model.trigram_probabilities(keys), rel=1e-3)
    assert len(model.words) == 72547
    assert model.p1.sum() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("length", [0, 10, 100, 500_000, -1])
def test_read__a_file_cut_short(tmp_path: Path, length: int) -> None:
    path = tmp_path / "model"
    trie.write(wittenbell.estimated(TEXT, VOCABULARY), path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(EngineError, match="is not a trigram model"):
        trie.read(path)


def test_read__another_file(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"RIFF" * 1000)
    with pytest.raises(EngineError, match="its header is another"):
        trie.read(path)
