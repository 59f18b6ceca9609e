"""Work that outlasted its run: the training that ``maintain`` completes, the deployment that it names."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from speechops.errors import WorkFailed
from speechops.evaluation import data, models
from speechops.inputs import MAX_WAIT, REUSE
from speechops.operations import train_data
from speechops.registry.documents import Ending, ReleaseKind
from speechops.run import Outcome
from speechops.scoring import Action
from speechops.speech import Status
from speechops.speech.entities import RUN
from speechops.upkeep.retention import GRACE

if TYPE_CHECKING:
    from speechops.registry.documents import Release, RunRecord
    from speechops.run import Run
    from speechops.speech import Model

_ENDINGS = frozenset({None, Ending.STILL_RUNNING, Ending.INTERRUPTED})
_AGAIN = "Run train-data to train again; until then the data of that run has no verdict."


def complete_training(run: Run) -> tuple[str, str]:
    """Complete the training, test and verdict of the last ``train-data``, if it outlasted or lost its job.

    Its training is identified by its training data: if that has changed since, a newer run has taken over.
    Only what began is completed: a failed training is not repeated. A model that was released since then is
    not judged again: after a rollback that would promote what was rolled back from. Returns a note and a
    warning, either of which may be empty. Raises as :func:`speechops.operations.train_data.run`.
    """
    last = next(run.registry.latest_runs(run.model.name, "train-data", now=run.speech.now()), None)
    if last is None or last.ending not in _ENDINGS or not run.model.training:
        return "", ""
    _, files = data.read_for_training(run.model, run.settings.tier)
    training = models.training_fingerprint(run, files, models.base_model(run, files))
    found = [
        model
        for model in run.speech.models(locale=run.model.locale)
        if model.fingerprint == training and run.owns(model)
    ]
    begun = [model for model in found if model.status is not Status.FAILED]
    if begun and (release := _released(run, last, begun[0])):
        return _end(run, last, begun[0], _promoted(run, release)), ""
    if begun:
        return _complete(run, last, begun[0])
    if found:
        return "", _fail(run, last, f"The training of {found[-1].display_name} failed{_reason(found[-1])}.")
    if last.ending is Ending.INTERRUPTED or _is_over(run, last):
        return "", f"Run {last.id} ended before its training began. {_AGAIN}"
    return "", ""


def deployment(run: Run) -> RunRecord | None:
    """Return the last ``deploy`` or ``rollback`` if it outlasted or lost its job."""
    now = run.speech.now()
    records = (
        next(run.registry.latest_runs(run.model.name, operation, now=now), None)
        for operation in ("deploy", "rollback")
    )
    last = max((record for record in records if record), key=lambda record: record.started, default=None)
    if last is None or last.ending not in _ENDINGS:
        return None
    return last if last.ending is not None or _is_over(run, last) else None


def _complete(run: Run, last: RunRecord, model: Model) -> tuple[str, str]:
    waited = run.speech.now() - (model.created or run.speech.now())
    if not model.status.is_final and waited > timedelta(seconds=run.settings[MAX_WAIT]):
        return "", (
            f"The training of {model.display_name} ({model.id}) is still {model.status} after "
            f"{waited.days} days and {waited.seconds // 3600} h. The next maintain checks it again; "
            "the service ends it after a week."
        )
    run.console.line(f"Continuing the training of run {last.id}.")
    alone = run.settings[REUSE] == "main"  # then only the run that started the training finds its model
    try:
        outcome = train_data.run(replace(run, id=last.id) if alone else run)
    except WorkFailed as error:
        return "", _fail(run, last, error.message)
    return _end(run, last, model, outcome), ""


def _released(run: Run, last: RunRecord, model: Model) -> Release | None:
    """Return the release that deployed the model of a run which died between its promotion and its end."""
    return next(
        (
            release
            for release in run.registry.releases(run.model.name)
            if release.reference.id == model.id
            and release.kind is ReleaseKind.DEPLOY
            and release.created > last.started
        ),
        None,
    )


def _promoted(run: Run, release: Release) -> Outcome:
    """Return the outcome of a run that promoted what is released by now."""
    return Outcome(
        f"{release.reference.name} was promoted, and is release {release.version}.",
        {
            "candidate": release.reference.id,
            "improved": "true",
            "verdict": release.outcome,
            "decision": Action.PROMOTE,
            "result": release.result,
        },
        result=run.registry.result_named(release.result),
    )


def _end(run: Run, last: RunRecord, model: Model, outcome: Outcome) -> str:
    """Complete the record of a run, so that it is not continued again; return the note."""
    run.registry.record(
        replace(
            last,
            ended=run.now(),
            ending=outcome.ending,
            message=f"Completed by maintain, run {run.id}: {outcome.message}",
            result=outcome.result.name if outcome.result else "",
            trained=model.custom_properties.get(RUN) == last.id,
            outputs=dict(outcome.outputs),
        )
    )
    return f"Run {last.id} is completed: {outcome.message}"


def _fail(run: Run, last: RunRecord, message: str) -> str:
    """Complete the record of a run whose work failed, so that it is reported once; return the warning."""
    ended = f"Completed by maintain, run {run.id}: {message}"
    run.registry.record(replace(last, ended=run.now(), ending=Ending.REFUSED, message=ended))
    return f"Run {last.id}: {message} {_AGAIN}"


def _reason(model: Model) -> str:
    words = (model.error.message or model.error.code) if model.error else ""
    return f": {words.rstrip('.')}" if words else ""


def _is_over(run: Run, record: RunRecord) -> bool:
    """Whether a run without an ending can no longer be in progress."""
    return run.speech.now() - datetime.fromisoformat(record.started) > GRACE
