"""``train-data`` and ``compare``: train a candidate, test it beside the benchmark, decide."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.delivery import approval
from speechops.evaluation import candidates, data, judging, trial
from speechops.registry.documents import Cause, Ending, is_dirty
from speechops.registry.store import Conflict, tries
from speechops.report import decision
from speechops.run import Outcome
from speechops.scoring import Action
from speechops.upkeep import deletion, retire

if TYPE_CHECKING:
    from speechops.evaluation.trial import Trial
    from speechops.registry.documents import TestResult
    from speechops.registry.registry import Pointer
    from speechops.run import Run


def run(run: Run) -> Outcome:
    """Train and test a candidate; the benchmark moves to it if the gate lets it pass.

    A candidate that does not pass is deleted with its datasets. Where another run moved the benchmark
    meanwhile, the candidate is judged again, against the winner. Raises :class:`UsageError` on the event of a
    pull request.
    """
    approval.refuse_event(run)
    approval.refuse_branch(run)
    test, files = data.read_for_training(run.model, run.settings.tier)
    base = trial.base_model(run, files)
    training = trial.training_fingerprint(run, files, base)
    for _ in tries(f"the benchmark of {run.model.name}"):
        pointer = deletion.finish(run)
        if pointer and _is_of(run, pointer, training):
            try:
                return _already(run, _committed(run, pointer))
            except Conflict:
                continue
        tried = trial.run(run, test, files, base, pointer, Cause.TRAIN_DATA)
        verdict = judging.verdict(tried.result)
        if not verdict.promotes:
            gone = () if verdict.action is Action.ASK else retire.candidate(run, training, files, verdict)
            return replace(_outcome(tried), deletions=gone)
        if pointer and pointer.benchmark.frozen:
            return _held_up(tried, decision.frozen(pointer.benchmark.frozen))
        if run.withheld:
            return _held_up(tried, run.withheld)
        try:
            run.registry.move_benchmark(candidates.promoted(run, tried.result, pointer), pointer=pointer)
        except Conflict:
            run.console.line("Another run moved the benchmark meanwhile: judging against the new one.")
            continue
        return _outcome(tried)
    raise AssertionError  # the tries end in a return or an error


def compare(run: Run) -> Outcome:
    """Train and test a candidate for a pull request: nothing moves, the candidate is kept for the merge."""
    test, files = data.read_for_training(run.model, run.settings.tier)
    base = trial.base_model(run, files)
    pointer = run.registry.benchmark(run.model.name)
    if pointer and _is_of(run, pointer, trial.training_fingerprint(run, files, base)):
        return _already(run, pointer)
    tried = trial.run(run, test, files, base, pointer, Cause.PULL_REQUEST)
    if pointer and pointer.benchmark.frozen and judging.verdict(tried.result).promotes:
        return _held_up(tried, decision.frozen(pointer.benchmark.frozen))  # as its merge would end
    return _outcome(tried)


def _is_of(run: Run, pointer: Pointer, training: str) -> bool:
    """Whether the benchmark was trained from what has the fingerprint ``training``, and still stands."""
    reference = pointer.benchmark.reference
    return reference.training == training and not trial.ended(run, reference)


def _committed(run: Run, pointer: Pointer) -> Pointer:
    """Return the benchmark with the commit of this run, if it was trained before its data was committed.

    Raises :class:`Conflict` if another run moved it.
    """
    benchmark = pointer.benchmark
    if not is_dirty(benchmark.reference.commit) or not run.commit or is_dirty(run.commit):
        return pointer
    reference = replace(benchmark.reference, commit=run.commit)
    moved = replace(benchmark, reference=reference, commit=run.commit)
    return run.registry.move_benchmark(moved, pointer=pointer)


def _held_up(tried: Trial, reason: str) -> Outcome:
    """Return the outcome of a candidate that passed and may not be promoted now; it is kept for later."""
    outcome = _outcome(tried)
    return replace(
        outcome,
        message=f"{outcome.message} {reason}",
        outputs={**outcome.outputs, "improved": "false"},
        ending=Ending.NOT_PROMOTED,
    )


def _already(run: Run, pointer: Pointer) -> Outcome:
    """Answer a run whose training data the benchmark was trained from, such as a re-run after success."""
    result = run.registry.result_named(pointer.benchmark.result)
    benchmark = pointer.benchmark.reference
    return Outcome(
        f"{benchmark.name} was trained from this data and is the benchmark: nothing to train.",
        {
            "candidate": benchmark.id,
            "improved": "true",
            "verdict": _word(result),
            "decision": Action.PROMOTE,
            "result": pointer.benchmark.result,
        },
        result=result,
        reused=(f"model {benchmark.name}",),
    )


def _word(result: TestResult | None) -> str:
    return str((result.verdict or {}).get("outcome", "")) if result else ""


def _outcome(tried: Trial) -> Outcome:
    result = tried.result
    verdict = judging.verdict(result)
    before, after = judging.error_rate(result.benchmark_counts), judging.error_rate(result.candidate_counts)
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
