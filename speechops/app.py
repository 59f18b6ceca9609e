"""The composition root: environment and arguments in, text, outputs, annotations and an exit code out.

Nothing else in the package reads the environment, prints or ends the process. How a run speaks is in
:mod:`speechops.output`, what it reaches in :mod:`speechops.connections`, what it leaves to the jobs after it
in :mod:`speechops.handover`.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import signal
import sys
import threading
import traceback
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from speechops import __version__, folders, inputs
from speechops.clock import Clock, SystemClock
from speechops.connections import Connections
from speechops.errors import GateClosed, Place, PlatformError, SpeechOpsError, UsageError, reason
from speechops.github.files import CommandFiles
from speechops.handover import Handover, check_folder, unwritable
from speechops.inputs import BY_NAME, INPUTS, Operation
from speechops.output import Output
from speechops.project import parse_project
from speechops.registry.documents import Ending
from speechops.settings import models_described, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from speechops.console import Console
    from speechops.inputs import Given
    from speechops.registry.documents import State
    from speechops.registry.registry import Registry
    from speechops.registry.store import Store
    from speechops.report import Origin
    from speechops.run import Outcome, Platform
    from speechops.settings import ModelSettings, Settings
    from speechops.speech import SpeechClient

_INTERRUPTED = 130
_NOBODY_READS = 141  # as a shell has it for a program that wrote to a closed pipe
_CHECKS = "checks"  # the state that the post step reads
_JUDGING = frozenset({Operation.TEST_DATA, Operation.TRAIN_DATA})
_BY_HAND = frozenset({Operation.SERVE, Operation.DEMO, Operation.MIGRATE})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line or, where the environment names an operation, the Action; return the exit code."""
    stop = threading.Event()

    def interrupt(*_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)  # a second one ends the process, whatever it waits for
        stop.set()  # wakes the threads that wait
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a minus sign is no reason to fail
    app = App(dict(os.environ), sys.stdout, SystemClock(stop))
    try:
        return app.run(sys.argv[1:] if arguments is None else arguments)
    except BrokenPipeError:  # as under "| head"; what is still to be flushed goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NOBODY_READS


def post() -> int:
    """Finish a step of the Action; the runner calls it when the job ends, whatever became of the step."""
    return App(dict(os.environ), sys.stdout, SystemClock()).finish()


@dataclass(frozen=True, slots=True)
class App:
    """The process that SpeechOps runs in: its environment, its output, its clock."""

    environment: Mapping[str, str] = field(repr=False)
    output: TextIO
    clock: Clock

    def finish(self) -> int:
        """Do what is left to do after a run that may have been killed: complete its checks."""
        output = self._output()
        try:
            token = inputs.in_environment("github-token", self.environment)
            output.hide(token)
            self._complete_checks(output, token)
        except SpeechOpsError as error:
            output.show(error)
            return error.exit_code
        return 0

    def run(self, arguments: Sequence[str]) -> int:
        """Do what was asked and return the exit code: 0, or that of the error that is shown."""
        if "--version" in arguments:
            self.output.write(f"speechops {__version__}\n")
            return 0
        if not arguments and not inputs.in_environment("operation", self.environment):
            arguments = ["--help"]
        output = self._output()
        try:
            given = inputs.read(arguments, self.environment)
            for secret in self._secrets(given):
                output.hide(secret)
            with output.debugging(wanted=self.environment.get("RUNNER_DEBUG") == "1"):
                return Session(self, output).perform(given, settle(given))
        except SpeechOpsError as error:
            output.show(error)
            return error.exit_code
        except BrokenPipeError:
            raise
        except Exception:  # noqa: BLE001 - a fault of ours: its trace-back is shown, without secrets
            output.say(
                f"{traceback.format_exc()}This is a fault of SpeechOps: please report it with this log."
            )
            return 1
        except KeyboardInterrupt:
            output.say("Interrupted. Work that has begun goes on in the service; the next run takes it up.")
            return _INTERRUPTED

    def _output(self) -> Output:
        return Output(self.output, self.clock, self.environment.get("GITHUB_ACTIONS") == "true")

    def _secrets(self, given: Given) -> tuple[str, ...]:
        """Return every secret, and every part of one, that must be masked before anything else is printed."""
        from speechops import identity  # noqa: PLC0415 - --help needs no keys

        values = {item.name: given.direct(item.name) for item in INPUTS if item.secret}
        keyring = identity.Keyring.gather(self.environment, values)
        return (*values.values(), *identity.secrets(keyring))

    def _complete_checks(self, output: Output, token: str) -> None:
        """Complete the checks of a process that was killed. Raises :class:`PlatformError`."""
        ids = [int(one) for one in self.environment.get(f"STATE_{_CHECKS}", "").split(",") if one.isdigit()]
        if not ids:
            return
        from speechops.github import checks  # noqa: PLC0415

        with Connections(self.environment, self.clock, output).github(token) as github:
            for check in ids:
                if github is not None and checks.complete_abandoned(github, check):
                    output.say(f"Check {check} was left in progress: it is completed as cancelled.")


@dataclass(slots=True)
class Session:
    """One run of the app: what it speaks through and reaches, and what its models have told so far."""

    app: App
    output: Output
    connections: Connections = field(init=False)
    handover: Handover = field(init=False)
    told: dict[str, Outcome | str] = field(default_factory=dict)
    checks: list[int] = field(default_factory=list)
    store: Store = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.connections = Connections(self.app.environment, self.app.clock, self.output)
        files = CommandFiles.of(self.app.environment)
        self.handover = Handover(files, self.output.redact)

    def perform(self, given: Given, settings: Settings) -> int:
        """Perform the operation, for each model in turn."""
        console = self.output.console()
        alone: dict[Operation, Callable[[], int]] = {
            Operation.SERVE: lambda: self._serve(settings, console),
            Operation.DEMO: lambda: self._demo(settings, console),
            Operation.PLAN: lambda: self._plan(given, settings, console),
            Operation.VERDICTS: lambda: self._verdicts(settings, console),
            Operation.DOCTOR: lambda: self._doctor(settings, console),
            Operation.MIGRATE: lambda: self._migrate(given, settings, console),
            Operation.PUBLISH_REPORT: lambda: self._publish(settings, console),
        }
        if self.output.in_actions and settings.operation in _BY_HAND:
            raise UsageError(
                f"{settings.operation} is for the command line alone.",
                hint="Name another operation.",
                place=Place(input="operation"),
            )
        if settings.operation in alone:
            return alone[settings.operation]()
        self._authorize(settings, console)
        with contextlib.ExitStack() as stack:
            speech, platform = self._reach(settings, console, stack)
            code = max(
                self._for_model(settings, model, speech, platform, console) for model in settings.models
            )
            if settings.operation is Operation.COMPARE and platform is not None:
                self._comment(settings, platform, console)
            if settings.operation is Operation.REPORT and len(settings.models) > 1:
                self._overview(settings, console)
            return code

    def _authorize(self, settings: Settings, console: Console) -> None:
        """Take or refuse the command of a comment, before anything else is done for it."""
        from speechops.pull_request import command  # noqa: PLC0415

        event = self.connections.event()
        if settings.operation is Operation.COMPARE and event.name == command.EVENT:
            with self.connections.platform(settings) as platform:
                command.authorize(platform, event, self.connections.commit(settings), console.line)

    def _reach(
        self, settings: Settings, console: Console, stack: contextlib.ExitStack
    ) -> tuple[SpeechClient | None, Platform | None]:
        """Open what the operation needs until ``stack`` is closed: store, Speech resource, GitHub."""
        if settings.operation is Operation.VALIDATE:
            return None, None
        check_folder(settings)
        access = stack.enter_context(self.connections.access(settings))
        self.store = self.connections.store(settings, access)
        if settings.operation is Operation.REPORT:
            return None, None
        speech = stack.enter_context(self.connections.speech(settings, access, console.line))
        return speech, stack.enter_context(self.connections.platform(settings))

    def _migrate(self, given: Given, settings: Settings, console: Console) -> int:
        from speechops.operations import migrate  # noqa: PLC0415
        from speechops.setup.repository import Repository, published_action  # noqa: PLC0415

        wishes = migrate.Wishes(
            given.direct("action") or published_action(),
            given.direct("endpoint-id"),
            given.direct("speech-endpoint"),
            given.direct("speech-region"),
            dry_run=given.direct("dry-run") == "true",
        )
        repository = Repository(self.connections.git(settings, Path()).ask)
        console.line(migrate.run(Path(), repository, wishes, console).message)
        return 0

    def _plan(self, given: Given, settings: Settings, console: Console) -> int:
        from speechops.operations import plan  # noqa: PLC0415

        config = settings.described.path if settings.described else Path(BY_NAME["config"].default)
        with contextlib.ExitStack() as stack:
            occurrence = plan.Occurrence(
                self.connections.event(),
                self.connections.git(settings, config.parent),
                config,
                lambda content: models_described(given, parse_project(config, content)),
                lambda: self._open_registry(settings, stack),
                self.app.clock.now(),
            )
            outcome = plan.run(settings, occurrence, console)
        self.handover.give(settings, outcome)
        for warning in outcome.warnings:
            self.output.warn(warning)
        console.line(outcome.message)
        return 0

    def _verdicts(self, settings: Settings, console: Console) -> int:
        from speechops.operations import verdicts  # noqa: PLC0415

        with contextlib.ExitStack() as stack:
            outcome = verdicts.run(settings, self._open_registry(settings, stack), self.connections.run_id())
        self.handover.give(settings, outcome)
        if outcome.ending is Ending.REFUSED:
            raise SpeechOpsError(outcome.message, hint="Run the jobs that failed again.")
        console.line(outcome.message)
        return 0

    def _open_registry(self, settings: Settings, stack: contextlib.ExitStack) -> Registry:
        """Open the store for an operation that needs nothing else."""
        self.store = self.connections.store(settings, stack.enter_context(self.connections.access(settings)))
        return self._registry()

    def _doctor(self, settings: Settings, console: Console) -> int:
        """Look at the set-up. Raises :class:`SpeechOpsError`, after its table, where anything is wrong."""
        from speechops.operations import doctor  # noqa: PLC0415
        from speechops.registry.registry import Registry  # noqa: PLC0415

        with contextlib.ExitStack() as stack:
            access = stack.enter_context(self.connections.access(settings))
            patient = doctor.Patient(
                settings,
                self.app.clock,
                sign_in=lambda: access.sign_in,
                speech=functools.cache(
                    lambda: stack.enter_context(self.connections.speech(settings, access, console.line))
                ),
                account=functools.cache(lambda: access.account(settings.storage)),
                registry=functools.cache(
                    lambda: Registry(access.store(settings.storage), report=self.output.warn)
                ),
                client_id=access.keyring.client_id,
                platform=stack.enter_context(self.connections.platform(settings)),
                repository=self.app.environment.get("GITHUB_REPOSITORY", ""),
                in_actions=self.output.in_actions,
            )
            outcome = doctor.run(patient, console)
        self.handover.give(settings, outcome)
        for warning in outcome.warnings:
            self.output.warn(warning)
        if outcome.outputs["errors"] != "0":
            raise SpeechOpsError(outcome.message)
        console.line(outcome.message)
        return 0

    def _for_model(
        self,
        settings: Settings,
        model: ModelSettings,
        speech: SpeechClient | None,
        platform: Platform | None,
        console: Console,
    ) -> int:
        if len(settings.models) > 1:
            console.heading(f"{settings.operation} {model.name}")
        try:
            outcome = self._outcome(settings, model, speech, platform, console)
            self.told[model.name] = outcome
            self.handover.give(settings, outcome, model)
            for warning in outcome.warnings:
                self.output.warn(warning)
            if outcome.ending is Ending.NOT_PROMOTED:
                raise GateClosed(f"{model.name} is not promoted: {outcome.message}")
            if outcome.message not in outcome.warnings:
                console.line(outcome.message)
        except SpeechOpsError as error:
            self.told.setdefault(model.name, self.output.redact(error.located()))
            self.output.show(error)
            return error.exit_code
        return 0

    def _comment(self, settings: Settings, platform: Platform, console: Console) -> None:
        """Tell the pull request what all models of this run have to tell."""
        from speechops.pull_request import presentation  # noqa: PLC0415
        from speechops.report.markdown import Context  # noqa: PLC0415

        number = platform.event.pull_request
        if number is None:
            return
        entries = [presentation.entry(model, self.told[model.name]) for model in settings.models]
        commit = self.connections.commit(settings)
        context = Context(
            commit, str(platform.event.run_id or ""), platform.event.run_url, settings.show_transcripts
        )
        try:
            url = presentation.comment(
                platform,
                number,
                entries,
                context,
                mode=presentation.Mode(settings.comment),
                key=presentation.key(platform.event, [model.name for model in settings.models]),
                template=settings.comment_template,
            )
        except PlatformError as error:
            self.output.warn(f"No comment on the pull request: {error}")
            return
        if url:
            console.line(f"The pull request has a comment: {url}")

    def _overview(self, settings: Settings, console: Console) -> None:
        from speechops.evaluation import reporting  # noqa: PLC0415

        reports = [end.report for end in self.told.values() if not isinstance(end, str) and end.report]
        try:
            console.line(str(reporting.write_overview(reports, settings.report_folder)))
        except OSError as error:
            raise unwritable(settings, reason(error)) from error

    def _publish(self, settings: Settings, console: Console) -> int:
        """Post the report that a run without the right to do so has left as an artifact."""
        from speechops.pull_request import presentation  # noqa: PLC0415

        with self.connections.platform(settings) as platform:
            if platform is None:
                raise UsageError("publish-report needs github-token and a repository.")
            console.line(
                presentation.publish(platform, settings.reports, presentation.Mode(settings.comment))
            )
        return 0

    def _outcome(
        self,
        settings: Settings,
        model: ModelSettings,
        speech: SpeechClient | None,
        platform: Platform | None,
        console: Console,
    ) -> Outcome:
        if settings.operation is Operation.VALIDATE:
            from speechops.operations import validate  # noqa: PLC0415

            return validate.run(model, settings.speech.tier, console, self.output.annotate)
        registry = self._registry()
        if speech is None:
            from speechops.operations import report  # noqa: PLC0415

            return self._reported(settings, model, registry, console, report.run(model.name, registry))
        from speechops import performance  # noqa: PLC0415
        from speechops.pull_request import presentation  # noqa: PLC0415
        from speechops.run import Run  # noqa: PLC0415

        name = self.connections.run_id()
        desk = presentation.Desk(self._origin(settings, name), self.output.redact, self._keep_check)
        outcome = performance.perform(
            Run(
                settings=settings,
                model=model,
                speech=speech,
                registry=registry,
                clock=self.app.clock,
                console=console,
                id=name,
                commit=self.connections.commit(settings),
                platform=platform,
                event=self.connections.event(),
                state=self._state(settings, model),
            ),
            desk,
            self.output.redact,
        )
        if outcome.result is None:
            return outcome
        return self._reported(settings, model, registry, console, outcome, name)

    def _reported(
        self,
        settings: Settings,
        model: ModelSettings,
        registry: Registry,
        console: Console,
        outcome: Outcome,
        run: str = "",
    ) -> Outcome:
        """Write and show the report of an outcome."""
        from speechops.evaluation import reporting  # noqa: PLC0415

        report = outcome.report or reporting.build(
            model, registry, outcome.result, self._origin(settings, run)
        )
        clips = reporting.clips(model, report) if settings.include_audio else {}
        try:
            path = reporting.write(report, settings.report_folder / model.name, clips)
        except OSError as error:
            raise unwritable(settings, reason(error)) from error
        reporting.show(
            report,
            console,
            with_history=settings.operation is Operation.REPORT,
            show_transcripts=settings.show_transcripts,
        )
        message = outcome.message
        if settings.operation is Operation.REPORT:
            message = f"{message}\n{path}"
        outputs = {**outcome.outputs, "report": str(path)}
        return replace(outcome, outputs=outputs, message=message, report=report)

    def _origin(self, settings: Settings, run: str) -> Origin:
        """Return what made a report: this run."""
        from speechops.report import Origin  # noqa: PLC0415
        from speechops.run import timestamp  # noqa: PLC0415

        event = self.connections.event()
        return Origin(
            operation=settings.operation,
            made=timestamp(self.app.clock.now()),
            run=run,
            commit=self.connections.commit(settings),
            run_url=event.run_url,
            repository_url=f"{event.server_url}/{event.repository}" if event.repository else "",
            pull_request=event.pull_request,
        )

    def _state(self, settings: Settings, model: ModelSettings) -> State | None:
        """Return what determines the results of a model in the commit that is checked out."""
        if settings.operation not in _JUDGING or settings.data_folder:
            return None
        from speechops.planning import state  # noqa: PLC0415

        checkout = self.connections.checkout(settings)
        if checkout is None:
            return None
        files = [*state.files(model), *([settings.described.path] if settings.described else [])]
        return None if checkout.uncommitted(files) else state.of_model(model, checkout)

    def _keep_check(self, check: int) -> None:
        """Remember a check for the post step, in case this process is killed."""
        self.checks.append(check)
        CommandFiles.of(self.app.environment).save_state(_CHECKS, ",".join(map(str, self.checks)))

    def _registry(self) -> Registry:
        from speechops.registry.registry import Registry  # noqa: PLC0415

        return Registry(self.store, report=self.output.warn)

    def _serve(self, settings: Settings, console: Console) -> int:
        with self.connections.embedded(settings.local_folder, port=settings.port) as service:
            console.line(f"The embedded speech service listens at {service.url}; Ctrl-C ends it.")
            threading.Event().wait()
        return 0

    def _demo(self, settings: Settings, console: Console) -> int:
        """Run the demo on a fresh service; what the recogniser learns once outlives it."""
        from speechops.operations import demo  # noqa: PLC0415

        folder = folders.fresh("demo")
        cache = settings.local_folder / "recogniser"
        with self.connections.embedded(folder / "service", cache=cache) as service:
            return demo.run(folder, service.url, console, self.app.run)
