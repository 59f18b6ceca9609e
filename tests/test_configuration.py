"""The reference of speechops.yml and its schema say what the reader does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from speechops import command_line, inputs
from speechops.errors import UsageError
from speechops.inputs import GATE_INPUTS, INPUTS, Level
from speechops.settings import read as settle

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "schema" / "speechops.schema.json").read_text(encoding="utf-8"))
EXAMPLES = sorted((ROOT / "examples").glob("**/speechops.yml"))


def example() -> str:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    return str(code)


def complaints(content: object) -> list[str]:
    return [error.message for error in jsonschema_rs.Draft7Validator(SCHEMA).iter_errors(content)]


def read(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    settle(command_line.read(["validate", "--config", str(path)], {}))


def test_reference__example_is_read_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "speechops.yml"
    path.write_text(example(), encoding="utf-8")
    settled = settle(command_line.read(["train-data", "--config", str(path)], {}))
    english, german = settled.models
    assert [file.path.name for file in english.training] == [
        "products.txt",
        "phrases.txt",
        "orders.md",
        "training.zip",
        "display.md",
    ]
    assert english.gate.must_pass == ("emergency-1.wav", "emergency-2.wav")
    assert english.gate.min_words == 500
    assert str(english.groups) == f"{tmp_path}/en-US/calls.tsv:line"
    assert german.gate.policy == "non-inferiority"
    assert german.gate.margin.value == 0.3


def test_reference__example_has_every_key_of_the_gate_and_kind_of_data() -> None:
    content = yaml.safe_load(example())
    english, german = content["models"].values()
    assert {*english["gate"], "margin", "confidence"} == set(GATE_INPUTS)
    kinds = {"text", "structured-text", "pronunciation", "audio", "output-formatting"}
    assert {*english["training-data"], *german["training-data"]} == kinds


def test_schema__is_valid() -> None:
    jsonschema_rs.meta.validate(SCHEMA)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_schema__takes_the_examples(path: Path) -> None:
    assert complaints(yaml.safe_load(path.read_text(encoding="utf-8"))) == []


def test_schema__takes_the_reference() -> None:
    assert complaints(yaml.safe_load(example())) == []


MODEL = "models:\n  a:\n    locale: en-US\n"
SPECIMEN = {"commit": "abcdef0", "expiry-days": "30"}


@pytest.mark.parametrize("item", INPUTS, ids=lambda item: item.name)
@pytest.mark.parametrize("place", ["top", "model"])
def test_schema__knows_the_keys_that_the_reader_knows(
    item: inputs.Input[Any], place: str, tmp_path: Path
) -> None:
    if item.name == "locale":
        return
    indent = "    " if place == "model" else ""
    text = f"{MODEL}{indent}{item.name}: {item.default or SPECIMEN.get(item.name, '')!r}\n"
    known = item.level is Level.MODEL or (place == "top" and item.level is Level.PROJECT)
    assert (complaints(yaml.safe_load(text)) == []) == known
    if known:
        read(tmp_path / "speechops.yml", text)
    else:
        with pytest.raises(UsageError, match="Unknown key"):
            read(tmp_path / "speechops.yml", text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"models": {"a": {"locale": "en-US", "gate": "best"}}},
        {"models": {"a": {"locale": "en-US", "gate": {"policy": "superiority", "colour": 1}}}},
        {"models": {"a": {"locale": "en-US", "training-data": {"video": "x"}}}},
        {"models": {"a b": {"locale": "en-US"}}},
        {"show-transcripts": "ture"},
    ],
)
def test_schema__refuses_what_the_reader_refuses(wrong: Any, tmp_path: Path) -> None:  # noqa: ANN401 - YAML
    assert complaints(wrong)
    with pytest.raises(UsageError):
        read(tmp_path / "speechops.yml", yaml.safe_dump(wrong))
