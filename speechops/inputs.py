"""Every input: its name, meaning, type and default, and where ``speechops.yml`` may set it.

This table is the contract. The options of the command line, ``action.yml``, the keys and the schema of
``speechops.yml`` and the page of inputs follow from it; which operation reads an input is stated in
:mod:`speechops.operations.table`. An operation gets the value from the settings: ``run.settings[MAX_WAIT]``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from speechops import values
from speechops.scoring import gate
from speechops.values import ValueType, choice, optional, whole_number

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

T_co = TypeVar("T_co", covariant=True)


class Level(StrEnum):
    """Where ``speechops.yml`` may set an input."""

    PROJECT = "project"  # at the top
    MODEL = "model"  # at the top, or in one model
    RUN = "run"  # nowhere: secrets, and what belongs to one run


class Group(StrEnum):
    """The subject of an input; help and docs group the inputs by it."""

    DATA = "data"
    GATE = "gate"
    AZURE = "Azure"
    STORAGE = "storage and folders"
    RUN = "this run"


@dataclass(frozen=True, slots=True)
class Input(Generic[T_co]):
    """One input: its name is also the option ``--name`` and the key in ``speechops.yml``."""

    name: str
    description: str
    type: ValueType[T_co]
    group: Group
    default: str
    level: Level
    secret: bool
    example: str


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Rows:
    """Makes the rows of one group, at the level that most of them have unless they name another."""

    group: Group
    level: Level

    def __call__(
        self,
        name: str,
        description: str,
        kind: ValueType[T],
        default: str = "",
        *,
        level: Level | None = None,
        secret: bool = False,
        example: str = "",
    ) -> Input[T]:
        return Input(name, description, kind, self.group, default, level or self.level, secret, example)


_PROJECT, _MODEL, _RUN = Level.PROJECT, Level.MODEL, Level.RUN
_data, _gate = _Rows(Group.DATA, _MODEL), _Rows(Group.GATE, _MODEL)
_azure, _storage = _Rows(Group.AZURE, _PROJECT), _Rows(Group.STORAGE, _PROJECT)
_setting, _run = _Rows(Group.RUN, _PROJECT), _Rows(Group.RUN, _RUN)

_NEWEST = "newest"


def _gate_type(key: str, placeholder: str) -> ValueType[Any]:
    """Return the type of a setting of the gate, which defines how it is parsed."""
    parse, expected = gate.SETTINGS[key]
    return values.simple(placeholder, expected, parse)


def _gate_choice(key: str, *words: str) -> ValueType[Any]:
    """Return the type of a setting of the gate that is one of ``words``."""
    return replace(_gate_type(key, "|".join(words)), expected=choice(*words).expected, choices=words)


# --- data ---

CONFIG = _data("config", "The file that describes the models", values.PATH, "speechops.yml", level=_RUN)
MODEL = _data("model", "Models of speechops.yml, separated by commas; blank: all", values.NAMES, level=_RUN)
DATA_FOLDER = _data(
    "data-folder",
    "Folder to read the data from instead of the folder of speechops.yml; links in it are rejected",
    optional(values.PATH),
    level=_RUN,
)
LOCALE = _data("locale", "The language of the model", values.LOCALE, example="en-US")
TEST_DATA = _data(
    "test-data",
    "Audio with transcripts to test on: a zip, or a folder of wavs with trans.txt",
    values.DATA,
    example="data/test",
)
TRAINING_TEXT = _data("training-text", "Plain text to train from", values.DATA_FILES)
TRAINING_STRUCTURED_TEXT = _data(
    "training-structured-text", "Structured text (Markdown) to train from", values.DATA_FILES
)
TRAINING_PRONUNCIATION = _data(
    "training-pronunciation", "Pronunciation file to train from", values.DATA_FILES
)
TRAINING_AUDIO = _data(
    "training-audio",
    "Audio with transcripts to train from: a zip, or a folder as for test-data",
    values.DATA_FILES,
)
TRAINING_OUTPUT_FORMATTING = _data(
    "training-output-formatting", "Output formatting file to train from", values.DATA_FILES
)
BASE_MODEL = _data(
    "base-model", "ID or name of the base model to train from; newest: the newest one", values.NAME, _NEWEST
)
CUSTOM_MODEL_WEIGHT_PERCENT = _data(
    "custom-model-weight-percent",
    "Weight of the training text in percent; blank: the service chooses",
    optional(whole_number(1, 100)),
    example="30",
)
REFERENCES = _data(
    "references",
    "What was said, as .tsv or .txt (name, tab, text), .trn, .stm or .jsonl (text)",
    optional(values.PATH),
    example="test/references.jsonl",
)
HYPOTHESES = _data(
    "hypotheses",
    "What the candidate recognized, as .tsv or .txt, .trn, .ctm for an .stm, or .jsonl (pred_text)",
    optional(values.PATH),
    example="candidate.jsonl",
)
BENCHMARK_HYPOTHESES = _data(
    "benchmark-hypotheses",
    "What the benchmark recognized, in the same way; blank: the candidate is measured alone",
    optional(values.PATH),
    example="benchmark.jsonl",
)
LEAKS = _data(
    "leaks",
    "How to handle test sentences that also occur in the training data",
    choice("report", "exclude", "refuse"),
    "report",
)
PRICES = _azure(
    "prices",
    "Hourly prices in your region for tested audio, training and endpoints; blank: show only hours",
    values.PRICES,
    example="testing=1.00, training=10.00, endpoint=0.05, currency=EUR",
)
REUSE = _data(
    "reuse",
    "What train-data reuses: all: also models trained by pull requests; main: only those of its own run",
    choice("all", "main"),
    "all",
    level=_PROJECT,
)
ALLOW_DIRTY = _data(
    "allow-dirty",
    "Whether uncommitted data may be promoted into a shared store and deployed",
    values.BOOLEAN,
    "false",
    level=_RUN,
)
BRANCH = _setting(
    "branch",
    "The branch whose runs may move the benchmark; blank: the default branch of the repository",
    values.NAME,
    example="main",
)
OLD_BENCHMARK = _data(
    "old-benchmark",
    "Whether to take over the benchmark that Microsoft's template left in the storage account: adopt it, "
    "forget it, or none if there never was one",
    choice("none", "adopt", "forget"),
    "none",
)
REPLACEMENTS = _data(
    "replacements",
    "A file of spellings that count as the same word, as lines of a | b",
    optional(values.PATH),
)
OPTIONAL_MARKS = _data(
    "optional-marks",
    "Rule set that unifies spellings of the same word: blank for the locale's default, none, or a name",
    choice(
        "locale",
        "none",
        "arabic-1",
        "arabic-2",
        "hebrew-1",
        "persian-1",
        "romanian-1",
        "russian-1",
        "urdu-1",
    ),
    "locale",
)
TRANSCRIBER_MARKS = _data(
    "transcriber-marks",
    "How to treat marks such as [noise] and (uh) on both sides: keep counts them as words",
    choice("keep", "drop"),
    "keep",
)
REFERENCE_ALTERNATIVES = _data(
    "reference-alternatives",
    "Whether transcripts have alternatives and optional words as NIST writes them: {a / b} and (uh)",
    values.BOOLEAN,
    "false",
)
NUMBERS_WITH_AND = _data(
    "numbers-with-and",
    "Whether English digits are read with an and (one hundred and four), or as usual in the locale",
    choice("locale", "true", "false"),
    "locale",
)
FINDINGS = _data(
    "findings",
    "Severities of data rules, to override the defaults: ignore, notice, warning or error",
    values.SEVERITIES,
    example="bom-missing=ignore",
)
FIX = _data(
    "fix",
    "Whether validate writes what it can repair safely to new files beside the old ones",
    values.BOOLEAN,
    "false",
    level=_RUN,
)
GROUPS = _data(
    "groups",
    "Groups to report rates by: folder, a regular expression on the audio's name, or FILE.tsv:COLUMN",
    values.GROUPING,
    example="calls.tsv:accent",
)
KEY_TERMS = _data(
    "key-terms",
    "A file of terms whose recall and precision are reported, one a line; a pronunciation file also works",
    optional(values.PATH),
)

# --- gate ---

GATE = _gate(
    "gate",
    "The rule by which a candidate passes",
    _gate_choice("policy", "superiority", "non-inferiority", "any-improvement"),
    "superiority",
)
METRIC = _gate(
    "metric",
    "What the verdict is about: words alone, or tokens of display text with case, punctuation and numbers",
    _gate_choice("metric", "word-error-rate", "token-error-rate"),
    "word-error-rate",
)
OTHER_METRIC = _gate(
    "other-metric",
    "What is done with the other of the two rates, if transcripts are in display form; not-worse: it may "
    "not surely rise",
    _gate_choice("other-metric", "report", "not-worse"),
    "report",
)
CONFIDENCE = _gate(
    "confidence",
    "Confidence level of the verdict, as a fraction",
    _gate_type("confidence", "FRACTION"),
    "0.95",
)
MIN_IMPROVEMENT = _gate(
    "min-improvement",
    "Minimum improvement of the word error rate: points (0.5), or relative (5%)",
    _gate_type("min-improvement", "DIFFERENCE"),
    "0",
)
MARGIN = _gate(
    "margin",
    "How much worse a candidate may be under non-inferiority: points (0.5), or relative (5%)",
    _gate_type("margin", "DIFFERENCE"),
    "0.5",
)
MAX_REGRESSION = _gate(
    "max-regression",
    "Maximum regression of any group: points (0.5), or relative (5%); blank: not checked",
    optional(_gate_type("max-regression", "DIFFERENCE")),
    example="1",
)
MIN_WORDS = _gate(
    "min-words", "Minimum number of reference words for a verdict", _gate_type("min-words", "NUMBER"), "100"
)
MIN_UTTERANCES = _gate(
    "min-utterances",
    "Minimum number of utterances for a verdict",
    _gate_type("min-utterances", "NUMBER"),
    "10",
)
MUST_PASS = _gate(
    "must-pass",
    "Audio names, separated by commas, that the candidate must recognize without errors",
    ValueType("NAME,...", "names", lambda text, _: gate.SETTINGS["must-pass"][0](text), many=True),
    example="emergency-*.wav",
)
KEY_TERMS_RECALL = _gate(
    "key-terms-recall",
    "Minimum recall of key terms, such as 95%; not-worse: at least that of the benchmark",
    optional(_gate_type("key-terms-recall", "SHARE")),
)
_STOP = ("fail", "pass", "ask")
_STOPS = "fail: red; pass: stays green, not promoted; ask: not promoted until a person approves deploy"
ON_INCONCLUSIVE = _gate(
    "on-inconclusive",
    f"What to do after an inconclusive verdict.  {_STOPS}",
    _gate_choice("on-inconclusive", *_STOP),
    "fail",
)
ON_WORSE = _gate(
    "on-worse", f"What to do after the verdict worse.  {_STOPS}", _gate_choice("on-worse", *_STOP), "fail"
)
CORRECT_FOR_REPEATED_TESTS = _gate(
    "correct-for-repeated-tests",
    "Whether to raise the confidence with each candidate that the same test data has judged",
    values.BOOLEAN,
    "false",
)
CLUSTERS = _gate(
    "clusters",
    "Dependent utterances, such as those of one speaker; same syntax as groups",
    values.GROUPING,
    example="calls.tsv:speaker",
)

# --- Azure ---

SPEECH_ENDPOINT = _azure(
    "speech-endpoint",
    "Endpoint of the Speech resource, https://NAME.cognitiveservices.azure.com, or local",
    values.ENDPOINT,
    values.LOCAL,
)
SPEECH_REGION = _azure(
    "speech-region",
    "Region of the Speech resource, instead of speech-endpoint",
    values.REGION,
    example="westeurope",
)
SPEECH_KEY = _azure(
    "speech-key",
    "Key of the Speech resource; not needed with OpenID Connect",
    values.SECRET,
    level=_RUN,
    secret=True,
)
DEVELOPER_ENDPOINT = _azure(
    "developer-endpoint",
    "Endpoint of a Speech resource of your own that compare uses; nothing is written to the shared store",
    optional(values.ENDPOINT),
    level=_RUN,
)
DEVELOPER_KEY = _azure(
    "developer-key",
    "Key of your own Speech resource; not needed with a sign-in",
    values.SECRET,
    level=_RUN,
    secret=True,
)
SHARE_RESULT = _azure(
    "share-result",
    "Whether a comparison on a resource of your own is kept in the shared store",
    values.BOOLEAN,
    "false",
    level=_RUN,
)
SPEECH_RESOURCE_ID = _azure(
    "speech-resource-id",
    "Azure resource ID of the Speech resource, from which models are copied to targets; needed if the "
    "sign-in cannot look it up",
    values.RESOURCE_ID,
)
TARGET_KEYS = _azure(
    "target-keys",
    "Keys of the targets of speechops.yml, as NAME=KEY, separated by commas; not needed with a sign-in",
    values.NAMED_SECRETS,
    level=_RUN,
    secret=True,
)
SPEECH_PROJECT = _azure(
    "speech-project",
    "Name of the project that shows the entities in Speech Studio; created if absent",
    values.NAME,
)
SPEECH_TIER = _azure("speech-tier", "Pricing tier of the Speech resource", choice("F0", "S0"), "S0")
API_VERSION = _azure(
    "api-version", "Version of the Speech-to-text REST API", choice("2025-10-15", "2024-11-15"), "2025-10-15"
)
AZURE_CLIENT_ID = _azure(
    "azure-client-id",
    "Client ID of the app registration or managed identity to sign in as with OpenID Connect",
    values.ID,
)
DEPLOY_CLIENT_ID = _azure(
    "deploy-client-id",
    "Client ID for deploy and rollback, instead of azure-client-id: an identity that pull requests "
    "cannot use",
    values.ID,
)
AZURE_TENANT_ID = _azure("azure-tenant-id", "Tenant ID for OpenID Connect", values.ID)
AZURE_CREDENTIALS = _azure(
    "azure-credentials",
    "Service principal as JSON, in the format of azure/login",
    values.SECRET,
    level=_RUN,
    secret=True,
)
MAX_WAIT = _azure(
    "max-wait", "Maximum wait for one training, test or deployment: 90s, 45m, 5h", values.DURATION, "5h"
)
ENDPOINT_ID = _azure(
    "endpoint-id",
    "ID of an existing endpoint; blank: find or create the model's own",
    values.ID,
    level=_MODEL,
)

# --- storage and folders ---

STORAGE_ACCOUNT = _storage(
    "storage-account", "Storage account for results, records and the benchmark", values.NAME
)
STORAGE_CONNECTION_STRING = _storage(
    "storage-connection-string",
    "Connection string of the storage account; not needed with a sign-in",
    values.SECRET,
    level=_RUN,
    secret=True,
)
STORAGE_SAS = _storage(
    "storage-sas",
    "SAS of the storage account; not needed with a sign-in",
    values.SECRET,
    level=_RUN,
    secret=True,
)
STORE_FOLDER = _storage(
    "store-folder",
    "Folder for results, records and the benchmark if no storage account is set",
    values.PATH,
    ".speechops/store",
)
TAKE_OVER_STORE = _storage(
    "take-over-store",
    "Whether to take over a storage account that belongs to another repository",
    values.BOOLEAN,
    "false",
    level=_RUN,
)
LOCAL_FOLDER = _storage(
    "local-folder", "Folder for the state of the embedded service", values.PATH, ".speechops/service"
)
REPORT_FOLDER = _storage("report-folder", "Folder for report files", values.PATH, ".speechops/report")

# --- this run ---

COMMIT = _run("commit", "Commit of the run; blank: the one that is checked out", values.COMMIT)
CANDIDATE = _run("candidate", "ID or name of the approved model; blank: the benchmark", values.ID)
TO_VERSION = _run(
    "to-version",
    "Version of the release to roll back to; blank: the previous one",
    values.NAME,
    example="1.4.0",
)
REPORT_PAGE = _run(
    "report-page",
    "Address of the uploaded page of the report, the output artifact-url of actions/upload-artifact",
    values.ADDRESS,
)
SHOW_TRANSCRIPTS = _setting(
    "show-transcripts",
    "Whether logs, summaries and comments may show text of the test data",
    values.BOOLEAN,
    "false",
)
INCLUDE_AUDIO = _setting(
    "include-audio",
    "Whether the report includes short recordings of the utterances with errors",
    values.BOOLEAN,
    "false",
)
REASON = _run("reason", "Reason for the freeze; every report shows it", values.SENTENCE)
EXPIRY_DAYS = _setting(
    "expiry-days", "Days before expiry at which the warning escalates", values.DAYS, "90,30,7"
)
NEW_BASE_MODEL = _setting(
    "new-base-model",
    "What to do about a newer base model: log it, test it, or train a candidate",
    choice("report", "test", "train"),
    "test",
)
KEEP_MODELS = _setting(
    "keep-models", "How many unreferenced models to keep, the newest first", whole_number(), "3"
)
KEEP_DAYS = _setting(
    "keep-days",
    "How many days to keep tests and the candidates of pull requests and base models",
    whole_number(),
    "30",
)
DELETE = _setting(
    "delete",
    "What retention deletes: what an earlier run listed, everything at once, or nothing",
    choice("listed", "at-once", "never"),
    "listed",
)
MAINTENANCE_ISSUE = _setting(
    "maintenance-issue", "Whether to open an issue about what needs attention", values.BOOLEAN, "false"
)
COMMENT = _setting(
    "comment",
    "When a pull request gets a comment; an existing one is kept up to date",
    choice("always", "on-change", "on-regression", "off"),
    "always",
)
COMMENT_TEMPLATE = _setting(
    "comment-template", "Template that extends comment.md.j2 and overrides its blocks", values.TEXT_FILE
)
REPORTS = _run("reports", "Folder with the artifacts of the fork's run", values.PATH, "speechops-reports")
SCOPE = _run(
    "scope",
    "What work to do; changed: what the commit and the store require",
    choice("changed", "test-data", "train-data", "everything"),
    "changed",
)
BASE = _run(
    "base",
    "Commit to compare with, as a git revision; blank: from the store, or from git for a pull request",
    values.REVISION,
    example="main",
)
ENVIRONMENT = _run(
    "environment", "The GitHub environment that deploy runs in", values.NAME, example="production"
)
REQUIRE_APPROVAL = _run(
    "require-approval",
    "Whether to require that a person approved the environment in this run",
    values.BOOLEAN,
    "false",
)
GITHUB_RELEASE = _setting(
    "github-release",
    "Whether to publish a release on GitHub; with draft, nothing is deployed until a person "
    "publishes the release and deploy runs again",
    choice("true", "false", "draft"),
    "true",
)
GITHUB_TOKEN = _run("github-token", "Token for the GitHub API", values.SECRET, secret=True)
ACTION = _run(
    "action",
    "The Action to call, with its version; blank: that of this installation",
    values.NAME,
    example="OWNER/speechops@v1",
)
DRY_RUN = _run(
    "dry-run", "Whether to show what would be done without changing anything", values.BOOLEAN, "false"
)
FROM_SAMPLE = _run(
    "from-sample",
    "Whether to add sample data, so that the repository runs on the embedded service right away",
    values.BOOLEAN,
    "false",
)
PORT = _run("port", "Port of the embedded service; 0: any free port", whole_number(0, 65535), "5005")

INPUTS: tuple[Input[Any], ...] = tuple(row for row in tuple(globals().values()) if isinstance(row, Input))
BY_NAME: Mapping[str, Input[Any]] = {row.name: row for row in INPUTS}

GATE_INPUTS: Mapping[str, Input[Any]] = {
    "policy": GATE,
    **{key: BY_NAME[key] for key in gate.SETTINGS if key != "policy"},
}
"""The input of each setting of the gate."""

TRAINING_INPUTS: Mapping[str, Input[Any]] = {
    row.name.removeprefix("training-"): row for row in INPUTS if row.name.startswith("training-")
}
"""The input of each kind of training data, by its key in ``training-data:`` of ``speechops.yml``."""

OUTPUTS: Mapping[str, str] = {
    "benchmark": "test-data: ID of the benchmark model",
    "benchmark-character-error-rate": "train-data, compare, score: the benchmark's character error rate, as "
    "a fraction, in Burmese, Chinese, Japanese, Khmer, Korean, Lao and Thai",
    "benchmark-token-error-rate": "train-data, compare, score: the benchmark's token error rate, as a "
    "fraction, if transcripts are in display form",
    "benchmark-word-error-rate": "train-data, compare, score: the benchmark's word error rate, as a fraction",
    "candidate": "train-data, compare, deploy, rollback: ID of the model",
    "character-error-rate": "test-data, train-data, compare, score: the model's character error rate, as a "
    "fraction, in Burmese, Chinese, Japanese, Khmer, Korean, Lao and Thai",
    "deletions": "maintain: number of deleted entities",
    "deployed": "deploy, rollback: whether the endpoint serves the model, true or false",
    "endpoint-id": "deploy, rollback: ID of the endpoint",
    "errors": "validate: number of errors in the data; doctor: number of problems",
    "decision": "train-data, compare, score: decision of the gate: promote, fail, pass or ask",
    "improved": "train-data, compare, score: whether the gate let the candidate pass, true or false",
    "leaks": "validate: number of test sentences that also occur in the training data",
    "local": "plan: whether the embedded speech service is used, true or false",
    "models": "plan: names of the models that need any work, as a JSON array",
    "models-to-deploy": "verdicts: models that this run promoted, with their candidates, as a JSON array",
    "models-to-test": "plan: names of the models that need test-data, as a JSON array",
    "models-to-train": "plan: names of the models that need train-data, as a JSON array",
    "outcomes": "all: the outputs of every model by its name, as a JSON object",
    "report": "test-data, train-data, compare, deploy, report: path of the report's page",
    "result": "test-data, train-data, compare: name of the stored test result",
    "token-error-rate": "test-data, train-data, compare, score: the model's token error rate, as a fraction, "
    "if transcripts are in display form",
    "verdict": "train-data, compare, score: better, worse or inconclusive",
    "version": "deploy, rollback: version of the release",
    "warnings": "validate: number of warnings about the data; doctor, maintain: number of warnings",
    "word-error-rate": "test-data, train-data, compare, score: the model's word error rate, as a fraction",
}
"""Every output, with the operations that set it. If several models ran, an output is that of the last."""


def variable(name: str) -> str:
    """Return the environment variable of an input."""
    return f"SPEECHOPS_{name.upper().replace('-', '_')}"


def in_environment(name: str, environment: Mapping[str, str]) -> str:
    """Return what the environment says of an input, or an empty string."""
    return environment.get(variable(name), "").strip() or environment.get(f"INPUT_{name.upper()}", "").strip()


def nearest(name: str, among: Collection[str] = BY_NAME) -> str:
    """Return a question after the name that was probably meant, with a space behind it, or nothing."""
    import difflib  # noqa: PLC0415 - only if a name is wrong

    found = difflib.get_close_matches(name, among, n=1)
    return f"Did you mean {found[0]}? " if found else ""
