"""Whole workflows, run by act: caller, reusable workflow, both images, release on a local GitHub.

What stands in: checkout, cache and artifact actions (``stubs``), since none can be fetched. What act does not
know is left out: concurrency, environments, permissions; ``tests/workflows`` looks at those.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.e2e.conftest import ROOT, git
from tests.github_api import state as states

if TYPE_CHECKING:
    from collections.abc import Iterator

STUBS = Path(__file__).parent / "stubs"
FIRST_RUN = 1000
CALLER = """\
on: { push: { branches: [main] }, pull_request: {}, workflow_dispatch: {} }
jobs:
  speech:
    uses: octo-team/speechops/.github/workflows/ci-cd.yml@v1
    permissions: { contents: write, id-token: write, actions: read }
    with:
      speech-endpoint: local
      environment: production
      action-repository: octo-team/speechops
      action-ref: v1
    secrets: inherit
  after:
    needs: speech
    runs-on: ubuntu-latest
    steps:
      - run: echo "version ${{ needs.speech.outputs.version }} at ${{ needs.speech.outputs.endpoint-id }}"
"""


@dataclass
class Run:
    """What act said: whether the run is green, what each job ended as, and the whole log."""

    green: bool
    jobs: dict[str, bool]
    log: str


@dataclass
class Hub:
    """A repository on a GitHub of our own, and act to run its workflows."""

    data: Path
    action: Path
    folder: Path
    api_url: str
    number: int = FIRST_RUN

    @property
    def state(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads((self.folder / "github.json").read_text(encoding="utf-8"))

    @property
    def commits(self) -> tuple[str, str]:
        return git(self.data, "rev-parse", "HEAD~1"), git(self.data, "rev-parse", "HEAD")

    def push(self, *, attempt: int = 1) -> Run:
        """Run the workflows for a push of the last commit."""
        before, after = self.commits
        return self.run("push", {"ref": "refs/heads/main", "before": before, "after": after}, attempt=attempt)

    def run_failed_jobs_again(self, run: Run) -> Run:
        """Run the next attempt as GitHub does: what failed and what needs it; other outputs are kept."""
        self.action = Path(shutil.copytree(self.action, self.folder / "action"))
        path = self.action / ".github" / "workflows" / "ci-cd.yml"
        workflow = yaml.safe_load(path.read_bytes())
        workflow["on"] = workflow.pop(True)  # as YAML 1.1 reads the key
        again: set[str] = set()
        for name, job in workflow["jobs"].items():  # needs come before what needs them
            title = job["name"].replace("${{ matrix.model }}", "pharmacy")
            if not run.jobs.get(title) or again.intersection(job.get("needs", [])):
                again.add(name)
                continue
            said = re.findall(rf"/{title}\] .*::set-output:: (\S+=.*)$", run.log, re.MULTILINE)
            lines = [f"echo {shlex.quote(line)} >> $GITHUB_OUTPUT" for line in said]
            job["steps"] = [{"id": "step", "run": "\n".join(["echo kept", *lines])}]
        path.write_text(yaml.safe_dump(workflow, sort_keys=False), encoding="utf-8")
        return self.push(attempt=2)

    def pull_request(self, number: int) -> Run:
        """Run the workflows for a pull request of the last commit, from a branch of the repository."""
        base, head = self.commits
        repository = {"full_name": "octo-team/speech-data"}
        ends = {
            "head": {"sha": head, "ref": "topic", "repo": repository},
            "base": {"sha": base, "ref": "main"},
        }
        return self.run("pull_request", {"action": "opened", "pull_request": {"number": number, **ends}})

    def run(self, name: str, event_payload: dict[str, Any], *, attempt: int = 1) -> Run:
        """Run the workflows for an event: as a run of its own, or as a later attempt of the last one."""
        self.number += attempt == 1
        event = self.folder / "event.json"
        repository = {"full_name": "octo-team/speech-data", "default_branch": "main"}
        event.write_text(json.dumps({"repository": repository, **event_payload}), encoding="utf-8")
        home = self.folder / "home"
        cache = home / ".cache" / "act"
        cache.mkdir(parents=True, exist_ok=True)
        command = [str(Path(sys.executable).with_name("act")), name, "-C", str(self.data)]
        command += [
            "-P",
            "ubuntu-latest=-self-hosted",
            "--pull=false",
            "--no-skip-checkout",
            "-e",
            str(event),
        ]
        command += ["--container-options", f"-v {cache}:{cache} --network=host"]
        command += ["--local-repository", f"octo-team/speechops@v1={self.action}", *self._stand_ins()]
        for variable, value in (
            ("E2E_DATA", self.data),
            ("E2E_ACTION", self.action),
            ("E2E_STATE", self.folder / "state"),
            ("GITHUB_API_URL", self.api_url),
            ("GITHUB_RUN_ID", self.number),
            ("GITHUB_RUN_ATTEMPT", attempt),
        ):
            command += ["--env", f"{variable}={value}"]
        command += ["-s", "GITHUB_TOKEN=job-token"]
        environment = os.environ | {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, timeout=600
        )
        log = done.stdout + done.stderr
        ended = re.findall(r"^\[(.+?)\s*\] 🏁  Job (succeeded|failed)", log, re.MULTILINE)
        jobs = {name.rpartition("/")[2]: how == "succeeded" for name, how in ended}
        return Run(done.returncode == 0, jobs, log)

    def _stand_ins(self) -> Iterator[str]:
        """Yield options that replace each pinned action by its stub."""
        text = "".join(path.read_text(encoding="utf-8") for path in self._pinned())
        for name, commit in sorted(set(re.findall(r"uses: actions/([a-z-]+)(?:/\w+)?@([0-9a-f]{40})", text))):
            yield "--local-repository"
            yield f"actions/{name}@{commit}={STUBS / name}"

    def _pinned(self) -> list[Path]:
        return [*(self.action / ".github" / "workflows").glob("*.yml"), self.action / "step" / "action.yml"]


def for_act(workflow: str) -> str:
    """Return a workflow without what act refuses, or does otherwise than GitHub."""
    refused = "      queue: max\n"
    # To act the outputs of a skipped job are the text of their expressions; on GitHub they are empty.
    output = "needs.verdicts.outputs.models-to-deploy"
    known = f"(needs.verdicts.result != 'skipped' && {output} || '')"
    # It knows no concurrency groups, by which models take turns on the embedded service.
    parallel, in_turn = "      fail-fast: false\n", "      fail-fast: false\n      max-parallel: 1\n"
    return workflow.replace(refused, "").replace(output, known).replace(parallel, in_turn)


@pytest.fixture(scope="session")
def action_for_act(action: Path) -> Path:
    for workflow in (action / ".github" / "workflows").glob("*.yml"):
        workflow.write_text(for_act(workflow.read_text(encoding="utf-8")), encoding="utf-8")
    return action


@pytest.fixture
def hub(data: Path, action_for_act: Path, tmp_path: Path) -> Iterator[Hub]:
    caller = data / ".github" / "workflows" / "speech.yml"
    caller.parent.mkdir(parents=True)
    caller.write_text(CALLER, encoding="utf-8")
    state = states.State()
    state.add_environment("production", reviewers=["octocat"])
    for run in range(FIRST_RUN + 1, FIRST_RUN + 10):
        state.add_review(run, "production", login="octocat")
    states.save(state, tmp_path / "github.json")
    command = [sys.executable, "-m", "tests.github_api", "--state", str(tmp_path / "github.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        yield Hub(data, action_for_act, tmp_path, server.stdout.readline().strip())
        server.terminate()


def test_push__better_training_data_ends_as_a_release_and_harmful_data_red_at_the_gate(hub: Hub) -> None:
    better = hub.push()
    assert better.green, better.log
    assert better.jobs == {
        "Plan": True,
        "Test data of pharmacy": True,
        "Training data of pharmacy": True,
        "Verdicts": True,
        "Deploy pharmacy": True,
        "Speech": True,
        "after": True,
    }
    kept = hub.folder / "state" / "artifacts"
    reports = {f"speechops-{job}-pharmacy" for job in ("test", "train", "deploy")}
    assert {path.name for path in kept.iterdir()} >= reports
    state = hub.state
    assert state["violations"] == []
    (release,) = state["releases"]
    assert (release["tag_name"], release["draft"]) == ("v1.0.0", False)
    assert [asset["name"] for asset in release["assets"]] == ["release-endpoints.json"]
    (tag,) = state["tags"].values()
    assert tag["object"] == git(hub.data, "rev-parse", "HEAD")
    assert re.search(r"\| version 1\.0\.0 at [0-9a-f-]{36}$", better.log, re.MULTILINE)

    shutil.copytree(hub.data / "states" / "harmful", hub.data, dirs_exist_ok=True)
    git(hub.data, "commit", "--quiet", "--all", "--message", "A spelling checker that knows no medicine")
    harmful = hub.push()
    assert not harmful.green
    assert harmful.jobs == {
        "Plan": True,
        "Training data of pharmacy": False,
        "Verdicts": True,
        "Speech": False,
    }
    assert "pharmacy is not promoted: worse" in harmful.log
    assert "Nothing to deploy: no candidate was promoted." in harmful.log
    assert len(hub.state["releases"]) == 1

    (hub.data / "README.md").write_text("Something else.\n", encoding="utf-8")
    git(hub.data, "commit", "--quiet", "--all", "--message", "Something else")
    unrelated = hub.push()
    assert unrelated.green, unrelated.log
    assert unrelated.jobs == {"Plan": True, "Speech": True, "after": True}
    assert "Nothing to do." in unrelated.log


def call(hub: Hub, workflow: str, permissions: str) -> None:
    """Make the caller one of another workflow."""
    caller = f"""\
on: {{ pull_request: {{}}, workflow_dispatch: {{}} }}
jobs:
  speech:
    uses: octo-team/speechops/.github/workflows/{workflow}.yml@v1
    permissions: {permissions}
    with: {{ speech-endpoint: local, action-repository: octo-team/speechops, action-ref: v1 }}
"""
    (hub.data / ".github" / "workflows" / "speech.yml").write_text(caller, encoding="utf-8")


def test_pull_request__has_its_check_and_its_comment(hub: Hub) -> None:
    call(hub, "pull-request", "{ contents: read, id-token: write, pull-requests: write, checks: write }")
    run = hub.pull_request(7)
    assert run.green, run.log
    assert run.jobs == {"Plan": True, "Validate": True, "Compare pharmacy": True, "Speech": True}
    state = hub.state
    assert state["violations"] == []
    (check,) = state["check_runs"]
    assert (check["status"], check["conclusion"]) == ("completed", "success")
    assert check["head_sha"] == hub.commits[1]
    (comment,) = state["comments"]
    assert comment["number"] == 7
    assert "pharmacy" in comment["body"]
    again = hub.pull_request(7)
    assert again.green, again.log
    assert len(hub.state["comments"]) == 1


def test_maintenance__looks_after_every_model(hub: Hub) -> None:
    call(hub, "maintenance", "{ contents: read, id-token: write, issues: write }")
    run = hub.run("workflow_dispatch", {})
    assert run.green, run.log
    assert run.jobs == {"Plan": True, "Maintain pharmacy": True}


def test_deploy__refused_in_one_attempt_is_done_in_the_next(hub: Hub) -> None:
    caller = hub.data / ".github" / "workflows" / "speech.yml"
    caller.write_text(CALLER.replace("environment: production", "environment: staging"), encoding="utf-8")
    run = hub.push()
    assert not run.green
    assert run.jobs == {
        "Plan": True,
        "Test data of pharmacy": True,
        "Training data of pharmacy": True,
        "Verdicts": True,
        "Deploy pharmacy": False,
        "Speech": False,
    }
    assert "Not deployed: no person has to approve the environment staging." in run.log
    assert hub.state["releases"] == []

    caller.write_text(CALLER, encoding="utf-8")
    again = hub.push(attempt=2)  # of all jobs
    assert again.green, again.log
    assert again.jobs["Deploy pharmacy"]
    assert "nothing to train" in again.log
    assert len(hub.state["releases"]) == 1


def test_training__promoted_before_its_job_died_is_one_release_when_failed_jobs_run_again(hub: Hub) -> None:
    outage = hub.folder / "state" / "outage" / "speechops-train-pharmacy"
    outage.mkdir(parents=True)
    died = hub.push()
    assert not died.green
    assert died.jobs == {
        "Plan": True,
        "Test data of pharmacy": True,
        "Training data of pharmacy": False,
        "Verdicts": True,
        "Deploy pharmacy": True,
        "Speech": False,
    }
    assert [release["tag_name"] for release in hub.state["releases"]] == ["v1.0.0"]

    outage.rmdir()
    again = hub.run_failed_jobs_again(died)
    assert again.green, again.log
    assert again.jobs == dict.fromkeys((*died.jobs, "after"), True)
    assert again.log.count("| kept") == len(("Plan", "Test data"))
    assert "nothing to train" in again.log
    state = hub.state
    assert [release["tag_name"] for release in state["releases"]] == ["v1.0.0"]
    assert state["violations"] == []


def clear(folder: Path) -> None:
    """Remove everything but git's own."""
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()
        elif path.name != ".git":
            shutil.rmtree(path)


def commit_for_act(hub: Hub, owner: str) -> None:
    """Commit what ``init`` made, with the inputs that act needs to find the Action of ``owner``."""
    action = "    with:\n      action-repository: octo-team/speechops\n      action-ref: v1\n"
    for workflow in (hub.data / ".github" / "workflows").glob("*.yml"):
        text = workflow.read_text(encoding="utf-8").replace(f"{owner}/", "octo-team/")
        workflow.write_text(text.replace("    with:\n", action), encoding="utf-8")
    git(hub.data, "add", "--all")
    git(hub.data, "commit", "--quiet", "--message", "Made by speechops init")


def init(hub: Hub) -> None:
    """Have ``speechops init`` write what the repository lacks, and commit it."""
    command = [sys.executable, "-m", "speechops", "init", "--action", "octo-team/speechops@v1"]
    subprocess.run(command, cwd=hub.data, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    commit_for_act(hub, "octo-team")


def test_template__runs_as_it_is(hub: Hub) -> None:
    """The repository that ``init`` makes of an empty folder: a push, then its maintenance."""
    clear(hub.data)
    shutil.copytree(ROOT / "examples" / "template", hub.data, dirs_exist_ok=True)
    commit_for_act(hub, "OWNER")
    run = hub.push()
    assert run.green, run.log
    assert run.jobs == {
        "Plan": True,
        "Test data of template": True,
        "Training data of template": True,
        "Verdicts": True,
        "Deploy template": True,
        "Speech": True,
    }
    (release,) = hub.state["releases"]
    assert release["tag_name"] == "v1.0.0"
    scheduled = hub.run("schedule", {"schedule": "17 2 * * *"})
    assert scheduled.green, scheduled.log
    assert scheduled.jobs == {"Plan": True, "Maintain template": True}
    assert hub.state["violations"] == []


def test_monorepo__made_by_init_runs_as_it_is(hub: Hub) -> None:
    """Two folders with data of their own are two models, each with its own release."""
    sample, models = ROOT / "examples" / "pharmacy" / "data", ("clinic", "ward")
    clear(hub.data)
    for model in models:
        folder = hub.data / "models" / model / "en-US"
        shutil.copytree(sample, folder)
        lines = (folder / "test" / "trans.txt").read_bytes().splitlines(keepends=True)
        (folder / "test" / "trans.txt").write_bytes(b"".join(lines[:14]))  # enough words for a verdict
        for line in lines[14:]:
            (folder / "test" / line.partition(b"\t")[0].decode()).unlink()
    (hub.data / "services").mkdir()
    (hub.data / "services" / "main.go").write_text("package main\n", encoding="utf-8")
    init(hub)
    run = hub.push()
    assert run.green, run.log
    jobs = {
        f"{job} models-{model}-en-US"
        for job in ("Test data of", "Training data of", "Deploy")
        for model in models
    }
    ended = {re.sub(r"-\d$", "", job) for job in run.jobs}  # act numbers the jobs of a matrix
    assert ended == jobs | {"Plan", "Verdicts", "Speech"}
    tags = {release["tag_name"] for release in hub.state["releases"]}
    assert tags == {f"models-{model}-en-US-v1.0.0" for model in models}
    assert hub.state["violations"] == []


@pytest.mark.parametrize("filled", ["recordings without transcripts", "an existing speechops.yml"])
def test_filled_repository__after_init_runs_as_it_is(hub: Hub, filled: str) -> None:
    sample = ROOT / "examples" / "pharmacy"
    clear(hub.data)
    if filled == "an existing speechops.yml":
        shutil.copytree(sample, hub.data, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".speechops"))
        description = hub.data / "speechops.yml"
        description.write_text(f"speech-endpoint: local\n{description.read_text('utf-8')}", encoding="utf-8")
    else:
        (hub.data / "recordings").mkdir()
        for recording in sorted((sample / "data" / "test").glob("*.wav"))[:3]:
            shutil.copy(recording, hub.data / "recordings")
    before = {path: path.read_bytes() for path in hub.data.glob("speechops.yml")}
    init(hub)
    assert all(path.read_bytes() == content for path, content in before.items())
    run = hub.push()
    assert run.green, run.log
    assert {job.partition(" ")[0] for job in run.jobs} == {
        "Plan",
        "Test",
        "Training",
        "Verdicts",
        "Deploy",
        "Speech",
    }
    assert len(hub.state["releases"]) == 1
    assert hub.state["violations"] == []
