"""The loop over the models of a run: the operation is performed on each, recorded, and reported."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from speechops import inputs
from speechops.console import ModelConsole
from speechops.errors import GateClosed, PlatformError, SpeechOpsError, StillRunning, StoreError, reason
from speechops.handover import Handover, check_folder, unwritable
from speechops.operations.table import Need, load
from speechops.registry.documents import Ending, RunRecord, short
from speechops.run import Outcome

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from speechops.console import Console
    from speechops.registry.documents import Deletion
    from speechops.run import Run

_Work = Callable[[], "tuple[Run, Outcome]"]
"""Performs the operation on one model, or waits until another thread has; raises as the operation."""

_MOST_AT_ONCE = 8
"""Models that are worked on side by side."""


def perform(run: Run) -> int:
    """Perform the operation of a run and return the exit code: the highest that any model ended with.

    Raises :class:`SpeechOpsError` if the run cannot begin or, for an operation performed once, if it fails.
    """
    settings = run.settings
    operation = settings.operation
    if operation.beforehand:
        load(operation.beforehand)(run)
    if operation.reads(inputs.REPORT_FOLDER):
        check_folder(settings[inputs.REPORT_FOLDER])
    run.connections.open(operation.needs)
    loop = _Loop(run, Handover.of(run))
    if operation.once:
        loop.hand_over(load(operation.function)(run))
        return 0
    with closing(_works([run.of(model) for model in settings.models])) as works:
        code = max(loop.complete(of_model, work) for of_model, work in works)
    if len(settings.models) > 1:
        loop.show_endings()
    if operation.afterwards:
        load(operation.afterwards)(run, loop.ends)
    return code


@dataclass(frozen=True, slots=True)
class _Loop:
    """One pass over the models; ``ends`` has how each ended: its outcome, or the error in its place."""

    run: Run
    handover: Handover
    ends: dict[str, Outcome | str] = field(default_factory=dict)

    def complete(self, run: Run, work: _Work) -> int:
        """Report the work on one model and return the exit code that it ends with."""
        name = run.model.name
        if len(run.settings.models) > 1:
            run.console.heading(f"{run.settings.operation} {name}")
        try:
            outcome = _reported(*work())
            self.ends[name] = outcome
            self.hand_over(outcome, name)
        except SpeechOpsError as error:
            self.ends.setdefault(name, run.output.redact(error.located()))
            run.output.show(error)
            return error.exit_code
        return 0

    def show_endings(self) -> None:
        """Show how each model ended: with several models, the first has scrolled away."""
        rows = [
            (model.name, *_ending(self.ends[model.name]))
            for model in self.run.settings.models
            if model.name in self.ends
        ]
        self.run.console.table("Result of each model", ("model", "result", ""), rows, numbers=False)

    def hand_over(self, outcome: Outcome, model: str = "") -> None:
        """Write the outputs of an outcome. Raises its error, :class:`GateClosed`, or its trouble."""
        trouble = outcome.trouble
        try:
            self.handover.give(outcome, model)
        except PlatformError as error:
            trouble = trouble or error
        for warning in outcome.warnings:
            self.run.output.warn(warning)
        failure = outcome.error
        if failure is None and outcome.ending is Ending.NOT_PROMOTED:
            failure = GateClosed(f"{model} is not promoted: {outcome.message}")
        if failure is not None:
            if trouble is not None:
                self.run.output.warn(str(trouble))
            raise failure
        if outcome.message not in outcome.warnings:
            self.run.console.line(outcome.message)
        if trouble is not None:
            raise trouble


def _works(runs: Sequence[Run]) -> Generator[tuple[Run, _Work], None, None]:
    """Yield each run with its work; where the service does most of it, all begin at once.

    A free resource has room for the data of one model.
    """
    if len(runs) == 1 or not runs[0].settings.operation.waits or _is_frugal(runs[0]):
        yield from ((run, partial(_work, run, run.console)) for run in runs)
        return
    _ = runs[0].connections.loop  # is made once, before they begin
    pool = ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="models")
    try:
        begun = [(run, pool.submit(_work, run, ModelConsole(run.model.name, run.console))) for run in runs]
        for run, work in begun:
            wait([work])
            yield run, work.result
    finally:
        pool.shutdown(cancel_futures=True)


def _is_frugal(run: Run) -> bool:
    from speechops.evaluation import quota  # noqa: PLC0415 - only several models ask

    return quota.is_frugal(run)


def _work(run: Run, console: Console) -> tuple[Run, Outcome]:
    """Perform the operation on one model, with its progress on ``console``; return the run at its commit."""
    run = _at_commit(run)
    return run, _performed(replace(run, console=console))


def _performed(run: Run) -> Outcome:
    """Perform the operation on one model; a recorded one between two updates of its record."""
    operation = run.settings.operation
    if not operation.recorded:
        outcome: Outcome = load(operation.function)(run)
        return outcome
    record = RunRecord(
        id=run.id,
        operation=operation.name,
        model=run.model.name,
        commit=run.commit,
        started=run.now(),
        state=run.state,
        branch=run.branch,
    )
    run.registry.record(record)

    def note(deletions: tuple[Deletion, ...]) -> None:
        nonlocal record  # however the run ends, the reasons stay
        record = replace(record, deletions=deletions)
        run.registry.record(record)

    def end(ending: Ending, **more: Any) -> None:  # noqa: ANN401 - fields of the record
        run.registry.record(replace(record, ended=run.now(), ending=ending, **more))

    try:
        outcome = load(operation.function)(replace(run, note=note))
    except StillRunning as error:
        outcome = _still_running(error, operation.name)
    except KeyboardInterrupt:
        end(Ending.INTERRUPTED)
        raise
    except SpeechOpsError as error:
        end(Ending.REFUSED, message=run.output.redact(str(error)))
        raise
    try:
        end(
            outcome.ending,
            message=run.output.redact(outcome.message),
            result=outcome.result.name if outcome.result else "",
            trained=outcome.trained,
            reused=outcome.reused,
            outputs=dict(outcome.outputs),
            deletions=outcome.deletions or record.deletions,
        )
        return _with_freeze(outcome, run)
    except StoreError as error:
        return replace(outcome, trouble=error)


def _at_commit(run: Run) -> Run:
    """Return the run with what git knows of the data: its state in the commit, or what is not in it."""
    settings = run.settings
    operation = settings.operation
    if not operation.recorded or Need.DATA not in operation.needs or settings[inputs.DATA_FOLDER]:
        return run
    from speechops.planning import state  # noqa: PLC0415

    checkout = run.connections.checkout()
    if checkout is None:
        return run
    files = [*state.files(run.model), *([settings.described.path] if settings.described else [])]
    uncommitted = checkout.uncommitted(files)
    if uncommitted:
        run = replace(run, uncommitted=uncommitted)
        more = f" and {len(uncommitted) - 1} more" if len(uncommitted) > 1 else ""
        mark = short(run.commit)
        run.output.warn(
            f"Not committed: {uncommitted[0]}{more}. The run of {run.model.name} is marked {mark}."
        )
    elif operation.judges and not run.event.baseline:  # which tests a base model without a verdict
        run = replace(run, state=state.of_model(run.model, checkout))
    return run


def _still_running(error: StillRunning, operation: str) -> Outcome:
    """Return the ending of a run whose work continues in the service, for another run to complete."""
    others = ", or let maintain complete it" if error.trains and operation == "train-data" else ""
    message = f"{error.message} The work continues: run {operation} again to complete it{others}."
    outputs = {"improved": "false", "deployed": "false"}
    return Outcome(message, outputs, ending=Ending.STILL_RUNNING, warnings=(message,))


def _with_freeze(outcome: Outcome, run: Run) -> Outcome:
    """Return the outcome with a warning if the benchmark is frozen, so that every report has it."""
    pointer = run.registry.benchmark(run.model.name)
    if pointer is None or not pointer.benchmark.frozen:
        return outcome
    if pointer.benchmark.frozen in outcome.message:
        return outcome  # has the warning already
    warning = f"The benchmark of {run.model.name} is frozen: {pointer.benchmark.frozen}"
    return replace(outcome, warnings=(*outcome.warnings, warning))


def _ending(end: Outcome | str) -> tuple[str, str]:
    """Return how a model ended in one word, and a line about it."""
    if not isinstance(end, Outcome):
        return "error", end
    if end.trouble is not None:
        return "error", f"{end.message} {end.trouble}"
    if end.report is None or end.report.verdict is None:
        return str(end.ending), end.message
    from speechops.report import decision  # noqa: PLC0415 - not every run makes a report

    return decision.title(end.report), decision.change(end.report.verdict)


def _options(run: Run) -> list[str]:
    """Return the options that a following command needs to select the same models."""
    settings = run.settings
    config = settings[inputs.CONFIG]
    options = [] if str(config) == inputs.CONFIG.default else ["--config", str(config)]
    return [*options, "--model", run.model.name] if len(settings.models) > 1 else options


def _reported(run: Run, outcome: Outcome) -> Outcome:
    """Write and show the report of an outcome that has one; what is in the way of that is its trouble."""
    if outcome.result is None and outcome.report is None:
        return outcome
    from speechops.evaluation import reporting  # noqa: PLC0415 - not every run makes a report
    from speechops.report import following  # noqa: PLC0415

    settings = run.settings
    operation = settings.operation
    with_clips = operation.reads(inputs.INCLUDE_AUDIO) and settings[inputs.INCLUDE_AUDIO]
    try:
        report = outcome.report or reporting.of_run(run, outcome.result, outcome.scores)
        report = run.output.redact.clean(report)
        clips = reporting.clips(run.model, report) if with_clips else {}
    except SpeechOpsError as error:
        return replace(outcome, trouble=outcome.trouble or error)
    folder = settings[inputs.REPORT_FOLDER]
    path: Path | None = None
    try:
        path = reporting.write(report, folder / run.model.name, clips)
    except OSError as error:
        outcome = replace(outcome, trouble=outcome.trouble or unwritable(folder, reason(error)))
    outcome = replace(outcome, report=report)
    history_alone = not operation.recorded and Need.STORE in operation.needs
    reporting.show(
        report,
        run.console,
        with_history=history_alone,
        show_transcripts=settings[inputs.SHOW_TRANSCRIPTS],
    )
    if path is None:
        return outcome
    if not history_alone:
        run.console.line(f"Report: {path}")
        if not run.output.in_actions and (command := following.command(report, _options(run))):
            run.console.line(f"Next: {command}")
    message = f"{outcome.message}\n{path}" if history_alone else outcome.message
    return replace(outcome, outputs={**outcome.outputs, "report": str(path)}, message=message)
