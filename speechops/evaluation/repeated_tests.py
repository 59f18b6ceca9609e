"""Repeated tests: a verdict asks for more the more candidates the same test data has judged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.evaluation import judging, rules
from speechops.registry.documents import Cause

if TYPE_CHECKING:
    from datetime import datetime

    from speechops.evaluation.judging import Judgement
    from speechops.evaluation.leaks import Leaked
    from speechops.registry.documents import TestResult
    from speechops.run import Run


_DIGITS = 8  # of a key in the name of its document


def judge(run: Run, result: TestResult, leaks: Leaked) -> Judgement:
    """Judge ``result`` by the rules of today, as the n-th candidate that its test data has judged."""
    number = test_number(run, result) if result.candidate else 1
    judged = judging.judge(run.model, result, leaks, test_number=number)
    return replace(judged, result=replace(judged.result, rules=rules.fingerprint(run.model)))


def test_number(run: Run, result: TestResult) -> int:
    """Return how often this test data has judged candidates, this time included.

    A candidate keeps its number when it is judged again: its merge needs no more than its pull request did.
    What decides on a branch does not take that number from a document, which whoever runs a pull request may
    write, but from the dates that the service gave the evaluations.
    """
    if result.cause is Cause.TRAIN_DATA:
        judged = run.registry.judgements(result.model, result.test) | {result.key[:_DIGITS]}
        return len(judged - _later(run, result.key)) if len(judged) > 1 else 1
    stored = result if result.verdict else run.registry.result(result.model, result.test, result.key)
    if stored and stored.verdict:
        return stored.verdict.test_number
    return len(run.registry.judgements(result.model, result.test) | {result.key[:_DIGITS]})


def _later(run: Run, key: str) -> set[str]:
    """Return the keys, cut, of the evaluations that the service made after the one of ``key``.

    One whose evaluation is gone counts as earlier, of one that was made again the first counts.
    """
    began: dict[str, datetime] = {}
    for evaluation in run.speech.evaluations(locale=run.model.locale):
        if evaluation.created is not None and run.owns(evaluation):
            first = began.get(evaluation.fingerprint, evaluation.created)
            began[evaluation.fingerprint] = min(first, evaluation.created)
    own = began.get(key)
    return set() if own is None else {later[:_DIGITS] for later, date in began.items() if date > own}
