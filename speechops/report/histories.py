"""The history of one model, from the documents that are remembered of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.registry.documents import Ending
from speechops.report.report import History, Point, Served
from speechops.scoring import Action

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speechops.registry.documents import Release, RunRecord, TestResult


def history(results: Iterable[TestResult], runs: Iterable[RunRecord], releases: Iterable[Release]) -> History:
    """Return the history of one model from its documents. ``results`` is read once, one at a time."""
    runs = tuple(runs)
    promoting = {run.result for run in runs if _promoted(run)}
    points = sorted((_point(result, promoting) for result in results), key=lambda point: point.created)
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
    """Whether a run needed a candidate and found release."""
    wanted = run.operation in {"train-data", "compare"} and run.ending is not Ending.REFUSED
    return wanted and not run.trained


def _point(result: TestResult, promoting: set[str]) -> Point:
    verdict, before, after = result.verdict, result.benchmark_counts, result.candidate_counts
    return Point(
        created=result.created,
        cause=result.cause,
        commit=result.commit,
        run=result.run,
        fingerprint=result.test,
        utterances=len(result.utterances),
        words=before.reference_words,
        benchmark=result.benchmark.name,
        benchmark_rate=before.error_rate,
        candidate=result.candidate.name if result.candidate else "",
        candidate_rate=after.error_rate if after else None,
        outcome=verdict.outcome if verdict else None,
        interval=verdict.comparison.interval if verdict else None,
        promoted=result.name in promoting,
        form=result.form,
        normalization=result.normalization,
    )
