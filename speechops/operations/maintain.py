"""``maintain``: what time does to models, and what runs that died have left, seen to every night.

A part that fails becomes a warning and the next part begins; only what is decided is changed.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from speechops.errors import DataError, PlatformError, ServiceError, ServiceUnavailable, UsageError
from speechops.evaluation import candidates, data, trial
from speechops.job import Outcome
from speechops.operations import train_data
from speechops.registry.documents import Cause, Ending
from speechops.speech import choose_base_model
from speechops.upkeep import ageing, issue, retention

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from speechops.corpus import DataFile
    from speechops.job import Job
    from speechops.registry.documents import Benchmark, Deletion
    from speechops.registry.registry import Pointer
    from speechops.speech import BaseModel
    from speechops.upkeep.retention import Listing

_UNFINISHED = frozenset({None, Ending.STILL_RUNNING, Ending.INTERRUPTED})


@dataclass(slots=True)
class Rounds:
    """One maintenance of one model: what was said so far, and what was deleted."""

    job: Job
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


def run(job: Job) -> Outcome:
    """Look after one model: unfinished training, expiry, endpoint, newer base model, retention, issue."""
    rounds = Rounds(job)
    retention.finish(job)
    with rounds.part("unfinished training"):
        finish_training(rounds)
    with rounds.part("expiry"):
        look_at_dates(rounds)
    with rounds.part("newer base model"):
        look_for_base_model(rounds)
    with rounds.part("retention"):
        tidy(rounds)
    warnings = tuple(rounds.warnings)
    if job.settings.maintenance_issue and job.platform is not None:
        with rounds.part("issue"):
            issue.keep(job.platform.github, job.model.name, warnings)
    gone = sum(deletion.done for deletion in rounds.deletions)
    said = [*rounds.said, f"{len(rounds.warnings)} warnings, {gone} entities deleted."]
    return Outcome(
        f"{job.model.name}: " + " ".join(said),
        {"warnings": str(len(rounds.warnings)), "deletions": str(gone)},
        warnings=tuple(rounds.warnings),
        deletions=rounds.deletions,
    )


def finish_training(rounds: Rounds) -> None:
    """Complete the training, test and verdict of the last ``train-data``, if it outlasted or lost its job.

    What it intended is known by its training data: where that has changed since, a newer run has taken over.
    """
    job = rounds.job
    last = next(job.registry.latest_runs(job.model.name, "train-data"), None)
    if last is None or last.ending not in _UNFINISHED or not job.model.training:
        return
    _, files = data.read_for_training(job.model, job.settings.speech.tier)
    training = trial.training_fingerprint(job, files, trial.base_model(job, files))
    trained = {model.fingerprint for model in job.speech.models(locale=job.model.locale) if job.owns(model)}
    if training not in trained:
        return
    job.console.line(f"The training of run {last.id} is taken up.")
    outcome = train_data.run(job)
    rounds.said.append(f"Run {last.id} is completed: {outcome.message}")
    # Completed, it is not taken up again: after a rollback that would promote what was rolled back from.
    job.registry.record(
        replace(
            last,
            ended=job.now(),
            ending=outcome.ending,
            message=f"Completed by maintain, run {job.run}: {outcome.message}",
            result=outcome.result.name if outcome.result else "",
            trained=last.trained or outcome.trained,
            outputs=dict(outcome.outputs),
        )
    )


def look_at_dates(rounds: Rounds) -> None:
    """Warn of what expires, is gone, or is served by another model than was approved."""
    job = rounds.job
    now = job.clock.now()
    pointer = job.registry.benchmark(job.model.name)
    dated: list[ageing.Dated] = []
    if pointer is not None:
        dates, wrong = ageing.of_benchmark(job.speech, pointer.benchmark)
        dated += dates
        rounds.warnings += wrong
    releases = job.registry.releases(job.model.name)
    endpoints = job.speech.endpoints()
    if releases:
        dates, wrong = ageing.of_endpoint(job.speech, releases[-1], endpoints, now)
        dated += dates
        rounds.warnings += wrong
    used = releases[-1].endpoint if releases else ""
    rounds.warnings += [
        f"Endpoint {endpoint.id} is ours, costs money, and no release uses it: delete it if nobody does."
        for endpoint in endpoints
        if job.owns(endpoint) and endpoint.id != used
    ]
    rounds.warnings += ageing.warnings(dated, job.settings.expiry_days, now)


def look_for_base_model(rounds: Rounds) -> None:
    """Test a newer base model beside the benchmark, or train a candidate from it, as the input says."""
    job = rounds.job
    pointer = job.registry.benchmark(job.model.name)
    if pointer is None or job.model.test_data is None:
        return
    newest = newest_base_model(job)
    if newest.id == base_of(job, pointer.benchmark):
        return
    word = f"Base model {newest.display_name} is newer than that of the benchmark"
    asked = job.settings.new_base_model
    if asked == "report":
        rounds.said.append(f"{word}.")
        return
    if asked == "train" and job.model.training:
        test, files = data.read_for_training(job.model, job.settings.speech.tier)
        tried = trial.run(job, test, files, newest, pointer, Cause.BASE_MODEL)
        kept = tried.result.candidate.name if tried.result.candidate else ""
        rounds.said.append(
            f"{word}; candidate {kept} was trained from it: {trial.verdict(tried.result).sentence()}"
        )
    else:
        test = data.read_for_test(job.model, job.settings.speech.tier)
        tried = trial.run_base(job, test, pointer.benchmark.reference, newest)
        rounds.said.append(f"{word}; tested untrained: {trial.verdict(tried.result).sentence()}")
    rounds.said.append("Run train-data to train from it and decide." if job.model.training else "")


def newest_base_model(job: Job) -> BaseModel:
    """Return the newest base model that the model's data can be used with, whatever is pinned."""
    kinds = tuple(file.kind for file in job.model.training)
    return choose_base_model(
        job.speech.base_models(), locale=job.model.locale, kinds=kinds, today=job.clock.now()
    )


def base_of(job: Job, benchmark: Benchmark) -> str:
    """Return the id of the base model of the benchmark, which may be one itself; empty if it is gone."""
    if benchmark.reference.base:
        return benchmark.reference.id
    model = job.speech.find_model(benchmark.reference.id, base=False)
    return str(getattr(model, "base_model_id", ""))


def tidy(rounds: Rounds) -> None:
    """Delete what may go: what an earlier run has listed, all at once, or nothing, as the input says."""
    job = rounds.job
    current = _current(job)
    earlier = _may_go(job)
    policy = retention.Policy(job.settings.keep_models, job.settings.keep_days, job.clock.now())

    def choose(pointer: Pointer | None, listing: Listing, referred: AbstractSet[str]) -> tuple[Deletion, ...]:
        if pointer is None:
            rounds.said.append("There is no benchmark yet: nothing is deleted.")
            return ()
        kept = referred | candidates.awaiting(job, pointer)
        return retention.choose(job.owns, listing, pointer.benchmark, kept, current, policy)

    rounds.deletions = retention.sweep(job, choose, lambda each: earlier is None or each.id in earlier)
    for each in rounds.deletions:
        act = "deleted" if each.done else "may be deleted"
        job.console.line(f"{act}: {each.noun} {each.name} ({each.id}): {each.reason}")


def _may_go(job: Job) -> frozenset[str] | None:
    """Return the ids that may be deleted now, None for all: on first use none has been listed."""
    if job.settings.delete == "at-once":
        return None
    if job.settings.delete == "never":
        return frozenset()
    for record in job.registry.latest_runs(job.model.name, "maintain"):
        if record.ending is Ending.DONE:
            return frozenset(deletion.id for deletion in record.deletions)
    return frozenset()


def _current(job: Job) -> frozenset[str]:
    """Return the fingerprints of all data files as they are now."""
    read = data.read(job.model, job.settings.speech.tier)
    files: tuple[DataFile, ...] = (read.test, *read.training) if read.test else read.training
    return frozenset(file.fingerprint for file in files)
