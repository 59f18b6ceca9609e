"""``train-data`` and ``compare``: train a candidate, test it beside the benchmark, decide."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.errors import UsageError
from speechops.operations import data, retention, retire, trial
from speechops.operations.job import Outcome
from speechops.registry.documents import Benchmark, Cause, Ending
from speechops.registry.store import Conflict
from speechops.scoring import Action

if TYPE_CHECKING:
    from speechops.operations.job import Job
    from speechops.operations.trial import Trial
    from speechops.registry.documents import TestResult
    from speechops.registry.registry import Held


def run(job: Job) -> Outcome:
    """Train and test a candidate; the benchmark moves to it if the gate lets it pass.

    A candidate that does not pass is deleted with its datasets. Where another run moved the benchmark
    meanwhile, the candidate is judged anew against the winner.
    """
    test, files = data.read_for_training(job.model, job.settings.speech.tier)
    base = trial.base_model(job, files)
    training = trial.training_fingerprint(job, files, base)
    while True:
        held = retention.finish(job)
        if held and _is_of(job, held, training):
            return _already(job, held)
        tried = trial.run(job, test, files, base, held, Cause.TRAIN_DATA)
        verdict = trial.verdict(tried.result)
        if not verdict.promotes:
            gone = () if verdict.action is Action.ASK else retire.candidate(job, training, files, verdict)
            return replace(_outcome(tried), deletions=gone)
        if held and held.benchmark.frozen:
            return _held_up(tried, held.benchmark.frozen)
        try:
            job.registry.move_benchmark(_benchmark(job, tried.result, held), held=held)
        except Conflict:
            job.console.line("Another run moved the benchmark meanwhile: judging against the new one.")
            continue
        return _outcome(tried)


def compare(job: Job) -> Outcome:
    """Train and test a candidate for a pull request: nothing moves, the candidate is kept for the merge."""
    test, files = data.read_for_training(job.model, job.settings.speech.tier)
    base = trial.base_model(job, files)
    held = job.registry.benchmark(job.model.name)
    if held and _is_of(job, held, trial.training_fingerprint(job, files, base)):
        return _already(job, held)
    tried = trial.run(job, test, files, base, held, Cause.PULL_REQUEST)
    return _outcome(tried)


def _is_of(job: Job, held: Held, training: str) -> bool:
    """Whether the benchmark was trained from what has the fingerprint ``training``, and still stands."""
    reference = held.benchmark.reference
    return reference.training == training and not trial.ended(job, reference)


def _held_up(tried: Trial, reason: str) -> Outcome:
    """Return the outcome of a candidate that passed while the benchmark is frozen; it is kept for later."""
    outcome = _outcome(tried)
    return replace(
        outcome,
        message=f"{outcome.message} The benchmark is frozen: {reason}",
        outputs={**outcome.outputs, "improved": "false"},
        ending=Ending.NOT_PROMOTED,
    )


def asked(job: Job, candidate: str, held: Held | None) -> Benchmark | None:
    """Return what the benchmark becomes once a person has approved a candidate that the gate left to them.

    None where there is no such candidate, where it is gone, or where its last test judged it otherwise or
    against another benchmark than today's. Raises :class:`UsageError` where the benchmark is frozen.
    """
    if held and held.benchmark.frozen:
        raise UsageError(f"The benchmark is frozen: {held.benchmark.frozen}", hint="Run unfreeze first.")
    result = _last_tests(job).get(candidate)
    if (
        result is None
        or trial.verdict(result).action is not Action.ASK
        or not _is_against(result, held)
        or trial.find_model(job, candidate) is None
    ):
        return None
    return _benchmark(job, result, held)


def awaiting(job: Job, held: Held) -> set[str]:
    """Return the candidates that may still be promoted: a person was asked, or a freeze holds them up."""
    return {
        identity
        for identity, result in _last_tests(job).items()
        if result.cause is Cause.TRAIN_DATA
        and trial.verdict(result).action in {Action.ASK, Action.PROMOTE}
        and _is_against(result, held)
    }


def is_tested(job: Job, candidate: str) -> bool:
    """Whether a test of the candidate with this id is stored."""
    return candidate in _last_tests(job)


def _last_tests(job: Job) -> dict[str, TestResult]:
    """Return the last test of each candidate, by the candidate's id."""
    tests = [result for result in job.registry.results(job.model.name) if result.candidate]
    tests.sort(key=lambda result: result.created)
    return {result.candidate.id: result for result in tests if result.candidate}


def _is_against(result: TestResult, held: Held | None) -> bool:
    """Whether a test judged against today's benchmark."""
    return result.benchmark.id == held.benchmark.reference.id if held else result.benchmark.base


def _benchmark(job: Job, result: TestResult, held: Held | None) -> Benchmark:
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
        previous=held.benchmark.reference if held else None,
        frozen=held.benchmark.frozen if held else "",
    )


def _already(job: Job, held: Held) -> Outcome:
    """Answer a run whose training data the benchmark was trained from, such as a re-run after success."""
    result = job.registry.result_named(held.benchmark.result)
    benchmark = held.benchmark.reference
    return Outcome(
        f"{benchmark.name} was trained from this data and is the benchmark: nothing to train.",
        {
            "candidate": benchmark.id,
            "improved": "true",
            "verdict": _word(result),
            "decision": Action.PROMOTE,
            "result": held.benchmark.result,
        },
        result=result,
        reused=(f"model {benchmark.name}",),
    )


def _word(result: TestResult | None) -> str:
    return str((result.verdict or {}).get("outcome", "")) if result else ""


def _outcome(tried: Trial) -> Outcome:
    result = tried.result
    verdict = trial.verdict(result)
    before, after = trial.error_rate(result.benchmark_counts), trial.error_rate(result.candidate_counts)
    return Outcome(
        verdict.sentence(),
        {
            "candidate": result.candidate.id if result.candidate else "",
            "improved": "true" if verdict.promotes else "false",
            "verdict": verdict.outcome,
            "decision": verdict.action,
            "benchmark-word-error-rate": "" if before is None else f"{before:.6f}",
            "word-error-rate": "" if after is None else f"{after:.6f}",
            "result": result.name,
        },
        ending=Ending.NOT_PROMOTED if verdict.action is Action.FAIL else Ending.DONE,
        result=result,
        trained=tried.trained,
        reused=tried.reused,
        warnings=(tried.warning,) if tried.warning else (),
    )
