"""Candidates: which of them may still be promoted, and what the benchmark becomes when one is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.errors import UsageError
from speechops.evaluation import trial
from speechops.registry.documents import Benchmark, Cause
from speechops.scoring import Action

if TYPE_CHECKING:
    from speechops.job import Job
    from speechops.registry.documents import TestResult
    from speechops.registry.registry import Pointer


def asked(job: Job, candidate: str, pointer: Pointer | None) -> Benchmark | None:
    """Return what the benchmark becomes once a person has approved a candidate that the gate left to them.

    None where there is no such candidate, where it is gone, or where its last test judged it otherwise or
    against another benchmark than today's. Raises :class:`UsageError` where the benchmark is frozen.
    """
    if pointer and pointer.benchmark.frozen:
        raise UsageError(f"The benchmark is frozen: {pointer.benchmark.frozen}", hint="Run unfreeze first.")
    result = _last_tests(job).get(candidate)
    if (
        result is None
        or trial.verdict(result).action is not Action.ASK
        or not _is_against(result, pointer)
        or trial.find_model(job, candidate) is None
    ):
        return None
    return promoted(job, result, pointer)


def awaiting(job: Job, pointer: Pointer) -> set[str]:
    """Return the candidates that may still be promoted: a person was asked, or a freeze holds them up."""
    return {
        identity
        for identity, result in _last_tests(job).items()
        if result.cause is Cause.TRAIN_DATA
        and trial.verdict(result).action in {Action.ASK, Action.PROMOTE}
        and _is_against(result, pointer)
    }


def is_tested(job: Job, candidate: str) -> bool:
    """Whether a test of the candidate with this id is stored."""
    return candidate in _last_tests(job)


def _last_tests(job: Job) -> dict[str, TestResult]:
    """Return the last test of each candidate, by the candidate's id."""
    tests = [result for result in job.registry.results(job.model.name) if result.candidate]
    tests.sort(key=lambda result: result.created)
    return {result.candidate.id: result for result in tests if result.candidate}


def _is_against(result: TestResult, pointer: Pointer | None) -> bool:
    """Whether a test judged against today's benchmark."""
    return result.benchmark.id == pointer.benchmark.reference.id if pointer else result.benchmark.base


def promoted(job: Job, result: TestResult, pointer: Pointer | None) -> Benchmark:
    """Return what the benchmark becomes once the candidate of ``result`` is promoted."""
    if result.candidate is None:
        raise AssertionError("a test without a candidate promotes nothing")
    return Benchmark(
        model=job.model.name,
        # A candidate of a pull request was trained on a commit that the merge may have left behind.
        reference=replace(result.candidate, commit=job.commit),
        result=result.name,
        error_rate=trial.error_rate(result.candidate_counts),
        test=result.test,
        moved=job.now(),
        run=job.run,
        cause=result.cause,
        previous=pointer.benchmark.reference if pointer else None,
        frozen=pointer.benchmark.frozen if pointer else "",
    )
