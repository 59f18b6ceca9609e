"""``score`` in the container, on a pull request: exit codes, the check, one comment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from speechops.inputs import variable
from tests.e2e.test_container import docker
from tests.operations.test_score import HEAD, SAID, WORSE, WRITERS

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.github_api.server import GitHubServer


@pytest.fixture(scope="session")
def image(action: Path) -> str:
    name = "speechops-e2e:core"
    docker("build", "--quiet", "--tag", name, str(action))
    return name


def run(image: str, folder: Path, server: GitHubServer, **given: str) -> subprocess.CompletedProcess[str]:
    """Run the operation as a step of a pull request, with ``folder`` as the workspace."""
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": server.api_url,
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": "/github/workspace/event.json",
        "GITHUB_OUTPUT": "/github/workspace/outputs.txt",
        "GITHUB_REPOSITORY": server.state.repository,
        "GITHUB_RUN_ID": "17",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_STATE": "/github/workspace/state.txt",
        "GITHUB_STEP_SUMMARY": "/github/workspace/summary.md",
        "GITHUB_WORKFLOW": "Speech",
        "GITHUB_WORKSPACE": "/github/workspace",
        "SPEECHOPS_GITHUB_TOKEN": "job-token",
        "SPEECHOPS_LOCALE": "en-US",
        "SPEECHOPS_MODEL": "whisper",
        "SPEECHOPS_OPERATION": "score",
        **{variable(name): value for name, value in given.items()},
    }
    options = [text for name, value in variables.items() for text in ("-e", f"{name}={value}")]
    place = ["-v", f"{folder}:/github/workspace", "--workdir", "/github/workspace"]
    return docker("run", "--rm", "--network=host", *place, *options, image, check=False)


@pytest.mark.parametrize("ending", WRITERS)
def test_score__two_public_formats_end_as_train_data_does_and_comment_once(
    ending: str, image: str, tmp_path: Path, github_server: GitHubServer
) -> None:
    side = {"sha": HEAD, "ref": "topic", "repo": {"full_name": github_server.state.repository}}
    payload = {"pull_request": {"number": 7, "head": side, "base": {"sha": "c" * 40, "ref": "main"}}}
    (tmp_path / "event.json").write_text(json.dumps(payload), encoding="utf-8")
    for name, texts in (("references", SAID), ("good", SAID), ("bad", WORSE)):
        (tmp_path / f"{name}.{ending}").write_text(WRITERS[ending](texts), encoding="utf-8")
    for candidate, benchmark, code, conclusion, title in (
        ("bad", "good", 3, "failure", "Does not pass: whisper en-US is worse"),
        ("good", "bad", 0, "success", "Passes: whisper en-US is better"),
    ):
        given = {"references": "references", "hypotheses": candidate, "benchmark-hypotheses": benchmark}
        files = {name: f"{file}.{ending}" for name, file in given.items()}
        done = run(image, tmp_path, github_server, **files)
        assert done.returncode == code, done.stdout + done.stderr
        assert github_server.state.check_runs[-1]["conclusion"] == conclusion
        (comment,) = github_server.state.comments
        assert title in comment["body"]
    absent = run(image, tmp_path, github_server, references="absent.trn", hypotheses=f"good.{ending}")
    assert absent.returncode == 2, absent.stdout + absent.stderr
    assert "Traceback" not in absent.stdout + absent.stderr
