"""A report of 10,000 utterances: ``python -m bench.report``.

Makes the page and the JSON in a fresh process from stored texts, as an operation does, and opens the page in
Chromium: time until the first utterances are shown, and until the list follows each filter and each letter
of a search, of which the longest counts. Prints the figures; fails above the bounds. Seconds to build are
the processor's: others may be at work on the same machine.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from speechops.registry.documents import Vocabulary

UTTERANCES = 10_000
BUILD_SECONDS, BUILD_MB, OPEN_SECONDS, TYPED_SECONDS = 1.5, 120, 2.0, 0.1
_RUNS = 3
_TYPED, _PAUSE_MS = "alma bero", 150
_CHOICES = (
    *(
        f"{control}.value = '{value}'; {control}.dispatchEvent(new Event('change'))"
        for control, values in (
            ("show", ("changed", "worse", "better", "both", "wrong", "right", "all")),
            ("sort", ("better", "errors", "id", "length", "worse")),
        )
        for value in values
    ),
    *(
        f"kinds.querySelector('[value={kind}]').click()"
        for kind in ("lost", "extra", "replaced", "lost", "extra", "replaced")
    ),
)


def texts() -> list[tuple[str, str, str]]:
    """Return utterances of 12 words: said, heard by the benchmark, heard by the candidate."""
    chance = random.Random(1)  # noqa: S311 - no secret
    words = [
        f"{one}{other}" for one in ("al", "be", "co", "du", "en") for other in ("ma", "ro", "ti", "va", "xin")
    ]

    def heard(said: list[str], rate: float) -> str:
        return " ".join(chance.choice(words) if chance.random() < rate else word for word in said)

    made = []
    for _ in range(UTTERANCES):
        said = chance.choices(words, k=12)
        made.append((" ".join(said), heard(said, 0.15), heard(said, 0.1)))
    return made


def build(folder: Path) -> None:
    """Make the report in ``folder`` and print the seconds and megabytes that the process took."""
    from speechops import scoring  # noqa: PLC0415 - part of what is measured
    from speechops.evaluation import reporting  # noqa: PLC0415
    from speechops.registry.documents import (  # noqa: PLC0415
        Cause,
        Hypothesis,
        ModelReference,
        Recognised,
        TestResult,
    )
    from speechops.report import History, Origin, Report, of_result  # noqa: PLC0415

    rows = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    normaliser = scoring.normaliser("en-US")
    ids = [f"{at:05}.wav" for at in range(len(rows))]
    sides = [
        scoring.score(
            (scoring.Utterance(key, row[0], row[side]) for key, row in zip(ids, rows, strict=True)),
            normaliser,
        )
        for side in (1, 2)
    ]
    verdict = scoring.judge(sides[0], sides[1], scoring.Gate()).without_pairs()
    utterances = tuple(
        Recognised(key, said, Hypothesis(first), Hypothesis(second))
        for key, (said, first, second) in zip(ids, rows, strict=True)
    )
    result = TestResult(
        "k" * 64, "bench", "en-US", Cause.TRAIN_DATA, "", "1", "2026-11-25T00:00:00Z", "f" * 64,
        ModelReference("1", "base", base=True), ModelReference("2", "candidate", base=False),
        utterances, (), {}, verdict.comparison.benchmark, verdict,
    )  # fmt: skip
    before = time.process_time()
    test = of_result(result, normaliser, vocabularies=_vocabularies(rows))
    report = Report("bench", "en-US", Origin("report", "2026-11-25T00:00:00Z"), test, History())
    reporting.write(report, folder)
    seconds = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "mb": peak}))


def _vocabularies(rows: list[list[str]]) -> tuple[Vocabulary, Vocabulary]:
    """Return what both models were taught: all words, and all but one."""
    from speechops.registry.documents import Vocabulary  # noqa: PLC0415 - part of what is measured

    words = dict.fromkeys(sorted({word for row in rows[:1000] for word in row[0].split()}), 5)
    fewer = dict(list(words.items())[1:])
    return Vocabulary("bench", "1", words), Vocabulary("bench", "2", fewer)


def opened(page: Path) -> tuple[float, float, float] | None:
    """Return the seconds until utterances show, and the longest that a filter and a typed letter took.

    None without Chromium. Every filter, order and kind of error is chosen, and a text typed as a person types
    it and taken back letter by letter, each with the frame that follows. The page is opened several times, so
    that first uses count, and of each action the best time is taken, since others may be at work on the
    machine; then the longest of all actions.
    """
    if shutil.which("chromium") is None:
        return None
    from tests import browser  # noqa: PLC0415 - Playwright is for those who have Chromium

    with browser.running() as chromium:
        runs = [_used(chromium, page) for _ in range(_RUNS)]
    filtered = _longest([choices for _, choices, _ in runs])
    return min(shown for shown, _, _ in runs), filtered, _longest([letters for _, _, letters in runs])


def _longest(runs: list[list[float]]) -> float:
    """Return the longest of the best times of each action."""
    longest: float = max(min(times) for times in zip(*runs, strict=True))
    return longest


def _used(chromium: Browser, page: Path) -> tuple[float, list[float], list[float]]:
    """Open the page afresh; return the seconds until it shows, and those of each filter and letter."""
    tab = chromium.new_page(viewport={"width": 1200, "height": 900}, bypass_csp=True)
    before = time.perf_counter()
    tab.goto(page.as_uri())
    tab.locator("#list > li").first.wait_for()
    shown = time.perf_counter() - before
    tab.evaluate(
        """() => { window.took = []; const follow = () => {
          const begin = performance.now();
          requestAnimationFrame(() => setTimeout(() => took.push((performance.now() - begin) / 1000)));
        }; search.addEventListener("input", follow, true); addEventListener("change", follow, true); }"""
    )
    for choice in _CHOICES:
        tab.wait_for_timeout(_PAUSE_MS)
        tab.evaluate(choice)
    tab.wait_for_function(f"took.length >= {len(_CHOICES)}")
    filtered: list[float] = tab.evaluate("took.splice(0)")
    field = tab.locator("#search")
    field.press_sequentially(_TYPED, delay=_PAUSE_MS)
    for _ in _TYPED:
        field.press("Backspace", delay=_PAUSE_MS)
    tab.wait_for_function(f"took.length >= {2 * len(_TYPED)}")
    typed: list[float] = tab.evaluate("took")
    tab.close()
    return shown, filtered, typed


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "texts.json").write_text(json.dumps(texts()), encoding="utf-8")
        command = [sys.executable, "-m", "bench.report", str(folder)]
        runs = [json.loads(subprocess.check_output(command)) for _ in range(_RUNS)]
        page = folder / "index.html"
        seconds, peak = min(run["seconds"] for run in runs), max(run["mb"] for run in runs)
        print(f"{UTTERANCES:,} utterances: page of {page.stat().st_size / 2**20:.1f} MB")
        print(f"built in {seconds:.2f} s (bound {BUILD_SECONDS} s), peak {peak:.0f} MB (bound {BUILD_MB} MB)")
        assert seconds < BUILD_SECONDS
        assert peak < BUILD_MB
        times = opened(page)
        if times is None:
            print("Chromium is not installed: the page was not opened.")
            return
        shown, filtered, typed = times
        print(
            f"opened in {shown:.2f} s (bound {OPEN_SECONDS} s), filtered in {filtered * 1000:.0f} ms, "
            f"searched in {typed * 1000:.0f} ms a letter at most (bound {TYPED_SECONDS * 1000:.0f} ms)"
        )
        assert shown < OPEN_SECONDS
        assert filtered < TYPED_SECONDS
        assert typed < TYPED_SECONDS


if __name__ == "__main__":
    if len(sys.argv) > 1:
        build(Path(sys.argv[1]))
    else:
        main()
