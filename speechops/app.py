"""The composition root: environment and arguments in, text, outputs, annotations and an exit code out.

Nothing else in the package reads the environment, prints or ends the process.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import logging
import os
import re
import secrets
import shutil
import signal
import sys
import threading
import traceback
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from speechops import __version__, inputs
from speechops.clock import Clock, SystemClock
from speechops.console import Console, PlainConsole, TerminalConsole
from speechops.errors import GateClosed, Place, PlatformError, SpeechOpsError, StillRunning, UsageError
from speechops.github import event as events
from speechops.github.annotation import Annotation, Level, of_error
from speechops.github.commands import Commands
from speechops.github.files import CommandFiles
from speechops.inputs import BY_NAME, INPUTS, OUTPUTS, Operation
from speechops.project import parse_project
from speechops.redaction import SHORTEST, Redactor
from speechops.registry.documents import Ending, RunRecord
from speechops.settings import models_described, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from speechops.access import Access
    from speechops.corpus import Finding
    from speechops.github.api import GitHub
    from speechops.github.changes import Git
    from speechops.github.event import Event
    from speechops.inputs import Given
    from speechops.local.server import RunningService
    from speechops.operations.job import Job, Outcome, Platform
    from speechops.registry.documents import Deletion
    from speechops.registry.registry import Registry
    from speechops.registry.store import Store
    from speechops.report import Origin
    from speechops.settings import ModelSettings, Settings
    from speechops.speech import SpeechClient

_INTERRUPTED = 130
_CHECKS = "checks"  # the state that the post step reads


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line or, where the environment names an operation, the Action; return the exit code."""
    stop = threading.Event()

    def interrupt(*_: object) -> None:
        stop.set()  # wakes the threads that wait
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    app = App(dict(os.environ), sys.stdout, SystemClock(stop))
    return app.run(sys.argv[1:] if arguments is None else arguments)


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
        session = Session(self, Redactor())
        try:
            session.hide(inputs.in_environment("github-token", self.environment))
            session.complete_checks()
        except SpeechOpsError as error:
            session.show(error)
            return error.exit_code
        return 0

    def run(self, arguments: Sequence[str]) -> int:
        """Do what was asked and return the exit code: 0, or that of the error that is shown."""
        if "--version" in arguments:
            self.output.write(f"speechops {__version__}\n")
            return 0
        if not arguments and not inputs.in_environment("operation", self.environment):
            arguments = ["--help"]
        session = Session(self, Redactor())
        try:
            given = inputs.read(arguments, self.environment)
            session.hide_secrets(given)
            with session.debugging():
                return session.perform(given, settle(given))
        except SpeechOpsError as error:
            session.show(error)
            return error.exit_code
        except Exception:  # noqa: BLE001 - a fault of ours: its trace-back is shown, without secrets
            session.say(
                f"{traceback.format_exc()}This is a fault of SpeechOps: please report it with this log."
            )
            return 1
        except KeyboardInterrupt:
            session.say("Interrupted. Work that has begun goes on in the service; the next run takes it up.")
            return _INTERRUPTED

    @property
    def in_actions(self) -> bool:
        """Whether the Actions runner reads our output."""
        return self.environment.get("GITHUB_ACTIONS") == "true"


@dataclass(slots=True)
class Session:
    """One run of the app: how it speaks, and what its models have handed over so far."""

    app: App
    redact: Redactor
    outcomes: dict[str, dict[str, str]] = field(default_factory=dict)
    told: dict[str, Outcome | str] = field(default_factory=dict)
    checks: list[int] = field(default_factory=list)
    access: Access = field(init=False, repr=False)
    store: Store = field(init=False, repr=False)

    # --- speaking ---

    @property
    def commands(self) -> Commands:
        """The runner's commands on our output."""
        return Commands(self.app.output)

    def hide_secrets(self, given: Given) -> None:
        """Mask every secret, and every part of one, before anything else is printed."""
        from speechops import identity  # noqa: PLC0415 - --help needs no keys

        values = {item.name: given.direct(item.name) for item in INPUTS if item.secret}
        keyring = identity.Keyring.gather(self.app.environment, values)
        for secret in (*values.values(), *identity.secrets(keyring)):
            self.hide(secret)

    def hide(self, secret: str) -> None:
        """Keep a secret out of all that is printed or written from now on."""
        if len(secret) < SHORTEST:
            return
        self.redact.learn(secret)
        if self.app.in_actions:
            self.commands.mask(secret)

    @contextlib.contextmanager
    def debugging(self) -> Iterator[None]:
        """Say what the libraries log, without secrets, where the run is re-run with debug logging."""
        if self.app.environment.get("RUNNER_DEBUG") != "1":
            yield
            return
        log, handler = logging.getLogger(), _Lines(self.say)
        level = log.level
        log.addHandler(handler)
        log.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            log.setLevel(level)
            log.removeHandler(handler)

    def say(self, text: str) -> None:
        """Print one line or more, without secrets, and so that none of it works as a command."""
        text = self.redact(text)
        if self.app.in_actions:
            self.commands.write(text)
        else:
            self.app.output.write(f"{text}\n")
            self.app.output.flush()

    def show(self, error: SpeechOpsError) -> None:
        """Show an error on one line; in the Actions runner as an annotation where it belongs."""
        if self.app.in_actions:
            annotation = of_error(error)
            self.commands.annotate(replace(annotation, message=self.redact(annotation.message)))
        else:
            self.say(f"{_where(error.place)}error: {error}")

    def annotate(self, finding: Finding) -> None:
        """Show a finding where it belongs."""
        place = Place(file=finding.file, line=finding.line)
        if self.app.in_actions:
            level = Level[finding.severity.name]
            text = self.redact(f"{finding.message} {finding.advice}")
            self.commands.annotate(
                Annotation(level, text, title=finding.rule, file=place.file, line=place.line)
            )
        else:
            self.say(
                f"{_where(place)}{finding.severity}: {finding.message} {finding.advice} [{finding.rule}]"
            )

    def warn(self, text: str) -> None:
        """Show a warning that belongs to the whole run."""
        if self.app.in_actions:
            self.commands.annotate(Annotation(Level.WARNING, self.redact(text)))
        else:
            self.say(f"warning: {text}")

    def console(self) -> Console:
        """Return live progress for a terminal, plain lines for everything else."""
        if self.app.output.isatty() and not self.app.in_actions:
            return TerminalConsole(clock=self.app.clock, redact=self.redact)
        return PlainConsole(self.say, clock=self.app.clock)

    # --- performing ---

    def perform(self, given: Given, settings: Settings) -> int:
        """Perform the operation, for each model in turn."""
        console = self.console()
        alone: dict[Operation, Callable[[], int]] = {
            Operation.SERVE: lambda: self._serve(settings, console),
            Operation.DEMO: lambda: self._demo(settings, console),
            Operation.PLAN: lambda: self._plan(given, settings, console),
            Operation.DOCTOR: lambda: self._doctor(settings, console),
            Operation.MIGRATE: lambda: self._migrate(given, console),
            Operation.PUBLISH_REPORT: lambda: self._publish(settings, console),
        }
        if settings.operation in alone:
            return alone[settings.operation]()
        with contextlib.ExitStack() as stack:
            speech = platform = None
            if settings.operation is not Operation.VALIDATE:
                self.access = stack.enter_context(self._access(settings))
                self.store = self._store(settings)
            if settings.operation not in {Operation.VALIDATE, Operation.REPORT}:
                speech = stack.enter_context(self._speech(settings, console))
                platform = stack.enter_context(self._platform(settings, console))
            code = max(
                self._for_model(settings, model, speech, platform, console) for model in settings.models
            )
            if settings.operation is Operation.COMPARE and platform is not None:
                self._comment(settings, platform, console)
            if settings.operation is Operation.REPORT and len(settings.models) > 1:
                self._overview(settings, console)
            return code

    def _migrate(self, given: Given, console: Console) -> int:
        from speechops.operations import migrate  # noqa: PLC0415

        action = given.direct("action") or BY_NAME["action"].default
        console.line(migrate.run(Path(), action, given.direct("endpoint-id"), console).message)
        return 0

    def _plan(self, given: Given, settings: Settings, console: Console) -> int:
        from speechops.operations import plan  # noqa: PLC0415

        config = Path(given.direct("config") or BY_NAME["config"].default)
        occurrence = plan.Occurrence(
            self._event(),
            self._git(settings, config.parent),
            config,
            lambda content: models_described(given, parse_project(config, content)),
        )
        outcome = plan.run(settings, occurrence, console)
        self._hand_over(settings, outcome)
        for warning in outcome.warnings:
            self.warn(warning)
        console.line(outcome.message)
        return 0

    def _doctor(self, settings: Settings, console: Console) -> int:
        """Look at the set-up. Raises :class:`SpeechOpsError`, after its table, where anything is wrong."""
        from speechops.operations import doctor  # noqa: PLC0415
        from speechops.registry.registry import Registry  # noqa: PLC0415

        with contextlib.ExitStack() as stack:
            access = self.access = stack.enter_context(self._access(settings))
            patient = doctor.Patient(
                settings,
                self.app.clock,
                sign_in=lambda: access.sign_in,
                speech=functools.cache(lambda: stack.enter_context(self._speech(settings, console))),
                account=functools.cache(lambda: access.account(settings.storage)),
                registry=functools.cache(lambda: Registry(access.store(settings.storage), report=self.warn)),
                client_id=access.keyring.client_id,
                platform=stack.enter_context(self._platform(settings, console)),
                repository=self.app.environment.get("GITHUB_REPOSITORY", ""),
                in_actions=self.app.in_actions,
            )
            outcome = doctor.run(patient, console)
        self._hand_over(settings, outcome)
        for warning in outcome.warnings:
            self.warn(warning)
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
            self._hand_over(settings, outcome, model)
            for warning in outcome.warnings:
                self.warn(warning)
            if outcome.ending is Ending.NOT_PROMOTED:
                raise GateClosed(f"{model.name} is not promoted: {outcome.message}")
            console.line(outcome.message)
        except SpeechOpsError as error:
            self.told.setdefault(model.name, self.redact(str(error)))
            self.show(error)
            return error.exit_code
        return 0

    def _comment(self, settings: Settings, platform: Platform, console: Console) -> None:
        """Tell the pull request what all models of this run have to tell."""
        from speechops.operations import pull_request  # noqa: PLC0415
        from speechops.report.markdown import Setting  # noqa: PLC0415

        number = platform.event.pull_request
        if number is None:
            return
        told = [pull_request.told(model, self.told[model.name]) for model in settings.models]
        commit = settings.commit or self._commit(settings)
        setting = Setting(
            commit, str(platform.event.run_id or ""), platform.event.run_url, settings.show_transcripts
        )
        try:
            url = pull_request.comment(
                platform,
                number,
                told,
                setting,
                mode=pull_request.Mode(settings.comment),
                key=pull_request.key(platform.event, [model.name for model in settings.models]),
                template=_read_template(settings.comment_template),
            )
        except PlatformError as error:
            self.warn(f"No comment on the pull request: {error}")
            return
        if url:
            console.line(f"The pull request has a comment: {url}")

    def _overview(self, settings: Settings, console: Console) -> None:
        from speechops.operations import reporting  # noqa: PLC0415

        reports = [end.report for end in self.told.values() if not isinstance(end, str) and end.report]
        console.line(str(reporting.write_overview(reports, settings.report_folder)))

    def _publish(self, settings: Settings, console: Console) -> int:
        """Post the report that a run without the right to do so has left as an artifact."""
        from speechops.operations import pull_request  # noqa: PLC0415

        with self._platform(settings, console) as platform:
            if platform is None:
                raise UsageError("publish-report needs github-token and a repository.")
            console.line(
                pull_request.publish(platform, settings.reports, pull_request.Mode(settings.comment))
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

            return validate.run(model, settings.speech.tier, console, self.annotate)
        registry = self._registry()
        if speech is None:
            from speechops.operations import history  # noqa: PLC0415

            return self._reported(settings, model, registry, console, history.run(model.name, registry))
        from speechops.operations import job  # noqa: PLC0415

        run = self._run_id()
        outcome = self._recorded(
            job.Job(
                settings=settings,
                model=model,
                speech=speech,
                registry=registry,
                clock=self.app.clock,
                console=console,
                run=run,
                commit=settings.commit or self._commit(settings),
                platform=platform,
            )
        )
        if outcome.result is None:
            return outcome
        return self._reported(settings, model, registry, console, outcome, run)

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
        from speechops.operations import reporting  # noqa: PLC0415

        report = outcome.report or reporting.build(
            model, registry, outcome.result, self._origin(settings, run)
        )
        clips = reporting.clips(model, report) if settings.include_audio else {}
        path = reporting.write(report, settings.report_folder / model.name, clips)
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
        from speechops.operations.job import timestamp  # noqa: PLC0415
        from speechops.report import Origin  # noqa: PLC0415

        event = self._event()
        return Origin(
            operation=settings.operation,
            made=timestamp(self.app.clock.now()),
            run=run,
            commit=settings.commit or self._commit(settings),
            run_url=event.run_url,
            repository_url=f"{event.server_url}/{event.repository}" if event.repository else "",
            pull_request=event.pull_request,
        )

    def _recorded(self, job: Job) -> Outcome:
        """Perform the job between the two writings of its run record."""
        record = RunRecord(
            id=job.run,
            operation=job.settings.operation,
            model=job.model.name,
            commit=job.commit,
            started=job.now(),
        )
        job.registry.record(record)

        def note(deletions: tuple[Deletion, ...]) -> None:
            nonlocal record  # however the run ends, the reasons stay
            record = replace(record, deletions=deletions)
            job.registry.record(record)

        try:
            outcome = self._perform(replace(job, note=note))
        except StillRunning as error:
            outcome = _still_running(error)
        except KeyboardInterrupt:
            job.registry.record(replace(record, ended=job.now(), ending=Ending.INTERRUPTED))
            raise
        except SpeechOpsError as error:
            message = self.redact(str(error))
            job.registry.record(replace(record, ended=job.now(), ending=Ending.REFUSED, message=message))
            raise
        job.registry.record(
            replace(
                record,
                ended=job.now(),
                ending=outcome.ending,
                message=self.redact(outcome.message),
                result=outcome.result.name if outcome.result else "",
                trained=outcome.trained,
                reused=outcome.reused,
                outputs=dict(outcome.outputs),
                deletions=outcome.deletions,
            )
        )
        return _with_freeze(outcome, job)

    def _perform(self, job: Job) -> Outcome:
        if job.settings.operation is not Operation.COMPARE:
            return _perform(job)
        from speechops.operations import pull_request  # noqa: PLC0415

        desk = pull_request.Desk(self._origin(job.settings, job.run), self.redact, self._keep_check)
        return pull_request.compare(job, desk)

    def _keep_check(self, check: int) -> None:
        """Remember a check for the post step, in case this process is killed."""
        self.checks.append(check)
        CommandFiles.of(self.app.environment).save_state(_CHECKS, ",".join(map(str, self.checks)))

    def complete_checks(self) -> None:
        """Complete the checks of a process that was killed. Raises :class:`PlatformError`."""
        ids = [
            int(one) for one in self.app.environment.get(f"STATE_{_CHECKS}", "").split(",") if one.isdigit()
        ]
        if not ids:
            return
        from speechops.github import checks  # noqa: PLC0415

        token = inputs.in_environment("github-token", self.app.environment)
        with self._github(token, self.say) as github:
            for check in ids:
                if github is not None and checks.complete_abandoned(github, check):
                    self.say(f"Check {check} was left in progress: it is completed as cancelled.")

    def _hand_over(self, settings: Settings, outcome: Outcome, model: ModelSettings | None = None) -> None:
        """Hand an outcome to the steps and jobs that follow, and to the people who read the summary."""
        files = CommandFiles.of(self.app.environment)
        if undeclared := outcome.outputs.keys() - OUTPUTS.keys():
            raise AssertionError(f"action.yml has no output {', '.join(sorted(undeclared))}")
        for name, value in outcome.outputs.items():
            files.set_output(name, value)
        title = f"{settings.operation} {model.name}" if model else settings.operation
        message = self.redact(outcome.message)
        files.add_summary(_summary(settings, outcome, title, message), pointer="See the report's artifact.")
        if model is None:
            return
        self.outcomes[model.name] = dict(outcome.outputs)
        files.set_output("outcomes", json.dumps(self.outcomes))
        if self.app.in_actions:
            from speechops.operations.job import OUTCOME  # noqa: PLC0415

            folder = settings.report_folder / model.name
            folder.mkdir(parents=True, exist_ok=True)
            content = {
                "operation": settings.operation,
                "model": model.name,
                "ending": outcome.ending,
                "message": message,
                "outputs": dict(outcome.outputs),
            }
            (folder / OUTCOME).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    # --- what the operations need ---

    def _run_id(self) -> str:
        """Name the run: the same for a re-run by GitHub, so that it takes up what the first one left."""
        run = self.app.environment.get("GITHUB_RUN_ID", "")
        return run or f"{self.app.clock.now():%Y%m%d%H%M%S}-{secrets.token_hex(3)}"

    def _event(self) -> Event:
        """Return the event of the run; outside of GitHub one without a name."""
        payload = self.app.environment.get("GITHUB_EVENT_PATH", "")
        return events.read(Path(payload), self.app.environment) if payload else events.Event("")

    def _git(self, settings: Settings, folder: Path) -> Git:
        from speechops.github.changes import Git, process_runner  # noqa: PLC0415

        return Git(
            folder.resolve(),
            process_runner(self.app.environment),
            token=settings.github_token,
            server_url=self.app.environment.get("GITHUB_SERVER_URL") or events.PUBLIC_SERVER,
        )

    def _commit(self, settings: Settings) -> str:
        """Return the commit that the run is about, else the one that is checked out; empty outside git."""
        commit = self._event().commit or self.app.environment.get("GITHUB_SHA", "")
        if commit:
            return commit
        try:
            found = self._git(settings, _folder(settings)).ask("rev-parse", "HEAD")
        except PlatformError:  # there is no git
            return ""
        return found.decode().strip() if found else ""

    @contextlib.contextmanager
    def _platform(self, settings: Settings, console: Console) -> Iterator[Platform | None]:
        """Open GitHub where a token is given and the repository is known."""
        from speechops.operations.job import Platform  # noqa: PLC0415

        with self._github(settings.github_token, console.line) as github:
            yield None if github is None else Platform(github, self._event())

    @contextlib.contextmanager
    def _github(self, token: str, log: Callable[[str], None]) -> Iterator[GitHub | None]:
        repository = self.app.environment.get("GITHUB_REPOSITORY", "")
        if not token or not repository:
            yield None
            return
        from speechops.github.api import GitHub  # noqa: PLC0415
        from speechops.speech import open_session  # noqa: PLC0415

        with open_session() as session:
            yield GitHub(
                repository,
                token=token,
                session=session,
                clock=self.app.clock,
                api_url=self.app.environment.get("GITHUB_API_URL") or events.PUBLIC_API,
                log=log,
            )

    @contextlib.contextmanager
    def _access(self, settings: Settings) -> Iterator[Access]:
        from speechops import access  # noqa: PLC0415
        from speechops.speech import open_session  # noqa: PLC0415

        keyring = access.keyring(settings, self.app.environment, in_actions=self.app.in_actions)
        with open_session() as session:
            yield access.Access(keyring, session, self.app.clock, learn=self.hide, say=self.say)

    def _store(self, settings: Settings) -> Store:
        """Open the store, and warn where anyone may read what it keeps."""
        if not settings.storage.is_account:
            return self.access.store(settings.storage)
        from speechops.access import publicity  # noqa: PLC0415

        store = self.access.account(settings.storage)
        for warning in publicity(store):
            self.warn(warning)
        return store

    def _registry(self) -> Registry:
        from speechops.registry.registry import Registry  # noqa: PLC0415

        return Registry(self.store, report=self.warn)

    @contextlib.contextmanager
    def _speech(self, settings: Settings, console: Console) -> Iterator[SpeechClient]:
        """Open the speech service: the embedded one is started for the time of the run."""
        from speechops.speech import ApiVersion, SpeechClient, open_session  # noqa: PLC0415

        with contextlib.ExitStack() as stack:
            endpoint = settings.speech.url
            if settings.speech.is_local:
                endpoint = stack.enter_context(self._local(settings.local_folder)).url
            yield SpeechClient(
                endpoint,
                credential=self.access.credential(settings.speech),
                session=stack.enter_context(open_session()),
                clock=self.app.clock,
                version=ApiVersion(settings.speech.api_version),
                log=console.line,
            )

    def _local(self, folder: Path, *, port: int = 0, cache: Path | None = None) -> RunningService:
        """Start the embedded service, with what its recogniser learnt once in ``cache``.

        Raises :class:`UsageError` where it is not installed or cannot be started.
        """
        missing = [name for name in ("werkzeug", "pocketsphinx") if importlib.util.find_spec(name) is None]
        if missing:
            raise UsageError(
                f"The embedded speech service is not installed: {missing[0]} is missing.",
                hint="Install speechops[local], or set speech-endpoint to your Speech resource.",
                place=Place(input="speech-endpoint"),
            )
        from speechops.local import server  # noqa: PLC0415
        from speechops.local.state import FolderInUseError  # noqa: PLC0415

        try:
            return server.start(folder, port=port, engine=server.recogniser(cache or folder / "recogniser"))
        except (OSError, FolderInUseError) as error:
            raise UsageError(
                f"The embedded speech service cannot be started: {error}.",
                hint="Name another folder with local-folder, or another port.",
            ) from error

    def _serve(self, settings: Settings, console: Console) -> int:
        with self._local(settings.local_folder, port=settings.port) as service:
            console.line(f"The embedded speech service listens at {service.url}; Ctrl-C ends it.")
            threading.Event().wait()
        return 0

    def _demo(self, settings: Settings, console: Console) -> int:
        """Run the demo on a fresh service; what the recogniser learns once outlives it."""
        from speechops.operations import demo  # noqa: PLC0415

        folder = settings.local_folder.parent / "demo"
        shutil.rmtree(folder, ignore_errors=True)
        cache = settings.local_folder / "recogniser"
        with self._local(folder / "service", cache=cache) as service:
            return demo.run(folder, service.url, console, self.app.run)


class _Lines(logging.Handler):
    """Hands on what libraries log, a line each."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("debug: %(name)s: %(message)s"))
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        self._say(self.format(record))


def _still_running(error: StillRunning) -> Outcome:
    """Return how a run ends whose work outlasts it: neither well nor badly, for another to take up."""
    from speechops.operations.job import Outcome  # noqa: PLC0415

    message = f"{error.message} It goes on: run again to take it up, or let maintain finish it."
    outputs = {"improved": "false", "deployed": "false"}
    return Outcome(message, outputs, ending=Ending.STILL_RUNNING, warnings=(message,))


def _with_freeze(outcome: Outcome, job: Job) -> Outcome:
    """Return the outcome with a warning if the benchmark is frozen: no report is without it."""
    held = job.registry.benchmark(job.model.name)
    if held is None or not held.benchmark.frozen:
        return outcome
    warning = f"The benchmark of {job.model.name} is frozen: {held.benchmark.frozen}"
    return replace(outcome, warnings=(*outcome.warnings, warning))


def _perform(job: Job) -> Outcome:
    from speechops.operations import (  # noqa: PLC0415
        deploy,
        freeze,
        maintain,
        rollback,
        test_data,
        train_data,
    )

    operations = {
        Operation.TEST_DATA: test_data.run,
        Operation.TRAIN_DATA: train_data.run,
        Operation.DEPLOY: deploy.run,
        Operation.ROLLBACK: rollback.run,
        Operation.FREEZE: freeze.run,
        Operation.UNFREEZE: freeze.lift,
        Operation.MAINTAIN: maintain.run,
    }
    return operations[job.settings.operation](job)


def _folder(settings: Settings) -> Path:
    """Return the folder of the data, where git is asked for the commit."""
    for model in settings.models:
        if model.test_data is not None and model.test_data.parent.is_dir():
            return model.test_data.parent
    return Path()


def _summary(settings: Settings, outcome: Outcome, title: str, message: str) -> str:
    """Return what the summary of the job says of an outcome, as Markdown."""
    if outcome.report is None:
        return f"### {title}\n\n{_preformatted(message)}"
    from speechops.report import markdown  # noqa: PLC0415

    report = outcome.report
    note = "" if report.verdict else message
    setting = markdown.Setting(show_transcripts=settings.show_transcripts)
    return markdown.summary(markdown.Told(report.model, report.locale, report, note), setting)


def _read_template(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"comment-template: {path} cannot be read: {error}.", place=Place(input="comment-template")
        ) from error


def _preformatted(text: str) -> str:
    """Return text of any origin as Markdown that shows it as it is."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def _where(place: Place | None) -> str:
    if place is None or not place.file:
        return ""
    return f"{place.file}:{place.line}: " if place.line else f"{place.file}: "
