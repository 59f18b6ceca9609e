from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechops.embedded.recogniser import ngrams, wittenbell

if TYPE_CHECKING:
    from speechops.embedded.recogniser.ngrams import Floats, Keys, Trigrams

VOCABULARY = ("<s>", "</s>", "a", "b", "c", "d")
sentences = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=6), min_size=1, max_size=8)
quick = settings(deadline=None, max_examples=50)


def histories(model: Trigrams) -> Keys:
    """Return all pairs of words that a word may follow, the last of which is not the end."""
    words = np.arange(len(model.words))
    pairs: Keys = ngrams.pair(words[:, None], words[None, :]).ravel()
    goes_on = ngrams.last(pairs) != model.words.index("</s>")
    return np.extract(goes_on, pairs)


def sums(model: Trigrams) -> Floats:
    """Return what the probabilities of all words add up to, after each history."""
    words = np.arange(len(model.words))
    keys = ngrams.pair(histories(model)[:, None], words[None, :])
    totals: Floats = model.trigram_probabilities(keys.ravel()).reshape(keys.shape).sum(axis=1)
    return totals


def key(model: Trigrams, *words: str) -> int:
    number = 0
    for word in words:
        number = number << ngrams.WORD_BITS | model.words.index(word)
    return number


def probability(model: Trigrams, *words: str) -> float:
    return float(model.trigram_probabilities(np.array([key(model, *words)]))[0])


@quick
@given(sentences)
def test_estimated__sums_to_one_after_every_history(text: list[list[str]]) -> None:
    assert sums(wittenbell.estimated(text, VOCABULARY)) == pytest.approx(1)


def test_estimated__is_witten_bell() -> None:
    model = wittenbell.estimated([["a", "b"], ["a", "c"], ["a", "b"]], VOCABULARY)
    # Of the nine words that follow others, "b" is two; "a" was followed thrice, by two words.
    shorter = (2 + 2 * 2 / 9) / (3 + 2)
    assert probability(model, "d", "a", "b") == pytest.approx(shorter)
    assert probability(model, "<s>", "a", "b") == pytest.approx((2 + 2 * shorter) / (3 + 2))


def test_estimated__new_words_come_after_the_vocabulary() -> None:
    model = wittenbell.estimated([["zeta", "a"], ["eta"]], VOCABULARY)
    assert model.words == (*VOCABULARY, "zeta", "eta")


@quick
@given(sentences, sentences, st.integers(1, 100))
def test_interpolated__sums_to_one_after_every_history(
    first: list[list[str]], second: list[list[str]], percent: int
) -> None:
    one, other = (wittenbell.estimated(text, VOCABULARY) for text in (first, second))
    assert sums(ngrams.interpolated(one, other, percent / 100)) == pytest.approx(1, abs=1e-6)


@quick
@given(sentences, sentences, st.integers(1, 100))
def test_interpolated__mixes_what_either_model_holds(
    first: list[list[str]], second: list[list[str]], percent: int
) -> None:
    weight = percent / 100
    one, other = (wittenbell.estimated(text, VOCABULARY) for text in (first, second))
    keys = np.union1d(one.keys3, other.keys3)
    mixed = (1 - weight) * one.trigram_probabilities(keys) + weight * other.trigram_probabilities(keys)
    assert ngrams.interpolated(one, other, weight).trigram_probabilities(keys) == pytest.approx(mixed)


def test_interpolated__a_weight_of_all_is_the_second_model() -> None:
    one, other = (wittenbell.estimated(text, VOCABULARY) for text in ([["a", "b"]], [["c", "d"]]))
    mixed = ngrams.interpolated(one, other, 1.0)
    assert probability(mixed, "c", "d", "</s>") == pytest.approx(probability(other, "c", "d", "</s>"))
    assert probability(mixed, "<s>", "a", "b") < 1e-6


def _pruned(text: list[list[str]], threshold: float) -> Trigrams:
    # One sentence that is worth a trigram, whatever the others are.
    return wittenbell.estimated([*text, *5 * [["a", "b", "a", "c"]]], VOCABULARY).pruned(threshold)


@quick
@given(sentences, st.sampled_from([1e-6, 1e-3, 1e-2]))
def test_pruned__sums_to_one_after_every_history(text: list[list[str]], threshold: float) -> None:
    model = _pruned(text, threshold)
    assert sums(model) == pytest.approx(1, abs=1e-6)


@quick
@given(sentences, st.sampled_from([1e-6, 1e-3, 1e-2]))
def test_pruned__every_trigram_keeps_its_bigrams(text: list[list[str]], threshold: float) -> None:
    model = _pruned(text, threshold)
    needed = np.concatenate([ngrams.history(model.keys3), ngrams.suffix(model.keys3)])
    assert np.isin(needed, model.keys2).all()


def test_pruned__what_is_rare_goes() -> None:
    model = wittenbell.estimated([*300 * [["a", "b"]], ["d", "a", "b"]], VOCABULARY)
    pruned = model.pruned(0.01)
    assert key(model, "d", "a", "b") in model.keys3
    assert key(model, "d", "a", "b") not in pruned.keys3
    assert key(model, "<s>", "a", "b") in pruned.keys3


def test_extended__new_words_have_no_mass_and_change_nothing() -> None:
    model = wittenbell.estimated([["a", "b"]], VOCABULARY)
    longer = model.extended((*VOCABULARY, "new"))
    assert probability(longer, "<s>", "a", "b") == probability(model, "<s>", "a", "b")
    assert probability(longer, "<s>", "a", "new") == 0


def test_find__a_key_beyond_the_table_is_not_held() -> None:
    _, held = ngrams.find(np.array([3, 5]), np.array([1, 3, 4, 5, 6]))
    assert held.tolist() == [False, True, False, True, False]


def test_word_bits__three_words_fit_a_key() -> None:
    assert math.log2(np.iinfo(np.int64).max + 1) >= 3 * ngrams.WORD_BITS
