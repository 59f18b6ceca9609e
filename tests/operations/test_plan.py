"""``plan`` through the command line, on real git repositories, as the runner calls it."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from speechops.app import App
from tests.clock import FakeClock
from tests.operations.project import read_outputs

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
models:
  clinic:
    locale: en-US
    test-data: clinic/test
    training-data: {text: clinic/text.txt}
  pharmacy:
    locale: en-US
    test-data: pharmacy/test
    training-data: {text: pharmacy/text.txt, pronunciation: pharmacy/words.txt}
"""


@dataclass
class Repository:
    """A repository with two models, and what ``plan`` says of its last commit."""

    folder: Path
    text: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=someone", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
        command = ["git", "-C", str(self.folder), *who, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")
        return self.git("rev-parse", "HEAD")

    def plan(
        self, *options: str, event: str = "push", payload: dict[str, Any] | None = None, **env: str
    ) -> int:
        head = self.git("rev-parse", "HEAD")
        before = self.git("rev-parse", "HEAD~1") if self.git("rev-list", "HEAD").count("\n") else "0" * 40
        branch = {"default_branch": "main"}
        event_file = self.folder.parent / "event.json"
        event_file.write_text(json.dumps(payload or {"before": before, "after": head, "repository": branch}))
        output = self.folder.parent / "output"
        output.write_text("")
        environment = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(event_file),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_SHA": head,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            **env,
        }
        with (self.folder.parent / "log").open("w+", encoding="utf-8") as log:
            arguments = ["plan", "--config", str(self.folder / "speechops.yml"), *options]
            code = App(environment, log, FakeClock()).run(arguments)
            log.seek(0)
            self.text = log.read()
        self.outputs = read_outputs(output.read_text(encoding="utf-8"))
        return code

    @property
    def test(self) -> list[str]:
        return list(json.loads(self.outputs["models-to-test"]))

    @property
    def train(self) -> list[str]:
        return list(json.loads(self.outputs["models-to-train"]))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "data")
    made.write("speechops.yml", CONFIG)
    for model in ("clinic", "pharmacy"):
        made.write(f"{model}/test/trans.txt", "1.wav\thello\n")
        made.write(f"{model}/text.txt", "hello\n")
    made.write("pharmacy/words.txt", "a\tb\n")
    made.git("init", "--quiet")
    made.commit()
    return made


def test_plan__first_push_does_everything(repository: Repository) -> None:
    assert repository.plan() == 0
    assert repository.test == repository.train == ["clinic", "pharmacy"]


def test_plan__each_kind_of_data_makes_its_own_work(repository: Repository) -> None:
    repository.write("clinic/test/trans.txt", "1.wav\thello there\n")
    repository.write("pharmacy/words.txt", "a\tc\n")
    repository.commit()
    assert repository.plan() == 0
    assert (repository.test, repository.train) == (["clinic"], ["pharmacy"])
    assert json.loads(repository.outputs["models"]) == ["clinic", "pharmacy"]
    assert "pharmacy/words.txt changed" in repository.text


def test_plan__nothing_that_a_model_depends_on(repository: Repository) -> None:
    repository.write("README.md", "hello\n")
    repository.commit()
    assert repository.plan() == 0
    assert repository.outputs["models"] == repository.outputs["models-to-test"] == "[]"
    assert "Nothing to do: no model depends on what changed." in repository.text


def test_plan__moved_data_is_tested_and_trained_under_its_new_name(repository: Repository) -> None:
    repository.git("mv", "clinic", "surgery")
    repository.write("speechops.yml", CONFIG.replace("clinic/", "surgery/"))
    repository.commit()
    assert repository.plan() == 0
    assert (repository.test, repository.train) == (["clinic"], ["clinic"])


def test_plan__settings_that_matter_train_and_those_of_the_gate_do_not(repository: Repository) -> None:
    repository.write("speechops.yml", CONFIG + "    custom-model-weight-percent: 40\n")
    repository.commit()
    repository.plan()
    assert (repository.test, repository.train) == ([], ["pharmacy"])
    repository.write("speechops.yml", CONFIG + "    custom-model-weight-percent: 40\n    confidence: 0.9\n")
    repository.commit()
    repository.plan()
    assert (repository.test, repository.train) == ([], [])
    assert "confidence was 0.95, is 0.9" in repository.text


def test_plan__a_repaired_speechops_yml_makes_its_models_new(repository: Repository) -> None:
    repository.write("speechops.yml", "models: [")
    repository.commit()
    assert repository.plan() == 2
    repository.write("speechops.yml", CONFIG)
    repository.commit()
    assert repository.plan() == 0
    assert repository.train == ["clinic", "pharmacy"]


def test_plan__pull_request_counts_from_where_it_grew(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.write("clinic/text.txt", "hello clinic\n")
    head = repository.commit()
    repository.git("checkout", "--quiet", "main")
    repository.write("pharmacy/text.txt", "hello pharmacy\n")
    moved = repository.commit()
    repository.git("checkout", "--quiet", "topic")
    pull_request = {"number": 1, "head": {"sha": head, "ref": "topic"}, "base": {"sha": moved, "ref": "main"}}
    assert base != moved
    assert repository.plan(event="pull_request", payload={"pull_request": pull_request}) == 0
    assert (repository.test, repository.train) == ([], ["clinic"])


@pytest.mark.parametrize(
    ("options", "event", "test", "train"),
    [
        ((), "workflow_dispatch", True, True),
        ((), "schedule", False, False),
        (("--work", "test-data"), "schedule", True, False),
        (("--work", "train-data"), "push", False, True),
        (("--work", "everything"), "push", True, True),
    ],
)
def test_plan__wishes_go_before_changes(
    repository: Repository, options: tuple[str, ...], event: str, test: bool, train: bool
) -> None:
    repository.write("README.md", "hello\n")
    repository.commit()
    assert repository.plan(*options, event=event) == 0
    every = ["clinic", "pharmacy"]
    assert repository.test == (every if test else [])
    assert repository.train == (every if train else [])


def test_plan__baseline_tag_asks_for_everything(repository: Repository) -> None:
    repository.write("README.md", "hello\n")
    repository.commit()
    assert repository.plan(GITHUB_REF="refs/tags/BASELINE-2") == 0
    assert repository.train == ["clinic", "pharmacy"]
    assert repository.plan(GITHUB_REF="refs/tags/v1.0.0") == 0
    assert repository.train == []


def test_plan__other_systems_name_the_commit_to_compare_with(repository: Repository) -> None:
    before = repository.git("rev-parse", "HEAD")
    repository.write("clinic/text.txt", "hello clinic\n")
    repository.commit()
    assert repository.plan("--base", before, event="", GITHUB_EVENT_PATH="", GITHUB_SHA="") == 0
    assert repository.train == ["clinic"]
    assert repository.plan("--base", "0" * 40, event="", GITHUB_EVENT_PATH="", GITHUB_SHA="") == 0
    assert repository.train == ["clinic", "pharmacy"]
    assert repository.plan(event="", GITHUB_EVENT_PATH="", GITHUB_SHA="") == 2
    assert "Name the commit to compare with as --base" in repository.text


BY_HAND: dict[str, Any] = {"event": "", "GITHUB_EVENT_PATH": "", "GITHUB_SHA": ""}


def test_plan__base_may_be_any_name_that_git_knows(repository: Repository) -> None:
    repository.git("tag", "before")
    repository.write("clinic/text.txt", "hello clinic\n")
    repository.commit()
    for base in ("HEAD~1", "before", "HEAD^", repository.git("rev-parse", "--short", "HEAD~1")):
        assert repository.plan("--base", base, **BY_HAND) == 0, repository.text
        assert repository.train == ["clinic"]


@pytest.mark.parametrize("base", ["HEAD~9", "no-such-branch", "HEAD:speechops.yml", "@{-1}"])
def test_plan__base_that_git_does_not_know_is_said(repository: Repository, base: str) -> None:
    assert repository.plan("--base", base, **BY_HAND) == 2
    assert f"git knows no commit {base!r}" in repository.text


def test_plan__says_that_no_resource_is_named(repository: Repository) -> None:
    warning = "::warning::No speech-endpoint is named: the embedded speech service is used."
    repository.plan()
    assert warning in repository.text
    repository.plan("--speech-endpoint", "local")
    assert warning not in repository.text
    repository.write("speechops.yml", f"speech-endpoint: local\n{CONFIG}")
    repository.commit()
    repository.plan()
    assert warning not in repository.text


def test_plan__shallow_clone_fetches_what_it_lacks(repository: Repository, tmp_path: Path) -> None:
    repository.write("clinic/text.txt", "hello clinic\n")
    repository.commit()
    before, after = repository.git("rev-parse", "HEAD~1"), repository.git("rev-parse", "HEAD")
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
    shallow = Repository(tmp_path / "shallow" / "data")
    url = repository.folder.as_uri()
    subprocess.run(["git", "clone", "--quiet", "--depth=1", url, shallow.folder], check=True)  # noqa: S607
    payload = {"before": before, "after": after, "repository": {"default_branch": "main"}}
    assert shallow.plan(payload=payload) == 0
    assert (shallow.test, shallow.train) == ([], ["clinic"])


def test_plan__tells_of_results_that_would_be_lost(repository: Repository) -> None:
    repository.plan("--speech-endpoint", "https://x.cognitiveservices.azure.com")
    assert "::warning::No storage-account is named" in repository.text
    assert repository.outputs["local"] == "false"
    repository.plan("--speech-endpoint", "https://x.cognitiveservices.azure.com", "--storage-account", "y")
    assert "::warning::" not in repository.text


def outcome(folder: Path, model: str, **outputs: str) -> None:
    path = folder / f"artifact-{model}" / model / "outcome.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"operation": "train-data", "model": model, "outputs": outputs}))


def test_plan__deploys_what_the_verdicts_promoted(repository: Repository, tmp_path: Path) -> None:
    verdicts = tmp_path / "verdicts"
    outcome(verdicts, "clinic", improved="false", candidate="1", decision="fail")
    outcome(verdicts, "surgery", improved="false", candidate="3", decision="ask")
    outcome(verdicts, "pharmacy", improved="true", candidate="2")
    assert repository.plan("--verdicts", str(verdicts)) == 0
    assert json.loads(repository.outputs["models-to-deploy"]) == [
        {"model": "pharmacy", "candidate": "2"},
        {"model": "surgery", "candidate": "3"},
    ]
    shutil.rmtree(verdicts)
    assert repository.plan("--verdicts", str(verdicts)) == 0
    assert repository.outputs["models-to-deploy"] == "[]"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"operation": "x", "outputs": {}}'])
def test_plan__outcome_that_is_not_one_is_refused(
    repository: Repository, tmp_path: Path, content: str
) -> None:
    outcome(tmp_path / "verdicts", "clinic")
    next((tmp_path / "verdicts").rglob("outcome.json")).write_text(content)
    assert repository.plan("--verdicts", str(tmp_path / "verdicts")) == 2
    assert "is not the outcome of an operation" in repository.text
