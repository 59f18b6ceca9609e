"""The example callers fit the workflows and the Action that they call."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from speechops import command_line, inputs
from speechops.inputs import INPUTS
from speechops.settings import read as settle

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
CALLERS = sorted(path for path in EXAMPLES.glob("**/.github/workflows/*.yml") if "before" not in path.parts)
OURS = ROOT / ".github" / "workflows"
LEVELS = ("none", "read", "write")


def load(path: Path) -> Any:  # noqa: ANN401 - YAML
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {("on" if key is True else key): value for key, value in content.items()}


def calls(path: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Return each call of a workflow of ours, with the job that makes it."""
    found = []
    for job in load(path)["jobs"].values():
        if "uses" in job:
            match = re.fullmatch(r"OWNER/speechops/\.github/workflows/([\w-]+\.yml)@v1", job["uses"])
            assert match, job["uses"]
            found.append((OURS / match[1], job))
    return found


def asked(workflow: Path) -> dict[str, str]:
    """Return the highest level of each permission that any job of a workflow asks for."""
    highest: dict[str, str] = {}
    for job in load(workflow)["jobs"].values():
        for name, level in job["permissions"].items():
            highest[name] = max(highest.get(name, "none"), level, key=LEVELS.index)
    return highest


def known(value: str) -> str:
    """Return a value with the variables of the repository that examples/infra/setup.sh sets."""
    script = (EXAMPLES / "infra" / "setup.sh").read_text(encoding="utf-8")
    made = set(re.findall(r"gh variable set (\w+)", script))
    variables = {
        "SPEECH_ENDPOINT": "https://contoso.cognitiveservices.azure.com",
        "STORAGE_ACCOUNT": "contoso",
    }
    for name in re.findall(r"\$\{\{ vars\.(\w+) \}\}", value):
        assert name in made
        value = value.replace(f"${{{{ vars.{name} }}}}", variables.get(name, "a1"))
    return value


def choices(path: Path, condition: str) -> list[str]:
    """Return the operations that a person may choose for a job; a blank one where there is no choice."""
    asked = (load(path)["on"] or {}).get("workflow_dispatch") or {} if "by-hand" in path.parts else {}
    options = asked.get("inputs", {}).get("operation", {}).get("options", [""])
    return [option for option in options if not condition or f"'{option}'" in condition]


def chosen(value: str | bool, operation: str) -> str:
    """Return a value as the runner has it, with what a person has chosen; what stands open is blank."""
    text = str(value).lower() if isinstance(value, bool) else value
    return re.sub(r"\$\{\{ inputs\.\w+ \}\}", "", text.replace("${{ inputs.operation }}", operation))


def test_by_hand__each_choice_starts_one_job_with_the_least_rights() -> None:
    path = EXAMPLES / "by-hand" / ".github" / "workflows" / "by-hand.yml"
    jobs = load(path)["jobs"]
    options = load(path)["on"]["workflow_dispatch"]["inputs"]["operation"]["options"]
    needed = {
        "doctor": {"contents": "read", "id-token": "write", "actions": "read"},
        "freeze": {"contents": "read", "id-token": "write"},
        "unfreeze": {"contents": "read", "id-token": "write"},
        "maintain": {"contents": "write", "id-token": "write", "issues": "write"},
        "rollback": {"contents": "write", "id-token": "write", "actions": "read"},
    }
    assert set(options) == set(needed)
    for option in options:
        (job,) = (job for job in jobs.values() if option in choices(path, job["if"]))
        assert job["permissions"] == needed[option]
        (step,) = (step for step in job["steps"] if step["uses"].startswith("OWNER/"))
        assert chosen(step["with"]["operation"], option) == option


@pytest.mark.parametrize("path", CALLERS, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_caller__names_no_variable_that_nobody_sets(path: Path) -> None:
    assert "vars." not in known(path.read_text(encoding="utf-8"))


def test_callers__the_tests_of_each_meet_some() -> None:
    """A caller without what a test of each caller is about passes it."""
    assert any("pull_request" in load(path)["on"] for path in CALLERS)
    assert any(calls(path) for path in CALLERS)
    steps = [
        step
        for path in CALLERS
        for job in load(path)["jobs"].values()
        for step in job.get("steps", ())
        if step["uses"].startswith("OWNER/speechops")
    ]
    assert steps


@pytest.mark.parametrize("path", CALLERS, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_caller__of_forks_has_an_endpoint_without_variables(path: Path) -> None:
    """A run for a fork gets no variables: a blank endpoint would have it compared on the embedded service."""
    on = load(path)["on"]
    if on == "pull_request" or "pull_request" in on:
        for job in load(path)["jobs"].values():
            assert "vars." not in str(job.get("with", {}).get("speech-endpoint", ""))


@pytest.mark.parametrize("path", CALLERS, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_caller__gives_what_is_declared_and_grants_what_is_asked_for(path: Path) -> None:
    for workflow, job in calls(path):
        declared = load(workflow)["on"]["workflow_call"]
        given = job.get("with", {})
        assert set(given) <= set(declared["inputs"])
        for name, value in given.items():
            boolean = declared["inputs"][name]["type"] == "boolean"
            assert isinstance(value, bool) == boolean
        if isinstance(job.get("secrets"), dict):
            assert set(job["secrets"]) <= set(declared["secrets"])
        assert job["permissions"] == asked(workflow), "GitHub refuses to start what is not granted"


@pytest.mark.parametrize("path", CALLERS, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_caller__steps_use_inputs_that_exist(path: Path) -> None:
    action = load(ROOT / "action.yml")
    for job in load(path)["jobs"].values():
        for step in job.get("steps", ()):
            if step["uses"].startswith("OWNER/speechops"):
                assert set(step["with"]) <= set(action["inputs"])
                config = path.parents[2] / "speechops.yml"
                for operation in choices(path, str(job.get("if", ""))):
                    given = {name: known(chosen(value, operation)) for name, value in step["with"].items()}
                    environment = {inputs.variable(name): value for name, value in given.items()}
                    environment |= {"SPEECHOPS_CONFIG": str(config)} if config.exists() else {}
                    assert settle(command_line.read([], environment)).models


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("**/speechops.yml")), ids=lambda path: path.parent.name)
def test_speechops_yml__is_valid(path: Path) -> None:
    assert settle(command_line.read(["validate", "--config", str(path)], {})).models


@pytest.mark.parametrize("name", ["azure-pipelines/azure-pipelines.yml", "gitlab/.gitlab-ci.yml"])
def test_other_systems__use_variables_and_options_that_exist(name: str) -> None:
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    known = {inputs.variable(item.name) for item in INPUTS}
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    used = set(re.findall(r"\bSPEECHOPS_\w+", code))
    assert used
    assert used <= known
    commands = re.findall(r"(?:entrypoint\.py|^ +speechops) ([a-z-]+)(.*)", code, re.MULTILINE)
    assert commands
    for operation, options in commands:
        words = [
            operation,
            *(word for word in options.split() if word.startswith("--") for word in (word, "a1")),
        ]
        assert command_line.read(words, {}).operation.name == operation


def test_readme__lists_every_example() -> None:
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert {path.name for path in EXAMPLES.iterdir() if path.is_dir()} <= set(
        re.findall(r"\]\(([\w-]+)\)", text)
    )


def test_usage__shows_the_examples_as_they_are() -> None:
    text = (ROOT / "docs" / "usage.md").read_text(encoding="utf-8")
    shown = re.findall(r"<!-- example: (\S+) -->\n```yaml\n(.*?)```", text, re.DOTALL)
    assert [name.rpartition("/")[2] for name, _ in shown] == [
        "speech.yml",
        "pull-request.yml",
        "maintenance.yml",
    ]
    for name, code in shown:
        lines = (EXAMPLES / name).read_text(encoding="utf-8").splitlines()
        assert code.splitlines() == [line for line in lines if not line.startswith("#")]


def test_usage__permissions_are_those_asked_for() -> None:
    text = (ROOT / "docs" / "usage.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `(contents|id-token|actions|pull-requests|checks|issues)` \|(.*?)\|(.*?)\|(.*?)\|",
        text,
        re.MULTILINE,
    )
    for column, name in enumerate(("ci-cd", "pull-request", "maintenance"), start=1):
        said = {row[0]: row[column].strip() for row in rows if row[column].strip()}
        assert said == asked(OURS / f"{name}.yml")
