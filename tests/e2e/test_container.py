"""The images, started as the runner starts them: its folders, its file commands, its user."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.e2e.conftest import git
from tests.operations.project import read_outputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speechops.github.api import GitHub
    from tests.github_api.server import GitHubServer


def docker(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = ["docker", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done


@dataclass
class Runner:
    """GitHub's layout on this machine: a workspace of the runner's user, and the command files."""

    folder: Path
    workspace: Path

    def run(self, image: str, operation: str, **given: str) -> subprocess.CompletedProcess[str]:
        event = {"before": git(self.workspace, "rev-parse", "HEAD~1"), "ref": "refs/heads/main"}
        event["after"] = git(self.workspace, "rev-parse", "HEAD")
        for name in ("file_commands", "workflow", "home"):
            (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "workflow" / "event.json").write_text(json.dumps(event), encoding="utf-8")
        for name in ("output", "summary"):
            (self.folder / "file_commands" / name).write_text("", encoding="utf-8")
        variables = {
            "HOME": "/github/home",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": "/github/workflow/event.json",
            "GITHUB_OUTPUT": "/github/file_commands/output",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": "octo-team/speech-data",
            "GITHUB_RUN_ID": "7",
            "GITHUB_SHA": event["after"],
            "GITHUB_STEP_SUMMARY": "/github/file_commands/summary",
            "GITHUB_WORKSPACE": "/github/workspace",
            "SPEECHOPS_OPERATION": operation,
            **{f"SPEECHOPS_{name.upper()}": value for name, value in given.items()},
        }
        mounts = {name: self.folder / name for name in ("file_commands", "workflow", "home")}
        mounts["workspace"] = self.workspace
        options = [text for name, path in mounts.items() for text in ("-v", f"{path}:/github/{name}")]
        options += [text for name, value in variables.items() for text in ("-e", f"{name}={value}")]
        return docker("run", "--rm", "--workdir", "/github/workspace", *options, image, check=False)

    @property
    def outputs(self) -> dict[str, str]:
        return read_outputs((self.folder / "file_commands" / "output").read_text(encoding="utf-8"))

    @property
    def summary(self) -> str:
        return (self.folder / "file_commands" / "summary").read_text(encoding="utf-8")


@pytest.fixture
def runner(data: Path, tmp_path: Path) -> Runner:
    for folder, _, files in os.walk(data):
        for name in ("", *files):
            os.chown(os.path.join(folder, name), 1001, 1001)  # noqa: PTH118 - as os.walk has it
    return Runner(tmp_path, data)


@pytest.fixture(scope="session")
def core(action: Path) -> str:
    docker("build", "--quiet", "--tag", "speechops-e2e:core", str(action))
    return "speechops-e2e:core"


@pytest.fixture(scope="session")
def local(action: Path) -> str:
    name = "speechops-e2e:local"
    docker("build", "--quiet", "--tag", name, "--file", str(action / "Dockerfile.local"), str(action))
    return name


def test_validate__annotates_and_hands_outputs_and_summary_over(runner: Runner, core: str) -> None:
    done = runner.run(core, "validate")
    assert done.returncode == 0, done.stdout + done.stderr
    assert runner.outputs["errors"] == "0"
    assert "validate pharmacy" in runner.summary
    transcript = runner.workspace / "data" / "test" / "trans.txt"
    text = transcript.read_text(encoding="utf-8-sig")
    transcript.write_text(text.replace("01-slt.wav", "absent.wav"), encoding="utf-8-sig")
    broken = runner.run(core, "validate")
    assert broken.returncode == 2
    assert "::error file=data/test/trans.txt,line=1" in broken.stdout


def test_plan__compares_commits_of_a_workspace_that_another_user_owns(runner: Runner, core: str) -> None:
    done = runner.run(core, "plan")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(runner.outputs["models-to-train"]) == ["pharmacy"]
    assert json.loads(runner.outputs["models-to-test"]) == []
    assert runner.outputs["local"] == "true"


def test_core__says_what_it_lacks(runner: Runner, core: str) -> None:
    done = runner.run(core, "test-data")
    assert done.returncode == 2
    assert "The embedded speech service is not installed" in done.stdout


def test_local__leaves_files_that_the_runners_user_can_keep(runner: Runner, local: str) -> None:
    done = runner.run(local, "test-data")
    assert done.returncode == 0, done.stdout + done.stderr
    assert 0 < float(runner.outputs["word-error-rate"]) < 1
    left = [path for path in (runner.workspace / ".speechops").rglob("*") if path.is_file()]
    assert left
    assert [path for path in left if not path.stat().st_mode & 0o004] == []


def test_secret__is_masked_before_anything_else(runner: Runner, core: str) -> None:
    done = runner.run(core, "validate", speech_key="a-secret-key", model="a-secret-key")
    assert done.returncode == 2
    assert "'***' is not in speechops.yml" in done.stdout
    assert done.stdout.startswith("::add-mask::a-secret-key\n")
    assert not [
        line for line in done.stdout.splitlines() if "a-secret-key" in line and "::add-mask" not in line
    ]


def test_post_step__completes_the_check_that_a_killed_step_left(
    core: str, action: Path, github_server: GitHubServer, github_client: Callable[..., GitHub]
) -> None:
    check = github_client().create_check_run("Speech: pharmacy en-US", "a" * 40, status="in_progress")
    entry_point = yaml.safe_load((action / "action.yml").read_bytes())["runs"]["post-entrypoint"]
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": github_server.api_url,
        "GITHUB_REPOSITORY": github_server.state.repository,
        "STATE_checks": str(check.id),
        "INPUT_GITHUB-TOKEN": "job-token",
    }
    options = [text for name, value in variables.items() for text in ("-e", f"{name}={value}")]
    done = docker("run", "--rm", "--network=host", *options, "--entrypoint", entry_point, core)
    assert "completed as cancelled" in done.stdout
    (left,) = github_server.state.check_runs
    assert (left["status"], left["conclusion"]) == ("completed", "cancelled")


def test_image__has_no_recogniser_no_tests_and_an_absolute_entry_point(core: str) -> None:
    found = json.loads(docker("image", "inspect", core).stdout)[0]["Config"]
    assert found["Entrypoint"][0].startswith("/")
    assert found["WorkingDir"] in {"", "/"}
    assert found["User"] == ""
    program = "import importlib.util as u; print([n for n in ('pocketsphinx', 'werkzeug') if u.find_spec(n)])"
    assert docker("run", "--rm", "--entrypoint", "python", core, "-c", program).stdout.strip() == "[]"
    listed = docker("run", "--rm", "--entrypoint", "ls", core, "/opt/speechops").stdout.split()
    assert sorted(listed) == ["__pycache__", "entrypoint.py", "post.py", "requirements.txt", "speechops"]
