"""``test-data``: test the benchmark on the current test data and store its new error rate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.errors import ServiceError
from speechops.evaluation import data, rules, trial
from speechops.job import Outcome, percent
from speechops.registry.documents import Benchmark, Cause
from speechops.registry.store import Conflict

if TYPE_CHECKING:
    from speechops.job import Job
    from speechops.registry.documents import ModelReference


def run(job: Job) -> Outcome:
    """Test the benchmark, or the base model where there is none, and store its numbers.

    Raises :class:`ServiceError` where the benchmark is gone or has expired.
    """
    test = data.read_for_test(job.model, job.settings.speech.tier)
    while True:
        pointer = job.registry.benchmark(job.model.name)
        reference = pointer.benchmark.reference if pointer else first(job)
        if pointer and (end := trial.ended(job, reference)):
            raise ServiceError(
                f"The benchmark {reference.name} {end}: it can be tested no more.",
                hint="Run train-data: its candidate is judged against the base model.",
            )
        tested = trial.run_alone(job, test, reference, Cause.TEST_DATA)
        rate = trial.error_rate(tested.result.benchmark_counts)
        numbers = Benchmark(
            model=job.model.name,
            reference=reference,
            result=tested.result.name,
            error_rate=rate,
            test=test.fingerprint,
            moved=job.now(),
            run=job.run,
            cause=Cause.TEST_DATA,
        )
        if pointer:
            numbers = replace(
                pointer.benchmark, result=numbers.result, error_rate=rate, test=numbers.test, run=job.run
            )
        try:
            job.registry.move_benchmark(numbers, pointer=pointer)
        except Conflict:
            job.console.line("Another run moved the benchmark meanwhile: testing the new one.")
            continue
        missing = len(tested.result.missing)
        silent = f", {missing:,} of its utterances without text from the service" if missing else ""
        return Outcome(
            f"{reference.name}: {rules.rate_label(job.model)} {percent(rate)} on {test.path.name}{silent}.",
            {
                "benchmark": reference.id,
                "word-error-rate": "" if rate is None else f"{rate:.6f}",
                "result": tested.result.name,
            },
            result=tested.result,
            reused=tested.reused,
        )


def first(job: Job) -> ModelReference:
    """Return the benchmark before there is one."""
    return trial.first_benchmark(job, trial.base_model(job, ()))
