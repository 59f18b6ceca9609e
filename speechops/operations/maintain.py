"""``maintain``: nightly care for what time does to models, and for what killed runs left behind.

If a part fails, it becomes a warning and the next part begins; only what is decided is changed.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops import costs
from speechops.delivery import approval, copies, distribution, publication
from speechops.delivery.endpoint import Target
from speechops.errors import (
    DataError,
    PlatformError,
    ServiceError,
    ServiceUnavailable,
    StoreError,
    UsageError,
)
from speechops.evaluation import candidates, data, judging, testing
from speechops.evaluation.leaks import LeakSearch
from speechops.inputs import (
    DELETE,
    EXPIRY_DAYS,
    KEEP_DAYS,
    KEEP_MODELS,
    MAINTENANCE_ISSUE,
    NEW_BASE_MODEL,
    OLD_BENCHMARK,
    PRICES,
)
from speechops.operations import unfinished
from speechops.planning import judged
from speechops.registry.documents import Cause, Ending
from speechops.run import Outcome
from speechops.scoring import counted
from speechops.speech import Model, choose_base_model
from speechops.upkeep import ageing, capacity, deletion, history, issue, retention

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from speechops.corpus import DataFile
    from speechops.registry.documents import Benchmark, Deletion, Release
    from speechops.registry.registry import Pointer
    from speechops.run import Run
    from speechops.speech import BaseModel, Endpoint
    from speechops.upkeep.retention import Listing

_OF_TEMPLATE = re.compile(r"endpoint_[0-9a-f]{7,40}")


@dataclass(slots=True)
class Maintenance:
    """One maintenance of one model: notes and warnings so far, and what was deleted."""

    run: Run
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    deletions: tuple[Deletion, ...] = ()

    @contextmanager
    def part(self, title: str) -> Iterator[None]:
        """Turn errors in one part into a warning."""
        try:
            yield
        except ServiceUnavailable:
            raise
        except (ServiceError, UsageError, DataError, PlatformError, StoreError) as error:
            self.warnings.append(f"{title}: {error}")


def run(run: Run) -> Outcome:
    """Maintain one model: unfinished work, expiry, endpoint, newer base model, retention, issue."""
    approval.refuse_event(run)
    maintenance = Maintenance(run)
    deletion.finish(run)
    with maintenance.part("unfinished training"):
        note, warning = unfinished.complete_training(run)
        maintenance.notes += filter(None, [note])
        maintenance.warnings += filter(None, [warning])
    with maintenance.part("expiry"):
        check_dates(maintenance)
    with maintenance.part("targets"):
        check_targets(maintenance)
    with maintenance.part("releases on GitHub"):
        maintenance.warnings += publication.complete(run)
    with maintenance.part("newer base model"):
        check_base_model(maintenance)
    with maintenance.part("retention"):
        delete_unused(maintenance)
    with maintenance.part("history"):
        if trimmed := history.trim(run):
            maintenance.notes.append(f"{trimmed} documents older than two years were deleted.")
    warnings = tuple(maintenance.warnings)
    if run.settings[MAINTENANCE_ISSUE] and run.platform is not None:
        with maintenance.part("issue"):
            issue.keep(run.platform.github, run.model.name, warnings)
    gone = sum(item.done for item in maintenance.deletions)
    notes = [*maintenance.notes, f"{len(maintenance.warnings)} warnings, {gone} entities deleted."]
    return Outcome(
        f"{run.model.name}: " + " ".join(notes),
        {"warnings": str(len(maintenance.warnings)), "deletions": str(gone)},
        warnings=tuple(maintenance.warnings),
        deletions=maintenance.deletions,
    )


def check_dates(maintenance: Maintenance) -> None:
    """Warn about a benchmark that expires or is gone."""
    run = maintenance.run
    pointer = run.registry.benchmark(run.model.name)
    if pointer is not None:
        dated, wrong = ageing.of_benchmark(run.speech, pointer.benchmark)
        maintenance.warnings += wrong
        maintenance.warnings += ageing.warnings(dated, run.settings[EXPIRY_DAYS], run.speech.now())


def check_targets(maintenance: Maintenance) -> None:
    """Compare what each target serves with the last release; a target that does not answer is one warning."""
    run = maintenance.run
    releases = run.registry.releases(run.model.name)
    deployment = unfinished.deployment(run)
    if deployment is not None:
        maintenance.warnings.append(
            f"Run {deployment.id} has not completed its {deployment.operation}: run {deployment.operation} "
            "again, which continues it."
        )
    pointer = run.registry.benchmark(run.model.name)
    if pointer and (waiting := judged.undeployed(run.registry, pointer.benchmark, now=run.speech.now())):
        maintenance.warnings.append(waiting)
    last = releases[-1] if releases else None
    targets = Target.all(run)
    if last is not None and distribution.is_partial(targets, last):
        maintenance.warnings.append(
            f"Release {last.version} is partial: {', '.join(last.unserved)} does not serve it. Run "
            f"{last.kind} again, which continues it."
        )
    in_progress = deployment is not None
    for target in targets:
        if not target.name:
            check_target(maintenance, target, releases, in_progress=in_progress)
            continue
        try:
            check_target(maintenance, target, releases, in_progress=in_progress)
        except ServiceError as error:
            maintenance.warnings.append(f"Target {target.name}: {error}")
    if not any(target.trains for target in targets):
        # It may have served before there were targets.
        check_endpoints(
            maintenance, Target(run, run.speech), run.speech.endpoints(), last, in_progress=in_progress
        )


def check_target(
    maintenance: Maintenance, target: Target, releases: Sequence[Release], *, in_progress: bool
) -> None:
    """Warn about what expires, is gone, or serves another model than was released, in one target."""
    run = maintenance.run
    now = run.speech.now()
    last = releases[-1] if releases else None
    row = last.at(target.name) if last else None
    endpoints = target.client.endpoints()
    if last is not None and row is not None and row.model:
        dated, wrong = ageing.of_target(target.client, last, row, endpoints, now)
        maintenance.warnings += wrong
        maintenance.warnings += ageing.warnings(dated, run.settings[EXPIRY_DAYS], now)
    check_endpoints(maintenance, target, endpoints, last, in_progress=in_progress)
    if not target.trains:
        maintenance.notes += copies.unused(target, releases, endpoints, now)


def check_endpoints(
    maintenance: Maintenance,
    target: Target,
    endpoints: Sequence[Endpoint],
    last: Release | None,
    *,
    in_progress: bool,
) -> None:
    """Warn about endpoints of one resource that lost their marks, or that the last release does not use.

    It uses those that it names, whatever the target was called then.
    """
    run, where = maintenance.run, target.where
    used = {row.endpoint for row in last.rows} if last else set()
    if last is not None:
        maintenance.warnings += [
            f"Endpoint {endpoint.id}{where} of release {last.version} lost its custom properties, "
            "perhaps to another tool; the next deployment or rollback restores them."
            for endpoint in endpoints
            if endpoint.id in used and not run.owns(endpoint) and not target.endpoint_id
        ]
    unused = [endpoint for endpoint in endpoints if run.owns(endpoint) and endpoint.id not in used]
    cost = f"costs money for {costs.of_endpoints(1, run.settings[PRICES])}"
    advice = (
        f"{cost} meanwhile."
        if in_progress
        else f"was created by SpeechOps, {cost}, and no release uses it: delete it if nobody needs it."
    )
    maintenance.warnings += [f"Endpoint {endpoint.id}{where} {advice}" for endpoint in unused]
    if target.trains and run.model[OLD_BENCHMARK] != "none":
        maintenance.warnings += template_endpoints(run, endpoints, kept={*used, target.endpoint_id})


def template_endpoints(run: Run, endpoints: Sequence[Endpoint], *, kept: Collection[str]) -> Iterator[str]:
    """Yield a warning about the endpoints that Microsoft's template left in a fork's Speech resource.

    It made one for each release, named ``endpoint_`` and a commit, and deleted none.
    """
    old = [
        f"{endpoint.display_name} ({endpoint.id})"
        for endpoint in endpoints
        if _OF_TEMPLATE.fullmatch(endpoint.display_name)
        and endpoint.locale == run.model.locale
        and endpoint.id not in kept
    ]
    if old:
        yield (
            f"The template's releases left {counted(len(old), 'endpoint')}, and each costs money for "
            f"{costs.of_endpoints(1, run.settings[PRICES])}: {', '.join(old)}. Delete those that no "
            "application uses."
        )


def check_base_model(maintenance: Maintenance) -> None:
    """Test a newer base model against the benchmark, or train a candidate from it, according to the input."""
    run = maintenance.run
    pointer = run.registry.benchmark(run.model.name)
    if pointer is None or run.model.test_data is None:
        return
    newest = newest_base_model(run)
    if newest.id == base_of(run, pointer.benchmark):
        return
    finding = f"Base model {newest.display_name} is newer than that of the benchmark"
    action = run.settings[NEW_BASE_MODEL]
    if action == "report":
        maintenance.notes.append(f"{finding}.")
        return
    if action == "train" and run.model.training:
        test, files = data.read_for_training(run.model, run.settings.tier)
        completed = testing.test_candidate(
            run, LeakSearch(run, test, files), newest, pointer, Cause.BASE_MODEL
        )
        kept = completed.result.candidate.name if completed.result.candidate else ""
        maintenance.notes.append(
            f"{finding}; candidate {kept} was trained from it: {judging.verdict(completed.result).sentence()}"
        )
    else:
        test = data.read_for_test(run.model, run.settings.tier)
        completed = testing.test_base_model(run, test, pointer.benchmark.reference, newest)
        maintenance.notes.append(
            f"{finding}; tested untrained: {judging.verdict(completed.result).sentence()}"
        )
    maintenance.notes.append("Run train-data to train from it and decide." if run.model.training else "")


def newest_base_model(run: Run) -> BaseModel:
    """Return the newest base model that the model's data can be used with, regardless of pins."""
    kinds = tuple(file.kind for file in run.model.training)
    base_models = run.speech.base_models(locale=run.model.locale)
    return choose_base_model(base_models, locale=run.model.locale, kinds=kinds, today=run.speech.now())


def base_of(run: Run, benchmark: Benchmark) -> str:
    """Return the id of the base model of the benchmark, which may be one itself; empty if it is gone."""
    if benchmark.reference.base:
        return benchmark.reference.id
    model = run.speech.find_model(benchmark.reference.id, base=False)
    return model.base_model_id if isinstance(model, Model) else ""


def delete_unused(maintenance: Maintenance) -> None:
    """Delete what may be deleted: what an earlier run listed, everything, or nothing, as configured."""
    run = maintenance.run
    current = _current(run)
    due = _due(run)
    policy = retention.Policy(run.settings[KEEP_MODELS], run.settings[KEEP_DAYS], run.speech.now())

    def choose(
        pointer: Pointer | None, listing: Listing, referenced: AbstractSet[str]
    ) -> tuple[Deletion, ...]:
        capacities = capacity.warnings(listing, run.settings.tier)
        maintenance.warnings += [text for text in capacities if text not in maintenance.warnings]
        if pointer is None:
            maintenance.notes.append("No benchmark yet: nothing is deleted.")
            return ()
        kept = referenced | candidates.pending(run, pointer)
        return retention.choose(run.owns, listing, pointer.benchmark, kept, current, policy)

    maintenance.deletions = deletion.sweep(run, choose, lambda item: due is None or item.id in due)
    for item in maintenance.deletions:
        act = "deleted" if item.done else "may be deleted"
        run.console.line(f"{act}: {item.noun} {item.name} ({item.id}): {item.reason}")


def _due(run: Run) -> frozenset[str] | None:
    """Return the ids that may be deleted now, None for all: on first use none has been listed."""
    if run.settings[DELETE] == "at-once":
        return None
    if run.settings[DELETE] == "never":
        return frozenset()
    for record in run.registry.latest_runs(run.model.name, "maintain", now=run.speech.now()):
        if record.ending is Ending.DONE:
            return frozenset(item.id for item in record.deletions)
    return frozenset()


def _current(run: Run) -> frozenset[str]:
    """Return the fingerprints of all data files as they are now."""
    read = data.read(run.model, run.settings.tier)
    files: tuple[DataFile, ...] = (read.test, *read.training) if read.test else read.training
    return frozenset(file.fingerprint for file in files)
