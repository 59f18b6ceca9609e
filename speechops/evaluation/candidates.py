"""Candidates: which of them may still be promoted, and what the benchmark becomes when one is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.errors import UsageError
from speechops.evaluation import trial
from speechops.registry.documents import Benchmark, Cause
from speechops.scoring import Action

if TYPE_CHECKING:
    from speechops.registry.documents import TestResult
    from speechops.registry.registry import Pointer
    from speechops.run import Run


def asked(run: Run, candidate: str, pointer: Pointer | None) -> Benchmark | None:
    """Return what the benchmark becomes once a person has approved a candidate that the gate left to them.

    None where there is no such candidate, where it is gone, or where its last test judged it otherwise or
    against another benchmark than today's. Raises :class:`UsageError` where the benchmark is frozen.
    """
    if pointer and pointer.benchmark.frozen:
        raise UsageError(f"The benchmark is frozen: {pointer.benchmark.frozen}", hint="Run unfreeze first.")
    result = _last_tests(run).get(candidate)
    if (
        result is None
        or trial.verdict(result).action is not Action.ASK
        or not _is_against(result, pointer)
        or trial.find_model(run, candidate) is None
    ):
        return None
    return promoted(run, result, pointer)


def awaiting(run: Run, pointer: Pointer) -> set[str]:
    """Return the candidates that may still be promoted: a person was asked, or a freeze holds them up."""
    return {
        identity
        for identity, result in _last_tests(run).items()
        if result.cause is Cause.TRAIN_DATA
        and trial.verdict(result).action in {Action.ASK, Action.PROMOTE}
        and _is_against(result, pointer)
    }


def is_tested(run: Run, candidate: str) -> bool:
    """Whether a test of the candidate with this id is stored."""
    return candidate in _last_tests(run)


def _last_tests(run: Run) -> dict[str, TestResult]:
    """Return the last test of each candidate, by the candidate's id."""
    tests = [result for result in run.registry.results(run.model.name) if result.candidate]
    tests.sort(key=lambda result: result.created)
    return {result.candidate.id: result for result in tests if result.candidate}


def _is_against(result: TestResult, pointer: Pointer | None) -> bool:
    """Whether a test judged against today's benchmark."""
    return result.benchmark.id == pointer.benchmark.reference.id if pointer else result.benchmark.base


def promoted(run: Run, result: TestResult, pointer: Pointer | None) -> Benchmark:
    """Return what the benchmark becomes once the candidate of ``result`` is promoted."""
    if result.candidate is None:
        raise AssertionError("a test without a candidate promotes nothing")
    return Benchmark(
        model=run.model.name,
        # A candidate of a pull request was trained on a commit that the merge may have left behind.
        reference=replace(result.candidate, commit=run.commit),
        result=result.name,
        error_rate=trial.error_rate(result.candidate_counts),
        test=result.test,
        moved=run.now(),
        run=run.id,
        cause=result.cause,
        previous=pointer.benchmark.reference if pointer else None,
        frozen=pointer.benchmark.frozen if pointer else "",
    )
