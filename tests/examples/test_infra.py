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

import jsonschema_rs
import pytest

INFRA = Path(__file__).parents[2] / "examples" / "infra"
SCHEMA = json.loads(Path(__file__).with_name("infra.schema.json").read_bytes())
TEMPLATE: dict[str, Any] = json.loads((INFRA / "main.json").read_bytes())
BICEP = (INFRA / "main.bicep").read_text(encoding="utf-8")
MICROSOFTS = Path(__file__).parents[3] / "shared" / "specs" / "arm"
"""Microsoft's own schemas of the resources, from https://github.com/Azure/azure-resource-manager-schemas."""
AZURE = "https://schema.management.azure.com/schemas"
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
    print({{"pullRequestClientId": "PULLS", "mainClientId": "MAIN", "deployClientId": "DEPLOY",
            "tenantId": "TENANT", "speechResourceId": "/subscriptions/S/speech",
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
    jsonschema_rs.meta.validate(SCHEMA)
    jsonschema_rs.validate(SCHEMA, TEMPLATE)


@pytest.mark.parametrize(
    ("resource", "path", "value"),
    [
        (0, ("properties", "customSubdomain"), "x"),
        (0, ("sku", "name"), "S1"),
        (2, ("properties", "allowBlobPublicAccess"), True),
        (2, ("apiVersion",), "2015-01-01"),
        (4, ("properties", "publicAccess"), "Blob"),
        (6, ("properties", "audience"), "x"),
        (7, ("scope",), None),
        (5, ("kind",), "x"),
    ],
)
def test_schema__finds_what_is_wrong(resource: int, path: tuple[str, ...], value: object) -> None:
    template = copy.deepcopy(TEMPLATE)
    place = template["resources"][resource]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(SCHEMA, template)


@pytest.mark.skipif(not MICROSOFTS.is_dir(), reason="Microsoft's schemas are absent: ../shared/specs/arm")
@pytest.mark.parametrize("place", range(len(TEMPLATE["resources"])))
def test_template__keeps_to_microsofts_schemas(place: int) -> None:
    resource = TEMPLATE["resources"][place]
    schemas = [json.loads(path.read_bytes()) for path in MICROSOFTS.rglob("*.json")]
    known = {schema["id"].rstrip("#"): schema for schema in schemas}
    provider, _, kind = resource["type"].partition("/")
    own = known[f"{AZURE}/{resource['apiVersion']}/{provider}.json"]
    definitions = {**own.get("resourceDefinitions", {}), **own.get("subscription_resourceDefinitions", {})}
    # Names are expressions, of which the schemas only know that of the container has at most 63 characters.
    plain = {name: value for name, value in resource.items() if name not in {"copy", "dependsOn", "scope"}}
    if kind.endswith("/containers"):
        plain["name"] = "contososa/default/configuration"

    validator = jsonschema_rs.Draft4Validator(
        {**own, **definitions[kind.replace("/", "_")]},
        registry=jsonschema_rs.Registry(list(known.items()), draft=jsonschema_rs.Draft4),
    )
    assert [error.message for error in validator.iter_errors(plain)] == []
    assert list(validator.iter_errors({**plain, "apiVersion": "2000-01-01"}))


def test_template__names_only_what_it_has() -> None:
    text = json.dumps(TEMPLATE)
    assert set(re.findall(r"parameters\('(\w+)'\)", text)) == set(TEMPLATE["parameters"])
    assert set(re.findall(r"variables\('(\w+)'\)", text)) == set(TEMPLATE["variables"])
    expressions = re.findall(r'"(\[[^"]*\])"', text)
    assert expressions
    for expression in expressions:
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


ROLES = {
    "speechContributor": ("0e75ca1e-0464-4b4d-8b93-68208a576181", "Cognitive Services Speech Contributor"),
    "speechUser": ("f2dc8367-1007-4938-bd23-fe263f013447", "Cognitive Services Speech User"),
    "blobContributor": ("ba92f5b4-2d11-453d-a403-e96b0029c9fe", "Storage Blob Data Contributor"),
    "blobReader": ("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "Storage Blob Data Reader"),
}


def assigned(targets: tuple[str, ...] = ()) -> set[tuple[str, str, str]]:
    """Return what the template assigns: identity, role, and on what."""
    jobs, containers = (TEMPLATE["variables"][name] for name in ("jobs", "containers"))
    names = {name: title for name, (_, title) in ROLES.items()}
    found = {(job, names["speechContributor"], "contoso") for job in jobs}
    for target in targets:
        found.add(("main", names["speechUser"], f"contoso-{target}"))
        found.add(("deploy", names["speechContributor"], f"contoso-{target}"))
    for grant in TEMPLATE["variables"]["grants"]:
        role = names[grant["role"].split("'")[1]]
        found.add((jobs[grant["job"]], role, f"contososa/{containers[grant['container']]}"))
    return found


def test_roles__are_the_least_and_on_single_resources() -> None:
    for name, (identifier, _) in ROLES.items():
        assert TEMPLATE["variables"][name] == identifier
    roles = [item for item in TEMPLATE["resources"] if item["type"].endswith("roleAssignments")]
    assert [role["scope"].split("'")[1].split("/{")[0] for role in roles] == [
        "Microsoft.CognitiveServices/accounts",
        "Microsoft.CognitiveServices/accounts",
        "Microsoft.CognitiveServices/accounts",
        "Microsoft.Storage/storageAccounts",
    ]
    writes = {place for job, role, place in assigned() if job == "pull-requests" and "Contributor" in role}
    assert writes == {
        "contoso",
        "contososa/test-results",
        "contososa/run-records",
        "contososa/vocabularies",
    }
    assert not [place for job, _, place in assigned(("weu",)) if job == "pull-requests" and "weu" in place]
    released = {job for job, role, place in assigned() if place.endswith("/releases") and "Contrib" in role}
    assert released == {"deploy"}


def test_grants__are_those_of_bicep() -> None:
    found = re.findall(r"\{ job: (\d), container: (\d), role: (\w+) \}", BICEP)
    assert [(int(job), int(container), f"[variables('{role}')]") for job, container, role in found] == [
        (grant["job"], grant["container"], grant["role"]) for grant in TEMPLATE["variables"]["grants"]
    ]


def test_setup__dry_run_lists_three_identities_and_every_assignment(log: Path) -> None:
    done = run(log, *ARGUMENTS, "--dry-run", "--target", "weu=westeurope", "--target", "eus=eastus")
    assert done.returncode == 0, done.stderr
    listed = re.findall(r"^contoso-([a-z-]+): (.+) on (\S+)$", done.stdout, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == assigned(("weu", "eus"))
    assert {job for job, _, _ in listed} == {"pull-requests", "main", "deploy"}
    assert changes(log) == []


def test_powershell__asks_for_the_same_as_the_script() -> None:
    shells = [(INFRA / name).read_text(encoding="utf-8") for name in ("setup.sh", "setup.ps1")]
    for pattern in (
        r"AZURE_[A-Z_]+|SPEECH_[A-Z_]+|STORAGE_ACCOUNT",
        r"\w+ClientId|speechResourceId|tenantId",
    ):
        first, second = (set(re.findall(rf"\b(?:{pattern})\b", text)) for text in shells)
        assert first == second
    for words in ("az group create", "az deployment group create", "gh variable set", "--method PUT"):
        assert all(words in text for text in shells)


def test_setup__shellcheck_has_nothing_to_say() -> None:
    program = Path(sys.prefix) / "bin" / "shellcheck"
    done = subprocess.run([program, INFRA / "setup.sh"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_setup__makes_all_and_is_idempotent(log: Path) -> None:
    first = run(log, *ARGUMENTS)
    assert first.returncode == 0, first.stderr
    deployment = next(call for call in calls(log) if call[1:4] == ["deployment", "group", "create"])
    subjects = json.loads(next(word for word in deployment if word.startswith("subjects="))[9:])
    forms = ("repo:Octo-Org/Speech", "repo:Octo-Org@65/Speech@74")
    assert [(item["job"], item["subject"]) for item in subjects] == [
        (job, f"{form}:{who}")
        for job, who in (
            ("pull-requests", "pull_request"),
            ("main", "ref:refs/heads/main"),
            ("deploy", "environment:production"),
        )
        for form in forms
    ]
    assert "name=contoso" in deployment
    set_variables = {call[3]: call[-1] for call in calls(log) if call[1:3] == ["variable", "set"]}
    assert set_variables == {
        "AZURE_CLIENT_ID_PULL_REQUEST": "PULLS",
        "AZURE_CLIENT_ID": "MAIN",
        "AZURE_CLIENT_ID_DEPLOY": "DEPLOY",
        "SPEECH_RESOURCE_ID": "/subscriptions/S/speech",
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
    assert done.stdout.count("would run:") == 10
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
        ((*ARGUMENTS, "--target", "West Europe"), "--target: NAME=REGION."),
    ],
)
def test_setup__wrong_arguments__one_line(log: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run(log, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not log.exists() or changes(log) == []
