"""Candidates: which of them may still be promoted, on which evidence, and what the benchmark then becomes.

Evidence is a test that ``train-data`` has made for the branch of this run. A pull request's test lends its
recognitions to that test (see :mod:`.reuse`), never its verdict.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.errors import Place, UsageError
from speechops.evaluation import data, judging, models, reuse, rules
from speechops.registry.documents import Benchmark, Cause, is_dirty
from speechops.scoring import Action

if TYPE_CHECKING:
    from speechops.registry.documents import ModelReference, TestResult
    from speechops.registry.registry import Pointer
    from speechops.registry.summaries import ResultSummary
    from speechops.run import Run

_AGAIN = "Run train-data: the candidate is judged again, and not trained again."


class Superseded(Exception):
    """The candidate could have been promoted, but the benchmark has moved since; the text says how."""


def approved(run: Run, candidate: str, pointer: Pointer | None) -> Benchmark:
    """Return what the benchmark becomes once a person has approved a candidate that the gate left to them.

    Raises :class:`Superseded` if it was judged against an older benchmark, or promoted before; and
    :class:`UsageError` if the benchmark is frozen, if no run of this branch has judged the candidate, if the
    gate refused it, or if today's test data or rules are not those that it was judged by.
    """
    result = evidence(run, candidate)
    if pointer and pointer.benchmark.frozen:
        raise UsageError(f"The benchmark is frozen: {pointer.benchmark.frozen}", hint="Run unfreeze first.")
    verdict = judging.verdict(result)
    if verdict.action is Action.FAIL:
        raise UsageError(
            f"The candidate {candidate} was rejected by the gate in run {result.run}: {verdict.sentence()}",
            hint="Nothing is deployed. Change the training data, or the gate by a reviewed commit.",
            place=Place(input="candidate"),
        )
    if not _is_against(result, pointer):
        raise Superseded(f"it was judged against {result.benchmark.name}")
    if verdict.action is not Action.ASK:
        raise Superseded("its own run promoted it, or a freeze blocked it; train-data decides again")
    _refuse_outdated(run, result, pointer)
    if models.find_model(run, candidate) is None:
        raise UsageError(f"The model of the candidate {candidate} is gone from the service.", hint=_AGAIN)
    return promoted(run, result, pointer)


def identified(run: Run, named: str, pointer: Pointer | None) -> str:
    """Return the id of the candidate that an id or a name stands for; what no test names stays as it is.

    Raises :class:`UsageError` if several candidates have the name.
    """
    known = [test.candidate for test in run.registry.tests(run.model.name) if test.candidate]
    known += [pointer.benchmark.reference] if pointer else []
    if not named or any(reference.id == named for reference in known):
        return named
    ids = sorted({reference.id for reference in known if reference.name == named})
    if len(ids) > 1:
        raise UsageError(
            f"candidate: {len(ids)} models are called {named}: {', '.join(ids)}.",
            hint="Name the id of the one that is approved.",
            place=Place(input="candidate"),
        )
    return ids[0] if ids else named


def evidence(run: Run, candidate: str) -> TestResult:
    """Return the last test of a candidate that counts. Raises :class:`UsageError` if there is none."""
    tests = run.registry.tests(run.model.name)
    known = [test for test in tests if test.candidate and test.candidate.id == candidate]
    own = [test for test in known if reuse.is_evidence(run, test)]
    result = run.registry.result_named(own[-1].name) if own else None
    if result is not None:
        return result
    place = Place(input="candidate")
    if not known:
        raise UsageError(
            f"candidate: no test of a model with the id or name {candidate} is stored.",
            hint="Take it from the outputs of train-data, or omit it to deploy the benchmark.",
            place=place,
        )
    last = known[-1]
    where = f" on branch {last.branch}" if last.branch else ""
    raise UsageError(
        f"The candidate {candidate} has only been judged by a {last.cause} run{where} ({last.run}), which "
        "promotes nothing here.",
        hint="Merge the data: train-data then judges the candidate with this branch's gate.",
        place=place,
    )


def pending(run: Run, pointer: Pointer) -> set[str]:
    """Return the candidates that may still be promoted: approval is pending, or a freeze blocks them.

    Tests of pull requests and of other branches change nothing here.
    """
    return {
        identity
        for identity, test in _last_tests(run).items()
        if test.action in {Action.ASK, Action.PROMOTE} and _is_against(test, pointer)
    }


def promoted(run: Run, result: TestResult, pointer: Pointer | None) -> Benchmark:
    """Return what the benchmark becomes once the candidate of ``result`` is promoted.

    ``result`` was made by ``train-data`` on its commit, so that commit holds the data; the model itself may
    have been trained from another with the same data, such as that of a pull request.
    """
    if result.candidate is None:
        raise AssertionError("a test without a candidate promotes nothing")
    return Benchmark(
        model=run.model.name,
        reference=_committed(result.candidate, result.commit),
        result=result.name,
        error_rate=judging.verdict(result).comparison.candidate.error_rate,
        test=result.test,
        moved=run.now(),
        run=run.id,
        cause=result.cause,
        previous=pointer.benchmark.reference if pointer else None,
        frozen=pointer.benchmark.frozen if pointer else "",
        commit=result.commit,
    )


def _committed(candidate: ModelReference, commit: str) -> ModelReference:
    """Return the candidate with a commit that holds its data, if it was trained before that was committed."""
    return replace(candidate, commit=commit) if is_dirty(candidate.commit) else candidate


def _refuse_outdated(run: Run, result: TestResult, pointer: Pointer | None) -> None:
    """Raise :class:`UsageError` if the test data or the rules have changed since ``result``.

    Both as the checkout has them and as later runs of this branch have: a job that was approved late has the
    checkout of its own commit.
    """
    tests = run.registry.tests(run.model.name)
    later = [test for test in tests if reuse.is_evidence(run, test, Cause.TRAIN_DATA, Cause.TEST_DATA)]
    newest = pointer.benchmark.test if pointer else ""
    known = {result.test} if newest == result.test else {test.test for test in later[-1:]}
    today = data.read_for_test(run.model, run.settings.tier).fingerprint
    changed = "test data" if known | {today} != {result.test} else ""
    if result.rules != rules.fingerprint(run.model):
        changed = "gate" if not changed else "gate and test data"
    if changed:
        raise UsageError(
            f"The candidate was judged in run {result.run} with different {changed}.", hint=_AGAIN
        )


def _last_tests(run: Run) -> dict[str, ResultSummary]:
    """Return the last test of each candidate that counts as evidence, by the candidate's id."""
    tests = run.registry.tests(run.model.name)
    return {test.candidate.id: test for test in tests if test.candidate and reuse.is_evidence(run, test)}


def _is_against(test: TestResult | ResultSummary, pointer: Pointer | None) -> bool:
    """Whether a test judged against today's benchmark."""
    return test.benchmark.id == pointer.benchmark.reference.id if pointer else test.benchmark.base
