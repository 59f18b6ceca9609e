"""The entry: environment and arguments in, text, outputs, annotations and an exit code out.

Nothing else in the package reads the environment, prints or ends the process, and errors are caught
only here, except for those of one model among several (:mod:`speechops.runner`).
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import threading
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from speechops import __version__, command_line, ownership
from speechops.clock import Clock, SystemClock
from speechops.errors import Place, SpeechOpsError, UsageError
from speechops.inputs import CONFIG, INPUTS, in_environment
from speechops.output import Output
from speechops.values import named_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speechops.command_line import Invocation

CONTAINER = "SPEECHOPS_CONTAINER"
_INTERRUPTED = 130
_NOBODY_READS = 141  # as a shell has it for a program that wrote to a closed pipe


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line or, where the environment names an operation, the Action; return the exit code."""
    stop = threading.Event()

    def interrupt(*_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)  # a second signal ends the process immediately
        stop.set()  # wakes the threads that wait
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a minus sign must not cause a failure
    app = App(dict(os.environ), sys.stdout, SystemClock(stop))
    try:
        return app.run(sys.argv[1:] if arguments is None else arguments)
    except BrokenPipeError:  # as under "| head"; what is not flushed yet is discarded
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NOBODY_READS
    finally:
        _hand_over_files(os.environ)


def post() -> int:
    """Finish a step of the Action; the runner calls it when the job ends, whatever the result of the step."""
    try:
        return App(dict(os.environ), sys.stdout, SystemClock()).finish()
    finally:
        _hand_over_files(os.environ)


def _hand_over_files(environment: Mapping[str, str]) -> None:
    """Leave no file of root behind in the Action's image, which sets a variable.

    The runner mounts the workspace, and as HOME the folder that the workflows have reports written to: one
    that the runner could not delete would be uploaded again by the next job.
    """
    if environment.get(CONTAINER) != "true":
        return
    for folder in (environment.get("GITHUB_WORKSPACE"), environment.get("HOME")):
        if folder:
            ownership.hand_over(folder)


@dataclass(frozen=True, slots=True)
class App:
    """The process that SpeechOps runs in: its environment, its output, its clock."""

    environment: Mapping[str, str] = field(repr=False)
    output: TextIO
    clock: Clock

    def finish(self) -> int:
        """Clean up after a run that may have been killed: complete its checks."""
        output = self._output()
        try:
            token = in_environment("github-token", self.environment)
            output.hide(token)
            self._complete_checks(output, token)
        except SpeechOpsError as error:
            output.show(error)
            return error.exit_code
        return 0

    def run(self, arguments: Sequence[str]) -> int:
        """Perform an operation and return the exit code: 0, or that of the error shown."""
        if "--version" in arguments:
            self.output.write(f"speechops {__version__}\n")
            return 0
        if not arguments and not in_environment("operation", self.environment):
            described = Path(CONFIG.default).is_file()
            arguments = ["plan"] if described else ["--help"]  # the state of the project and the work to do
        output = self._output()
        try:
            invocation = command_line.read(arguments, self.environment)
            for secret in self._secrets(invocation):
                output.hide(secret)
            with output.debugging(wanted=self.environment.get("RUNNER_DEBUG") == "1"):
                return self._perform(invocation, output)
        except SpeechOpsError as error:
            output.show(error)
            return error.exit_code
        except BrokenPipeError:
            raise
        except Exception:  # noqa: BLE001 - a bug of ours: its trace-back is shown, without secrets
            output.say(f"{traceback.format_exc()}This is a bug in SpeechOps: please report it with this log.")
            return 1
        except KeyboardInterrupt:
            output.say(
                "Interrupted. Work that has begun continues in the service; the next run completes it."
            )
            return _INTERRUPTED

    def _perform(self, invocation: Invocation, output: Output) -> int:
        from speechops import runner, settings  # noqa: PLC0415 - --help needs neither
        from speechops.connections import Connections  # noqa: PLC0415
        from speechops.run import Run  # noqa: PLC0415

        found = settings.read(invocation)
        if output.in_actions and not invocation.operation.in_action:
            raise UsageError(
                f"{invocation.operation} is only available on the command line.",
                hint="Choose another operation.",
                place=Place(input="operation"),
            )
        with contextlib.ExitStack() as stack:
            console = output.console()
            connections = Connections(self.environment, self.clock, output, console, found, stack)
            return runner.perform(Run(found, connections, console, connections.run_id(), self.run))

    def _output(self) -> Output:
        return Output(self.output, self.clock, self.environment.get("GITHUB_ACTIONS") == "true")

    def _secrets(self, invocation: Invocation) -> tuple[str, ...]:
        """Return every secret, and every part of one, that must be masked before anything else is printed."""
        from speechops import identity  # noqa: PLC0415 - --help needs no keys

        values = {row.name: invocation.direct(row.name) for row in INPUTS if row.secret}
        keyring = identity.Keyring.gather(self.environment, values)
        return (*values.values(), *named_secrets(values["target-keys"]), *identity.secrets(keyring))

    def _complete_checks(self, output: Output, token: str) -> None:
        """Complete the checks of a process that was killed. Raises :class:`PlatformError`."""
        from speechops.connections import CHECKS, open_github  # noqa: PLC0415

        state = self.environment.get(f"STATE_{CHECKS}", "")
        ids = [int(text) for text in state.split(",") if text.isdigit()]
        if not ids:
            return
        from speechops.github import checks  # noqa: PLC0415

        with open_github(self.environment, self.clock, output, token) as github:
            for check in ids:
                if github is not None and checks.complete_abandoned(github, check):
                    output.say(f"Check {check} was left in progress: completing it as canceled.")
