"""action.yml, code, README's tables and the Dockerfiles say the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from speechops import command_line
from speechops.inputs import INPUTS, OUTPUTS, Level
from speechops.operations.table import OPERATIONS
from tools import contract

if TYPE_CHECKING:
    from pathlib import Path

ROOT = contract.ROOT
ACTIONS = ("action.yml", "local/action.yml")


def load(name: str) -> Any:  # noqa: ANN401 - YAML
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", contract.files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files__are_as_the_code_has_them(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == contract.files()[path], "run python -m tools.contract"


@pytest.mark.parametrize("page", contract.TABLES)
def test_page__has_every_table(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert set(re.findall(r"<!-- table: ([\w-]+) -->", text)) == set(contract.TABLES[page])


def test_workflows__are_those_that_can_be_called() -> None:
    callable_ = {path.stem for path in (ROOT / "workflows").iterdir()}
    assert callable_ == set(contract.WORKFLOWS)


@pytest.mark.parametrize("name", ACTIONS)
def test_action__has_every_input_and_output_once(name: str) -> None:
    action = load(name)
    expected = {"operation", *(item.name for item in INPUTS)} - {"action", "dry-run", "from-sample", "port"}
    assert set(action["inputs"]) == expected
    assert set(action["outputs"]) == set(OUTPUTS)
    assert all(item["description"] for item in (*action["inputs"].values(), *action["outputs"].values()))


@pytest.mark.parametrize("name", ACTIONS)
def test_action__hands_every_input_to_the_container(name: str) -> None:
    action = load(name)
    assert action["runs"]["env"] == {
        f"SPEECHOPS_{name.upper().replace('-', '_')}": f"${{{{ inputs.{name} }}}}"
        for name in action["inputs"]
    }


@pytest.mark.parametrize("name", ACTIONS)
def test_action__has_no_default_that_would_win_over_speechops_yml(name: str) -> None:
    action = load(name)
    settable = {item.name for item in INPUTS if item.level is not Level.RUN}
    assert settable
    assert not [name for name in settable if "default" in action["inputs"][name]]


def test_action__descriptions_name_default_and_allowed_values() -> None:
    action = load("action.yml")
    for item in contract.action_inputs()[1:]:
        text = action["inputs"][item.name]["description"]
        assert item.description in text
        assert all(choice in text for choice in item.type.choices)
        assert not item.default or f"Default: {item.default}." in text


@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation__of_the_action_is_understood(operation: str) -> None:
    environment = {"SPEECHOPS_OPERATION": operation, "SPEECHOPS_SPEECH_ENDPOINT": "local"}
    given = command_line.read([], environment)
    assert given.operation is OPERATIONS[operation]
    assert given.direct("speech-endpoint") == "local"


def test_dockerfiles__differ_in_the_lock_alone() -> None:
    core = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    local = (ROOT / "Dockerfile.local").read_text(encoding="utf-8")
    assert "\nARG LOCK=core\n" in core
    assert local == core.replace("\nARG LOCK=core\n", "\nARG LOCK=local\n")


def test_dockerignore__lets_in_what_the_dockerfile_copies() -> None:
    copied = set(re.findall(r"^COPY (\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE))
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    admitted = {line.removeprefix("!") for line in lines if line.startswith("!")}
    locks = {f"requirements/{lock}.txt" for lock in ("core", "local")}
    assert admitted == {*(copied - {"requirements/${LOCK}.txt"}), *locks}
