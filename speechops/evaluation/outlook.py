"""What a run is about to use and how long it will take, said before anything is made."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING

from speechops import corpus, costs
from speechops.inputs import PRICES
from speechops.registry.documents import Cause, Ending

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speechops.corpus import DataFile
    from speechops.evaluation.test_spec import TestSpec
    from speechops.registry.documents import RunRecord
    from speechops.run import Run

_RUNS = 5
_RECORDS = 20
"""Records that are read at most to find these runs."""

_DONE = frozenset({Ending.DONE, Ending.NOT_PROMOTED})
_FROM_BEFORE = ("result ", "evaluation ")


def say(run: Run, spec: TestSpec, files: Sequence[DataFile], *, trains: bool) -> str:
    """Say what a test of both models uses, with a training from ``files`` if the run trains; return it."""
    spoken = [file for file in files if file.kind is corpus.Kind.ACOUSTIC] if trains else []
    usage = costs.Usage(
        tested=2 * _seconds([spec.test]),
        trained=_seconds(spoken),
        text=trains and not spoken,
        endpoint=spec.cause in {Cause.TRAIN_DATA, Cause.PULL_REQUEST},
    )
    used = costs.sentence([usage], run.settings[PRICES])
    if said := " ".join(filter(None, (used, duration(run, trains=trains)))):
        run.console.line(said)
    return used


def _seconds(files: Sequence[DataFile]) -> float:
    return sum(utterance.seconds for file in files for utterance in file.utterances)


def duration(run: Run, *, trains: bool) -> str:
    """Return a sentence on how long the latest runs took that did the same; empty if there were none.

    The console shows that time beside the steps that follow.
    """
    took = list(islice(_durations(run, trains=trains), _RUNS))
    if not took:
        return ""
    seconds = median(took)
    usual = f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 - below two minutes
    run.console.expect(usual)
    number = "the last such run" if len(took) == 1 else f"the last {len(took)} such runs"
    return f"It usually takes {usual} ({number})."


def _durations(run: Run, *, trains: bool) -> Iterator[float]:
    operation = run.settings.operation.name
    records = run.registry.latest_runs(run.model.name, operation, now=run.speech.now())
    for record in islice(records, _RECORDS):
        if record.ending in _DONE and record.trained is trains and not _is_from_before(record):
            yield _moment(record.ended) - _moment(record.started)


def _is_from_before(record: RunRecord) -> bool:
    """Whether a run took over a test that was made before."""
    return any(name.startswith(_FROM_BEFORE) for name in record.reused)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
