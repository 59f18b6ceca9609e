"""Every input there is, and where its value comes from.

One table, :data:`INPUTS`, is the contract: ``action.yml``, the command line's options, ``speechops.yml``
and the README's table all follow it. A value is looked for in the options, then in the environment
(``SPEECHOPS_SPEECH_ENDPOINT`` or, as the Actions runner sets it, ``INPUT_SPEECH-ENDPOINT``), then in
``speechops.yml``; blank counts as not given.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn

from speechops.errors import Place, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


class Operation(StrEnum):
    """What SpeechOps can be asked to do."""

    VALIDATE = "validate"
    DOCTOR = "doctor"
    PLAN = "plan"
    VERDICTS = "verdicts"
    TEST_DATA = "test-data"
    TRAIN_DATA = "train-data"
    COMPARE = "compare"
    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    MAINTAIN = "maintain"
    REPORT = "report"
    PUBLISH_REPORT = "publish-report"
    SERVE = "serve"
    DEMO = "demo"
    MIGRATE = "migrate"


SUMMARIES = {
    Operation.VALIDATE: "check the data files against the service's rules; changes nothing, needs no network",
    Operation.DOCTOR: "look at sign-in, roles, storage, quotas, expiry, approval; costs and changes nothing",
    Operation.PLAN: "say which models owe test-data, train-data or compare, from commit and store",
    Operation.VERDICTS: "say what this run has promoted, or asks a person about, as the store has it",
    Operation.TEST_DATA: "test the benchmark model on the test data and store its word error rate",
    Operation.TRAIN_DATA: "train a candidate, test it beside the benchmark, move the benchmark if better",
    Operation.COMPARE: "as train-data, for a pull request: report only, never move the benchmark",
    Operation.DEPLOY: "put the approved candidate on an endpoint, try it, record a release",
    Operation.ROLLBACK: "bring endpoint and benchmark back to an earlier release",
    Operation.FREEZE: "pin the benchmark: nothing is promoted until unfreeze",
    Operation.UNFREEZE: "let the benchmark move again",
    Operation.MAINTAIN: "warn of expiry, look at endpoint and base model, finish and tidy what runs left",
    Operation.REPORT: "write the history of tests, verdicts and releases as a page",
    Operation.PUBLISH_REPORT: "comment on a fork's pull request what its own run has left as an artifact",
    Operation.SERVE: "run the embedded speech service until interrupted (command line only)",
    Operation.DEMO: "run the whole loop on the sample data (command line only)",
    Operation.MIGRATE: "turn a fork of Microsoft's Speech DevOps template into ours (command line only)",
}


class Scope(StrEnum):
    """Where ``speechops.yml`` may set an input."""

    PROJECT = "project"  # at the top
    MODEL = "model"  # at the top, or in one model
    NOWHERE = "nowhere"  # secrets, and what belongs to one run
    COMMAND_LINE = "command line"  # an option alone, no input of the Action


@dataclass(frozen=True, slots=True)
class Input:
    """One input: its name is also the option ``--name`` and the key in ``speechops.yml``."""

    name: str
    description: str
    default: str = ""
    scope: Scope = Scope.PROJECT
    choices: tuple[str, ...] = ()
    secret: bool = False


_MODEL = Scope.MODEL
_NOWHERE = Scope.NOWHERE
_BOOLEAN = ("true", "false")
_STOP = ("fail", "pass", "ask")
_STOPS = "fail: red; pass: stays green, not promoted; ask: not promoted until a person approves deploy"

INPUTS: tuple[Input, ...] = (
    Input("config", "The file that describes the models", "speechops.yml", _NOWHERE),
    Input(
        "model",
        "Which model of speechops.yml, or several separated by commas; all of them if blank",
        "",
        _NOWHERE,
    ),
    Input(
        "data-folder",
        "Folder to read the data from instead of that of speechops.yml; links in it are refused",
        "",
        _NOWHERE,
    ),
    # The data of one model. Paths are relative to speechops.yml, else to the working directory.
    Input("locale", "The language of the model, such as en-US", "", _MODEL),
    Input(
        "test-data",
        "Audio with transcripts to test on: a zip, or a folder of wavs with trans.txt",
        "",
        _MODEL,
    ),
    Input("training-text", "Plain text to train from; several files separated by commas", "", _MODEL),
    Input("training-structured-text", "Structured text (Markdown) to train from", "", _MODEL),
    Input("training-pronunciation", "Pronunciation file to train from", "", _MODEL),
    Input(
        "training-audio",
        "Audio with transcripts to train from: a zip, or a folder as for test-data",
        "",
        _MODEL,
    ),
    Input("training-output-formatting", "Output formatting file to train from", "", _MODEL),
    Input(
        "base-model", "Id or name of the base model to train from; newest takes the newest", "newest", _MODEL
    ),
    Input(
        "custom-model-weight-percent",
        "How much the training text counts, 1 to 100; blank lets the service choose",
        "",
        _MODEL,
    ),
    # The gate.
    Input(
        "gate",
        "The rule by which a candidate passes",
        "superiority",
        _MODEL,
        ("superiority", "non-inferiority", "any-improvement"),
    ),
    Input("confidence", "How sure the verdict has to be, as a fraction", "0.95", _MODEL),
    Input(
        "min-improvement",
        "The least drop of the word error rate that counts: points (0.5), or relative (5%)",
        "0",
        _MODEL,
    ),
    Input(
        "max-regression",
        "The largest rise that any one group is allowed, in points or relative (5%); blank: not looked at",
        "",
        _MODEL,
    ),
    Input("min-words", "The least number of reference words for a verdict", "100", _MODEL),
    Input("min-utterances", "The least number of utterances for a verdict", "10", _MODEL),
    Input("must-pass", "Audio names, separated by commas, that the candidate has to get right", "", _MODEL),
    Input("on-inconclusive", f"What an inconclusive verdict does. {_STOPS}", "fail", _MODEL, _STOP),
    Input("on-worse", f"What a verdict of worse does. {_STOPS}", "fail", _MODEL, _STOP),
    Input(
        "margin",
        "How much worse non-inferiority lets a candidate be, in points (0.5) or relative (5%)",
        "0.5",
        _MODEL,
    ),
    Input(
        "correct-for-repeated-tests",
        "Whether the gate asks for more certainty with each candidate that the same test data has judged",
        "false",
        _MODEL,
        _BOOLEAN,
    ),
    Input(
        "groups",
        "Groups to report rates by: folder, a regular expression on the audio's name, or FILE.tsv:COLUMN",
        "",
        _MODEL,
    ),
    Input(
        "clusters",
        "Utterances that depend on each other, such as those of one speaker: named as groups are",
        "",
        _MODEL,
    ),
    Input(
        "key-terms",
        "A file of terms whose recall and precision are reported, one a line; a pronunciation file will do",
        "",
        _MODEL,
    ),
    Input(
        "leaks",
        "What happens to test sentences that also stand in the training data",
        "report",
        _MODEL,
        ("report", "exclude", "refuse"),
    ),
    Input(
        "reuse",
        "What train-data reuses: all, also what pull requests made; main, only what its own run made",
        "all",
        choices=("all", "main"),
    ),
    Input(
        "old-benchmark",
        "Whether to take over the benchmark that Microsoft's template left in the storage account: adopt it, "
        "forget it, or none if there never was one",
        "none",
        _MODEL,
        ("none", "adopt", "forget"),
    ),
    Input("replacements", "A file of spellings that count as the same word, as lines of a | b", "", _MODEL),
    # The speech resource.
    Input(
        "speech-endpoint",
        "Endpoint of the Speech resource, https://NAME.cognitiveservices.azure.com, or local",
        "local",
    ),
    Input("speech-region", "Region of the Speech resource, instead of speech-endpoint"),
    Input(
        "speech-key", "Key of the Speech resource; not needed with OpenID Connect", "", _NOWHERE, secret=True
    ),
    Input("speech-project", "Name of the project that shows the entities in Speech Studio; made if absent"),
    Input("speech-tier", "Pricing tier of the Speech resource", "S0", choices=("F0", "S0")),
    Input(
        "api-version",
        "Version of the Speech-to-text REST API",
        "2025-10-15",
        choices=("2025-10-15", "2024-11-15", "v3.2"),
    ),
    # Identity.
    Input(
        "azure-client-id",
        "Client id of the app registration or managed identity to sign in as with OpenID Connect",
    ),
    Input("azure-tenant-id", "Tenant id for OpenID Connect"),
    Input(
        "azure-credentials", "Service principal as JSON, as azure/login takes it", "", _NOWHERE, secret=True
    ),
    # Storage.
    Input("storage-account", "Storage account that remembers results, records and the benchmark"),
    Input(
        "storage-connection-string",
        "Connection string of the storage account; not needed with a sign-in",
        "",
        _NOWHERE,
        secret=True,
    ),
    Input("storage-sas", "SAS of the storage account; not needed with a sign-in", "", _NOWHERE, secret=True),
    Input(
        "store-folder",
        "Folder that remembers results, records and the benchmark where no storage account is named",
        ".speechops/store",
    ),
    Input("local-folder", "Folder of the embedded service's own state", ".speechops/service"),
    # The run.
    Input("commit", "The commit that caused the run; blank takes the checked out one", "", _NOWHERE),
    Input("max-wait", "The longest wait for one piece of work: 90s, 45m, 5h", "5h"),
    Input("candidate", "deploy: id of the approved model; blank takes the benchmark", "", _NOWHERE),
    Input(
        "endpoint-id",
        "deploy, rollback, doctor: id of an endpoint that exists; blank finds or makes the model's own",
        "",
        _MODEL,
    ),
    Input("to", "rollback: version of the release to return to; blank takes the one before", "", _NOWHERE),
    Input("report-folder", "Folder for report files", ".speechops/report"),
    Input(
        "show-transcripts",
        "Whether logs, summaries and comments may show text of the test data",
        "false",
        choices=_BOOLEAN,
    ),
    # Maintenance.
    Input("reason", "freeze: why nothing may be promoted; every report shows it", "", _NOWHERE),
    Input("expiry-days", "maintain: days before an expiry at which the warning changes", "90,30,7"),
    Input(
        "new-base-model",
        "maintain: what a newer base model causes: a word, a test, or a trained candidate",
        "test",
        choices=("report", "test", "train"),
    ),
    Input("keep-models", "maintain: how many models are kept that nothing refers to, the newest first", "3"),
    Input(
        "keep-days",
        "maintain: how many days tests and the candidates of pull requests and base models are kept",
        "30",
    ),
    Input(
        "delete",
        "maintain: what retention deletes: what an earlier run has listed, all at once, or nothing",
        "listed",
        choices=("listed", "at-once", "never"),
    ),
    Input(
        "maintenance-issue",
        "maintain: whether an issue of the repository says what needs attention",
        "false",
        choices=_BOOLEAN,
    ),
    Input(
        "include-audio",
        "Whether the report holds short recordings of the utterances that have errors",
        "false",
        choices=_BOOLEAN,
    ),
    Input(
        "comment",
        "compare, publish-report: when a pull request gets its comment; one that is there stays up to date",
        "always",
        choices=("always", "on-change", "on-regression", "off"),
    ),
    Input("comment-template", "compare: a template that extends comment.md.j2 and fills its blocks"),
    Input(
        "reports",
        "publish-report: folder with the artifacts of the fork's run",
        "speechops-reports",
        _NOWHERE,
    ),
    # What follows from a run.
    Input(
        "work",
        "plan: what to do, whatever is owed; changed looks at the commit and the store",
        "changed",
        _NOWHERE,
        ("changed", "test-data", "train-data", "everything"),
    ),
    Input(
        "base",
        "plan: the commit to compare with, as git names it; blank asks the store, or for a pull request git",
        "",
        _NOWHERE,
    ),
    Input("environment", "deploy, rollback, doctor: the environment that deploy runs in", "", _NOWHERE),
    Input(
        "require-approval",
        "deploy, rollback, doctor: refuse unless a person has to approve the environment",
        "false",
        _NOWHERE,
        _BOOLEAN,
    ),
    Input(
        "github-release",
        "deploy: whether to publish a release on GitHub; with draft, nothing is deployed until a person "
        "publishes the release and deploy runs again",
        "true",
        choices=(*_BOOLEAN, "draft"),
    ),
    Input("github-token", "Token for the GitHub API", "", _NOWHERE, secret=True),
    Input(
        "action",
        "migrate: the Action to call, with its version",
        "OWNER/speechops@v1",
        Scope.COMMAND_LINE,
    ),
    Input(
        "dry-run",
        "migrate: whether to show what would be done and change nothing",
        "false",
        Scope.COMMAND_LINE,
        _BOOLEAN,
    ),
    Input("port", "serve: port of the embedded service; 0 takes a free one", "5005", Scope.COMMAND_LINE),
)

BY_NAME: Mapping[str, Input] = {item.name: item for item in INPUTS}

OUTPUTS: Mapping[str, str] = {
    "benchmark": "test-data: id of the benchmark model",
    "benchmark-word-error-rate": "train-data, compare: the benchmark's word error rate, as a fraction",
    "candidate": "train-data, compare, deploy, rollback: id of the model",
    "deletions": "maintain: how many entities were deleted",
    "deployed": "deploy, rollback: whether the endpoint serves the model, true or false",
    "endpoint-id": "deploy, rollback: id of the endpoint",
    "errors": "validate: how many errors the data has; doctor: how many things are wrong",
    "decision": "train-data, compare: what the gate does: promote, fail, pass or ask",
    "improved": "train-data, compare: whether the gate let the candidate pass, true or false",
    "leaks": "validate: how many test sentences also stand in the training data",
    "local": "plan: whether the embedded speech service is used, true or false",
    "models": "plan: names of the models that need anything, as a JSON array",
    "models-to-deploy": "verdicts: models that this run promoted, with their candidates, as a JSON array",
    "models-to-test": "plan: names of the models that need test-data, as a JSON array",
    "models-to-train": "plan: names of the models that need train-data, as a JSON array",
    "outcomes": "all: the outputs of every model by its name, as a JSON object",
    "report": "test-data, train-data, compare, deploy, report: path of the report's page",
    "result": "test-data, train-data, compare: name of the stored test result",
    "verdict": "train-data, compare: better, worse or inconclusive",
    "version": "deploy, rollback: version of the release",
    "warnings": "validate: how many warnings the data has; doctor, maintain: how many there are",
    "word-error-rate": "test-data, train-data, compare: the model's word error rate, as a fraction",
}
"""Every output, with the operations that set it. Where several models ran, an output is that of the last."""


def variable(name: str) -> str:
    """Return the environment variable of an input."""
    return f"SPEECHOPS_{name.upper().replace('-', '_')}"


def in_environment(name: str, environment: Mapping[str, str]) -> str:
    """Return what the environment says of an input, or an empty string."""
    return environment.get(variable(name), "").strip() or environment.get(f"INPUT_{name.upper()}", "").strip()


@dataclass(frozen=True, slots=True)
class Given:
    """The values as given, still text, and where each was found."""

    operation: Operation
    options: Mapping[str, str] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)

    def direct(self, name: str) -> str:
        """Return what the options or the environment say of ``name``, or an empty string."""
        return self.options.get(name, "").strip() or in_environment(name, self.environment)

    @property
    def in_actions(self) -> bool:
        """Whether the Actions runner started the run."""
        return self.environment.get("GITHUB_ACTIONS") == "true"

    def source(self, name: str) -> str:
        """Name the place a value of ``name`` came from, for messages."""
        return f"--{name}" if self.options.get(name, "").strip() else f"input {name}"


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are ours: one line, exit code 2."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}.", hint="speechops --help lists operations and options.")


_EPILOGUE = """\
exit codes: 0 done; 1 the service, the store or GitHub refused; 2 an input or a data file is wrong;
3 the candidate is not promoted. Every option but --action and --port is also an input of the Action and,
secrets and those of one run excepted, a key of speechops.yml."""


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser: one verb for each operation, one option for each input."""
    top = _Parser(prog="speechops", description="CI/CD for custom speech models.", epilog=_EPILOGUE,
                  formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)  # fmt: skip
    verbs = top.add_subparsers(dest="operation", metavar="operation", parser_class=_Parser)
    for operation, summary in SUMMARIES.items():
        verb = verbs.add_parser(
            operation, help=summary, description=summary.capitalize() + ".", allow_abbrev=False
        )
        for item in INPUTS:
            shown = _help(item) if matters(item, operation) else argparse.SUPPRESS
            verb.add_argument(f"--{item.name}", default="", metavar="VALUE", help=shown)
    return top


_FEW = {
    Operation.SERVE: {"local-folder", "port"},
    Operation.DEMO: {"local-folder"},
    Operation.MIGRATE: {"action", "dry-run", "endpoint-id", "speech-endpoint", "speech-region"},
    Operation.PUBLISH_REPORT: {"comment", "github-token", "reports"},
}
"""What matters to operations without models."""


def matters(item: Input, operation: Operation) -> bool:
    """Whether an operation looks at an input: where few do, its description begins with their names."""
    if operation in _FEW:
        return item.name in _FEW[operation]
    named = item.description.partition(":")[0].split(", ")
    return operation in named or not set(named) <= set(Operation)


def _help(item: Input) -> str:
    allowed = f" ({', '.join(item.choices)})" if item.choices else ""
    default = f" [default: {item.default}]" if item.default else ""
    return f"{item.description}{allowed}{default}".replace("%", "%%")


def read(arguments: Sequence[str], environment: Mapping[str, str]) -> Given:
    """Read the command line and the runner's environment.

    Raises :class:`UsageError` where the operation or an option is unknown.
    """
    asked = in_environment("operation", environment)
    words = list(arguments) or ([asked] if asked else [])
    if not words:
        raise UsageError("No operation was given.", hint=f"Use one of {', '.join(Operation)}.")
    if words[0].startswith("-") and words[0] not in {"-h", "--help"}:
        raise UsageError(
            "The operation comes first, then its options.",
            hint=f"speechops OPERATION --option VALUE, with one of {', '.join(Operation)}.",
        )
    if words[0] not in {*Operation, "-h", "--help"}:
        raise UsageError(
            f"Unknown operation {words[0]!r}.",
            hint=f"Use one of {', '.join(Operation)}.",
            place=Place(input="operation"),
        )
    known, left = parser().parse_known_args(words)
    if left:
        # What stands behind a misspelt option may be a secret that nobody knows yet.
        named = [word.partition("=")[0] for word in left if word.startswith("-")] or [
            "words without an option"
        ]
        raise UsageError(
            f"unrecognized arguments: {', '.join(named)}.",
            hint=f"{nearest(named[0].lstrip('-'))}speechops {words[0]} --help lists the options.",
        )
    parsed = vars(known)
    operation = Operation(parsed.pop("operation"))
    options = {name.replace("_", "-"): value for name, value in parsed.items()}
    unknown = sorted(
        name
        for name in environment
        if name.startswith("INPUT_") and name != "INPUT_OPERATION" and name[6:].lower() not in BY_NAME
    )
    if unknown:
        name = unknown[0][6:].lower()
        raise UsageError(f"Unknown input {name!r}.", hint=f"{nearest(name)}action.yml lists the inputs.")
    return Given(operation, options, environment)


def nearest(name: str, among: Collection[str] = BY_NAME) -> str:
    """Return a question after the name that was probably meant, with a space behind it, or nothing."""
    import difflib  # noqa: PLC0415 - only where a name is wrong

    found = difflib.get_close_matches(name, among, n=1)
    return f"Is {found[0]} meant? " if found else ""
