"""Test sets made of random words, for tests of what scoring does with them."""

from __future__ import annotations

import random

from speechops import scoring

WORDS = ["".join(pair) for pair in zip("bdfgklmnprst", "aeiouaeiouae", strict=True)]
ENGLISH = scoring.normaliser("en-US")


def utterances(number: int, words: int = 12, *, seed: int = 1) -> list[scoring.Utterance]:
    """Return utterances that were recognised without an error."""
    rng = random.Random(seed)  # noqa: S311 - a fixed sample
    texts = (" ".join(rng.choices(WORDS, k=words)) for _ in range(number))
    return [scoring.Utterance(f"{index:04}.wav", text, text) for index, text in enumerate(texts)]


def misheard(
    said: list[scoring.Utterance], rate: float, *, seed: int, rules: scoring.Normaliser = ENGLISH
) -> scoring.Scores:
    """Return the scores of a model that gets each word wrong with probability ``rate``."""
    rng = random.Random(seed)  # noqa: S311 - a fixed sample

    def hear(word: str) -> str:
        return word if rng.random() >= rate else rng.choice(["", "wrong", f"{word} more"])

    return scoring.score(
        (one._replace(hypothesis=" ".join(map(hear, one.reference.split()))) for one in said), rules
    )


def with_errors(errors: list[int], words: int = 12) -> scoring.Scores:
    """Return scores with so many substitutions in each utterance of ``words`` words."""
    return scoring.Scores(
        ENGLISH,
        tuple(f"{index:04}.wav" for index in range(len(errors))),
        tuple("S" * wrong + "=" * (words - wrong) for wrong in errors),
        ("",) * len(errors),
        ("",) * len(errors),
    )
