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
    default: str = ""
    level: Level = Level.PROJECT
    secret: bool = False
    example: str = ""


_MODEL, _RUN = Level.MODEL, Level.RUN
_NEWEST = "newest"


def _gate_type(key: str, placeholder: str) -> ValueType[Any]:
    """Return the type of a setting of the gate, which defines how it is parsed."""
    parse, expected = gate.SETTINGS[key]
    return values.simple(placeholder, expected, parse)


def _gate_choice(key: str, *words: str) -> ValueType[Any]:
    """Return the type of a setting of the gate that is one of ``words``."""
    return replace(_gate_type(key, "|".join(words)), expected=choice(*words).expected, choices=words)


# --- data ---

CONFIG = Input("config", "The file that describes the models", values.PATH, Group.DATA, "speechops.yml", _RUN)
MODEL = Input(
    "model", "Models of speechops.yml, separated by commas; blank: all", values.NAMES, Group.DATA, level=_RUN
)
DATA_FOLDER = Input(
    "data-folder",
    "Folder to read the data from instead of the folder of speechops.yml; links in it are rejected",
    optional(values.PATH),
    Group.DATA,
    level=_RUN,
)
LOCALE = Input(
    "locale", "The language of the model", values.LOCALE, Group.DATA, level=_MODEL, example="en-US"
)
TEST_DATA = Input(
    "test-data",
    "Audio with transcripts to test on: a zip, or a folder of wavs with trans.txt",
    values.DATA,
    Group.DATA,
    level=_MODEL,
    example="data/test",
)
TRAINING_TEXT = Input(
    "training-text", "Plain text to train from", values.DATA_FILES, Group.DATA, level=_MODEL
)
TRAINING_STRUCTURED_TEXT = Input(
    "training-structured-text",
    "Structured text (Markdown) to train from",
    values.DATA_FILES,
    Group.DATA,
    level=_MODEL,
)
TRAINING_PRONUNCIATION = Input(
    "training-pronunciation", "Pronunciation file to train from", values.DATA_FILES, Group.DATA, level=_MODEL
)
TRAINING_AUDIO = Input(
    "training-audio",
    "Audio with transcripts to train from: a zip, or a folder as for test-data",
    values.DATA_FILES,
    Group.DATA,
    level=_MODEL,
)
TRAINING_OUTPUT_FORMATTING = Input(
    "training-output-formatting",
    "Output formatting file to train from",
    values.DATA_FILES,
    Group.DATA,
    level=_MODEL,
)
BASE_MODEL = Input(
    "base-model",
    "ID or name of the base model to train from; newest: the newest one",
    values.NAME,
    Group.DATA,
    _NEWEST,
    _MODEL,
)
CUSTOM_MODEL_WEIGHT_PERCENT = Input(
    "custom-model-weight-percent",
    "Weight of the training text in percent; blank: the service chooses",
    optional(whole_number(1, 100)),
    Group.DATA,
    level=_MODEL,
    example="30",
)
REFERENCES = Input(
    "references",
    "What was said, as .tsv or .txt (name, tab, text), .trn, .stm or .jsonl (text)",
    optional(values.PATH),
    Group.DATA,
    level=_MODEL,
    example="test/references.jsonl",
)
HYPOTHESES = Input(
    "hypotheses",
    "What the candidate recognized, as .tsv or .txt, .trn, .ctm for an .stm, or .jsonl (pred_text)",
    optional(values.PATH),
    Group.DATA,
    level=_MODEL,
    example="candidate.jsonl",
)
BENCHMARK_HYPOTHESES = Input(
    "benchmark-hypotheses",
    "What the benchmark recognized, in the same way; blank: the candidate is measured alone",
    optional(values.PATH),
    Group.DATA,
    level=_MODEL,
    example="benchmark.jsonl",
)
LEAKS = Input(
    "leaks",
    "How to handle test sentences that also occur in the training data",
    choice("report", "exclude", "refuse"),
    Group.DATA,
    "report",
    _MODEL,
)
PRICES = Input(
    "prices",
    "Hourly prices in your region for tested audio, training and endpoints; blank: show only hours",
    values.PRICES,
    Group.AZURE,
    example="testing=1.00, training=10.00, endpoint=0.05, currency=EUR",
)
REUSE = Input(
    "reuse",
    "What train-data reuses: all: also models trained by pull requests; main: only those of its own run",
    choice("all", "main"),
    Group.DATA,
    "all",
)
ALLOW_DIRTY = Input(
    "allow-dirty",
    "Whether uncommitted data may be promoted into a shared store and deployed",
    values.BOOLEAN,
    Group.DATA,
    "false",
    _RUN,
)
BRANCH = Input(
    "branch",
    "The branch whose runs may move the benchmark; blank: the default branch of the repository",
    values.NAME,
    Group.RUN,
    example="main",
)
OLD_BENCHMARK = Input(
    "old-benchmark",
    "Whether to take over the benchmark that Microsoft's template left in the storage account: adopt it, "
    "forget it, or none if there never was one",
    choice("none", "adopt", "forget"),
    Group.DATA,
    "none",
    _MODEL,
)
REPLACEMENTS = Input(
    "replacements",
    "A file of spellings that count as the same word, as lines of a | b",
    optional(values.PATH),
    Group.DATA,
    level=_MODEL,
)
OPTIONAL_MARKS = Input(
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
    Group.DATA,
    "locale",
    _MODEL,
)
TRANSCRIBER_MARKS = Input(
    "transcriber-marks",
    "How to treat marks such as [noise] and (uh) on both sides: keep counts them as words",
    choice("keep", "drop"),
    Group.DATA,
    "keep",
    _MODEL,
)
REFERENCE_ALTERNATIVES = Input(
    "reference-alternatives",
    "Whether transcripts have alternatives and optional words as NIST writes them: {a / b} and (uh)",
    values.BOOLEAN,
    Group.DATA,
    "false",
    _MODEL,
)
NUMBERS_WITH_AND = Input(
    "numbers-with-and",
    "Whether English digits are read with an and (one hundred and four), or as usual in the locale",
    choice("locale", "true", "false"),
    Group.DATA,
    "locale",
    _MODEL,
)
FINDINGS = Input(
    "findings",
    "Severities of data rules, to override the defaults: ignore, notice, warning or error",
    values.SEVERITIES,
    Group.DATA,
    level=_MODEL,
    example="bom-missing=ignore",
)
FIX = Input(
    "fix",
    "Whether validate writes what it can repair safely to new files beside the old ones",
    values.BOOLEAN,
    Group.DATA,
    "false",
    _RUN,
)
GROUPS = Input(
    "groups",
    "Groups to report rates by: folder, a regular expression on the audio's name, or FILE.tsv:COLUMN",
    values.GROUPING,
    Group.DATA,
    level=_MODEL,
    example="calls.tsv:accent",
)
KEY_TERMS = Input(
    "key-terms",
    "A file of terms whose recall and precision are reported, one a line; a pronunciation file also works",
    optional(values.PATH),
    Group.DATA,
    level=_MODEL,
)

# --- gate ---

GATE = Input(
    "gate",
    "The rule by which a candidate passes",
    _gate_choice("policy", "superiority", "non-inferiority", "any-improvement"),
    Group.GATE,
    "superiority",
    _MODEL,
)
METRIC = Input(
    "metric",
    "What the verdict is about: words alone, or tokens of display text with case, punctuation and numbers",
    _gate_choice("metric", "word-error-rate", "token-error-rate"),
    Group.GATE,
    "word-error-rate",
    _MODEL,
)
OTHER_METRIC = Input(
    "other-metric",
    "What is done with the other of the two rates, if transcripts are in display form; not-worse: it may "
    "not surely rise",
    _gate_choice("other-metric", "report", "not-worse"),
    Group.GATE,
    "report",
    _MODEL,
)
CONFIDENCE = Input(
    "confidence",
    "Confidence level of the verdict, as a fraction",
    _gate_type("confidence", "FRACTION"),
    Group.GATE,
    "0.95",
    _MODEL,
)
MIN_IMPROVEMENT = Input(
    "min-improvement",
    "Minimum improvement of the word error rate: points (0.5), or relative (5%)",
    _gate_type("min-improvement", "DIFFERENCE"),
    Group.GATE,
    "0",
    _MODEL,
)
MARGIN = Input(
    "margin",
    "How much worse a candidate may be under non-inferiority: points (0.5), or relative (5%)",
    _gate_type("margin", "DIFFERENCE"),
    Group.GATE,
    "0.5",
    _MODEL,
)
MAX_REGRESSION = Input(
    "max-regression",
    "Maximum regression of any group: points (0.5), or relative (5%); blank: not checked",
    optional(_gate_type("max-regression", "DIFFERENCE")),
    Group.GATE,
    level=_MODEL,
    example="1",
)
MIN_WORDS = Input(
    "min-words",
    "Minimum number of reference words for a verdict",
    _gate_type("min-words", "NUMBER"),
    Group.GATE,
    "100",
    _MODEL,
)
MIN_UTTERANCES = Input(
    "min-utterances",
    "Minimum number of utterances for a verdict",
    _gate_type("min-utterances", "NUMBER"),
    Group.GATE,
    "10",
    _MODEL,
)
MUST_PASS = Input(
    "must-pass",
    "Audio names, separated by commas, that the candidate must recognize without errors",
    ValueType("NAME,...", "names", lambda text, _: gate.SETTINGS["must-pass"][0](text), many=True),
    Group.GATE,
    level=_MODEL,
    example="emergency-*.wav",
)
KEY_TERMS_RECALL = Input(
    "key-terms-recall",
    "Minimum recall of key terms, such as 95%; not-worse: at least that of the benchmark",
    optional(_gate_type("key-terms-recall", "SHARE")),
    Group.GATE,
    level=_MODEL,
)
_STOP = ("fail", "pass", "ask")
_STOPS = "fail: red; pass: stays green, not promoted; ask: not promoted until a person approves deploy"
ON_INCONCLUSIVE = Input(
    "on-inconclusive",
    f"What to do after an inconclusive verdict.  {_STOPS}",
    _gate_choice("on-inconclusive", *_STOP),
    Group.GATE,
    "fail",
    _MODEL,
)
ON_WORSE = Input(
    "on-worse",
    f"What to do after the verdict worse.  {_STOPS}",
    _gate_choice("on-worse", *_STOP),
    Group.GATE,
    "fail",
    _MODEL,
)
CORRECT_FOR_REPEATED_TESTS = Input(
    "correct-for-repeated-tests",
    "Whether to raise the confidence with each candidate that the same test data has judged",
    values.BOOLEAN,
    Group.GATE,
    "false",
    _MODEL,
)
CLUSTERS = Input(
    "clusters",
    "Dependent utterances, such as those of one speaker; same syntax as groups",
    values.GROUPING,
    Group.GATE,
    level=_MODEL,
    example="calls.tsv:speaker",
)

# --- Azure ---

SPEECH_ENDPOINT = Input(
    "speech-endpoint",
    "Endpoint of the Speech resource, https://NAME.cognitiveservices.azure.com, or local",
    values.ENDPOINT,
    Group.AZURE,
    values.LOCAL,
)
SPEECH_REGION = Input(
    "speech-region",
    "Region of the Speech resource, instead of speech-endpoint",
    values.REGION,
    Group.AZURE,
    example="westeurope",
)
SPEECH_KEY = Input(
    "speech-key",
    "Key of the Speech resource; not needed with OpenID Connect",
    values.SECRET,
    Group.AZURE,
    level=_RUN,
    secret=True,
)
DEVELOPER_ENDPOINT = Input(
    "developer-endpoint",
    "Endpoint of a Speech resource of your own that compare uses; nothing is written to the shared store",
    optional(values.ENDPOINT),
    Group.AZURE,
    level=_RUN,
)
DEVELOPER_KEY = Input(
    "developer-key",
    "Key of your own Speech resource; not needed with a sign-in",
    values.SECRET,
    Group.AZURE,
    level=_RUN,
    secret=True,
)
SHARE_RESULT = Input(
    "share-result",
    "Whether a comparison on a resource of your own is kept in the shared store",
    values.BOOLEAN,
    Group.AZURE,
    "false",
    _RUN,
)
SPEECH_RESOURCE_ID = Input(
    "speech-resource-id",
    "Azure resource ID of the Speech resource, from which models are copied to targets; needed if the "
    "sign-in cannot look it up",
    values.RESOURCE_ID,
    Group.AZURE,
)
TARGET_KEYS = Input(
    "target-keys",
    "Keys of the targets of speechops.yml, as NAME=KEY, separated by commas; not needed with a sign-in",
    values.NAMED_SECRETS,
    Group.AZURE,
    level=_RUN,
    secret=True,
)
SPEECH_PROJECT = Input(
    "speech-project",
    "Name of the project that shows the entities in Speech Studio; created if absent",
    values.NAME,
    Group.AZURE,
)
SPEECH_TIER = Input(
    "speech-tier", "Pricing tier of the Speech resource", choice("F0", "S0"), Group.AZURE, "S0"
)
API_VERSION = Input(
    "api-version",
    "Version of the Speech-to-text REST API",
    choice("2025-10-15", "2024-11-15"),
    Group.AZURE,
    "2025-10-15",
)
AZURE_CLIENT_ID = Input(
    "azure-client-id",
    "Client ID of the app registration or managed identity to sign in as with OpenID Connect",
    values.ID,
    Group.AZURE,
)
DEPLOY_CLIENT_ID = Input(
    "deploy-client-id",
    "Client ID for deploy and rollback, instead of azure-client-id: an identity that pull requests "
    "cannot use",
    values.ID,
    Group.AZURE,
)
AZURE_TENANT_ID = Input("azure-tenant-id", "Tenant ID for OpenID Connect", values.ID, Group.AZURE)
AZURE_CREDENTIALS = Input(
    "azure-credentials",
    "Service principal as JSON, in the format of azure/login",
    values.SECRET,
    Group.AZURE,
    level=_RUN,
    secret=True,
)
MAX_WAIT = Input(
    "max-wait",
    "Maximum wait for one training, test or deployment: 90s, 45m, 5h",
    values.DURATION,
    Group.AZURE,
    "5h",
)
ENDPOINT_ID = Input(
    "endpoint-id",
    "ID of an existing endpoint; blank: find or create the model's own",
    values.ID,
    Group.AZURE,
    level=_MODEL,
)

# --- storage and folders ---

STORAGE_ACCOUNT = Input(
    "storage-account",
    "Storage account for results, records and the benchmark",
    values.NAME,
    Group.STORAGE,
)
STORAGE_CONNECTION_STRING = Input(
    "storage-connection-string",
    "Connection string of the storage account; not needed with a sign-in",
    values.SECRET,
    Group.STORAGE,
    level=_RUN,
    secret=True,
)
STORAGE_SAS = Input(
    "storage-sas",
    "SAS of the storage account; not needed with a sign-in",
    values.SECRET,
    Group.STORAGE,
    level=_RUN,
    secret=True,
)
STORE_FOLDER = Input(
    "store-folder",
    "Folder for results, records and the benchmark if no storage account is set",
    values.PATH,
    Group.STORAGE,
    ".speechops/store",
)
TAKE_OVER_STORE = Input(
    "take-over-store",
    "Whether to take over a storage account that belongs to another repository",
    values.BOOLEAN,
    Group.STORAGE,
    "false",
    _RUN,
)
LOCAL_FOLDER = Input(
    "local-folder",
    "Folder for the state of the embedded service",
    values.PATH,
    Group.STORAGE,
    ".speechops/service",
)
REPORT_FOLDER = Input(
    "report-folder", "Folder for report files", values.PATH, Group.STORAGE, ".speechops/report"
)

# --- this run ---

COMMIT = Input(
    "commit",
    "Commit of the run; blank: the one that is checked out",
    values.COMMIT,
    Group.RUN,
    level=_RUN,
)
CANDIDATE = Input(
    "candidate", "ID or name of the approved model; blank: the benchmark", values.ID, Group.RUN, level=_RUN
)
TO_VERSION = Input(
    "to-version",
    "Version of the release to roll back to; blank: the previous one",
    values.NAME,
    Group.RUN,
    level=_RUN,
    example="1.4.0",
)
REPORT_PAGE = Input(
    "report-page",
    "Address of the uploaded page of the report, the output artifact-url of actions/upload-artifact",
    values.ADDRESS,
    Group.RUN,
    level=_RUN,
)
SHOW_TRANSCRIPTS = Input(
    "show-transcripts",
    "Whether logs, summaries and comments may show text of the test data",
    values.BOOLEAN,
    Group.RUN,
    "false",
)
INCLUDE_AUDIO = Input(
    "include-audio",
    "Whether the report includes short recordings of the utterances with errors",
    values.BOOLEAN,
    Group.RUN,
    "false",
)
REASON = Input(
    "reason", "Reason for the freeze; every report shows it", values.SENTENCE, Group.RUN, level=_RUN
)
EXPIRY_DAYS = Input(
    "expiry-days", "Days before expiry at which the warning escalates", values.DAYS, Group.RUN, "90,30,7"
)
NEW_BASE_MODEL = Input(
    "new-base-model",
    "What to do about a newer base model: log it, test it, or train a candidate",
    choice("report", "test", "train"),
    Group.RUN,
    "test",
)
KEEP_MODELS = Input(
    "keep-models",
    "How many unreferenced models to keep, the newest first",
    whole_number(),
    Group.RUN,
    "3",
)
KEEP_DAYS = Input(
    "keep-days",
    "How many days to keep tests and the candidates of pull requests and base models",
    whole_number(),
    Group.RUN,
    "30",
)
DELETE = Input(
    "delete",
    "What retention deletes: what an earlier run listed, everything at once, or nothing",
    choice("listed", "at-once", "never"),
    Group.RUN,
    "listed",
)
MAINTENANCE_ISSUE = Input(
    "maintenance-issue",
    "Whether to open an issue about what needs attention",
    values.BOOLEAN,
    Group.RUN,
    "false",
)
COMMENT = Input(
    "comment",
    "When a pull request gets a comment; an existing one is kept up to date",
    choice("always", "on-change", "on-regression", "off"),
    Group.RUN,
    "always",
)
COMMENT_TEMPLATE = Input(
    "comment-template",
    "Template that extends comment.md.j2 and overrides its blocks",
    values.TEXT_FILE,
    Group.RUN,
)
REPORTS = Input(
    "reports",
    "Folder with the artifacts of the fork's run",
    values.PATH,
    Group.RUN,
    "speechops-reports",
    _RUN,
)
SCOPE = Input(
    "scope",
    "What work to do; changed: what the commit and the store require",
    choice("changed", "test-data", "train-data", "everything"),
    Group.RUN,
    "changed",
    _RUN,
)
BASE = Input(
    "base",
    "Commit to compare with, as a git revision; blank: from the store, or from git for a pull request",
    values.REVISION,
    Group.RUN,
    level=_RUN,
    example="main",
)
ENVIRONMENT = Input(
    "environment",
    "The GitHub environment that deploy runs in",
    values.NAME,
    Group.RUN,
    level=_RUN,
    example="production",
)
REQUIRE_APPROVAL = Input(
    "require-approval",
    "Whether to require that a person approved the environment in this run",
    values.BOOLEAN,
    Group.RUN,
    "false",
    _RUN,
)
GITHUB_RELEASE = Input(
    "github-release",
    "Whether to publish a release on GitHub; with draft, nothing is deployed until a person "
    "publishes the release and deploy runs again",
    choice("true", "false", "draft"),
    Group.RUN,
    "true",
)
GITHUB_TOKEN = Input(
    "github-token", "Token for the GitHub API", values.SECRET, Group.RUN, level=_RUN, secret=True
)
ACTION = Input(
    "action",
    "The Action to call, with its version; blank: that of this installation",
    values.NAME,
    Group.RUN,
    level=_RUN,
    example="OWNER/speechops@v1",
)
DRY_RUN = Input(
    "dry-run",
    "Whether to show what would be done without changing anything",
    values.BOOLEAN,
    Group.RUN,
    "false",
    _RUN,
)
FROM_SAMPLE = Input(
    "from-sample",
    "Whether to add sample data, so that the repository runs on the embedded service right away",
    values.BOOLEAN,
    Group.RUN,
    "false",
    _RUN,
)
PORT = Input(
    "port",
    "Port of the embedded service; 0: any free port",
    whole_number(0, 65535),
    Group.RUN,
    "5005",
    _RUN,
)

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
