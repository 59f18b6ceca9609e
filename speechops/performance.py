"""The performance of one operation on one model: between the two writings of its run record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.errors import SpeechOpsError, StillRunning
from speechops.inputs import Operation
from speechops.registry.documents import Ending, RunRecord
from speechops.run import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.pull_request.presentation import Desk
    from speechops.registry.documents import Deletion
    from speechops.run import Run


def perform(run: Run, desk: Desk, redact: Callable[[str], str]) -> Outcome:
    """Perform the operation and leave a record of it, however it ends.

    Raises :class:`SpeechOpsError` as the operation does; work that goes on is an outcome.
    """
    record = RunRecord(
        id=run.id,
        operation=run.settings.operation,
        model=run.model.name,
        commit=run.commit,
        started=run.now(),
        branch=run.branch,
        state=run.state,
    )
    run.registry.record(record)

    def note(deletions: tuple[Deletion, ...]) -> None:
        nonlocal record  # however the run ends, the reasons stay
        record = replace(record, deletions=deletions)
        run.registry.record(record)

    try:
        outcome = _perform(replace(run, note=note), desk)
    except StillRunning as error:
        outcome = _still_running(error, run.settings.operation)
    except KeyboardInterrupt:
        run.registry.record(replace(record, ended=run.now(), ending=Ending.INTERRUPTED))
        raise
    except SpeechOpsError as error:
        message = redact(str(error))
        run.registry.record(replace(record, ended=run.now(), ending=Ending.REFUSED, message=message))
        raise
    run.registry.record(
        replace(
            record,
            ended=run.now(),
            ending=outcome.ending,
            message=redact(outcome.message),
            result=outcome.result.name if outcome.result else "",
            trained=outcome.trained,
            reused=outcome.reused,
            outputs=dict(outcome.outputs),
            deletions=outcome.deletions or record.deletions,
        )
    )
    return _with_freeze(outcome, run)


def _perform(run: Run, desk: Desk) -> Outcome:
    from speechops.operations import (  # noqa: PLC0415 - one run loads one operation's libraries
        deploy,
        freeze,
        maintain,
        rollback,
        test_data,
        train_data,
    )
    from speechops.pull_request import presentation  # noqa: PLC0415

    operations: dict[Operation, Callable[[Run], Outcome]] = {
        Operation.TEST_DATA: test_data.run,
        Operation.TRAIN_DATA: train_data.run,
        Operation.COMPARE: lambda run: presentation.compare(run, desk),
        Operation.DEPLOY: deploy.run,
        Operation.ROLLBACK: rollback.run,
        Operation.FREEZE: freeze.run,
        Operation.UNFREEZE: freeze.lift,
        Operation.MAINTAIN: maintain.run,
    }
    return operations[run.settings.operation](run)


def _still_running(error: StillRunning, operation: Operation) -> Outcome:
    """Return how a run ends whose work outlasts it: neither well nor badly, for another to continue."""
    others = ", or let maintain complete it" if operation is Operation.TRAIN_DATA else ""
    message = f"{error.message} The work continues: run {operation} again to complete it{others}."
    outputs = {"improved": "false", "deployed": "false"}
    return Outcome(message, outputs, ending=Ending.STILL_RUNNING, warnings=(message,))


def _with_freeze(outcome: Outcome, run: Run) -> Outcome:
    """Return the outcome with a warning if the benchmark is frozen: no report is without it."""
    pointer = run.registry.benchmark(run.model.name)
    if pointer is None or not pointer.benchmark.frozen:
        return outcome
    if pointer.benchmark.frozen in outcome.message:
        return outcome  # said already
    warning = f"The benchmark of {run.model.name} is frozen: {pointer.benchmark.frozen}"
    return replace(outcome, warnings=(*outcome.warnings, warning))
