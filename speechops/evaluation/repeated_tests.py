"""Repeated tests: a verdict asks for more the more candidates the same test data has judged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.evaluation import judging, rules

if TYPE_CHECKING:
    from speechops.evaluation.judging import Judgement
    from speechops.evaluation.leaks import Leaked
    from speechops.registry.documents import TestResult
    from speechops.run import Run


def judge(run: Run, result: TestResult, leaks: Leaked) -> Judgement:
    """Judge ``result`` by the rules of today, as the n-th candidate that its test data has judged."""
    number = test_number(run, result) if result.candidate else 1
    judged = judging.judge(run.model, result, leaks, test_number=number)
    return replace(judged, result=replace(judged.result, rules=rules.fingerprint(run.model)))


def test_number(run: Run, result: TestResult) -> int:
    """Return how often this test data has judged candidates, this time included.

    A candidate keeps its number when it is judged again: its merge needs no more than its pull request did.
    """
    stored = result if result.verdict else run.registry.result(result.model, result.test, result.key)
    if stored and stored.verdict:
        return stored.verdict.test_number
    return len(run.registry.judgements(result.model, result.test) | {result.key[:8]})
