"""The programs that are timed, each a process of its own: ``python contestants.py NAME FOLDER``.

All read the same files, an utterance on each line. Imports stand inside, so that each pays for its own.
"""

# ruff: noqa: PLC0415, PTH123, B905 - the barest program that does the work, with nothing to spare
from __future__ import annotations

import sys


def bare(folder: str) -> None:
    """Loop over rapidfuzz and nothing else."""
    from rapidfuzz.distance.Levenshtein import editops

    words = substitutions = deletions = insertions = 0
    with (
        open(f"{folder}/ref.txt", encoding="utf-8") as references,
        open(f"{folder}/a.txt", encoding="utf-8") as hypotheses,
    ):
        for reference, hypothesis in zip(references, hypotheses):
            said = reference.split()
            words += len(said)
            for tag, _, _ in editops(said, hypothesis.split()).as_list():
                if tag == "replace":
                    substitutions += 1
                elif tag == "delete":
                    deletions += 1
                else:
                    insertions += 1
    print(words, substitutions, deletions, insertions)


def jiwer(folder: str) -> None:
    """Count with jiwer."""
    from jiwer import process_words

    with (
        open(f"{folder}/ref.txt", encoding="utf-8") as references,
        open(f"{folder}/a.txt", encoding="utf-8") as hypotheses,
    ):
        found = process_words(list(references), list(hypotheses))
    words = found.hits + found.substitutions + found.deletions
    print(words, found.substitutions, found.deletions, found.insertions)


def counts(folder: str) -> None:
    """Count with SpeechOps: the rules for English included; without ids, as nobody asks for them here."""
    from itertools import repeat

    from speechops.scoring import normaliser, score

    with (
        open(f"{folder}/ref.txt", encoding="utf-8") as references,
        open(f"{folder}/a.txt", encoding="utf-8") as hypotheses,
    ):
        total = score(zip(repeat(""), references, hypotheses), normaliser("en-US")).total
    print(total.reference_words, total.substitutions, total.deletions, total.insertions)


def verdict(folder: str) -> None:
    """Judge two models with SpeechOps: both scored, bootstrap, matched pairs, gate."""
    from itertools import count

    from speechops.scoring import Gate, Scores, Utterance, judge, normaliser, score

    def scores(model: str) -> Scores:
        with (
            open(f"{folder}/ref.txt", encoding="utf-8") as references,
            open(f"{folder}/{model}.txt", encoding="utf-8") as hypotheses,
        ):
            return score(map(Utterance, map(str, count()), references, hypotheses), normaliser("en-US"))

    print(judge(scores("a"), scores("b"), Gate()).sentence())


if __name__ == "__main__":
    {each.__name__: each for each in (bare, jiwer, counts, verdict)}[sys.argv[1]](sys.argv[2])
