"""The requested operation and the values of its inputs, as the user wrote them.

A value is looked for in the options, then in the environment (``SPEECHOPS_SPEECH_ENDPOINT`` or, as the
Actions runner sets it, ``INPUT_SPEECH-ENDPOINT``), then in ``speechops.yml``; blank counts as unset.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from speechops.errors import Place, UsageError
from speechops.inputs import BY_NAME, INPUTS, Group, in_environment, nearest
from speechops.operations.table import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speechops.inputs import Input
    from speechops.operations.table import Operation


@dataclass(frozen=True, slots=True)
class Invocation:
    """The operation, and the values of inputs as text, from options and environment."""

    operation: Operation
    options: Mapping[str, str] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)

    def direct(self, name: str) -> str:
        """Return the value of ``name`` from the options or the environment, or an empty string."""
        return self.options.get(name, "").strip() or in_environment(name, self.environment)

    @property
    def in_actions(self) -> bool:
        """Whether the Actions runner started the run."""
        return self.environment.get("GITHUB_ACTIONS") == "true"


class _Parser(argparse.ArgumentParser):
    """An argument parser that raises our errors: one line, exit code 2."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}.", hint="speechops --help lists operations and options.")


_PROGRAM = "speechops"
_EPILOGUE = """\
exit codes: 0 done; 1 the service, the store or GitHub refused; 2 an input or a data file is wrong;
3 the candidate is not promoted. Every option but --action and --port is also an input of the Action and,
secrets and those of one run excepted, a key of speechops.yml."""


def _overview() -> argparse.ArgumentParser:
    """Return the parser whose help lists the operations."""
    top = _Parser(prog=_PROGRAM, description="CI/CD for custom speech models.", epilog=_EPILOGUE,
                  formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    verbs = top.add_subparsers(dest="operation", metavar="operation")
    for operation in OPERATIONS.values():
        verbs.add_parser(operation.name, help=_summary(operation))
    return top


def _of(operation: Operation) -> argparse.ArgumentParser:
    """Return the parser of one operation, with the inputs that it reads in its help.

    Options of other operations are accepted but not read, so that a script may pass the same ones to all.
    """
    description = f"{_summary(operation).capitalize()}."
    parser = _Parser(prog=f"{_PROGRAM} {operation.name}", description=description, allow_abbrev=False)
    groups = {group: parser.add_argument_group(group) for group in Group}
    for row in INPUTS:
        shown = _help(row) if operation.reads(row) else argparse.SUPPRESS
        groups[row.group].add_argument(f"--{row.name}", default="", metavar=row.type.placeholder, help=shown)
    return parser


def _summary(operation: Operation) -> str:
    return operation.summary + ("" if operation.in_action else " (command line only)")


def _help(row: Input[object]) -> str:
    default = f" [default: {row.default}]" if row.default else ""
    return f"{row.description}{default}".replace("%", "%%")


def read(arguments: Sequence[str], environment: Mapping[str, str]) -> Invocation:
    """Read the command line and the runner's environment.

    Raises :class:`UsageError` if the operation or an option is unknown.
    """
    named = in_environment("operation", environment)
    words = list(arguments) or ([named] if named else [])
    known_operations = f"Use one of {', '.join(OPERATIONS)}."
    if not words:
        raise UsageError("No operation was given.", hint=known_operations)
    if words[0].startswith("-") and words[0] not in {"-h", "--help"}:
        raise UsageError(
            "The operation comes first, then its options.",
            hint=f"speechops OPERATION --option VALUE, with one of {', '.join(OPERATIONS)}.",
        )
    if words[0] in {"-h", "--help"}:
        _overview().parse_args(words)  # ends the process
    operation = OPERATIONS.get(words[0])
    if operation is None:
        raise UsageError(
            f"Unknown operation {words[0]!r}.", hint=known_operations, place=Place(input="operation")
        )
    known, left = _of(operation).parse_known_args(words[1:])
    if left:
        # What follows a misspelled option may be a secret that is not known yet.
        wrong = [word.partition("=")[0] for word in left if word.startswith("-")]
        meant = nearest(wrong[0].lstrip("-")) if wrong else ""
        raise UsageError(
            f"unrecognized arguments: {', '.join(wrong or ['words without an option'])}.",
            hint=f"{meant}speechops {words[0]} --help lists the options.",
        )
    options = {name.replace("_", "-"): value for name, value in vars(known).items()}
    _refuse_unknown_inputs(environment)
    return Invocation(operation, options, environment)


def _refuse_unknown_inputs(environment: Mapping[str, str]) -> None:
    names = sorted(name[6:].lower() for name in environment if name.startswith("INPUT_"))
    for name in names:
        if name != "operation" and name not in BY_NAME:
            raise UsageError(f"Unknown input {name!r}.", hint=f"{nearest(name)}action.yml lists the inputs.")
