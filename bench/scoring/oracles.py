"""Counts against jiwer on random pairs: ``python -m bench.scoring.oracles`` compares a million."""

from __future__ import annotations

import argparse
import random

import jiwer

from speechops.scoring import Counts, normaliser, score

BATCH = 20_000
WORDS = ["a", "b", "c", "d", "e", "it's"]


def pairs(rng: random.Random) -> tuple[list[str], list[str]]:
    """Return random texts, full of ties: few words, up to twelve in a text; references are not empty."""
    references = [" ".join(rng.choices(WORDS, k=rng.randint(1, 12))) for _ in range(BATCH)]
    return references, [" ".join(rng.choices(WORDS, k=rng.randint(0, 12))) for _ in range(BATCH)]


def main() -> None:
    """Compare the counts batch by batch; every one of the four must be equal."""
    parser = argparse.ArgumentParser(prog="python -m bench.scoring.oracles", description=__doc__)
    parser.add_argument("--pairs", type=int, default=1_000_000)
    number = parser.parse_args().pairs
    rng = random.Random(20240611)  # noqa: S311 - the same pairs in every run
    total = Counts()
    for start in range(0, number, BATCH):
        references, hypotheses = pairs(rng)
        ids = map(str, range(start, start + BATCH))
        ours = score(zip(ids, references, hypotheses, strict=True), normaliser("en-US")).total
        theirs = jiwer.process_words(references, hypotheses)
        oracle = Counts(theirs.hits, theirs.substitutions, theirs.deletions, theirs.insertions)
        assert ours == oracle, (start, ours, oracle)
        total += ours
    print(f"equal on {number:,} pairs: {total}")


if __name__ == "__main__":
    main()
