"""``compare``: train and test a candidate for a pull request; nothing moves, the candidate is kept."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.errors import PlatformError, SpeechOpsError
from speechops.evaluation import data, judging, models, reporting, testing
from speechops.operations import train_data
from speechops.pull_request import check as checks
from speechops.registry.documents import Cause
from speechops.report import decision

if TYPE_CHECKING:
    from speechops.github.checks import Check
    from speechops.run import Outcome, Run


def run(run: Run) -> Outcome:
    """Compare a pull request's candidate with the benchmark, with a check on its commit from start to end."""
    outcome = None
    try:
        with ExitStack() as stack:
            check = checks.begin(run, stack)
            outcome = _with_check(run, check)
    except PlatformError as error:
        if outcome is None:
            raise
        run.console.line(f"The check could not be completed: {error} The post step tries again.")
    return outcome


def _with_check(run: Run, check: Check | None) -> Outcome:
    try:
        outcome = _compare(run)
    except SpeechOpsError as error:
        if check is not None:
            checks.complete_with_error(check, error, run)
        raise
    if outcome.result is None:
        return outcome
    reported = replace(outcome, report=reporting.of_run(run, outcome.result))
    if check is not None:
        checks.complete(check, reported, run)
    return reported


def _compare(run: Run) -> Outcome:
    test, files = data.read_for_training(run.model, run.settings.tier)
    base = models.base_model(run, files)
    pointer = run.registry.benchmark(run.model.name)
    if pointer and train_data.is_trained_from(run, pointer, models.training_fingerprint(run, files, base)):
        return train_data.already_promoted(run, pointer)
    completed = testing.test_candidate(run, test, files, base, pointer, Cause.PULL_REQUEST)
    if pointer and pointer.benchmark.frozen and judging.verdict(completed.result).promotes:
        # as its merge would end
        return train_data.blocked(completed, decision.frozen(pointer.benchmark.frozen))
    return train_data.outcome(completed)
