"""What the embedded recogniser costs, and how well it says unknown words.

    python -m bench.recogniser

Trains on the sample project and recognises its test audio, each in a process of its own, whose peak memory is
printed. Times hold for one core. The pronunciation model is tried on words that it was not trained on.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from speechops.embedded.recogniser import Material, PocketSphinxEngine

if TYPE_CHECKING:
    from collections.abc import Callable

PHARMACY = Path(__file__).parents[1] / "examples" / "pharmacy" / "data"
TEXT = Material(
    language=(PHARMACY / "training" / "text.txt",),
    pronunciation=(PHARMACY / "training" / "pronunciation.txt",),
)
TEXT_AND_AUDIO = replace(TEXT, acoustic=(PHARMACY / "test",))
UNSEEN_WORDS = 2000


def train(folder: Path, cache: Path, material: Material) -> str:
    """Train a model."""
    from speechops.embedded.recogniser import model, training  # noqa: PLC0415 - counts

    seconds = training.train(folder, material, weight_percent=None, cache=cache)
    return f"{len(model.read(folder).entries)} words added, {seconds:.0f} s of speech"


def recognise(folder: Path | None) -> str:
    """Recognise the test audio."""
    from speechops.embedded.recogniser.transcriber import Transcriber  # noqa: PLC0415 - counts

    started = time.perf_counter()
    transcriber = Transcriber(folder)
    loaded = time.perf_counter()
    seconds = sum(transcriber.recognise(path).duration for path in sorted((PHARMACY / "test").glob("*.wav")))
    ended = time.perf_counter()
    return f"{loaded - started:.1f} s to load, then {(ended - loaded) / seconds:.3f} of real time"


def pronounce() -> str:
    """Train the pronunciation model without some words, and say these."""
    from speechops.embedded.recogniser import base, graphones  # noqa: PLC0415 - counts

    pronunciations = base.pronunciations()
    words = sorted(pronunciations)
    random.Random(0).shuffle(words)  # noqa: S311 - no secret
    unseen = words[:UNSEEN_WORDS]
    started = time.perf_counter()
    model = graphones.trained({word: pronunciations[word] for word in words[UNSEEN_WORDS:]})
    trained = time.perf_counter()
    said = model.pronounced(unseen)
    ended = time.perf_counter()
    right = sum(phones == " ".join(pronunciations[word]) for word, phones in zip(unseen, said, strict=True))
    each = (ended - trained) / UNSEEN_WORDS * 1000
    return (
        f"{trained - started:.1f} s to train, {each:.1f} ms a word, "
        f"{right / UNSEEN_WORDS:.3f} of {UNSEEN_WORDS} words right"
    )


def measured(work: Callable[..., str], *args: object) -> tuple[float, float, str]:
    """Return the seconds of ``work``, the peak memory of its process in MiB, and what it says."""
    started = time.perf_counter()
    said = work(*args)
    ended = time.perf_counter()
    unit = 1 if sys.platform == "darwin" else 1024
    return ended - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20, said


def together(engine: PocketSphinxEngine, model: Path) -> str:
    """Recognise the test audio with the base model and a custom one at the same time, in two processes."""
    audio = sorted((PHARMACY / "test").glob("*.wav"))
    started = time.perf_counter()
    with ThreadPoolExecutor() as threads:
        calls = [threads.submit(list, engine.recognise(folder, audio)) for folder in (None, model)]
    seconds = time.perf_counter() - started
    duration = sum(recognition.duration for call in calls for recognition in call.result())
    return f"{seconds:.1f} s for {duration:.0f} s of audio, {seconds / duration:.3f} of real time"


def main() -> None:
    """Print a line for each measurement."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, cache = Path(scratch), Path(scratch) / "cache"
        rows: list[tuple[str, Callable[..., str], tuple[object, ...]]] = [
            ("train on text, first time", train, (folder / "first", cache, TEXT)),
            ("train on text, again", train, (folder / "text", cache, TEXT)),
            ("train on text and audio", train, (folder / "both", cache, TEXT_AND_AUDIO)),
            ("recognise with the base model", recognise, (None,)),
            ("recognise with a custom model", recognise, (folder / "text",)),
            ("pronounce unseen words", pronounce, ()),
        ]
        # A process for each, so that one's memory is not another's.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as processes:
            for name, work, args in rows:
                seconds, peak, said = processes.submit(measured, work, *args).result()
                print(f"{name:32}{seconds:6.1f} s{peak:6.0f} MiB  {said}")
        with PocketSphinxEngine(cache) as engine:
            print(f"{'base and custom at once':32}{together(engine, folder / 'text')}, with new processes")
            print(f"{'':32}{together(engine, folder / 'text')}, processes at hand")


if __name__ == "__main__":
    main()
