"""``deploy``: deploys the approved candidate to each target, checks its endpoint, and records one release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.delivery import approval, distribution, publication, records, smoke_test
from speechops.delivery.endpoint import Target
from speechops.errors import Place, UsageError
from speechops.evaluation import candidates, rules
from speechops.inputs import ALLOW_DIRTY, CANDIDATE
from speechops.registry.documents import is_dirty, short
from speechops.registry.store import Conflict, tries
from speechops.run import Outcome, percent
from speechops.upkeep import deletion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.delivery.approval import Approval
    from speechops.github.entities import Release as GitHubRelease
    from speechops.registry.documents import Benchmark
    from speechops.registry.registry import Pointer
    from speechops.run import Run


def run(run: Run) -> Outcome:
    """Deploy the benchmark, or the candidate that a person has approved.

    Raises :class:`UsageError` if there is nothing to deploy or the candidate cannot be promoted,
    :class:`PlatformError` if an approval is missing, and :class:`WorkFailed` if the endpoint does not answer
    as the model did in its test; the endpoint is then restored. If some targets serve
    the model and others do not, the release is partial, and its error says so.
    """
    approval.refuse_event(run)
    targets = Target.all(run)
    try:
        benchmark, approved = promote(run)
    except candidates.Superseded as reason:
        # An earlier attempt of this run may have been killed with its model on an endpoint.
        return _superseded(targets, run.settings[CANDIDATE], str(reason))
    if approved.draft:
        return _waiting(approved.draft, benchmark.reference.id)
    result = run.registry.result_named(benchmark.result)
    delivered = distribution.deliver(targets, benchmark.reference, smoke_test.sample(run, result))
    release = records.add(run, benchmark, delivered, approved.approver)
    if release is None:
        distribution.take_back(delivered)
        return _superseded(targets, benchmark.reference.id, "the benchmark has moved meanwhile")
    distribution.complete(delivered, release)
    warnings = publication.complete(run)
    approver = f", approved by {release.approver}" if release.approver else ""
    return Outcome(
        f"Release {release.version}: {distribution.served(release)} {benchmark.reference.name} "
        f"({rules.rate_label(run.model)} {percent(benchmark.error_rate)}){approver}.",
        {
            "deployed": "false" if release.unserved else "true",
            "endpoint-id": release.endpoint,
            "version": release.version,
            "candidate": benchmark.reference.id,
        },
        result=result,
        warnings=warnings,
        error=distribution.failure(delivered, release),
    )


def promote(run: Run) -> tuple[Benchmark, Approval]:
    """Return the benchmark to deploy, and its approval.

    The pointer moves to an approved candidate that the gate left to a person, and only after that person
    has approved. Raises as :func:`run`, and :class:`candidates.Superseded`.
    """
    for _ in tries(f"the benchmark of {run.model.name}"):
        pointer = deletion.finish(run)
        benchmark = _chosen(run, pointer)
        _refuse_dirty(run, benchmark)
        approved = approval.obtain(run, benchmark)
        if approved.draft or (pointer and pointer.benchmark == benchmark):
            return benchmark, approved
        try:
            return run.registry.move_benchmark(benchmark, pointer=pointer).benchmark, approved
        except Conflict:
            continue
    raise AssertionError  # the tries end in a return or an error


def _chosen(run: Run, pointer: Pointer | None) -> Benchmark:
    """Return the benchmark, or the new one made of the approved candidate."""
    candidate = candidates.identified(run, run.settings[CANDIDATE], pointer)
    if candidate and (pointer is None or pointer.benchmark.reference.id != candidate):
        return candidates.approved(run, candidate, pointer)
    if pointer is None or pointer.benchmark.reference.base:
        raise UsageError(
            f"The model {run.model.name} has nothing to deploy: no trained model is the benchmark yet.",
            hint="Run train-data first.",
        )
    return pointer.benchmark


def _refuse_dirty(run: Run, benchmark: Benchmark) -> None:
    """Raise :class:`UsageError` for a model trained from uncommitted data, unless that is allowed."""
    if not is_dirty(benchmark.reference.commit) or run.settings[ALLOW_DIRTY]:
        return
    raise UsageError(
        f"Not deployed: {benchmark.reference.name} was trained from uncommitted data, at "
        f"{short(benchmark.reference.commit)}.",
        hint="Commit the data and run train-data again, or set allow-dirty: true.",
        place=Place(input="allow-dirty"),
    )


def _waiting(draft: GitHubRelease, candidate: str) -> Outcome:
    """Report that a person has to publish the release."""
    return Outcome(
        f"The draft release {draft.tag} has to be published by a person; then deploy puts its model on the "
        f"endpoint. {draft.url}",
        {"deployed": "false", "candidate": candidate},
    )


def _superseded(targets: Sequence[Target], candidate: str, reason: str) -> Outcome:
    """Return the outcome for a superseded candidate, with endpoints and records in agreement."""
    distribution.reconcile(targets)
    warnings = publication.complete(targets[0].run)
    message = (
        f"Nothing was deployed: the candidate {candidate} is superseded ({reason}); approve the newer run."
    )
    return Outcome(message, {"deployed": "false"}, warnings=(message, *warnings))
