"""``plan`` through the command line, on real git repositories, as the runner calls it."""

from __future__ import annotations

import io
import json
import subprocess
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from speechops import command_line
from speechops.app import App
from speechops.planning import judged, state
from speechops.planning.checkout import Checkout, open_checkout
from speechops.planning.git import Git, process_runner
from speechops.registry.documents import (
    Benchmark,
    Cause,
    Ending,
    ModelReference,
    Release,
    ReleaseKind,
    RunRecord,
)
from speechops.registry.folder import FolderStore
from speechops.registry.registry import Registry
from speechops.settings import read as settle
from tests.clock import FakeClock
from tests.operations.long_history import READS, counted
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
NUMBERS = count(1)
WHO = ("-c", "user.name=someone", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")


def run_git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "protocol.file.allow=always", *WHO, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@dataclass
class Repository:
    """A repository with two models, and what ``plan`` says of its last commit."""

    folder: Path
    options: tuple[str, ...] = ()
    text: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    def git(self, *arguments: str) -> str:
        return run_git(self.folder, *arguments)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        return self.git("rev-parse", "HEAD")

    @property
    def arguments(self) -> tuple[str, ...]:
        return ("--config", str(self.folder / "speechops.yml"), *self.options)

    @property
    def registry(self) -> Registry:
        return Registry(FolderStore(self.folder / ".speechops/store"))

    @property
    def checkout(self) -> Checkout:
        found = open_checkout(Git(self.folder, process_runner({"PATH": "/usr/local/bin:/usr/bin:/bin"})))
        assert found is not None
        return found

    def judge(
        self,
        *operations: str,
        ending: Ending | None = Ending.DONE,
        branch: str = "main",
        outputs: dict[str, str] | None = None,
    ) -> None:
        """Leave the records that runs on the last commit would leave: of both operations if none is named."""
        settings = settle(command_line.read(["plan", *self.arguments], {}))
        for model in settings.models:
            for operation in operations or ("test-data", "train-data"):
                number = next(NUMBERS)
                self.registry.record(
                    RunRecord(
                        id=str(number),
                        operation=operation,
                        model=model.name,
                        commit=self.git("rev-parse", "HEAD"),
                        started=f"2026-01-01T00:00:00.{number:06}Z",
                        ending=ending,
                        outputs=outputs or {},
                        branch=branch,
                        state=state.of_model(model, self.checkout),
                    )
                )

    def plan(
        self, *options: str, event: str = "push", payload: dict[str, Any] | None = None, **env: str
    ) -> int:
        head = self.git("rev-parse", "HEAD")
        branch = {"default_branch": "main"}
        event_file = self.folder.parent / "event.json"
        event_file.write_text(json.dumps(payload or {"after": head, "repository": branch}))
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
            code = App(environment, log, FakeClock()).run(["plan", *self.arguments, *options])
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

    @property
    def compare(self) -> list[str]:
        return list(json.loads(self.outputs["models"]))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "data")
    made.write("speechops.yml", CONFIG)
    made.write(".gitignore", ".speechops\n")
    for model in ("clinic", "pharmacy"):
        made.write(f"{model}/test/trans.txt", "1.wav\thello\n")
        made.write(f"{model}/text.txt", f"hello {model}\n")
    made.write("pharmacy/words.txt", "a\tb\n")
    made.git("init", "--quiet")
    made.commit()
    return made


@pytest.fixture
def known(repository: Repository) -> Repository:
    """Return the repository once everything in it was judged."""
    repository.judge()
    return repository


def test_plan__first_push_does_everything(repository: Repository) -> None:
    assert repository.plan() == 0
    assert repository.test == repository.train == ["clinic", "pharmacy"]


@pytest.mark.parametrize("event", ["", "push", "workflow_dispatch", "repository_dispatch", "schedule"])
@pytest.mark.parametrize("ref", ["refs/heads/main", "refs/tags/v1.0.0"])
def test_plan__what_was_never_judged_is_owed_to_every_event_but_the_push_of_a_tag(
    repository: Repository, event: str, ref: str
) -> None:
    assert repository.plan(event=event, GITHUB_REF=ref) == 0, repository.text
    owed = [] if event == "push" and "tags" in ref else ["clinic", "pharmacy"]
    assert repository.test == repository.train == owed


@pytest.mark.parametrize("event", ["push", "workflow_dispatch", "schedule"])
def test_plan__what_was_judged_is_not_owed(known: Repository, event: str) -> None:
    known.write("README.md", "hello\n")
    known.commit()
    assert known.plan(event=event) == 0
    assert known.outputs["models"] == known.outputs["models-to-test"] == "[]"
    assert "Nothing to do." in known.text


def test_plan__each_kind_of_data_makes_its_own_work(known: Repository) -> None:
    known.write("clinic/test/trans.txt", "1.wav\thello there\n")
    known.write("pharmacy/words.txt", "a\tc\n")
    known.commit()
    assert known.plan() == 0
    assert (known.test, known.train) == (["clinic"], ["pharmacy"])
    assert json.loads(known.outputs["models"]) == ["clinic", "pharmacy"]
    assert "pharmacy/words.txt changed" in known.text


@pytest.mark.parametrize("ending", [None, Ending.REFUSED, Ending.INTERRUPTED, Ending.STILL_RUNNING])
def test_plan__a_run_that_failed_is_owed_by_every_later_push(
    known: Repository, ending: Ending | None
) -> None:
    known.write("clinic/text.txt", "hello doctor\n")
    known.commit()
    known.judge("train-data", ending=ending)
    for text in ("one", "two"):
        known.write("README.md", text)
        known.commit()
        assert known.plan() == 0
        assert (known.test, known.train) == ([], ["clinic"])


def test_plan__what_was_not_better_is_not_trained_again(known: Repository) -> None:
    known.write("clinic/text.txt", "hello doctor\n")
    known.commit()
    known.judge("train-data", ending=Ending.NOT_PROMOTED)
    known.write("README.md", "hello\n")
    known.commit()
    assert known.plan() == 0
    assert known.compare == []


def test_plan__what_another_branch_judged_is_owed(known: Repository) -> None:
    known.write("clinic/text.txt", "hello doctor\n")
    known.commit()
    known.judge("train-data", branch="topic")
    assert known.plan() == 0
    assert known.train == ["clinic"]
    assert known.plan(GITHUB_REF="refs/heads/topic") == 0
    assert known.train == []


def test_plan__reads_do_not_grow_with_the_runs_of_other_branches(
    known: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judged, "RECENT", 2)
    counts = []
    for _ in range(2):
        known.judge()
        known.judge()
        with counted() as acts:
            assert known.plan(GITHUB_REF="refs/heads/topic") == 0
        counts.append(acts[READS])
        assert known.train == ["clinic", "pharmacy"]
    assert counts == [2 * (1 + 2 * 2)] * 2  # of each model the pointer and two runs of both operations


def test_plan__a_freeze_holds_a_candidate_up_until_it_is_lifted(known: Repository) -> None:
    passed = {"decision": "promote", "improved": "false"}
    known.judge("train-data", ending=Ending.NOT_PROMOTED, outputs=passed)
    pointers = {}
    base = ModelReference("b", "base", base=True)
    for model in ("clinic", "pharmacy"):
        benchmark = Benchmark(model, base, "", None, "", "", "", Cause.TEST_DATA, frozen="a review")
        pointers[model] = known.registry.move_benchmark(benchmark, pointer=None)
    assert known.plan() == 0
    assert known.train == []
    assert "the benchmark is frozen: a review" in known.text
    lifted = Benchmark("clinic", base, "", None, "", "", "", Cause.TEST_DATA)
    known.registry.move_benchmark(lifted, pointer=pointers["clinic"])
    assert known.plan() == 0
    assert known.train == ["clinic"]


def test_plan__a_renamed_file_makes_no_other_model(known: Repository) -> None:
    known.git("mv", "clinic", "surgery")
    known.write("speechops.yml", CONFIG.replace("clinic/", "surgery/"))
    known.commit()
    assert known.plan() == 0
    assert known.compare == []
    known.git("mv", "surgery/test/trans.txt", "surgery/test/transcript.txt")
    known.commit()
    known.plan()
    assert (known.test, known.train) == (["clinic"], [])


def test_plan__data_that_is_gone_from_the_commit_is_owed(known: Repository) -> None:
    known.git("mv", "clinic", "surgery")
    known.commit()
    assert known.plan() == 0
    assert (known.test, known.train) == (["clinic"], ["clinic"])
    assert "clinic/test is not in the commit" in known.text


def test_plan__the_executable_bit_is_no_data(known: Repository) -> None:
    known.git("update-index", "--chmod=+x", "clinic/text.txt", "clinic/test/trans.txt")
    known.git("commit", "--quiet", "--message", "mode")
    assert known.plan() == 0
    assert known.compare == []


def link(repository: Repository, path: str, target: str) -> None:
    (repository.folder / path).unlink(missing_ok=True)
    (repository.folder / path).symlink_to(target)


def test_plan__a_link_counts_by_what_it_leads_to(known: Repository) -> None:
    """The caller of the Action may name one; ``speechops.yml`` may not."""
    known.options = ("--training-text", str(known.folder / "linked.txt"), "--model", "clinic")
    known.write("shared/one.txt", "hello clinic\n")
    known.write("shared/two.txt", "hello again\n")
    link(known, "linked.txt", "shared/one.txt")
    known.commit()
    assert known.plan() == 0, known.text
    assert known.train == []  # the same content by another way
    link(known, "linked.txt", "shared/two.txt")
    known.commit()
    assert known.plan() == 0
    assert known.train == ["clinic"]
    known.judge()
    known.write("shared/two.txt", "hello at last\n")
    known.commit()
    assert known.plan() == 0
    assert known.train == ["clinic"]


def test_plan__a_link_that_speechops_yml_names_is_refused(known: Repository) -> None:
    link(known, "clinic/text.txt", "../pharmacy/text.txt")
    known.commit()
    assert known.plan() == 2
    assert "symbolic link" in known.text


def test_plan__links_in_a_folder(known: Repository) -> None:
    known.write("audio/1.wav", "one")
    known.write("audio/2.wav", "two")
    link(known, "clinic/test/1.wav", "../../audio/1.wav")
    link(known, "clinic/test/loop", "..")
    link(known, "clinic/test/nowhere", "/etc/passwd")
    known.commit()
    known.judge()
    known.write("README.md", "hello")
    known.commit()
    assert known.plan() == 0
    assert known.compare == []
    link(known, "clinic/test/1.wav", "../../audio/2.wav")
    known.commit()
    assert known.plan() == 0
    assert (known.test, known.train) == (["clinic"], [])
    known.judge()
    known.write("audio/2.wav", "three")
    known.commit()
    assert known.plan() == 0
    assert (known.test, known.train) == (["clinic"], [])


def test_plan__a_pointer_of_git_lfs_is_the_data(known: Repository) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 5\n"
    known.write("clinic/test/1.wav", pointer.format("0" * 64))
    known.commit()
    known.judge()
    assert known.plan() == 0
    assert known.test == []
    known.write("clinic/test/1.wav", pointer.format("1" * 64))
    known.commit()
    assert known.plan() == 0
    assert (known.test, known.train) == (["clinic"], [])


def test_plan__a_submodule_counts_by_its_commit(known: Repository, tmp_path: Path) -> None:
    audio = Repository(tmp_path / "audio")
    audio.write("test/trans.txt", "1.wav\thello\n")
    audio.git("init", "--quiet")
    audio.commit()
    known.git("submodule", "--quiet", "add", str(audio.folder), "audio")
    known.write("speechops.yml", CONFIG.replace("clinic/test", "audio/test"))
    known.commit()
    known.judge()
    assert known.plan() == 0
    assert known.compare == []
    audio.write("test/trans.txt", "1.wav\thello there\n")
    bumped = audio.commit()
    known.git("-C", "audio", "fetch", "--quiet")
    known.git("-C", "audio", "checkout", "--quiet", bumped)
    assert known.plan() == 0
    assert known.test == []
    assert "Not committed" in known.text
    assert "audio" in known.text
    known.commit()
    assert known.plan() == 0
    assert (known.test, known.train) == (["clinic"], [])
    assert "Not committed" not in known.text


@pytest.mark.parametrize("data", ["audio", "audio/test"])
def test_plan__names_what_is_not_committed_in_a_submodule(
    known: Repository, tmp_path: Path, data: str
) -> None:
    audio = Repository(tmp_path / "audio")
    for folder in ("", "test/"):
        audio.write(f"{folder}trans.txt", "1.wav\thello\n")
    audio.git("init", "--quiet")
    audio.commit()
    known.git("submodule", "--quiet", "add", str(audio.folder), "audio")
    known.write("speechops.yml", CONFIG.replace("clinic/test", data))
    known.commit()
    assert known.plan() == 0
    assert "Not committed" not in known.text
    known.write(f"{data}/trans.txt", "1.wav\thello there\n")
    assert known.plan() == 0
    (warning,) = [line for line in known.text.splitlines() if "Not committed" in line]
    assert f"{data}/trans.txt" in warning


@pytest.mark.parametrize("data", ["clinic/text.txt", "clinic/test"])
def test_plan__names_data_that_is_gone_from_the_folder_alone(known: Repository, data: str) -> None:
    (known.folder / data).rename(known.folder / "elsewhere")
    assert known.plan() == 0
    (warning,) = [line for line in known.text.splitlines() if "Not committed" in line]
    assert data in warning


def test_plan__a_forced_push_is_planned_from_what_it_leaves(known: Repository) -> None:
    known.write("clinic/text.txt", "hello doctor\n")
    known.commit()
    known.judge("train-data")
    known.git("reset", "--quiet", "--hard", "HEAD~1")
    gone = {"before": "d" * 40, "after": known.git("rev-parse", "HEAD"), "forced": True}
    assert known.plan(payload=gone) == 0
    assert known.train == ["clinic"]


def test_plan__needs_no_history(known: Repository, tmp_path: Path) -> None:
    known.write("clinic/text.txt", "hello doctor\n")
    known.commit()
    shallow = Repository(tmp_path / "shallow" / "data")
    url = known.folder.as_uri()
    subprocess.run(["git", "clone", "--quiet", "--depth=1", url, shallow.folder], check=True)  # noqa: S607
    shallow.git("remote", "set-url", "origin", "file:///nowhere")
    assert shallow.plan("--store-folder", str(known.folder / ".speechops/store")) == 0
    assert (shallow.test, shallow.train) == ([], ["clinic"])


def test_plan__a_store_that_cannot_be_read_ends_it(known: Repository) -> None:
    store = known.folder / ".speechops/store/configuration"
    store.mkdir()
    (store / "clinic.json").write_text("{}")
    assert known.plan() == 1
    assert "clinic.json cannot be read" in known.text
    assert "models" not in known.outputs


def test_plan__says_what_is_not_committed(known: Repository) -> None:
    known.write("clinic/text.txt", "hello doctor\n")
    known.write("clinic/test/2.wav", "new")
    known.write("notes.txt", "of no model")
    assert known.plan(event="", GITHUB_EVENT_PATH="", GITHUB_SHA="", GITHUB_ACTIONS="") == 0
    assert known.compare == []
    assert "Not committed" in known.text
    assert "clinic/test/2.wav; clinic/text.txt" in known.text
    assert "notes.txt" not in known.text
    assert "No speech-endpoint is set" not in known.text  # a laptop's choice, no oversight
    for name in ("3.wav", "4.wav", "5.wav"):
        known.write(f"clinic/test/{name}", "new")
    known.plan()
    assert "clinic/test/2.wav; clinic/test/3.wav; clinic/test/4.wav; 2 more." in known.text


def test_plan__settings_that_matter_train_and_those_of_the_gate_do_not(known: Repository) -> None:
    known.write("speechops.yml", CONFIG + "    custom-model-weight-percent: 40\n")
    known.commit()
    known.plan()
    assert (known.test, known.train) == ([], ["pharmacy"])
    known.judge("train-data")
    known.write("speechops.yml", CONFIG + "    custom-model-weight-percent: 40\n    confidence: 0.9\n")
    known.commit()
    known.plan()
    assert (known.test, known.train) == ([], [])
    assert "confidence was 0.95, now 0.9" in known.text


def test_plan__another_base_model_trains(known: Repository) -> None:
    known.write("speechops.yml", CONFIG + "    base-model: 20251201\n")
    known.commit()
    known.plan()
    assert (known.test, known.train) == ([], ["pharmacy"])


def test_plan__a_broken_speechops_yml_is_the_users_mistake(known: Repository) -> None:
    known.write("speechops.yml", "models: [")
    known.commit()
    assert known.plan() == 2
    known.write("speechops.yml", CONFIG)
    known.commit()
    assert known.plan() == 0
    assert known.train == []


def merge(repository: Repository) -> tuple[str, str]:
    """Merge a branch that changes the clinic into main, which has changed the pharmacy; return both ends."""
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.write("clinic/text.txt", "hello doctor\n")
    head = repository.commit()
    repository.git("checkout", "--quiet", "main")
    stale = repository.git("rev-parse", "HEAD")
    repository.write("pharmacy/text.txt", "hello pharmacist\n")
    repository.commit()
    repository.git("checkout", "--quiet", "--detach")
    repository.git("merge", "--quiet", "--no-ff", "--message", "merge", "topic")
    return stale, head


def pull_request(stale: str, head: str) -> dict[str, Any]:
    ends = {"head": {"sha": head, "ref": "topic"}, "base": {"sha": stale, "ref": "main"}}
    return {"pull_request": {"number": 1, **ends}}


def test_plan__pull_request_is_compared_with_what_it_is_merged_into(repository: Repository) -> None:
    payload = pull_request(*merge(repository))
    assert repository.plan(event="pull_request", payload=payload) == 0, repository.text
    assert repository.compare == ["clinic"]  # not the pharmacy, though the event's base is stale
    assert repository.test == repository.train == []
    assert not (repository.folder / ".speechops").exists()  # no store is asked, nor made


def test_plan__pull_request_whose_own_last_commit_is_a_merge(repository: Repository) -> None:
    """A workflow of one's own may check out that commit: its first parent has the pull request's data."""
    merge(repository)
    base = repository.git("rev-parse", "main")
    repository.git("checkout", "--quiet", "topic")
    repository.git("merge", "--quiet", "--no-ff", "--message", "keep up", "main")
    payload = pull_request(base, repository.git("rev-parse", "HEAD"))
    assert repository.plan(event="pull_request", payload=payload) == 0, repository.text
    assert repository.compare == ["clinic"]


def test_plan__pull_request_fetches_the_one_commit_that_it_lacks(
    repository: Repository, tmp_path: Path
) -> None:
    payload = pull_request(*merge(repository))
    repository.git("branch", "merged")
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repository.git("config", "uploadpack.allowFilter", "true")
    shallow = Repository(tmp_path / "shallow" / "data")
    clone = ["git", "clone", "--quiet", "--depth=1", "--branch=merged", repository.folder.as_uri()]
    subprocess.run([*clone, shallow.folder], check=True)
    assert shallow.plan(event="pull_request", payload=payload) == 0, shallow.text
    assert shallow.compare == ["clinic"]
    shallow = Repository(tmp_path / "other" / "data")
    subprocess.run([*clone, shallow.folder], check=True)
    shallow.git("remote", "set-url", "origin", "file:///nowhere")
    assert shallow.plan(event="pull_request", payload=payload) == 1
    assert "could not be fetched" in shallow.text


def test_plan__merge_group_is_compared_with_the_commit_it_was_made_on(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    repository.write("clinic/text.txt", "hello\n")  # rebased commits, not one merge
    repository.commit()
    repository.write("pharmacy/text.txt", "hello\n")
    head = repository.commit()
    group = {"merge_group": {"base_sha": base, "head_sha": head}}
    assert repository.plan(event="merge_group", payload=group) == 0
    assert repository.compare == ["clinic", "pharmacy"]


def test_plan__pull_request_that_changes_nothing(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    repository.write("README.md", "hello\n")
    head = repository.commit()
    assert repository.plan(event="pull_request", payload=pull_request(base, head)) == 0
    assert repository.compare == []
    assert "is not GitHub's merge: it is compared with the base of the pull request's" in repository.text
    assert repository.plan(event="pull_request", payload=pull_request("", head)) == 1
    assert "names no base commit. Set --base" in repository.text


def test_plan__pull_request_says_what_it_uses_and_nothing_that_only_a_push_needs(
    repository: Repository,
) -> None:
    payload = pull_request(*merge(repository))
    resource = ("--speech-endpoint", "https://x.cognitiveservices.azure.com")
    assert repository.plan(*resource, event="pull_request", payload=payload) == 0
    (used,) = [line for line in repository.text.splitlines() if "This run uses" in line]
    assert "one training from text" in used
    assert "endpoint" not in used
    assert "No storage-account is set" not in repository.text
    assert "State of the project" not in repository.text


def test_plan__outside_of_git_needs_a_scope(tmp_path: Path) -> None:
    folder = Repository(tmp_path)
    folder.write("speechops.yml", CONFIG)
    output = io.StringIO()
    app = App(
        {"PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)},
        output,
        FakeClock(),
    )
    assert app.run(["plan", *folder.arguments]) == 1
    assert "there is nothing to plan from. Set --scope." in output.getvalue()
    assert app.run(["plan", *folder.arguments, "--scope", "everything"]) == 0
    assert "To do: clinic (test-data, then train-data); pharmacy" in output.getvalue()


@pytest.mark.parametrize(
    ("options", "test", "train"),
    [
        (("--scope", "test-data"), True, False),
        (("--scope", "train-data"), False, True),
        (("--scope", "everything"), True, True),
    ],
)
@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch"])
def test_plan__wishes_go_before_what_is_owed(
    known: Repository, options: tuple[str, ...], event: str, test: bool, train: bool
) -> None:
    assert known.plan(*options, event=event) == 0
    every = ["clinic", "pharmacy"]
    assert known.test == (every if test else [])
    assert known.train == (every if train else [])


def test_plan__asks_for_no_work_without_its_data(repository: Repository) -> None:
    config = CONFIG.replace("    training-data: {text: clinic/text.txt}\n", "")
    repository.write("speechops.yml", config.replace("    test-data: pharmacy/test\n", ""))
    assert repository.plan("--scope", "everything") == 0, repository.text
    assert (repository.test, repository.train) == (["clinic"], ["pharmacy"])


def test_plan__what_is_asked_for_by_several_means_goes_by_the_scope_then_by_the_tag(
    repository: Repository,
) -> None:
    """Then by the commit to compare with, and at last by the event."""
    tag: dict[str, Any] = {"GITHUB_REF": "refs/tags/BASELINE-2"}
    base = ("--base", repository.git("rev-parse", "HEAD"))
    assert repository.plan(*base, "--scope", "train-data", **tag) == 0
    assert (repository.test, repository.train) == ([], ["clinic", "pharmacy"])
    assert repository.plan(*base, **tag) == 0
    assert (repository.test, repository.train) == (["clinic", "pharmacy"], [])
    payload = pull_request(*merge(repository))
    assert repository.plan(*base, event="pull_request", payload=payload) == 0
    assert repository.train == ["clinic", "pharmacy"]  # the event's base has what the pharmacy changed


def test_plan__baseline_tag_tests_and_trains_nothing(known: Repository) -> None:
    assert known.plan(GITHUB_REF="refs/tags/BASELINE-2") == 0
    assert known.test == ["clinic", "pharmacy"]
    assert known.train == []


@pytest.mark.parametrize(
    ("event", "ref", "payload", "said"),
    [
        ("push", "refs/tags/v1.0.0", None, "No work for the tag v1.0.0."),
        ("push", "refs/heads/main", {"after": "0" * 40, "deleted": True}, "No work for the event push."),
        ("release", "refs/heads/main", None, "No work for the event release."),
    ],
)
def test_plan__event_that_changes_no_data_owes_nothing(
    repository: Repository, event: str, ref: str, payload: dict[str, Any] | None, said: str
) -> None:
    assert repository.plan(event=event, payload=payload, GITHUB_REF=ref) == 0
    assert repository.compare == []
    assert said in repository.text


def test_plan__other_systems_name_the_commit_to_compare_with(repository: Repository) -> None:
    before = repository.git("rev-parse", "HEAD")
    repository.write("clinic/text.txt", "hello doctor\n")
    repository.commit()
    assert repository.plan("--base", before, event="", GITHUB_EVENT_PATH="", GITHUB_SHA="") == 0
    assert repository.train == ["clinic"]
    assert repository.plan("--base", "0" * 40, event="", GITHUB_EVENT_PATH="", GITHUB_SHA="") == 0
    assert repository.train == ["clinic", "pharmacy"]


def test_plan__compared_with_a_broken_speechops_yml_does_everything(repository: Repository) -> None:
    repository.write("speechops.yml", "models: [")
    broken = repository.commit()
    repository.write("speechops.yml", CONFIG)
    repository.commit()
    assert repository.plan("--base", broken, **BY_HAND) == 0, repository.text
    assert repository.test == repository.train == ["clinic", "pharmacy"]


def test_plan__compared_with_a_commit_without_speechops_yml_does_everything(repository: Repository) -> None:
    repository.git("rm", "--quiet", "speechops.yml")
    without = repository.commit()
    repository.write("speechops.yml", CONFIG)
    repository.commit()
    assert repository.plan("--base", without, **BY_HAND) == 0, repository.text
    assert repository.test == repository.train == ["clinic", "pharmacy"]


def test_plan__of_a_model_in_options_is_compared_too(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository.folder / "speechops.yml").unlink()
    base = repository.commit()
    monkeypatch.chdir(repository.folder)

    def plan() -> str:
        log = io.StringIO()
        data = ("--test-data", "clinic/test", "--training-text", "clinic/text.txt")
        app = App({"PATH": "/usr/local/bin:/usr/bin:/bin"}, log, FakeClock())
        assert app.run(["plan", "--locale", "en-US", *data, "--base", base]) == 0, log.getvalue()
        return log.getvalue()

    assert "Nothing to do." in plan()
    repository.write("clinic/text.txt", "hello doctor\n")
    repository.commit()
    assert "To do: default (train-data)." in plan()


BY_HAND: dict[str, Any] = {"event": "", "GITHUB_EVENT_PATH": "", "GITHUB_SHA": ""}


def test_plan__base_may_be_any_name_that_git_knows(repository: Repository) -> None:
    repository.git("tag", "before")
    repository.write("clinic/text.txt", "hello doctor\n")
    repository.commit()
    for base in ("HEAD~1", "before", "HEAD^", repository.git("rev-parse", "--short", "HEAD~1")):
        assert repository.plan("--base", base, **BY_HAND) == 0, repository.text
        assert repository.train == ["clinic"]


@pytest.mark.parametrize("base", ["HEAD~9", "no-such-branch", "HEAD:speechops.yml", "@{-1}"])
def test_plan__base_that_git_does_not_know_is_said(repository: Repository, base: str) -> None:
    assert repository.plan("--base", base, **BY_HAND) == 2
    assert f"Unknown commit {base!r}" in repository.text


def test_plan__says_that_no_resource_is_named(repository: Repository) -> None:
    warning = "::warning::No speech-endpoint is set: the embedded speech service is used."
    repository.plan()
    assert warning in repository.text
    assert repository.outputs["local"] == "true"
    repository.plan("--speech-endpoint", "local")
    assert warning not in repository.text
    assert repository.outputs["local"] == "true"
    repository.write("speechops.yml", f"speech-endpoint: local\n{CONFIG}")
    repository.commit()
    repository.plan()
    assert warning not in repository.text


def test_plan__tells_of_results_that_would_be_lost(repository: Repository) -> None:
    repository.plan("--speech-endpoint", "https://x.cognitiveservices.azure.com")
    assert "::warning::No storage-account is set" in repository.text
    assert repository.outputs["local"] == "false"


ACCOUNT = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5;EndpointSuffix=core.windows.net"


@pytest.mark.parametrize(
    "store", [("--storage-account", "contoso"), ("--storage-connection-string", ACCOUNT)]
)
def test_plan__says_nothing_of_results_that_are_kept(repository: Repository, store: tuple[str, str]) -> None:
    resource = ("--speech-endpoint", "https://x.cognitiveservices.azure.com", "--scope", "everything")
    assert repository.plan(*resource, *store) == 0, repository.text
    assert "No storage-account is set" not in repository.text
    assert repository.plan(*resource) == 0
    assert "No storage-account is set" in repository.text


def test_plan__of_a_merge_group_stores_nothing_that_could_be_lost(repository: Repository) -> None:
    resource = ("--speech-endpoint", "https://x.cognitiveservices.azure.com")
    group = {"merge_group": {"base_sha": repository.git("rev-parse", "HEAD"), "head_sha": "b" * 40}}
    assert repository.plan(*resource, event="merge_group", payload=group) == 0, repository.text
    assert "No storage-account is set" not in repository.text


def test_plan__says_that_speechops_yml_is_not_committed(known: Repository) -> None:
    known.write("speechops.yml", f"{CONFIG}    confidence: 0.9\n")
    assert known.plan() == 0
    (line,) = [line for line in known.text.splitlines() if "Not committed" in line]
    assert line.endswith(": speechops.yml.")


@pytest.mark.parametrize("ending", [Ending.REFUSED, Ending.DONE, Ending.INTERRUPTED, None])
def test_plan__names_a_deployment_that_nobody_completed(known: Repository, ending: Ending | None) -> None:
    """It failed, or its approval was refused, or waits: no push owes it, and none forgets it."""
    reference = ModelReference("c1", "candidate one", base=False)
    benchmark = Benchmark(
        "pharmacy", reference, "", 0.1, "t", "2026-01-02T00:00:00.000000Z", "77", Cause.TRAIN_DATA
    )
    pointer = known.registry.move_benchmark(benchmark, pointer=None)
    assert known.plan() == 0
    assert "is not deployed" not in known.text  # nothing was ever to be deployed
    attempt = RunRecord(
        id="77",
        operation="deploy",
        model="pharmacy",
        commit="a" * 40,
        started="2026-01-02T01:00:00.000000Z",
        ending=ending,
        message="Not deployed: nobody approved." if ending is Ending.REFUSED else "",
    )
    known.registry.record(attempt)
    assert known.plan() == 0
    assert known.outputs["models"] == "[]"
    (warning,) = [line for line in known.text.splitlines() if "is not deployed" in line]
    assert warning.startswith("::warning")
    assert "pharmacy: candidate one was promoted by run 77" in warning
    assert ("nobody approved" in warning) is (ending is Ending.REFUSED)
    assert known.plan(GITHUB_RUN_ID="77") == 0  # this run itself deploys what it promoted
    assert "is not deployed" not in known.text
    known.registry.add_release(
        Release(
            "1.0.0", "pharmacy", ReleaseKind.DEPLOY, "2026-01-03", "78", "a" * 40, "e", reference, 0.1, "", ""
        )
    )
    assert known.plan() == 0
    assert "is not deployed" not in known.text
    second = ModelReference("c2", "candidate two", base=False)
    newer = replace(benchmark, reference=second, moved="2026-01-04T00:00:00.000000Z", run="79")
    known.registry.move_benchmark(newer, pointer=pointer)
    assert known.plan() == 0
    assert "candidate two was promoted by run 79 and is not deployed" in known.text
    assert "nobody approved" not in known.text  # that was about the first candidate
