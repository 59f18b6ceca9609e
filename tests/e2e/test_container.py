"""The images, started as the runner starts them: its folders, its file commands, its user."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml

from speechops.operations.table import OPERATIONS
from tests.e2e.conftest import git
from tests.operations.project import read_outputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speechops.github.api import GitHub
    from tests.github_api.server import GitHubServer


USER = 1001  # as whom GitHub's own runners run
MOUNTED = ("file_commands", "workflow", "home")


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

    def run(
        self, image: str, operation: str, *, entry_point: str = "", **given: str
    ) -> subprocess.CompletedProcess[str]:
        """Run an operation, or what else starts in the container, as a step of a push to main."""
        event = {"before": git(self.workspace, "rev-parse", "HEAD~1"), "ref": "refs/heads/main"}
        event["after"] = git(self.workspace, "rev-parse", "HEAD")
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
        mounts = {name: self.folder / name for name in MOUNTED} | {"workspace": self.workspace}
        options = [text for name, path in mounts.items() for text in ("-v", f"{path}:/github/{name}")]
        options += [text for name, value in variables.items() for text in ("-e", f"{name}={value}")]
        options += ["--entrypoint", entry_point] if entry_point else []
        return docker("run", "--rm", "--workdir", "/github/workspace", *options, image, check=False)

    def not_the_runners(self) -> list[Path]:
        """Return what the runner's user does not own, and so may be unable to delete."""
        folders = (self.workspace, self.folder / "home")
        return [path for folder in folders for path in folder.rglob("*") if path.lstat().st_uid != USER]

    def can_clean_and_check_out(self, image: str) -> bool:
        """Do what the checkout of the next job does, as the runner's user, in a copy of the workspace."""
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.workspace, copy, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            owner = (self.workspace / path.relative_to(copy)).lstat()
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
        script = "git -C /copy clean -ffdxq && git -C /copy checkout --quiet --force --detach HEAD~1"
        options = ("--user", f"{USER}:{USER}", "-v", f"{copy}:/copy", "--entrypoint", "sh")
        done = docker("run", "--rm", *options, image, "-c", script, check=False)
        return done.returncode == 0 and not (copy / ".speechops").exists()

    @property
    def outputs(self) -> dict[str, str]:
        return read_outputs((self.folder / "file_commands" / "output").read_text(encoding="utf-8"))

    @property
    def summary(self) -> str:
        return (self.folder / "file_commands" / "summary").read_text(encoding="utf-8")


@pytest.fixture
def runner(data: Path, tmp_path: Path) -> Runner:
    for name in MOUNTED:
        (tmp_path / name).mkdir()
    for path in (data, *data.rglob("*"), tmp_path / "home"):
        os.chown(path, USER, USER, follow_symlinks=False)
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


def test_plan__reads_a_repository_that_another_user_owns(runner: Runner, core: str) -> None:
    done = runner.run(core, "plan")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(runner.outputs["models-to-train"]) == ["pharmacy"]
    assert json.loads(runner.outputs["models-to-test"]) == ["pharmacy"]
    assert runner.outputs["local"] == "true"


def test_core__says_what_it_lacks(runner: Runner, core: str) -> None:
    done = runner.run(core, "test-data")
    assert done.returncode == 2
    assert "The embedded speech service is not installed" in done.stdout


# How each operation ends, in an order in which they build on each other.
STORY = {
    "validate": 0,
    "plan": 0,
    "test-data": 0,
    "train-data": 0,
    "verdicts": 0,
    "deploy": 0,
    "compare": 0,
    "score": 0,
    "rollback": 2,  # there is one release alone
    "freeze": 0,
    "unfreeze": 0,
    "maintain": 0,
    "report": 0,
    "doctor": 0,
    "publish-report": 2,  # the event is not the end of a run
    "link-report": 0,
}
GIVEN = {
    "deploy": {"github_release": "false"},
    "rollback": {"github_release": "false"},
    "freeze": {"reason": "An inventory."},
    "score": {"references": "data/test/trans.txt", "hypotheses": "data/test/trans.txt"},
}


def test_workspace__of_another_user_can_be_cleaned_after_every_operation(runner: Runner, local: str) -> None:
    """A runner that is kept checks out into the same folder again, as its own user, which is not root."""
    assert set(STORY) == {operation.name for operation in OPERATIONS.values() if operation.in_action}
    for operation, code in STORY.items():
        done = runner.run(
            local, operation, report_folder="/github/home/speechops-report", **GIVEN.get(operation, {})
        )
        assert done.returncode == code, (operation, done.stdout + done.stderr)
        assert runner.not_the_runners() == [], operation
        assert runner.can_clean_and_check_out(local), operation
    assert (runner.folder / "home" / "speechops-report" / "pharmacy" / "report.json").exists()


def test_post_step__hands_over_what_a_killed_step_wrote(runner: Runner, action: Path, core: str) -> None:
    leave = "import pathlib; p = pathlib.Path('.speechops/store/x'); p.mkdir(parents=True); (p / 'y').touch()"
    mount = f"{runner.workspace}:/github/workspace"
    docker("run", "--rm", "-v", mount, "-w", "/github/workspace", "--entrypoint", "python", core, "-c", leave)
    assert runner.not_the_runners()
    entry_point = yaml.safe_load((action / "action.yml").read_bytes())["runs"]["post-entrypoint"]
    done = runner.run(core, "test-data", entry_point=entry_point)
    assert done.returncode == 0, done.stdout + done.stderr
    assert runner.not_the_runners() == []
    assert runner.can_clean_and_check_out(core)


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
    assert f"Check {check.id} was left in progress" in done.stdout
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
