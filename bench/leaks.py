"""Time and memory of the search for leaks: 10,000 test sentences against 100,000 training sentences.

``python -m bench.leaks`` prints one line for free text and one for commands of few forms, which share most of
their words and are the hard case.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from speechops import corpus
from speechops.corpus import DataFile, Kind, Purpose, Utterance

TESTS, TRAINING, LEAKED = 10_000, 100_000, 100
WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "bdfgklmnprst"]


def free(rng: random.Random) -> str:
    """Return a sentence of 6 to 24 words, common words more often."""
    return " ".join(WORDS[int(len(WORDS) * rng.random() ** 3)] for _ in range(rng.randint(6, 24)))


def command(rng: random.Random) -> str:
    """Return one of few forms with three places to fill."""
    one, two, three = rng.choices(WORDS, k=3)
    form = rng.choice(
        ("i would like to send the {} to the {} in {}", "please show me the {} of {} for the {}")
    )
    return form.format(one, two, three)


def measure(name: str, sentence, folder: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Make both sets, plant leaks, search, and print."""
    rng = random.Random(1)  # noqa: S311 - a fixed corpus
    tests = [sentence(rng) for _ in range(TESTS)]
    training = [sentence(rng) for _ in range(TRAINING)]
    for number in range(LEAKED):
        training[number * 997] = tests[number * 83].upper() + "."
    text = folder / f"{name}.txt"
    text.write_text("\n".join(training), encoding="utf-8-sig")
    data = corpus.read(text, kind=Kind.LANGUAGE, purpose=Purpose.TRAINING, locale="en-US")
    utterances = tuple(Utterance(f"{at}.wav", said, at, 1.0, str(at)) for at, said in enumerate(tests))
    test = DataFile(
        folder, Kind.ACOUSTIC, Purpose.TEST, "en-US", "0" * 64, "test.zip", 0, utterances, findings=()
    )
    start = time.perf_counter()
    found = corpus.leaks(test, [data])
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    counts = ", ".join(f"{sum(leak.how is how for leak in found):,} {how}" for how in corpus.How)
    sys.stdout.write(f"{name:8} {seconds:6.1f} s  {peak:5.0f} MB at peak  {counts}\n")


def main() -> None:
    """Measure both corpora."""
    with tempfile.TemporaryDirectory() as folder:
        measure("free", free, Path(folder))
        measure("commands", command, Path(folder))


if __name__ == "__main__":
    main()
