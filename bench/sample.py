"""What the sample project shows: the error rate of each state of its training data, and what is chance.

    python -m bench.sample

Trains every state with the embedded recogniser and recognises the test audio with it. The intervals are those
of the verdict: paired bootstrap by utterance, 95 %. Prints the table of ``examples/pharmacy/README.md``.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from speechops import corpus, scoring
from speechops.embedded.engine import Material
from speechops.embedded.recogniser import PocketSphinxEngine

if TYPE_CHECKING:
    from speechops.embedded.engine import Engine

PHARMACY = Path(__file__).parents[1] / "examples" / "pharmacy"
LOCALE = "en-US"
TEST = PHARMACY / "data" / "test"
TEXT = Path("data", "training", "text.txt")
PRONUNCIATION = PHARMACY / "data" / "training" / "pronunciation.txt"


@dataclass(frozen=True)
class Trial:
    """One training: its text, none for the base model, and what else differs from the sample."""

    name: str
    text: Path | None
    pronunciation: bool = True
    weight_percent: int | None = None

    def material(self) -> Material:
        """Return the training data of the trial."""
        return Material(
            language=(self.text,) if self.text else (),
            pronunciation=(PRONUNCIATION,) if self.pronunciation else (),
        )


BASE = Trial("base model", None)
HELPFUL = Trial("helpful", PHARMACY / TEXT)
TRIALS = (
    BASE,
    HELPFUL,
    Trial("helpful, text alone", PHARMACY / TEXT, pronunciation=False),
    Trial("useless", PHARMACY / "states" / "useless" / TEXT),
    Trial("harmful", PHARMACY / "states" / "harmful" / TEXT),
    Trial("harmful at weight 90", PHARMACY / "states" / "harmful" / TEXT, weight_percent=90),
)


@dataclass(frozen=True)
class Result:
    """Scores of one trial, and the seconds that training and recognition took."""

    scores: scoring.Scores
    training: float
    recognition: float


def main() -> None:
    """Run every trial and print what it gives."""
    with tempfile.TemporaryDirectory() as cache, PocketSphinxEngine(Path(cache)) as engine:
        results = {trial: run(trial, engine) for trial in TRIALS}
    utterances = test_data().utterances
    words = results[BASE].scores.total.reference_words
    seconds = sum(one.seconds for one in utterances)
    print(f"{len(utterances)} utterances, {words} words, {seconds:.0f} s of audio\n")
    print("| training data | WER | against the base model | against helpful |")
    print("|---|---|---|---|")
    for trial, result in results.items():
        rate = result.scores.total.error_rate or 0.0
        against = [verdict(results[benchmark], result) for benchmark in (BASE, HELPFUL)]
        print("|", " | ".join((trial.name, f"{rate * 100:.1f} %", *against)), "|")
    print()
    for trial, result in results.items():
        print(f"{trial.name}: trained in {result.training:.1f} s, recognised in {result.recognition:.1f} s")


def test_data() -> corpus.DataFile:
    """Read the test data of the sample."""
    return corpus.read(TEST, kind=corpus.Kind.ACOUSTIC, purpose=corpus.Purpose.TEST, locale=LOCALE)


def run(trial: Trial, engine: Engine) -> Result:
    """Train, recognise and score."""
    utterances = test_data().utterances
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        model = Path(folder) if trial.text else None
        if model is not None:
            engine.train(model, trial.material(), weight_percent=trial.weight_percent, locale=LOCALE)
        trained = time.perf_counter()
        heard = list(engine.recognise(model, [TEST / one.audio for one in utterances]))
        recognised = time.perf_counter()
    scores = scoring.score(
        (
            scoring.Utterance(one.audio, one.text, recognition.lexical)
            for one, recognition in zip(utterances, heard, strict=True)
        ),
        scoring.normaliser(LOCALE),
    )
    return Result(scores, trained - begin, recognised - trained)


def verdict(benchmark: Result, candidate: Result) -> str:
    """Return difference, interval and outcome of one comparison, in points."""
    if benchmark is candidate:
        return ""
    comparison = scoring.compare(benchmark.scores, candidate.scores)
    outcome = scoring.decide(comparison, scoring.Gate()).outcome
    difference, interval = comparison.difference, comparison.interval
    assert difference is not None
    assert interval is not None
    return f"{difference * 100:+.1f} [{interval.low * 100:+.1f}, {interval.high * 100:+.1f}] {outcome}"


if __name__ == "__main__":
    main()
