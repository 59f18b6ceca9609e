"""The history of one model, from the documents that are remembered of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.registry.documents import Ending
from speechops.report.report import History, Point, Served
from speechops.scoring import Action

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speechops.registry.documents import Release, RunRecord
    from speechops.registry.summaries import ResultSummary


def history(
    tests: Iterable[ResultSummary], runs: Iterable[RunRecord], releases: Iterable[Release]
) -> History:
    """Return the history of one model from its tests, runs and releases."""
    runs = tuple(runs)
    promoting = {run.result for run in runs if _promoted(run)}
    points = sorted((_point(test, promoting) for test in tests), key=lambda point: point.created)
    ended = [run for run in runs if run.ending is not None]
    return History(
        points=tuple(points),
        releases=tuple(
            Served(
                release.version,
                release.kind,
                release.created,
                release.commit,
                release.reference.name,
                release.error_rate,
                release.outcome,
                release.reference.expires,
                release.places,
            )
            for release in sorted(releases, key=lambda release: release.created)
        ),
        runs=len(ended),
        refused=sum(run.ending is Ending.REFUSED for run in ended),
        trained=sum(run.trained for run in ended),
        saved=sum(_saved(run) for run in ended),
    )


def _promoted(run: RunRecord) -> bool:
    promoted = run.outputs.get("decision") == Action.PROMOTE and run.outputs.get("improved") == "true"
    return run.operation == "train-data" and promoted


def _saved(run: RunRecord) -> bool:
    """Whether a run needed a candidate and found one."""
    ended = run.ending in {Ending.DONE, Ending.NOT_PROMOTED}
    return run.operation in {"train-data", "compare"} and ended and not run.trained


def _point(test: ResultSummary, promoting: set[str]) -> Point:
    before, after = test.benchmark_counts, test.candidate_counts
    return Point(
        created=test.created,
        cause=test.cause,
        commit=test.commit,
        run=test.run,
        fingerprint=test.test,
        utterances=test.utterances,
        words=before.reference_words,
        benchmark=test.benchmark.name,
        benchmark_rate=before.error_rate,
        candidate=test.candidate.name if test.candidate else "",
        candidate_rate=after.error_rate if after else None,
        outcome=test.outcome,
        interval=test.interval,
        promoted=test.name in promoting,
        form=test.form,
        normalization=test.normalization,
    )
