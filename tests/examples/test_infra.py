"""The infrastructure of examples/infra: its template keeps to the schema, its script to what it says."""

from __future__ import annotations

import copy
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

INFRA = Path(__file__).parents[2] / "examples" / "infra"
SCHEMA = json.loads(Path(__file__).with_name("infra.schema.json").read_bytes())
TEMPLATE: dict[str, Any] = json.loads((INFRA / "main.json").read_bytes())
BICEP = (INFRA / "main.bicep").read_text(encoding="utf-8")
ARGUMENTS = ("--group", "g", "--name", "contoso", "--storage", "contososa", "--repository", "octo-org/speech")

# Plays az and gh: notes what it is asked, one line of JSON each, and answers what the script reads.
STUB = """\
#!{python}
import json, os, pathlib, sys
words = sys.argv[1:]
name = pathlib.Path(sys.argv[0]).name
with open({log!r}, "a") as log:
    log.write(json.dumps([name, *words]) + "\\n")
asked = " ".join(words)
protected = pathlib.Path({log!r}).with_name("protected")
if "--method PUT" in asked:
    protected.write_text("yes")
elif asked.startswith("api repos/") and "/environments/" in asked:
    if not protected.exists():
        print('{{"message": "Not Found"}}')
        sys.exit(1)
    print(1)
elif "--jq .owner.id" in asked:
    print(65)
elif "--jq .full_name" in asked:
    print("Octo-Org/Speech")
elif "--jq .login" in asked:
    print("octocat")
elif "--jq .id" in asked:
    print(74)
elif words[:3] == ["deployment", "group", "show"]:
    print({{"clientId": "CLIENT", "tenantId": "TENANT",
            "speechEndpoint": "https://contoso.cognitiveservices.azure.com/"}}[words[-1].split(".")[2]])
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    log = tmp_path / "log"
    for name in ("az", "gh"):
        stub = tmp_path / name
        stub.write_text(STUB.format(python=sys.executable, log=str(log)), encoding="utf-8")
        stub.chmod(stub.stat().st_mode | stat.S_IXUSR)
    return log


def run(log: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{log.parent}:{os.environ['PATH']}"}
    command = ["bash", str(INFRA / "setup.sh"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def calls(log: Path) -> list[list[str]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def changes(log: Path) -> list[str]:
    """Return what was asked for that changes something."""
    verbs = ("group create", "deployment group create", "variable set", "--method PUT")
    return [" ".join(call) for call in calls(log) if any(verb in " ".join(call) for verb in verbs)]


def test_template__keeps_to_the_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(TEMPLATE, SCHEMA)


@pytest.mark.parametrize(
    ("resource", "path", "value"),
    [
        (0, ("properties", "customSubdomain"), "x"),
        (0, ("sku", "name"), "S1"),
        (1, ("properties", "allowBlobPublicAccess"), True),
        (1, ("apiVersion",), "2015-01-01"),
        (4, ("properties", "audience"), "x"),
        (5, ("scope",), None),
        (3, ("kind",), "x"),
    ],
)
def test_schema__finds_what_is_wrong(resource: int, path: tuple[str, ...], value: object) -> None:
    template = copy.deepcopy(TEMPLATE)
    place = template["resources"][resource]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(template, SCHEMA)


def test_template__names_only_what_it_has() -> None:
    text = json.dumps(TEMPLATE)
    assert set(re.findall(r"parameters\('(\w+)'\)", text)) == set(TEMPLATE["parameters"])
    assert set(re.findall(r"variables\('(\w+)'\)", text)) == set(TEMPLATE["variables"])
    for expression in re.findall(r'"(\[[^"]*\])"', text):
        assert expression.count("(") == expression.count(")"), expression


def test_bicep__says_the_same_as_the_template() -> None:
    resources = re.findall(r"^resource \w+ '([^@]+)@([^']+)'", BICEP, re.MULTILINE)
    assert resources == [(item["type"], item["apiVersion"]) for item in TEMPLATE["resources"]]
    parameters = re.findall(r"^@description\('([^']+)'\)\n(?:@.*\n)*param (\w+) (\w+)", BICEP, re.MULTILINE)
    assert parameters == [
        (item["metadata"]["description"], name, item["type"]) for name, item in TEMPLATE["parameters"].items()
    ]
    assert re.findall(r"^output (\w+) ", BICEP, re.MULTILINE) == list(TEMPLATE["outputs"])
    ids = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    assert re.findall(ids, BICEP) == re.findall(ids, json.dumps(TEMPLATE))
    for item in TEMPLATE["resources"]:
        for name, value in item.get("properties", {}).items():
            assert f"{name}:" in BICEP
            if isinstance(value, bool):
                assert f"{name}: {str(value).lower()}" in BICEP


def test_roles__are_the_least_and_on_the_resources_alone() -> None:
    assert TEMPLATE["variables"]["speechContributor"] == "0e75ca1e-0464-4b4d-8b93-68208a576181"
    assert TEMPLATE["variables"]["blobContributor"] == "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
    roles = [item for item in TEMPLATE["resources"] if item["type"].endswith("roleAssignments")]
    assert [role["scope"].split("'")[1].split("/{")[0] for role in roles] == [
        "Microsoft.CognitiveServices/accounts",
        "Microsoft.Storage/storageAccounts",
    ]


def test_setup__shellcheck_has_nothing_to_say() -> None:
    program = Path(sys.prefix) / "bin" / "shellcheck"
    done = subprocess.run([program, INFRA / "setup.sh"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_setup__makes_all_and_is_idempotent(log: Path) -> None:
    first = run(log, *ARGUMENTS)
    assert first.returncode == 0, first.stderr
    deployment = next(call for call in calls(log) if call[1:4] == ["deployment", "group", "create"])
    subjects = json.loads(next(word for word in deployment if word.startswith("subjects="))[9:])
    assert subjects == [
        "repo:Octo-Org/Speech:environment:production",
        "repo:Octo-Org/Speech:pull_request",
        "repo:Octo-Org/Speech:ref:refs/heads/main",
        "repo:Octo-Org@65/Speech@74:environment:production",
        "repo:Octo-Org@65/Speech@74:pull_request",
        "repo:Octo-Org@65/Speech@74:ref:refs/heads/main",
    ]
    assert "name=contoso" in deployment
    set_variables = {call[3]: call[-1] for call in calls(log) if call[1:3] == ["variable", "set"]}
    assert set_variables == {
        "AZURE_CLIENT_ID": "CLIENT",
        "AZURE_TENANT_ID": "TENANT",
        "SPEECH_ENDPOINT": "https://contoso.cognitiveservices.azure.com",
        "STORAGE_ACCOUNT": "contososa",
    }
    put = next(call for call in calls(log) if "PUT" in call)
    assert put[-2:] == ["-F", "reviewers[][id]=74"]
    before = changes(log)
    log.unlink()
    second = run(log, *ARGUMENTS)
    assert second.returncode == 0, second.stderr
    assert changes(log) == [change for change in before if "PUT" not in change]
    assert "is protected already" in second.stdout


def test_setup__dry_run_asks_and_changes_nothing(log: Path) -> None:
    done = run(log, *ARGUMENTS, "--dry-run", "--branch", "main", "--branch", "release/1", "--tier", "F0")
    assert done.returncode == 0, done.stderr
    assert changes(log) == []
    assert done.stdout.count("would run:") == 7
    assert "refs/heads/release/1" in done.stdout
    assert "speechTier=F0" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--group is missing"),
        (("--group",), "--group needs a value"),
        (("--colour", "red"), "unknown option --colour"),
        ((*ARGUMENTS, "--storage", "Not-A-Name"), "--storage: 3 to 24 lower-case"),
        ((*ARGUMENTS, "--repository", "speech"), "--repository: OWNER/REPO."),
        ((*ARGUMENTS, "--tier", "S1"), "--tier: F0 or S0."),
    ],
)
def test_setup__wrong_arguments__one_line(log: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run(log, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not log.exists() or changes(log) == []
