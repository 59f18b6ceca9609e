"""Tests that were made before: a stored result, or the service's own evaluation, in place of a new test.

What was recognized once is stored under the fingerprint of all that determines it. A later run with the same
fingerprint, such as the merge after its pull request, scores the stored text again and requests nothing from
the service.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.errors import or_none
from speechops.evaluation import judging, models, recognitions, repeated_tests
from speechops.evaluation.judging import NO_LEAKS
from speechops.evaluation.test_spec import CompletedTest
from speechops.inputs import REUSE
from speechops.registry.documents import Cause
from speechops.scoring import Action
from speechops.speech import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speechops.evaluation.test_spec import TestSpec
    from speechops.registry.documents import TestResult
    from speechops.registry.summaries import ResultSummary
    from speechops.run import Run
    from speechops.speech import Evaluation


def find(run: Run, spec: TestSpec) -> CompletedTest | None:
    """Return the test that was made before, None if it must be made.

    What decides on this branch rests on a test of this branch. The text that a pull request has stored is not
    used for it: it is fetched again from the service's own evaluation.

    A verdict that promotes, or asks for approval, is useless without its model: if that was deleted, the
    test is repeated. The result of a new base model is known without it.
    """
    results = list(run.registry.results_of(run.model.name, spec.test.fingerprint, spec.key))
    if spec.cause is Cause.TRAIN_DATA:
        alone = run.settings[REUSE] == "main"
        own = [
            result for result in results if is_evidence(run, result) and (not alone or result.run == run.id)
        ]
        if results and not own and not alone:
            return fetch_again(run, spec, results)
        results = own
    stored = next(iter(results), None)
    if stored is None or stored.candidate is None:
        return None
    leaks = spec.leaks.known(stored) if spec.leaks else NO_LEAKS
    judgement = repeated_tests.judge(run, of_today(run, stored, spec.cause), leaks)
    needed = spec.cause is not Cause.BASE_MODEL and judging.verdict(judgement.result).action in {
        Action.PROMOTE,
        Action.ASK,
    }
    if needed and not stored.candidate.base and models.find_model(run, stored.candidate.id) is None:
        return None
    run.console.line(f"This data was tested before, by run {stored.run}: using the stored result.")
    run.registry.store_result(judgement.result)
    return CompletedTest(judgement, trained=False, reused=(f"result {stored.name}",))


def of_today(run: Run, stored: TestResult, cause: Cause) -> TestResult:
    """Return a stored test as one of this run."""
    return replace(stored, cause=cause, commit=run.commit, run=run.id, created=run.now(), branch=run.branch)


def fetch_again(run: Run, spec: TestSpec, results: Sequence[TestResult]) -> CompletedTest | None:
    """Judge what the service's own evaluation of this very test recognized; None if it has none.

    The evaluation has to name the same models and test data by their fingerprints. ``results`` are the
    stored ones of this test.
    """
    for evaluation in _evaluations(run, spec, results):
        if evaluation.fingerprint != spec.key or not run.owns(evaluation):
            continue
        model = models.find_model(run, evaluation.model2.id if evaluation.model2 else "")
        if (
            evaluation.status is not Status.SUCCEEDED
            or evaluation.model1 is None
            or evaluation.model1.id != spec.benchmark.id
            or model is None
            or model.fingerprint != spec.candidate
            or not _is_of(run, evaluation.dataset_id, spec.test.fingerprint)
        ):
            continue
        run.console.line("A pull request tested this data: fetching and judging its recognized text again.")
        judgement = repeated_tests.judge(
            run,
            recognitions.collect(run, spec, evaluation, models.candidate_reference(model, spec.candidate)),
            spec.leaks.found if spec.leaks else NO_LEAKS,
        )
        run.registry.store_result(judgement.result)
        return CompletedTest(judgement, trained=False, reused=(f"evaluation {evaluation.display_name}",))
    return None


def _evaluations(run: Run, spec: TestSpec, results: Sequence[TestResult]) -> Iterator[Evaluation]:
    """Yield the evaluations that may be of a test: first those that have the names of its stored results."""
    names = {run.name(result.cause, spec.key, commit=result.commit) for result in results}
    for name in sorted(names):
        yield from run.speech.evaluations(name=name, locale=run.model.locale)
    yield from run.speech.evaluations(locale=run.model.locale)


def _is_of(run: Run, dataset: str, fingerprint: str) -> bool:
    """Whether a dataset of the service has this fingerprint; one that was deleted to make room counts."""
    found = or_none(lambda: run.speech.dataset(dataset))
    return found is None or found.fingerprint == fingerprint


def is_evidence(run: Run, result: TestResult | ResultSummary, *causes: Cause) -> bool:
    """Whether a test was made for the branch of this run, and for one of ``causes`` (``train-data``).

    A run outside of GitHub knows no branch: whoever starts it may use the tests of any.
    """
    return result.cause in (causes or (Cause.TRAIN_DATA,)) and (not run.branch or result.branch == run.branch)
