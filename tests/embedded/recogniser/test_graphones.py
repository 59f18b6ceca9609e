from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from speechops.embedded.engine import EngineError
from speechops.embedded.recogniser import base, graphones
from speechops.embedded.recogniser.graphones import Graphones

if TYPE_CHECKING:
    from pathlib import Path

SOUNDS = {"a": "AA", "b": "B", "c": "K", "d": "D", "o": "OW", "x": "K S", "e": ""}


def spelt(letters: str) -> list[str]:
    return " ".join(SOUNDS[letter] for letter in letters).split()


@pytest.fixture(scope="module")
def toy() -> Graphones:
    draw = random.Random(1)  # noqa: S311 - no secret
    words = {
        "".join(draw.choices("abcdox", k=draw.randint(2, 6))) + "e" * draw.randint(0, 1) for _ in range(400)
    }
    return graphones.trained({word: spelt(word) for word in sorted(words)})


@pytest.mark.parametrize("word", ["abox", "coxe", "dadab", "x", "bocode", "xxaxxo"])
def test_pronounced__letters_without_a_phone_and_with_two(toy: Graphones, word: str) -> None:
    assert toy.pronounced([word]) == [" ".join(spelt(word))]


def test_pronounced__a_word_is_said_the_same_in_any_company(toy: Graphones) -> None:
    words = ["abox", "coxe", "dadab", "x"] * 100  # more than one batch
    together = toy.pronounced(words)
    assert together == [toy.pronounced([word])[0] for word in words]


def test_pronounced__nothing_for_a_letter_that_was_never_seen(toy: Graphones) -> None:
    assert toy.pronounced(["abz", "ab"]) == ["", "AA B"]


def test_pronounced__no_words(toy: Graphones) -> None:
    assert toy.pronounced([]) == []


def test_trained__context_decides() -> None:
    starts = ["bo", "ad", "obo", "dad", "badob", "obad"]
    hard = {f"{start}ca": [*spelt(start), "K", "AA"] for start in starts}
    soft = {f"{start}ce": [*spelt(start), "S", "IY"] for start in starts}
    model = graphones.trained(hard | soft)
    assert model.pronounced(["abce", "abca"]) == ["AA B S IY", "AA B K AA"]


def test_trained__words_with_too_many_phones_teach_nothing() -> None:
    dictionary = {word: spelt(word) for word in ("abacad", "bobobo", "cadoba", "dadada", "oboaca")}
    model = graphones.trained(dictionary | {"o": ["OW", "B", "AA"]})
    assert model.pronounced(["o"]) == ["OW"]


def test_load__gives_what_was_saved(toy: Graphones, tmp_path: Path) -> None:
    toy.save(tmp_path / "model.npz")
    words = ["abox", "coxe", "dadab"]
    assert Graphones.load(tmp_path / "model.npz").pronounced(words) == toy.pronounced(words)


@pytest.mark.parametrize("length", [0, 100, -1000])
def test_load__a_damaged_file(toy: Graphones, tmp_path: Path, length: int) -> None:
    path = tmp_path / "model.npz"
    toy.save(path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(EngineError, match="is not a model of pronunciations"):
        Graphones.load(path)


def test_trained__says_seven_of_ten_words_that_it_never_saw() -> None:
    pronunciations = base.pronunciations()
    words = sorted(pronunciations)
    random.Random(0).shuffle(words)  # noqa: S311 - no secret
    unseen = words[:500]
    model = graphones.trained({word: pronunciations[word] for word in words[500:]})
    said = model.pronounced(unseen)
    right = sum(phones == " ".join(pronunciations[word]) for word, phones in zip(unseen, said, strict=True))
    assert 0.65 < right / len(unseen) < 0.80
