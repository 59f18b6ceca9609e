"""``test-data``: test the benchmark on the current test data and store its new error rate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.delivery import approval
from speechops.errors import ServiceError
from speechops.evaluation import benchmarks, data, judging, models, rules, testing
from speechops.registry.documents import Benchmark, Cause
from speechops.registry.store import Conflict, tries
from speechops.run import Outcome, percent

if TYPE_CHECKING:
    from speechops.corpus import DataFile
    from speechops.registry.documents import ModelReference
    from speechops.run import Run


def run(run: Run) -> Outcome:
    """Test the benchmark, or the base model if there is none, and store its numbers.

    Raises :class:`ServiceError` if the benchmark is gone or has expired, :class:`UsageError` for a pull
    request.
    """
    approval.refuse_event(run)
    approval.refuse_branch(run)
    test = data.read_for_test(run.model, run.settings.tier)
    if run.event.baseline and (found := _newest_beside_benchmark(run, test)):
        return found
    for _ in tries(f"the benchmark of {run.model.name}"):
        pointer = run.registry.benchmark(run.model.name)
        reference = pointer.benchmark.reference if pointer else first(run)
        if pointer and (end := benchmarks.ended(run, reference)):
            raise ServiceError(
                f"The benchmark {reference.name} {end}: it can no longer be tested.",
                hint="Run train-data: its candidate is compared with the base model.",
            )
        completed = testing.test_benchmark(run, test, reference, Cause.TEST_DATA)
        rate = completed.result.benchmark_counts.error_rate
        numbers = Benchmark(
            model=run.model.name,
            reference=reference,
            result=completed.result.name,
            error_rate=rate,
            test=test.fingerprint,
            moved=run.now(),
            run=run.id,
            cause=Cause.TEST_DATA,
        )
        if pointer:
            numbers = replace(
                pointer.benchmark, result=numbers.result, error_rate=rate, test=numbers.test, run=run.id
            )
        try:
            if not run.withheld:
                run.registry.move_benchmark(numbers, pointer=pointer)
        except Conflict:
            run.console.line("Another run moved the benchmark meanwhile: testing the new one.")
            continue
        missing = len(completed.result.missing)
        silent = f", {missing:,} of its utterances without text from the service" if missing else ""
        return Outcome(
            f"{reference.name}: {rules.rate_label(run.model)} {percent(rate)} on {test.path.name}{silent}.",
            {
                "benchmark": reference.id,
                judging.rate_output(rules.measure(run.model).unit): judging.fraction(rate),
                **judging.character_outputs(completed.result),
                "result": completed.result.name,
            },
            result=completed.result,
            scores=completed.judgement.scores,
            reused=completed.reused,
            warnings=(run.withheld,) if run.withheld else (),
        )
    raise AssertionError  # the attempts end in a return or an error


def _newest_beside_benchmark(run: Run, test: DataFile) -> Outcome | None:
    """Test the newest base model, untrained, against the benchmark, on request by a tag; nothing moves.

    None if the benchmark is that model, or if there is none yet: then its test makes it the benchmark.
    """
    pointer = run.registry.benchmark(run.model.name)
    if pointer is None:
        return None
    newest = models.base_model(run, ())
    reference = pointer.benchmark.reference
    if newest.id == reference.id or benchmarks.ended(run, reference):
        return None
    completed = testing.test_base_model(run, test, reference, newest)
    verdict = judging.verdict(completed.result)
    rate = verdict.comparison.candidate.error_rate
    return Outcome(
        f"Base model {newest.display_name}, untrained: {verdict.sentence()}",
        {
            "benchmark": reference.id,
            judging.rate_output(rules.measure(run.model).unit): judging.fraction(rate),
            "result": completed.result.name,
        },
        result=completed.result,
        scores=completed.judgement.scores,
        reused=completed.reused,
    )


def first(run: Run) -> ModelReference:
    """Return the benchmark before there is one."""
    return benchmarks.first(run, models.base_model(run, ()))
