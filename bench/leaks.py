"""The search for leaks beside the check of the same text, in processor seconds.

``python -m bench.leaks [lines]`` looks for 10,000 test sentences in so many training sentences (100,000).
One line is of free text, one of the project's own words in the order in which they may follow each other, one
of commands of few forms, which share most of their words and are the hard case, one of structured text with
twenty long lists.
"""

from __future__ import annotations

import itertools
import random
import re
import resource
import sys
import tempfile
import time
from collections import defaultdict
from functools import cache
from pathlib import Path

from speechops import corpus
from speechops.corpus import DataFile, Kind, Purpose, Utterance

TESTS, TRAINING, LEAKED = 10_000, 100_000, 100
LISTS, ITEMS, SENTENCES = 20, 35_000, 100
WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "bdfgklmnprst"]


def free(rng: random.Random) -> str:
    """Return a sentence of 6 to 24 words, common words more often."""
    return " ".join(WORDS[int(len(WORDS) * rng.random() ** 3)] for _ in range(rng.randint(6, 24)))


@cache
def prose() -> tuple[list[str], dict[str, list[str]]]:
    """Return the words of docs and code, and what follows each."""
    files = sorted(
        path for folder in ("docs", "speechops", "tests") for path in Path(folder).rglob("*.[mp][dy]")
    )
    words = [word for path in files for word in re.findall("[A-Za-z']+", path.read_text(encoding="utf-8"))]
    following = defaultdict(list)
    for word, after in itertools.pairwise(words):
        following[word].append(after)
    return words, following


def natural(rng: random.Random) -> str:
    """Return a sentence of 6 to 24 words in which each word has followed the one before it."""
    words, following = prose()
    sentence = [rng.choice(words)]
    for _ in range(rng.randint(5, 23)):
        sentence.append(rng.choice(following[sentence[-1]] or words))
    return " ".join(sentence)


def command(rng: random.Random) -> str:
    """Return one of few forms with three places to fill."""
    what, whom, where = rng.choices(WORDS, k=3)
    form = rng.choice(
        ("i would like to send the {} to the {} in {}", "please show me the {} of {} for the {}")
    )
    return form.format(what, whom, where)


def plain_text(sentence, tests: list[str], lines: int, rng: random.Random) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Return training text with leaks planted in it."""
    training = [sentence(rng) for _ in range(lines)]
    for number in range(LEAKED):
        training[number * (lines // LEAKED)] = tests[number * (TESTS // LEAKED)].upper() + "."
    return "\n".join(training)


def lists(rng: random.Random) -> str:
    """Return structured text of long lists."""
    names = [f"list{number}" for number in range(LISTS)]
    text = [
        f"@ list {name} =\n" + "\n".join(f"- {' '.join(rng.choices(WORDS, k=2))} {at}" for at in range(ITEMS))
        for name in names
    ]
    sentences = [f"- {rng.choice(WORDS)} " + " and ".join(f"{{@{name}}}" for name in names)] * SENTENCES
    return "\n".join([*text, "# Sentences", *sentences])


def measure(name: str, tests: list[str], text: str, kind: Kind, folder: Path) -> None:
    """Check, search, and print."""
    file = folder / f"{name}{'.txt' if kind is Kind.LANGUAGE else '.md'}"
    file.write_text(text, encoding="utf-8-sig")
    utterances = tuple(Utterance(f"{at}.wav", said, at, 1.0, str(at)) for at, said in enumerate(tests))
    test = DataFile(folder, Kind.ACOUSTIC, Purpose.TEST, "en-US", "0" * 64, 0, utterances, findings=())
    start = time.process_time()
    data = corpus.read(file, kind=kind, purpose=Purpose.TRAINING, locale="en-US")
    checked = time.process_time()
    found = corpus.leaks(test, [data])
    check, search = checked - start, time.process_time() - checked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    counts = ", ".join(f"{sum(leak.how is how for leak in found):,} {how}" for how in corpus.How)
    sys.stdout.write(
        f"{name:10} check {check:6.1f} s  search {search:6.1f} s  ratio {search / check:4.1f}  "
        f"{peak:5.0f} MB at peak  {counts}\n"
    )


def main() -> None:
    """Measure each corpus."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else TRAINING
    with tempfile.TemporaryDirectory() as folder:
        for sentence in (free, natural, command):
            rng = random.Random(1)  # noqa: S311 - a fixed corpus
            tests = [sentence(rng) for _ in range(TESTS)]
            text = plain_text(sentence, tests, lines, rng)
            measure(sentence.__name__, tests, text, Kind.LANGUAGE, Path(folder))
        rng = random.Random(1)  # noqa: S311 - a fixed corpus
        tests = [free(rng) for _ in range(TESTS)]
        measure("lists", tests, lists(rng), Kind.LANGUAGE_MARKDOWN, Path(folder))


if __name__ == "__main__":
    main()
