"""A pull request brings a secret into what we post and store: in its data, in names."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING

import pytest

from tests.operations.project import TESTS, read_outputs
from tests.operations.test_pull_request import bodies, compare
from tests.security.command import MODEL, repository, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github_api.server import GitHubServer
    from tests.operations.project import Project

KEY = "markedspeechkeyofletters"


def test_secret_in_the_test_data__neither_posted_nor_stored(
    project: Project, github_server: GitHubServer
) -> None:
    project.write_tests([f"{TESTS[0]} {KEY}", *TESTS[1:]])
    answer = compare(project, github_server, "--speech-key", KEY, "--show-transcripts", "true")
    assert answer.code in {0, 3}, answer.text
    assert KEY not in "\n".join(bodies(github_server))
    assert KEY not in json.dumps(github_server.state.check_runs)
    lines = [line for line in answer.text.splitlines() if not line.startswith("::add-mask::")]
    assert KEY not in "\n".join(lines)
    written = [*(project.folder / ".speechops/store").rglob("*"), *(project.folder / "report").rglob("*")]
    files = [path for path in written if path.is_file()]
    assert len(files) > 5
    for path in (*files, project.folder / "summary.md"):
        assert KEY not in path.read_text(encoding="utf-8", errors="replace"), path


def test_secret_as_the_name_of_a_group__not_posted(project: Project, github_server: GitHubServer) -> None:
    table = "\n".join(f"{number:02}.wav\t{KEY}" for number in range(1, len(TESTS) + 1))
    (project.folder / "calls.tsv").write_text(f"audio\tspeaker\n{table}\n", encoding="utf-8")
    project.settings = "    groups: calls.tsv:speaker\n"
    project.write_training(TESTS)
    assert compare(project, github_server, "--speech-key", KEY).code == 0
    assert KEY not in bodies(github_server)[0]
    assert "***" in bodies(github_server)[0].replace("&#42;", "*")


def test_secret_in_an_error__not_posted(project: Project, github_server: GitHubServer) -> None:
    """Nor escaped for Markdown, by which it would not be known any more."""
    key = "a_secret_of_some_length_with_signs"
    answer = compare(project, github_server, "--speech-key", key, "--base-model", key)
    assert answer.code != 0
    posted = html.unescape(json.dumps([github_server.state.check_runs, bodies(github_server)]))
    assert "base model" in posted
    assert key not in posted


SERVICE_PRINCIPAL = '{\n  "clientId": "11111111-2222-3333-4444-555555555555",\n  "clientSecret": "s~3cret"\n}'


def test_secret_of_several_lines__masks_no_brace(tmp_path: Path) -> None:
    config = repository(tmp_path / "repository", MODEL)
    environment = {"GITHUB_ACTIONS": "true", "SPEECHOPS_AZURE_CREDENTIALS": SERVICE_PRINCIPAL}
    code, text = run("validate", "--config", str(config), environment=environment)
    assert code in {0, 2}
    masks = [
        line.removeprefix("::add-mask::") for line in text.splitlines() if line.startswith("::add-mask::")
    ]
    assert "s~3cret" in masks
    assert not [mask for mask in masks if len(mask) < 7]


@pytest.mark.parametrize("secret", ["pharmacy", "x\n[\ny", 'x\n"\ny', "m", "phe\narm\n"])
def test_plan__whose_output_the_runner_would_drop__fails_in_words(tmp_path: Path, secret: str) -> None:
    """GitHub skips the jobs that wait for such an output, and everything is green."""
    config = repository(tmp_path / "repository", MODEL.replace("  m:", "  pharmacy:") + "    test-data: t\n")
    outputs = tmp_path / "outputs"
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(outputs),
        "SPEECHOPS_STORAGE_CONNECTION_STRING": secret,
    }
    code, text = run("plan", "--config", str(config), "--scope", "everything", environment=environment)
    assert code == 1, text
    assert "a line of a secret" in text
    if outputs.exists():
        assert "pharmacy" not in read_outputs(outputs.read_text()).get("models", "")


@pytest.mark.parametrize("secret", ["x\n{\ny", 'x\n"\ny', ":", "model"])
def test_verdicts__whose_output_the_runner_would_drop__fails_in_words(project: Project, secret: str) -> None:
    """The job deploy would be skipped, and a promoted model forgotten."""
    project.settings = "    gate: any-improvement\n"
    project.write_training(TESTS)
    run = {"GITHUB_RUN_ID": "7"}
    assert project.run("train-data", environment=run).code == 0
    answer = project.run("verdicts", environment=run)
    assert answer.outputs["models-to-deploy"] != "[]", answer.text
    answer = project.run(
        "verdicts", environment={**run, "GITHUB_ACTIONS": "true", "SPEECHOPS_SPEECH_KEY": secret}
    )
    assert answer.code == 1, answer.text
    assert "a line of a secret" in answer.text
    assert "models-to-deploy" not in answer.outputs
