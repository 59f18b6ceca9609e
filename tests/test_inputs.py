"""Inputs from options, environment and speechops.yml, and what is said of wrong ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops import command_line, inputs, settings, values
from speechops.errors import UsageError
from speechops.inputs import GATE_INPUTS, INPUTS, MAX_WAIT, Input
from speechops.operations.table import OPERATIONS
from speechops.scoring import Gate
from tests.scoring.gates import gate_of

PROJECT = """\
speech-endpoint: https://contoso.cognitiveservices.azure.com
models:
  pharmacy:
    locale: en-US
    test-data: data/test
    training-data:
      text: [data/a.txt, data/b.txt]
      pronunciation: data/words.txt
    custom-model-weight-percent: 30
    gate: { policy: non-inferiority, max-regression: 0.5 }
  klinik:
    locale: de-DE
    test-data: daten/test.zip
    gate: any-improvement
"""


ENGLISH = ("validate", "--locale", "en-US")


def settle(arguments: list[str], environment: dict[str, str] | None = None) -> settings.Settings:
    return settings.read(command_line.read(arguments, environment or {}))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "speechops.yml"
    path.write_text(PROJECT, encoding="utf-8")
    return path


def test_project__gives_each_model_its_settings(project: Path) -> None:
    settled = settle(["train-data", "--config", str(project)])
    pharmacy, klinik = settled.models
    assert settled.operation is OPERATIONS["train-data"]
    assert settled.speech.endpoint == "https://contoso.cognitiveservices.azure.com"
    assert not settled.speech.is_local
    assert pharmacy.test_data == project.parent / "data/test"
    assert [(file.kind, file.path.name) for file in pharmacy.training] == [
        ("Language", "a.txt"),
        ("Language", "b.txt"),
        ("Pronunciation", "words.txt"),
    ]
    assert pharmacy[inputs.CUSTOM_MODEL_WEIGHT_PERCENT] == 30
    assert pharmacy.gate.policy == "non-inferiority"
    assert klinik.locale == "de-DE"
    assert klinik.gate.policy == "any-improvement"
    assert klinik.training == ()


def test_gate__of_the_defaults_is_the_gates_own() -> None:
    texts = {key: row.default for key, row in GATE_INPUTS.items()}
    blank = {key for key, text in texts.items() if not text}
    assert blank == {"key-terms-recall", "max-regression", "must-pass"}
    assert gate_of({key: text for key, text in texts.items() if text}) == Gate()


def test_precedence__option_then_environment_then_file_then_default(project: Path) -> None:
    environment = {"INPUT_MAX-WAIT": "90s", "INPUT_API-VERSION": "2024-11-15", "INPUT_OPERATION": "test-data"}
    settled = settle(["test-data", "--config", str(project), "--max-wait", "2h"], environment)
    assert settled[MAX_WAIT] == 7200
    assert settled.speech.api_version == "2024-11-15"
    assert settle(["test-data", "--config", str(project), "--model", "klinik"]).models[0].name == "klinik"


def test_environment__alone_is_the_action(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settled = settle(
        [], {"INPUT_OPERATION": "validate", "INPUT_LOCALE": "en-US", "INPUT_TEST-DATA": "audio.zip"}
    )
    assert settled.operation is OPERATIONS["validate"]
    assert settled.models[0].test_data == Path("audio.zip")
    assert settled.models[0].name == "default"


def test_secrets__never_in_repr(project: Path) -> None:
    words = ["--speech-key", "hidden-1", "--azure-credentials", "hidden-2", "--storage-sas", "hidden-3"]
    words += ["--storage-connection-string", "hidden-4", "--github-token", "hidden-5"]
    settled = settle(["test-data", "--config", str(project), *words])
    assert settled.speech.key == "hidden-1"
    assert "hidden" not in repr(settled)


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        ([], {}, "No operation was given."),
        (["teach"], {}, "Unknown operation 'teach'. Use one of validate"),
        ([], {"INPUT_OPERATION": "teach"}, "Unknown operation 'teach'."),
        (["validate", "--colour", "red"], {}, "unrecognized arguments: --colour"),
        ([], {"INPUT_OPERATION": "validate", "INPUT_COLOUR": "red"}, "Unknown input 'colour'."),
        (
            ["validate", "--config", "absent.yml"],
            {},
            "config: the file absent.yml does not exist. Paths are relative to the working directory, /",
        ),
        (["validate", "--config", "x" * 300], {}, "cannot be read: File name too long. Check the path"),
        (["validate"], {}, "speechops.yml does not exist in /"),
        (["validate"], {}, "Change to its folder, set --config, or describe one model"),
        (
            ["--locale", "en-US", "validate"],
            {},
            "The operation comes first, then its options. speechops OPERATION",
        ),
        (["--locale", "en-US", "validate"], {}, "with one of validate, doctor, plan"),
        (["validate", "--locales", "x"], {}, "unrecognized arguments: --locales. Did you mean locale?"),
        (
            [],
            {"INPUT_OPERATION": "validate", "INPUT_LOCAL": "x"},
            "Unknown input 'local'. Did you mean locale?",
        ),
        (["test-data", *ENGLISH[1:], "--max-wait", "0s"], {}, "Invalid value '0s' for max-wait"),
        (
            ["plan", *ENGLISH[1:], "--base=--output=x"],
            {},
            "Invalid value '--output=x' for base: expected a commit as git names it",
        ),
        (
            ["compare", "--locale", "en-US", "--comment-template", "nofile"],
            {},
            "Invalid value 'nofile' for comment-template: the file cannot be read: No such file",
        ),
        (
            ["validate", "--locale", "english"],
            {},
            "Invalid value 'english' for locale: expected a locale such as en-US.",
        ),
        ([*ENGLISH, "--model", "a/b"], {}, "Invalid value 'a/b' for model"),
        ([*ENGLISH, "--model", "a,b"], {}, "model: several models"),
        (
            [*ENGLISH, "--test-data", "a,b"],
            {},
            "Invalid value 'a,b' for test-data: expected one zip or one folder.",
        ),
        (
            ["report", *ENGLISH[1:], "--show-transcripts", "ture"],
            {},
            "Invalid value 'ture' for show-transcripts: expected true or false.",
        ),
        (["deploy", *ENGLISH[1:], "--max-wait", "long"], {}, "expected a duration such as 90s"),
        (
            ["train-data", *ENGLISH[1:], "--custom-model-weight-percent", "0"],
            {},
            "Invalid value '0' for custom-model-weight-percent: expected a whole number from 1 to 100.",
        ),
        (["serve", "--port", "99999"], {}, "Invalid value '99999' for port"),
        (
            ["test-data", *ENGLISH[1:]],
            {"SPEECHOPS_SPEECH_KEY": "ab\udcffcdefgh"},
            "Invalid value for speech-key: expected text in UTF-8.",
        ),
        (["report", *ENGLISH[1:], "--commit", "main"], {}, "Invalid value 'main' for commit"),
        ([*ENGLISH, "--speech-tier", "S1"], {}, "Invalid value 'S1' for speech-tier: expected F0 or S0."),
        (
            [*ENGLISH, "--gate", "best"],
            {},
            "Invalid value 'best' for gate: expected superiority, non-inferiority or any-improvement.",
        ),
        ([*ENGLISH, "--confidence", "95"], {}, "Invalid value '95' for confidence"),
        (
            ["deploy", *ENGLISH[1:], "--speech-endpoint", "contoso"],
            {},
            "Invalid value 'contoso' for speech-endpoint",
        ),
        (
            ["plan", *ENGLISH[1:], "--speech-endpoint", "http://contoso.example"],
            {},
            "http only for this machine",
        ),
        (
            ["plan", *ENGLISH[1:], "--speech-region", "west.europe"],
            {},
            "Invalid value 'west.europe' for speech-region",
        ),
        (
            ["plan", *ENGLISH[1:], "--speech-region", "westeurope", "--speech-endpoint", "https://a.example"],
            {},
            "mutually exclusive",
        ),
    ],
)
def test_wrong_input__is_named_with_what_is_allowed(
    arguments: list[str],
    environment: dict[str, str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as raised:
        settle(arguments, environment)
    assert says in str(raised.value)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("models: [", 1, "is not valid YAML"),
        ("- a", 1, "must be a mapping with the key models"),
        ("models: 3", 1, "models must be a mapping"),
        ("models:\n  a: 3", 2, "models.a must be a mapping"),
        ("colour: red", 1, "Unknown key 'colour'. Known keys: models"),
        ("speech-key: abc", 1, "Unknown key 'speech-key'. Secrets do not belong in the file"),
        ("commit: abc", 1, "Unknown key 'commit'. It applies to one run"),
        ("model:\n  a:\n    locale: en-US", 1, "Unknown key 'model'. It applies to one run"),
        ("modells:\n  a:\n    locale: en-US", 1, "Unknown key 'modells'. Did you mean models?"),
        (
            "models:\n  a:\n    training-date: x",
            3,
            "Unknown key 'training-date'. Did you mean training-data?",
        ),
        ("models:\n  a:\n    locale: en-US\n    gate: {min-word: 1}", 4, "Did you mean min-words?"),
        (
            "models:\n  a:\n    locale: en-US\n    storage-account: x",
            4,
            "Unknown key 'storage-account'. It applies to all models: write it at the top level.",
        ),
        ("models:\n  a:\n    locale: en-US\n    locale: de-DE", 4, "Duplicate key 'locale'."),
        ("models:\n  a:\n    training-data:\n      video: x", 4, "Unknown kind 'video'. Kinds are text"),
        ("models:\n  a:\n    training-data: x", 3, "training-data must be a mapping"),
        ("models:\n  a:\n    locale: {x: y}", 3, "locale must be a single value or a list"),
        ("models:\n  a:\n    gate: {policy: superiority, colour: red}", 3, "Unknown key 'colour'"),
        ("models:\n  a:\n    locale: en\n", 3, "Invalid value 'en' for locale"),
        ("models:\n  a:\n    locale: en-US\n    leaks: maybe\n", 4, "Invalid value 'maybe' for leaks"),
    ],
)
def test_wrong_project__is_placed_on_its_line(text: str, line: int, says: str, tmp_path: Path) -> None:
    path = tmp_path / "speechops.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        settle(["validate", "--config", str(path)])
    assert says in str(raised.value)
    assert raised.value.place is not None
    assert raised.value.place.file == str(path)
    assert raised.value.place.line == line


def test_unknown_model__is_answered_with_the_known_ones(project: Path) -> None:
    with pytest.raises(UsageError, match=r"'x' is not in .* Its models: pharmacy, klinik\."):
        settle(["validate", "--config", str(project), "--model", "x"])


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_duration__adds_up(hours: int, minutes: int, seconds: int) -> None:
    assert values.duration(f"{hours}h{minutes}m{seconds}s") == hours * 3600 + minutes * 60 + seconds


@given(text=st.text())
def test_any_project_text__is_read_or_refused_in_one_line(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("project") / "speechops.yml"
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    try:
        settle(["validate", "--config", str(path), "--locale", "en-US"])
    except UsageError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either way is right


def help_of(operation: str, capsys: pytest.CaptureFixture[str]) -> set[str]:
    with pytest.raises(SystemExit):
        command_line.read([operation, "--help"], {})
    return set(re.findall(r"^  --([a-z-]+)", capsys.readouterr().out, re.MULTILINE))


def test_help__of_an_operation_has_what_matters_to_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert help_of("serve", capsys) == {"local-folder", "port"}
    deploy, freeze = help_of("deploy", capsys), help_of("freeze", capsys)
    assert {"candidate", "endpoint-id", "environment", "speech-endpoint"} <= deploy
    assert not {"to-version", "reason", "keep-days", "port", "action", "base"} & deploy
    assert "reason" in freeze
    assert "candidate" not in freeze


@pytest.mark.parametrize("operation", OPERATIONS)
def test_help__hides_nothing_that_is_refused(operation: str) -> None:
    """An option that does not matter is taken all the same: workflows hand over more than one needs."""
    assert (
        command_line.read([operation, "--keep-days", "3", "--to-version", "1"], {}).direct("to-version")
        == "1"
    )


def test_help__each_input_is_read_by_some_operation() -> None:
    assert not [row for row in INPUTS if not any(operation.reads(row) for operation in OPERATIONS.values())]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_help__lists_exactly_what_the_operation_reads(
    operation: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert help_of(operation, capsys) == {row.name for row in OPERATIONS[operation].inputs}


@pytest.mark.parametrize("row", INPUTS, ids=lambda row: row.name)
def test_default__is_a_value_of_the_input(row: Input[Any]) -> None:
    """A blank one too: an operation may be run with nothing but the defaults."""
    row.type.parse(row.default, Path)
