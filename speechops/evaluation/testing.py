"""Testing: benchmark and candidate on the same audio, by the service; the result is stored and judged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.errors import ServiceError, StillRunning
from speechops.evaluation import benchmarks, models, outlook, recognitions, repeated_tests, reuse, vocabulary
from speechops.evaluation.entities import Entities
from speechops.evaluation.judging import NO_LEAKS
from speechops.evaluation.test_spec import CompletedTest, TestSpec
from speechops.registry.documents import Cause

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.corpus import DataFile
    from speechops.evaluation.leaks import LeakSearch
    from speechops.registry.documents import ModelReference
    from speechops.registry.registry import Pointer
    from speechops.run import Run
    from speechops.speech import BaseModel

_THREADS = 16  # steps that may wait at once; each dataset, training and evaluation takes one


def test_candidate(
    run: Run,
    data: LeakSearch,
    base: BaseModel,
    pointer: Pointer | None,
    cause: Cause,
) -> CompletedTest:
    """Train a candidate from ``data.files``, compare it with the benchmark, store and judge the result.

    Leaks are searched before anything costs money, and not at all if the data was tested before.
    Raises :class:`ServiceError` as the service refuses; what a refused run made is deleted again.
    """
    training = models.training_fingerprint(run, data.files, base)
    benchmark = pointer.benchmark.reference if pointer else benchmarks.first(run, base)
    spec = TestSpec(data.test, benchmark, training, cause, data)
    if known := reuse.find(run, spec):
        return known
    benchmark, warning = benchmarks.to_beat(run, benchmark, base)
    spec = replace(spec, benchmark=benchmark)

    def trained(entities: Entities) -> ModelReference:
        vocabulary.remember(run.registry, run.model, training, data.files)
        return models.candidate_reference(entities.candidate(data.files, base, training), training)

    def expected(entities: Entities) -> str:
        return outlook.say(run, spec, data.files, trains=entities.find_candidate(training) is None)

    return replace(reuse.find(run, spec) or _test(run, spec, trained, expected), warning=warning)


def test_base_model(run: Run, test: DataFile, benchmark: ModelReference, base: BaseModel) -> CompletedTest:
    """Test a base model, untrained, beside the benchmark; store and judge the result."""
    spec = TestSpec(test, benchmark, base.id, Cause.BASE_MODEL)
    return reuse.find(run, spec) or _test(run, spec, lambda _: models.base_reference(base))


def test_benchmark(run: Run, test: DataFile, benchmark: ModelReference, cause: Cause) -> CompletedTest:
    """Test the benchmark alone on ``test`` and store the result, one that was stored before as today's."""
    spec = TestSpec(test, benchmark, "", cause)
    stored = run.registry.result(run.model.name, test.fingerprint, spec.key)
    if stored is None:
        if usual := outlook.duration(run, trains=False):
            run.console.line(usual)
        return _test(run, spec, lambda _: None)
    run.console.line(f"This data was tested before, by run {stored.run}: using the stored result.")
    judgement = repeated_tests.judge(run, reuse.of_today(run, stored, cause), NO_LEAKS)
    run.registry.store_result(judgement.result)
    return CompletedTest(judgement, trained=False, reused=(f"result {stored.name}",))


def _test(
    run: Run,
    spec: TestSpec,
    candidate: Callable[[Entities], ModelReference | None],
    beforehand: Callable[[Entities], str] = lambda _entities: "",
) -> CompletedTest:
    """Import the test data while ``candidate`` is made, let the service test, store and judge the result.

    ``beforehand`` is called before anything is made, and returns what the test is about to consume.
    """
    leaks = spec.leaks.found if spec.leaks else NO_LEAKS
    with ThreadPoolExecutor(_THREADS) as executor:
        entities = Entities(run, spec.cause, executor)
        used = beforehand(entities)
        try:
            imported = entities.dataset_later(spec.test)
            reference = candidate(entities)
            evaluation = entities.evaluation(
                spec.benchmark, reference or spec.benchmark, imported(), spec.key
            )
            result = recognitions.collect(run, spec, evaluation, reference)
        except ServiceError as error:
            entities.undo(error)
            if isinstance(error, StillRunning):
                error.trains = any(entities.found.values())
            raise
    judgement = repeated_tests.judge(run, result, leaks)
    run.registry.store_result(judgement.result)
    entities.done_with((spec.test,))
    return CompletedTest(judgement, entities.trained, tuple(entities.reused), used=used)
