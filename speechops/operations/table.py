"""Every operation: what it does, which inputs it reads, what it needs, where it may run, and its function.

Dispatch, help, the choices of ``action.yml`` and the tables of the docs follow from :data:`OPERATIONS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any

from speechops import inputs
from speechops.inputs import Input

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Need(StrEnum):
    """What an operation requires; it is opened before the operation begins."""

    DATA = "data"
    STORE = "store"
    SERVICE = "service"
    PLATFORM = "platform"  # GitHub, if a token is given


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    ``function``, ``beforehand`` and ``afterwards`` are ``module:function``, imported when they are called:
    ``function`` takes the run and returns its outcome, for each model or, if ``once``, for all of them;
    ``beforehand`` takes the run and may reject it; ``afterwards`` takes the run and how each model ended.
    ``recorded`` says that the store gets a record of the run, ``judges`` that it stores a verdict, ``waits``
    that most of its time is the service's: several models are worked on side by side.
    """

    name: str
    summary: str
    inputs: tuple[Input[Any], ...]
    needs: frozenset[Need]
    function: str
    beforehand: str = ""
    afterwards: str = ""
    once: bool = False
    recorded: bool = False
    judges: bool = False
    waits: bool = False
    deploys: bool = False  # signs in as deploy-client-id, if that is set
    in_action: bool = True  # the others are only available on the command line

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    def reads(self, row: Input[Any]) -> bool:
        """Whether the operation reads an input."""
        return row in self.inputs


def load(function: str) -> Callable[..., Any]:
    """Return the function that is written as ``module:function``."""
    module, _, name = function.partition(":")
    found: Callable[..., Any] = getattr(import_module(f"speechops.{module}"), name)
    return found


_Rows = tuple[Input[Any], ...]
_MODELS: _Rows = (inputs.CONFIG, inputs.MODEL)
_TRAINING: _Rows = tuple(inputs.TRAINING_INPUTS.values())
_DATA: _Rows = (inputs.DATA_FOLDER, inputs.LOCALE, inputs.TEST_DATA, *_TRAINING, inputs.FINDINGS)
_NORMALIZATION: _Rows = (
    inputs.REPLACEMENTS,
    inputs.OPTIONAL_MARKS,
    inputs.TRANSCRIBER_MARKS,
    inputs.REFERENCE_ALTERNATIVES,
    inputs.NUMBERS_WITH_AND,
)
_RULES: _Rows = (*_NORMALIZATION, inputs.GROUPS, inputs.CLUSTERS, inputs.KEY_TERMS)
_GATE: _Rows = (*inputs.GATE_INPUTS.values(), inputs.LEAKS)
_CANDIDATE: _Rows = (*_GATE, inputs.BASE_MODEL, inputs.CUSTOM_MODEL_WEIGHT_PERCENT)
_SIGN_IN: _Rows = (inputs.AZURE_CLIENT_ID, inputs.AZURE_TENANT_ID, inputs.AZURE_CREDENTIALS)
_STORE: _Rows = (
    *_SIGN_IN,
    inputs.STORAGE_ACCOUNT,
    inputs.STORAGE_CONNECTION_STRING,
    inputs.STORAGE_SAS,
    inputs.STORE_FOLDER,
    inputs.TAKE_OVER_STORE,
    inputs.GITHUB_TOKEN,  # to read speechops.yml of the default branch, which says who may get credentials
)
_SERVICE: _Rows = (
    inputs.SPEECH_ENDPOINT,
    inputs.SPEECH_REGION,
    inputs.SPEECH_KEY,
    inputs.API_VERSION,
    inputs.LOCAL_FOLDER,
    inputs.MAX_WAIT,
)
_IMPORTS: _Rows = (inputs.SPEECH_PROJECT, inputs.SPEECH_TIER)
_RECORD: _Rows = (inputs.COMMIT, inputs.REPORT_FOLDER)
_REPORT: _Rows = (inputs.SHOW_TRANSCRIPTS, inputs.INCLUDE_AUDIO)
_REPORTED: _Rows = (
    inputs.DATA_FOLDER,
    inputs.LOCALE,
    inputs.TEST_DATA,
    inputs.TRAINING_PRONUNCIATION,
    *_NORMALIZATION,
    inputs.GROUPS,
    inputs.KEY_TERMS,
    inputs.METRIC,
    *_REPORT,
)
_TEST: _Rows = (
    *_MODELS, *_DATA, *_RULES, *_GATE, *_STORE, *_SERVICE, *_IMPORTS, *_RECORD, *_REPORT,
    inputs.BASE_MODEL, inputs.CUSTOM_MODEL_WEIGHT_PERCENT, inputs.REUSE, inputs.ALLOW_DIRTY,
    inputs.OLD_BENCHMARK, inputs.PRICES,
)  # fmt: skip
_TRAIN: _Rows = (*_TEST, *_CANDIDATE)
_APPROVAL: _Rows = (inputs.ENVIRONMENT, inputs.REQUIRE_APPROVAL, inputs.GITHUB_TOKEN, inputs.GITHUB_RELEASE)
_DEVELOPER: _Rows = (inputs.DEVELOPER_ENDPOINT, inputs.DEVELOPER_KEY)
_TARGETS: _Rows = (inputs.ENDPOINT_ID, inputs.SPEECH_RESOURCE_ID, inputs.TARGET_KEYS)
_DEPLOY: _Rows = (
    *_MODELS,
    *_REPORTED,
    *_STORE,
    *_SERVICE,
    *_RECORD,
    *_APPROVAL,
    inputs.FINDINGS,
    *_TARGETS,
    inputs.DEPLOY_CLIENT_ID,
    inputs.OLD_BENCHMARK,
)
_WORKS = frozenset({Need.STORE, Need.SERVICE})


def _ordered(*rows: Input[Any]) -> tuple[Input[Any], ...]:
    """Return the inputs once each, in the order of their table."""
    return tuple(row for row in inputs.INPUTS if row in rows)


_TABLE = (
    Operation(
        "validate",
        "check the data files against the service's rules; with fix, repair copies; needs no network",
        _ordered(*_MODELS, *_DATA, *_RULES, *_GATE, inputs.SPEECH_TIER, inputs.FIX),
        frozenset({Need.DATA}),
        "operations.validate:run",
    ),
    Operation(
        "doctor",
        "check sign-in, roles, storage, quotas, expiry, approval; costs and changes nothing",
        _ordered(
            *_MODELS, inputs.DATA_FOLDER, inputs.LOCALE, *_TRAINING, inputs.BASE_MODEL, *_TARGETS,
            inputs.DEPLOY_CLIENT_ID,
            *_STORE, *_SERVICE, *_IMPORTS, inputs.ENVIRONMENT, inputs.REQUIRE_APPROVAL, inputs.GITHUB_TOKEN,
        ),
        frozenset(),
        "operations.doctor.examination:run",
        once=True,
    ),
    Operation(
        "plan",
        "show which models need test-data, train-data or compare, from commit and store",
        _ordered(
            *_MODELS, *_DATA, *_RULES, *_CANDIDATE, inputs.SPEECH_ENDPOINT, inputs.SPEECH_REGION,
            inputs.SPEECH_TIER, *_STORE, inputs.SCOPE, inputs.BASE, inputs.GITHUB_TOKEN, inputs.PRICES,
        ),
        frozenset({Need.DATA}),
        "operations.plan:run",
        once=True,
    ),
    Operation(
        "verdicts",
        "show what this run promoted, or left for approval, according to the store",
        _ordered(*_MODELS, *_STORE),
        frozenset({Need.STORE}),
        "operations.verdicts:run",
        once=True,
    ),
    Operation(
        "test-data",
        "test the benchmark model on the test data and store its word error rate",
        _ordered(*_TEST, inputs.BRANCH),
        frozenset({Need.DATA, *_WORKS}),
        "operations.test_data:run",
        recorded=True,
        judges=True,
        waits=True,
    ),
    Operation(
        "train-data",
        "train a candidate, compare it with the benchmark, promote it if better",
        _ordered(*_TRAIN, inputs.BRANCH),
        frozenset({Need.DATA, *_WORKS}),
        "operations.train_data:run",
        recorded=True,
        judges=True,
        waits=True,
    ),
    Operation(
        "compare",
        "like train-data, for a pull request: report only, never move the benchmark",
        _ordered(
            *_TRAIN, inputs.COMMENT, inputs.COMMENT_TEMPLATE, inputs.GITHUB_TOKEN, *_DEVELOPER,
            inputs.SHARE_RESULT, inputs.SPEECH_RESOURCE_ID,
        ),
        frozenset({Need.DATA, Need.PLATFORM, *_WORKS}),
        "operations.compare:run",
        beforehand="pull_request.command:require",
        afterwards="pull_request.comment:write_for_run",
        recorded=True,
        waits=True,
    ),
    Operation(
        "clean",
        "delete what compare has made in a Speech resource of your own",
        _ordered(inputs.CONFIG, *_SIGN_IN, *_SERVICE, *_DEVELOPER, inputs.STORE_FOLDER),
        frozenset({Need.SERVICE}),
        "operations.clean:run",
        once=True,
        in_action=False,
    ),
    Operation(
        "score",
        "judge text that any recognizer wrote to files by the same gate; needs no Azure and no store",
        _ordered(
            *_MODELS, inputs.LOCALE, inputs.REFERENCES, inputs.HYPOTHESES, inputs.BENCHMARK_HYPOTHESES,
            *_RULES, *inputs.GATE_INPUTS.values(), *_RECORD, inputs.SHOW_TRANSCRIPTS, inputs.COMMENT,
            inputs.COMMENT_TEMPLATE, inputs.GITHUB_TOKEN,
        ),
        frozenset({Need.PLATFORM}),
        "operations.score:run",
        afterwards="pull_request.comment:write_for_run",
    ),
    Operation(
        "deploy",
        "deploy the approved candidate to an endpoint, check it, record a release",
        _ordered(*_DEPLOY, *_RULES, *_GATE, inputs.SPEECH_TIER, inputs.CANDIDATE, inputs.ALLOW_DIRTY),
        frozenset({Need.PLATFORM, *_WORKS}),
        "operations.deploy:run",
        recorded=True,
        deploys=True,
    ),
    Operation(
        "rollback",
        "return endpoint and benchmark to an earlier release",
        _ordered(*_DEPLOY, inputs.TO_VERSION),
        frozenset({Need.PLATFORM, *_WORKS}),
        "operations.rollback:run",
        recorded=True,
        deploys=True,
    ),
    Operation(
        "freeze",
        "pin the benchmark: nothing is promoted until unfreeze",
        _ordered(*_MODELS, *_STORE, *_RECORD, inputs.REASON),
        frozenset({Need.STORE}),
        "operations.freeze:run",
        recorded=True,
    ),
    Operation(
        "unfreeze",
        "unpin the benchmark",
        _ordered(*_MODELS, *_STORE, *_RECORD),
        frozenset({Need.STORE}),
        "operations.freeze:lift",
        recorded=True,
    ),
    Operation(
        "maintain",
        "warn about expiry, check endpoint and base model, finish and clean up what runs left",
        _ordered(
            *_TRAIN, inputs.EXPIRY_DAYS, inputs.NEW_BASE_MODEL, inputs.KEEP_MODELS, inputs.KEEP_DAYS,
            inputs.DELETE, inputs.MAINTENANCE_ISSUE, inputs.GITHUB_TOKEN, inputs.GITHUB_RELEASE,
            *_TARGETS, inputs.BRANCH,
        ),
        frozenset({Need.DATA, Need.PLATFORM, *_WORKS}),
        "operations.maintain:run",
        recorded=True,
    ),
    Operation(
        "report",
        "write the history of tests, verdicts and releases as a page",
        _ordered(*_MODELS, *_REPORTED, *_STORE, *_RECORD),
        frozenset({Need.STORE}),
        "operations.report:run",
        afterwards="operations.report:overview",
    ),
    Operation(
        "publish-report",
        "comment on a fork's pull request with the results of its own run",
        _ordered(inputs.COMMENT, inputs.GITHUB_TOKEN, inputs.REPORTS),
        frozenset({Need.PLATFORM}),
        "pull_request.fork:publish",
        once=True,
    ),
    Operation(
        "link-report",
        "link the uploaded page of the report in the comment of compare",
        _ordered(*_MODELS, inputs.REPORT_FOLDER, inputs.REPORT_PAGE, inputs.GITHUB_TOKEN),
        frozenset({Need.PLATFORM}),
        "pull_request.links:link",
        once=True,
    ),
    Operation(
        "serve",
        "run the embedded speech service until interrupted",
        _ordered(inputs.LOCAL_FOLDER, inputs.PORT),
        frozenset(),
        "operations.serve:run",
        once=True,
        in_action=False,
    ),
    Operation(
        "demo",
        "run the whole loop on the sample data",
        _ordered(inputs.LOCAL_FOLDER),
        frozenset(),
        "operations.demo:run",
        once=True,
        in_action=False,
    ),
    Operation(
        "init",
        "write speechops.yml and the workflows for the data of a repository",
        _ordered(inputs.ACTION, inputs.DRY_RUN, inputs.FROM_SAMPLE, inputs.LOCALE),
        frozenset(),
        "operations.init:run",
        once=True,
        in_action=False,
    ),
    Operation(
        "migrate",
        "convert a fork of Microsoft's Speech DevOps template to SpeechOps",
        _ordered(
            inputs.ACTION, inputs.DRY_RUN, inputs.ENDPOINT_ID, inputs.SPEECH_ENDPOINT, inputs.SPEECH_REGION
        ),
        frozenset(),
        "operations.migrate:run",
        once=True,
        in_action=False,
    ),
)  # fmt: skip

OPERATIONS: Mapping[str, Operation] = {operation.name: operation for operation in _TABLE}
