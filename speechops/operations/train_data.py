"""``train-data``: train a candidate, compare it with the benchmark, decide."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.delivery import approval
from speechops.evaluation import benchmarks, candidates, data, judging, models, testing
from speechops.evaluation.leaks import LeakSearch
from speechops.registry.documents import Cause, Ending, is_dirty
from speechops.registry.store import Conflict, tries
from speechops.report import decision
from speechops.run import Outcome
from speechops.scoring import Action
from speechops.upkeep import deletion, retire

if TYPE_CHECKING:
    from speechops.corpus import DataFile
    from speechops.evaluation.test_spec import CompletedTest
    from speechops.registry.registry import Pointer
    from speechops.run import Run


def run(run: Run) -> Outcome:
    """Train and test a candidate; the benchmark moves to it if the gate lets it pass.

    A candidate that does not pass is deleted with its datasets. If another run moved the benchmark
    meanwhile, the candidate is judged again, against the winner. Raises :class:`UsageError` for a
    pull request.
    """
    approval.refuse_event(run)
    approval.refuse_branch(run)
    test, files = data.read_for_training(run.model, run.settings.tier)
    base = models.base_model(run, files)
    training = models.training_fingerprint(run, files, base)
    search = LeakSearch(run, test, files)
    for _ in tries(f"the benchmark of {run.model.name}"):
        pointer = deletion.finish(run)
        if pointer and is_trained_from(run, pointer, training):
            try:
                return already_promoted(run, _committed(run, pointer), test)
            except Conflict:
                continue
        completed = testing.test_candidate(run, search, base, pointer, Cause.TRAIN_DATA)
        verdict = judging.verdict(completed.result)
        if not verdict.promotes:
            gone = () if verdict.action is Action.ASK else retire.candidate(run, training, files, verdict)
            return replace(outcome(completed), deletions=gone)
        if pointer and pointer.benchmark.frozen:
            return blocked(completed, decision.frozen(pointer.benchmark.frozen))
        if run.withheld:
            return blocked(completed, run.withheld)
        try:
            run.registry.move_benchmark(candidates.promoted(run, completed.result, pointer), pointer=pointer)
        except Conflict:
            run.console.line("Another run moved the benchmark meanwhile: comparing with the new one.")
            continue
        return outcome(completed)
    raise AssertionError  # the attempts end in a return or an error


def is_trained_from(run: Run, pointer: Pointer, training: str) -> bool:
    """Whether the benchmark was trained from data with the fingerprint ``training``, and still exists."""
    reference = pointer.benchmark.reference
    return reference.training == training and not benchmarks.ended(run, reference)


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


def blocked(completed: CompletedTest, reason: str) -> Outcome:
    """Return the outcome of a candidate that passed but may not be promoted now; it is kept for later."""
    passed = outcome(completed)
    return replace(
        passed,
        message=f"{passed.message} {reason}",
        outputs={**passed.outputs, "improved": "false"},
        ending=Ending.NOT_PROMOTED,
    )


def already_promoted(run: Run, pointer: Pointer, test: DataFile) -> Outcome:
    """Return the outcome of a run whose training data is the benchmark's, such as a re-run after success.

    Figures of other test data than ``test`` are not shown as its own.
    """
    benchmark = pointer.benchmark.reference
    message = f"{benchmark.name} was trained from this data and is the benchmark: nothing to train."
    result = None
    if pointer.benchmark.test == test.fingerprint:
        result = run.registry.result_named(pointer.benchmark.result)
    else:
        message += " It was tested on other test data: test-data tests it on this."
    return Outcome(
        message,
        {
            "candidate": benchmark.id,
            "improved": "true",
            "verdict": result.verdict.outcome if result and result.verdict else "",
            "decision": Action.PROMOTE,
            "result": result.name if result else "",
        },
        result=result,
        reused=(f"model {benchmark.name}",),
    )


def outcome(completed: CompletedTest) -> Outcome:
    """Return the outcome of a candidate that was compared with the benchmark."""
    return replace(
        judging.outcome(completed.result),
        scores=completed.judgement.scores,
        trained=completed.trained,
        reused=completed.reused,
        warnings=(completed.warning,) if completed.warning else (),
        used=completed.used,
    )
