"""The programs that are timed, each a process of its own: ``python contestants.py NAME FOLDER LOCALE``.

All read the same files, an utterance on each line. Imports stand inside, so that each pays for its own.
"""

# ruff: noqa: PLC0415, PTH123, B905 - the barest program that does the work, with nothing to spare
from __future__ import annotations

import sys


def bare(folder: str, locale: str) -> None:
    """Loop over rapidfuzz and nothing else; Chinese is cut into characters, as it stands."""
    from rapidfuzz.distance.Levenshtein import editops

    cut = list if locale == "zh-CN" else str.split
    words = substitutions = deletions = insertions = 0
    with (
        open(f"{folder}/ref.txt", encoding="utf-8") as references,
        open(f"{folder}/a.txt", encoding="utf-8") as hypotheses,
    ):
        for reference, hypothesis in zip(references, hypotheses):
            said = cut(reference)
            words += len(said)
            for tag, _, _ in editops(said, cut(hypothesis)).as_list():
                if tag == "replace":
                    substitutions += 1
                elif tag == "delete":
                    deletions += 1
                else:
                    insertions += 1
    print(words, substitutions, deletions, insertions)


def jiwer(folder: str, _locale: str) -> None:
    """Count with jiwer."""
    from jiwer import process_words

    with (
        open(f"{folder}/ref.txt", encoding="utf-8") as references,
        open(f"{folder}/a.txt", encoding="utf-8") as hypotheses,
    ):
        found = process_words(list(references), list(hypotheses))
    words = found.hits + found.substitutions + found.deletions
    print(words, found.substitutions, found.deletions, found.insertions)


def counts(folder: str, locale: str, replacements: str = "") -> None:
    """Count with SpeechOps: the rules of the locale included; without ids, as nobody asks for them here."""
    from itertools import repeat

    from speechops.scoring import normaliser, score

    with (
        open(f"{folder}/ref.txt", encoding="utf-8") as references,
        open(f"{folder}/a.txt", encoding="utf-8") as hypotheses,
    ):
        total = score(zip(repeat(""), references, hypotheses), normaliser(locale, replacements)).total
    print(total.reference_words, total.substitutions, total.deletions, total.insertions)


def replaced(folder: str, locale: str) -> None:
    """Count with SpeechOps and a file of 400 replacements, a few of which are in most utterances."""
    from itertools import product

    words = ["".join(letters) for letters in product("bcdfghjklmnprstvwxyz", "aeiou", "bdgt")]
    lines = [f"{word} {word} | {word}" for word in words]
    counts(folder, locale, "\n".join([*lines, "ka | ke", "po |"]))


def verdict(folder: str, locale: str, groups: int = 0) -> None:
    """Judge two models with SpeechOps: both scored, both tests, matched pairs, gate."""
    from itertools import count, cycle

    from speechops.scoring import Gate, UtterancePair, judge, normaliser, score_pair

    with (
        open(f"{folder}/ref.txt", encoding="utf-8") as references,
        open(f"{folder}/a.txt", encoding="utf-8") as benchmark,
        open(f"{folder}/b.txt", encoding="utf-8") as candidate,
    ):
        names = cycle([f"group {number}" for number in range(groups)] or [""])
        pairs = map(UtterancePair, map(str, count()), references, benchmark, candidate, names)
        print(judge(*score_pair(pairs, normaliser(locale)), Gate()).sentence())


def grouped(folder: str, locale: str) -> None:
    """Judge two models with SpeechOps, in twenty groups too."""
    verdict(folder, locale, groups=20)


if __name__ == "__main__":
    programs = {program.__name__: program for program in (bare, jiwer, counts, replaced, verdict, grouped)}
    programs[sys.argv[1]](sys.argv[2], sys.argv[3])
