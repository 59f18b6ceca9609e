from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.embedded.recogniser import pronunciation

if TYPE_CHECKING:
    from pathlib import Path


def test_of_words__from_the_dictionary_and_by_guess(cache: Path) -> None:
    phones = pronunciation.of_words(["hello", "a.", "ceftriaxone"], cache)
    assert phones["hello"] == "HH AH L OW"
    assert phones["a."] == "EY"
    assert phones["ceftriaxone"].split()[-3:] == ["S", "OW", "N"] or phones["ceftriaxone"].endswith("N")


def test_of_words__known_words_need_no_model(tmp_path: Path) -> None:
    pronunciation.of_words(["hello", "world"], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_readings__a_among_letters_is_a_letter() -> None:
    assert pronunciation.readings(("a", "p", "i")) == [("a.", "p", "i")]


def test_readings__a_among_words_is_either() -> None:
    assert pronunciation.readings(("triple", "a")) == [("triple", "a"), ("triple", "a.")]
    assert pronunciation.readings(("three", "c")) == [("three", "c")]
