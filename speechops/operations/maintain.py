"""``maintain``: what time does to models, and what runs that died have left, seen to every night.

A part that fails becomes a warning and the next part begins; only what is decided is changed.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from speechops.errors import DataError, PlatformError, ServiceError, ServiceUnavailable, UsageError
from speechops.evaluation import candidates, data, trial
from speechops.operations import train_data
from speechops.registry.documents import Cause, Ending
from speechops.run import Outcome
from speechops.speech import choose_base_model
from speechops.upkeep import ageing, issue, retention

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from speechops.corpus import DataFile
    from speechops.registry.documents import Benchmark, Deletion
    from speechops.registry.registry import Pointer
    from speechops.run import Run
    from speechops.speech import BaseModel
    from speechops.upkeep.retention import Listing

_UNFINISHED = frozenset({None, Ending.STILL_RUNNING, Ending.INTERRUPTED})


@dataclass(slots=True)
class Rounds:
    """One maintenance of one model: what was said so far, and what was deleted."""

    run: Run
    said: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    deletions: tuple[Deletion, ...] = ()

    @contextmanager
    def part(self, title: str) -> Iterator[None]:
        """Turn what goes wrong in one part into a warning."""
        try:
            yield
        except ServiceUnavailable:
            raise
        except (ServiceError, UsageError, DataError, PlatformError) as error:
            self.warnings.append(f"{title}: {error}")


def run(run: Run) -> Outcome:
    """Look after one model: unfinished training, expiry, endpoint, newer base model, retention, issue."""
    rounds = Rounds(run)
    retention.finish(run)
    with rounds.part("unfinished training"):
        finish_training(rounds)
    with rounds.part("expiry"):
        look_at_dates(rounds)
    with rounds.part("newer base model"):
        look_for_base_model(rounds)
    with rounds.part("retention"):
        tidy(rounds)
    warnings = tuple(rounds.warnings)
    if run.settings.maintenance_issue and run.platform is not None:
        with rounds.part("issue"):
            issue.keep(run.platform.github, run.model.name, warnings)
    gone = sum(deletion.done for deletion in rounds.deletions)
    said = [*rounds.said, f"{len(rounds.warnings)} warnings, {gone} entities deleted."]
    return Outcome(
        f"{run.model.name}: " + " ".join(said),
        {"warnings": str(len(rounds.warnings)), "deletions": str(gone)},
        warnings=tuple(rounds.warnings),
        deletions=rounds.deletions,
    )


def finish_training(rounds: Rounds) -> None:
    """Complete the training, test and verdict of the last ``train-data``, if it outlasted or lost its run.

    What it intended is known by its training data: where that has changed since, a newer run has taken over.
    """
    run = rounds.run
    last = next(run.registry.latest_runs(run.model.name, "train-data"), None)
    if last is None or last.ending not in _UNFINISHED or not run.model.training:
        return
    _, files = data.read_for_training(run.model, run.settings.speech.tier)
    training = trial.training_fingerprint(run, files, trial.base_model(run, files))
    trained = {model.fingerprint for model in run.speech.models(locale=run.model.locale) if run.owns(model)}
    if training not in trained:
        return
    run.console.line(f"The training of run {last.id} is taken up.")
    alone = run.settings.reuse == "main"  # then only the run that began to train finds its model
    outcome = train_data.run(replace(run, id=last.id) if alone else run)
    rounds.said.append(f"Run {last.id} is completed: {outcome.message}")
    # Completed, it is not taken up again: after a rollback that would promote what was rolled back from.
    run.registry.record(
        replace(
            last,
            ended=run.now(),
            ending=outcome.ending,
            message=f"Completed by maintain, run {run.id}: {outcome.message}",
            result=outcome.result.name if outcome.result else "",
            trained=last.trained or outcome.trained,
            outputs=dict(outcome.outputs),
        )
    )


def look_at_dates(rounds: Rounds) -> None:
    """Warn of what expires, is gone, or is served by another model than was approved."""
    run = rounds.run
    now = run.clock.now()
    pointer = run.registry.benchmark(run.model.name)
    dated: list[ageing.Dated] = []
    if pointer is not None:
        dates, wrong = ageing.of_benchmark(run.speech, pointer.benchmark)
        dated += dates
        rounds.warnings += wrong
    releases = run.registry.releases(run.model.name)
    endpoints = run.speech.endpoints()
    if releases:
        dates, wrong = ageing.of_endpoint(run.speech, releases[-1], endpoints, now)
        dated += dates
        rounds.warnings += wrong
    used = releases[-1].endpoint if releases else ""
    rounds.warnings += [
        f"Endpoint {endpoint.id} is ours, costs money, and no release uses it: delete it if nobody does."
        for endpoint in endpoints
        if run.owns(endpoint) and endpoint.id != used
    ]
    rounds.warnings += ageing.warnings(dated, run.settings.expiry_days, now)


def look_for_base_model(rounds: Rounds) -> None:
    """Test a newer base model beside the benchmark, or train a candidate from it, as the input says."""
    run = rounds.run
    pointer = run.registry.benchmark(run.model.name)
    if pointer is None or run.model.test_data is None:
        return
    newest = newest_base_model(run)
    if newest.id == base_of(run, pointer.benchmark):
        return
    word = f"Base model {newest.display_name} is newer than that of the benchmark"
    asked = run.settings.new_base_model
    if asked == "report":
        rounds.said.append(f"{word}.")
        return
    if asked == "train" and run.model.training:
        test, files = data.read_for_training(run.model, run.settings.speech.tier)
        tried = trial.run(run, test, files, newest, pointer, Cause.BASE_MODEL)
        kept = tried.result.candidate.name if tried.result.candidate else ""
        rounds.said.append(
            f"{word}; candidate {kept} was trained from it: {trial.verdict(tried.result).sentence()}"
        )
    else:
        test = data.read_for_test(run.model, run.settings.speech.tier)
        tried = trial.run_base(run, test, pointer.benchmark.reference, newest)
        rounds.said.append(f"{word}; tested untrained: {trial.verdict(tried.result).sentence()}")
    rounds.said.append("Run train-data to train from it and decide." if run.model.training else "")


def newest_base_model(run: Run) -> BaseModel:
    """Return the newest base model that the model's data can be used with, whatever is pinned."""
    kinds = tuple(file.kind for file in run.model.training)
    return choose_base_model(
        run.speech.base_models(), locale=run.model.locale, kinds=kinds, today=run.clock.now()
    )


def base_of(run: Run, benchmark: Benchmark) -> str:
    """Return the id of the base model of the benchmark, which may be one itself; empty if it is gone."""
    if benchmark.reference.base:
        return benchmark.reference.id
    model = run.speech.find_model(benchmark.reference.id, base=False)
    return str(getattr(model, "base_model_id", ""))


def tidy(rounds: Rounds) -> None:
    """Delete what may go: what an earlier run has listed, all at once, or nothing, as the input says."""
    run = rounds.run
    current = _current(run)
    earlier = _may_go(run)
    policy = retention.Policy(run.settings.keep_models, run.settings.keep_days, run.clock.now())

    def choose(pointer: Pointer | None, listing: Listing, referred: AbstractSet[str]) -> tuple[Deletion, ...]:
        if pointer is None:
            rounds.said.append("There is no benchmark yet: nothing is deleted.")
            return ()
        kept = referred | candidates.pending(run, pointer)
        return retention.choose(run.owns, listing, pointer.benchmark, kept, current, policy)

    rounds.deletions = retention.sweep(run, choose, lambda each: earlier is None or each.id in earlier)
    for each in rounds.deletions:
        act = "deleted" if each.done else "may be deleted"
        run.console.line(f"{act}: {each.noun} {each.name} ({each.id}): {each.reason}")


def _may_go(run: Run) -> frozenset[str] | None:
    """Return the ids that may be deleted now, None for all: on first use none has been listed."""
    if run.settings.delete == "at-once":
        return None
    if run.settings.delete == "never":
        return frozenset()
    for record in run.registry.latest_runs(run.model.name, "maintain"):
        if record.ending is Ending.DONE:
            return frozenset(deletion.id for deletion in record.deletions)
    return frozenset()


def _current(run: Run) -> frozenset[str]:
    """Return the fingerprints of all data files as they are now."""
    read = data.read(run.model, run.settings.speech.tier)
    files: tuple[DataFile, ...] = (read.test, *read.training) if read.test else read.training
    return frozenset(file.fingerprint for file in files)
