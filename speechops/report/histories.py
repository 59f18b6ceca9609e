"""The history of one model, from the documents that are remembered of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.registry.documents import Ending
from speechops.report.report import History, Point, Served
from speechops.scoring import Action, Counts, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
                one.version,
                one.kind,
                one.created,
                one.commit,
                one.reference.name,
                one.error_rate,
                one.outcome,
                one.reference.expires,
            )
            for one in sorted(releases, key=lambda one: one.created)
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
    wanted = run.operation in {"train-data", "compare"} and run.ending is not Ending.REFUSED
    return wanted and not run.trained


def _point(result: TestResult, promoting: set[str]) -> Point:
    judged = (result.verdict or {}).get("outcome")
    before, after = _counts(result.benchmark_counts), _counts(result.candidate_counts)
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
        candidate_rate=after.error_rate if result.candidate else None,
        outcome=Outcome(judged) if judged in set(Outcome) else None,
        interval=Verdict.from_json(result.verdict).comparison.interval if result.verdict else None,
        promoted=result.name in promoting,
        form=result.form,
        normalization=result.normalization,
    )


def _counts(document: Mapping[str, int] | None) -> Counts:
    """Read the counts of an alignment as the documents keep them."""
    if not document:
        return Counts()
    substitutions, deletions = document["substitutions"], document["deletions"]
    hits = document["reference-words"] - substitutions - deletions
    return Counts(hits, substitutions, deletions, document["insertions"])
