"""``speechops.yml`` of a pull request names who is to get the key or a token."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from speechops import clouds, command_line
from speechops.connections import Connections
from speechops.operations.table import OPERATIONS
from speechops.output import Output
from speechops.settings import read as settle
from tests.clock import FakeClock
from tests.identity.entra import CLIENT, TENANT
from tests.security.command import MODEL, refused, repository, run

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.identity import Keyring
    from tests.operations.clinic import Clinic

STRANGERS = [
    "https://attacker.example",
    "https://cognitiveservices.azure.com.attacker.example",
    "https://attacker-cognitiveservices.azure.com",
    "https://contoso.cognitiveservices.azure.com@attacker.example",
    "https://attacker.example/.cognitiveservices.azure.com",
    "https://attacker.example:443",
    "https://attacker.example\\@contoso.cognitiveservices.azure.com",
    "https://attacker.example%2f.cognitiveservices.azure.com",
    "https://cognitiveservices.azure.com",
    "https://127.0.0.1.attacker.example",
    "https://2130706433",
    "https://[::ffff:192.0.2.1]",
    "https://contoso.azurewebsites.net",
    "https://contoso.cognitiveservices.azure.com。attacker.example",
]


@pytest.mark.parametrize("key", ["speech-endpoint", "storage-account"])
@pytest.mark.parametrize("stranger", STRANGERS)
def test_stranger_named_by_the_repository__refused(tmp_path: Path, key: str, stranger: str) -> None:
    config = repository(tmp_path / "repository", f"{key}: '{stranger}'\n{MODEL}")
    answer = run("compare", "--config", str(config), "--speech-key", "a" * 32, "--storage-sas", "sig=1")
    refused(answer, key)


@pytest.mark.parametrize("key", ["speech-endpoint", "storage-account"])
def test_stranger_named_by_the_caller__taken(tmp_path: Path, key: str) -> None:
    config = repository(tmp_path / "repository", MODEL)
    settle(command_line.read(["compare", "--config", str(config), f"--{key}", "https://gateway.example"], {}))


@pytest.mark.parametrize(
    "own",
    [
        "https://contoso.cognitiveservices.azure.com",
        "https://contoso.cognitiveservices.azure.us",
        "https://contoso.cognitiveservices.azure.cn",
        "https://westeurope.api.cognitive.microsoft.com",
        "https://usgovvirginia.api.cognitive.microsoft.us",
        "https://chinaeast2.api.cognitive.azure.cn",
        "http://127.0.0.1:5005",
    ],
)
def test_host_of_azure_named_by_the_repository__taken(tmp_path: Path, own: str) -> None:
    config = repository(tmp_path / "repository", f"speech-endpoint: {own}\n{MODEL}")
    assert settle(command_line.read(["compare", "--config", str(config)], {})).speech.url == own


@pytest.mark.parametrize("address", STRANGERS)
def test_cloud__of_no_stranger(address: str) -> None:
    assert clouds.of_address(address) is None


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("usgovvirginia", "https://usgovvirginia.api.cognitive.microsoft.us"),
        ("chinaeast2", "https://chinaeast2.api.cognitive.azure.cn"),
        ("westeurope", "https://westeurope.api.cognitive.microsoft.com"),
    ],
)
def test_region__lies_in_its_own_cloud(region: str, endpoint: str) -> None:
    given = command_line.read(["doctor", "--locale", "en-US", "--speech-region", region], {})
    assert settle(given).speech.url == endpoint


# --- a pull request that moves a destination to another host of Azure, which the attacker may rent ---


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    command = ["git", *who, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def pull_request(folder: Path, before: str, now: str) -> tuple[Path, dict[str, str]]:
    """Make a repository whose pull request changes ``speechops.yml``; return it and the run's environment."""
    folder.mkdir()
    config = folder / "speechops.yml"
    git(folder, "init", "--quiet")
    (folder / "README.md").write_text("data\n")
    if before:
        config.write_text(before)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "base")
    base = git(folder, "rev-parse", "HEAD")
    config.write_text(now)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "head")
    head = {"sha": git(folder, "rev-parse", "HEAD"), "ref": "topic", "repo": {"full_name": "octo/data"}}
    payload = {"pull_request": {"number": 7, "head": head, "base": {"sha": base, "ref": "main"}}}
    event = folder.parent / "event.json"
    event.write_text(json.dumps(payload))
    return config, {
        "PATH": os.environ["PATH"],
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "octo/data",
    }


OWN = f"""\
speech-endpoint: https://contoso.cognitiveservices.azure.com
storage-account: contoso
azure-client-id: {CLIENT}
azure-tenant-id: {TENANT}
"""
CHANGES = {
    "speech-endpoint": OWN.replace("https://contoso.", "https://attacker."),
    "speech-region": OWN + "speech-region: westus\n",
    "storage-account": OWN.replace("storage-account: contoso", "storage-account: attacker"),
    "azure-client-id": OWN.replace(CLIENT, "0" * 8 + CLIENT[8:]),
    "azure-tenant-id": OWN.replace(TENANT, "attacker.example"),
}


@pytest.mark.parametrize(
    ("operation", "key"),
    [
        (name, key)
        for name in ("compare", "test-data", "train-data", "deploy", "maintain", "report")
        for key in CHANGES
        if any(row.name == key for row in OPERATIONS[name].inputs)  # what is not read gets no credential
    ],
)
def test_pull_request_that_moves_a_destination__refused_a_run_with_secrets(
    tmp_path: Path, key: str, operation: str
) -> None:
    config, environment = pull_request(tmp_path / "r", OWN + MODEL, CHANGES[key] + MODEL)
    answer = run(operation, "--config", str(config), "--speech-key", "a" * 32, environment=environment)
    refused(answer, key, "cannot run with secrets")


TARGET = "targets:\n  west: {speech-endpoint: https://contoso-west.cognitiveservices.azure.com}\n"
SERVED = f"deploy-client-id: {CLIENT}\n{OWN}"


@pytest.mark.parametrize("operation", ["deploy", "rollback", "doctor"])
@pytest.mark.parametrize(
    ("now", "key"),
    [
        (SERVED + TARGET.replace("contoso-west", "attacker") + MODEL, "targets.west.speech-endpoint"),
        (SERVED + TARGET.replace("west:", "east:") + MODEL, "targets.east.speech-endpoint"),
        (SERVED + "targets:\n  west: {speech-region: westus}\n" + MODEL, "targets.west.speech-region"),
        (SERVED.replace(CLIENT, "0" * 8 + CLIENT[8:], 1) + TARGET + MODEL, "deploy-client-id"),
    ],
    ids=["moved", "another", "a region instead", "another identity"],
)
def test_tag_that_moves_a_target_or_the_identity_that_deploys__refused(
    tmp_path: Path, now: str, key: str, operation: str
) -> None:
    """Keys of targets and the right to deploy come with a run on a tag, which a contributor may push."""
    config, environment = unmerged(
        tmp_path, now, merged=SERVED + TARGET + MODEL, ref="refs/tags/BASELINE-1", event="push"
    )
    answer = run(
        *(operation, "--config", str(config), "--target-keys", f"west={'w' * 32}"),
        environment=environment,
    )
    assert answer[0] != 0
    assert f"changes {key}: it cannot run with secrets" in answer[1]


def test_pull_request_that_brings_the_first_description__refused_a_run_with_secrets(tmp_path: Path) -> None:
    config, environment = pull_request(tmp_path / "r", "", OWN + MODEL)
    answer = run("compare", "--config", str(config), "--speech-key", "a" * 32, environment=environment)
    refused(answer, "cannot run with secrets")


def test_pull_request_whose_base_is_not_to_be_had__refused_a_run_with_secrets(tmp_path: Path) -> None:
    config, environment = pull_request(tmp_path / "r", OWN + MODEL, OWN + MODEL)
    event = json.loads((tmp_path / "event.json").read_text())
    event["pull_request"]["base"]["sha"] = "b" * 40
    (tmp_path / "event.json").write_text(json.dumps(event))
    answer = run("compare", "--config", str(config), "--speech-key", "a" * 32, environment=environment)
    refused(answer, "base")


def test_pull_request_that_changes_something_else__is_not_refused(tmp_path: Path) -> None:
    config, environment = pull_request(tmp_path / "r", OWN + MODEL, OWN + MODEL + "    test-data: t\n")
    assert keyring_of(config, environment).speech_key == ""


# --- a run that is not of the default branch: who may push a branch or a tag may start it with secrets ---


def unmerged(
    folder: Path, now: str, *, ref: str, event: str, base: str = "", merged: str = OWN + MODEL
) -> tuple[Path, dict[str, str]]:
    """Make a clone whose checkout is not ``main``; return ``speechops.yml`` and the run's environment."""
    origin = folder / "origin"
    origin.mkdir(parents=True)
    git(origin, "init", "--quiet", "--initial-branch=main")
    (origin / "speechops.yml").write_text(merged)
    git(origin, "add", ".")
    git(origin, "commit", "--quiet", "-m", "main")
    for decoy in ("a/refs/heads/main", "topic"):  # names that a careless reader of ls-remote takes for main
        git(origin, "checkout", "--quiet", "-B", decoy, "main")
        (origin / "speechops.yml").write_text(now)
        git(origin, "commit", "--quiet", "--allow-empty", "-am", decoy)
    git(origin, "tag", "BASELINE-1")
    clone = folder / "clone"
    git(folder, "clone", "--quiet", "--branch", "topic", str(origin), str(clone))
    payload: dict[str, object] = {"repository": {"full_name": "octo/data", "default_branch": "main"}}
    head = git(clone, "rev-parse", "HEAD")
    if event == "pull_request":
        proposed = {"sha": head, "ref": "topic", "repo": {"full_name": "octo/data"}}
        payload["pull_request"] = {"number": 7, "head": proposed, "base": {"sha": head, "ref": base}}
    (folder / "event.json").write_text(json.dumps(payload | {"after": head, "before": head}))
    return clone / "speechops.yml", {
        "PATH": os.environ["PATH"],
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_REPOSITORY": "octo/data",
        "GITHUB_REF": ref,
    }


ELSEWHERE = {
    "push of another branch": {"event": "push", "ref": "refs/heads/topic"},
    "push of a branch called like the reference": {"event": "push", "ref": "refs/heads/a/refs/heads/main"},
    "run by hand on another branch": {"event": "workflow_dispatch", "ref": "refs/heads/topic"},
    "push of a tag": {"event": "push", "ref": "refs/tags/BASELINE-1"},
    "tag called like the branch": {"event": "push", "ref": "refs/tags/main"},
    "release on a tag": {"event": "release", "ref": "refs/tags/m-v1.0.0"},
    "merge group": {"event": "merge_group", "ref": "refs/heads/gh-readonly-queue/main/pr-7-x"},
    "pull request into a branch of one's own": {
        "event": "pull_request", "ref": "refs/pull/7/merge", "base": "topic",
    },
}  # fmt: skip


@pytest.mark.parametrize("how", ELSEWHERE)
def test_what_is_not_merged__may_not_move_a_destination(tmp_path: Path, how: str) -> None:
    config, environment = unmerged(tmp_path, CHANGES["speech-endpoint"] + MODEL, **ELSEWHERE[how])
    for operation in ("test-data", "train-data", "deploy"):
        answer = run(operation, "--config", str(config), "--speech-key", "a" * 32, environment=environment)
        refused(answer, "speech-endpoint", "cannot run with secrets")


@pytest.mark.parametrize("how", ELSEWHERE)
def test_what_is_not_merged__with_the_same_destinations_is_not_refused_for_them(
    tmp_path: Path, how: str
) -> None:
    config, environment = unmerged(tmp_path, OWN + MODEL + "    test-data: t\n", **ELSEWHERE[how])
    assert keyring_of(config, environment).speech_key == ""


def test_default_branch__may_move_them(tmp_path: Path) -> None:
    config, environment = unmerged(
        tmp_path, CHANGES["storage-account"] + MODEL, event="push", ref="refs/heads/main"
    )
    assert keyring_of(config, environment).speech_key == ""


def test_branch_that_names_itself_as_the_one_that_moves_the_benchmark__refused(tmp_path: Path) -> None:
    config, environment = unmerged(
        tmp_path, OWN + "branch: topic\n" + MODEL, event="push", ref="refs/heads/topic"
    )
    answer = run("train-data", "--config", str(config), "--speech-key", "a" * 32, environment=environment)
    refused(answer, "branch", "cannot run with secrets")


def test_default_branch_that_cannot_be_read__no_run_with_secrets(tmp_path: Path) -> None:
    config, environment = unmerged(tmp_path, OWN + MODEL, event="push", ref="refs/heads/topic")
    git(config.parent, "remote", "set-url", "origin", str(tmp_path / "gone"))
    answer = run("test-data", "--config", str(config), "--speech-key", "a" * 32, environment=environment)
    refused(answer, "Cannot tell whether the branch topic changes where credentials are sent")


def keyring_of(config: Path, environment: dict[str, str]) -> Keyring:
    """Open the credentials of a run, which is refused if it may have none."""
    settings = settle(command_line.read(["compare", "--config", str(config)], environment))
    output = Output(io.StringIO(), FakeClock(), in_actions=False)
    with contextlib.ExitStack() as stack:
        connections = Connections(environment, FakeClock(), output, output.console(), settings, stack)
        return connections.access.keyring


def test_log__names_each_host_before_it_gets_a_credential(clinic: Clinic) -> None:
    answer = clinic.run("doctor")
    assert answer.code == 0, answer.text
    for line in (
        "Azure sign-in: GitHub OpenID Connect, at localhost.",
        "The token for the Speech resource goes to contoso.cognitiveservices.azure.com.",
        "The token for the storage account goes to 127.0.0.1.",
        "The GitHub token goes to 127.0.0.1.",
    ):
        assert line in answer.text, answer.text
