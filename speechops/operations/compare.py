"""``compare``: train and test a candidate for a pull request; the benchmark stays, the candidate is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.delivery import inner_loop
from speechops.evaluation import data, judging, models, testing
from speechops.evaluation.leaks import LeakSearch
from speechops.operations import train_data
from speechops.pull_request import check
from speechops.registry.documents import Cause
from speechops.report import decision
from speechops.upkeep import inner_loop as cleanup

if TYPE_CHECKING:
    from speechops.run import Outcome, Run


def run(run: Run) -> Outcome:
    """Compare a pull request's candidate with the benchmark, with a check on its commit from start to end."""
    return check.with_check(run, _compare, "Training and testing the candidate")


def _compare(run: Run) -> Outcome:
    test, files = data.read_for_training(run.model, run.settings.tier)
    base = models.base_model(run, files)
    pointer = run.registry.benchmark(run.model.name)
    if pointer and run.settings.developer_endpoint:
        pointer = inner_loop.with_benchmark(run, pointer)
    if pointer and train_data.is_trained_from(run, pointer, models.training_fingerprint(run, files, base)):
        return train_data.already_promoted(run, pointer, test)
    completed = testing.test_candidate(run, LeakSearch(run, test, files), base, pointer, Cause.PULL_REQUEST)
    if run.settings.developer_endpoint:
        cleanup.delete_earlier(run, completed.result)
    if pointer and pointer.benchmark.frozen and judging.verdict(completed.result).promotes:
        # as its merge would
        return train_data.blocked(completed, decision.frozen(pointer.benchmark.frozen))
    return train_data.outcome(completed)
