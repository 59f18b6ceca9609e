"""History: how long the store keeps records of runs and results of tests."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speechops.run import Run

KEPT = timedelta(days=730)
"""As long as a custom model can be used, so that every deployed model has its history."""


def trim(run: Run) -> int:
    """Delete records of runs that began more than :data:`KEPT` ago, with their results; return how many.

    Results that the benchmark or a release names are kept, and those on the benchmark's test data, which
    count how often that data has judged.
    """
    pointer = run.registry.benchmark(run.model.name)
    named = {release.result for release in run.registry.releases(run.model.name)}
    if pointer:
        named.add(pointer.benchmark.result)
    current = pointer.benchmark.test if pointer else ""
    return run.registry.trim(
        run.model.name,
        before=run.speech.now() - KEPT,
        keep=lambda test: test.name in named or test.test == current,
    )
