"""A push from ``plan`` to ``deploy`` as ``ci-cd.yml`` runs it: attempts that fail, and the next one."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from speechops.registry.documents import Ending, RunRecord
from speechops.registry.folder import FolderStore
from speechops.run import timestamp
from tests.operations.project import HELPFUL, TESTS, USELESS, Answer, Project

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from tests.kit.server import RunningService

NOWHERE = "http://127.0.0.1:9"
WHO = ("-c", "user.name=someone", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
GATE = "    gate: any-improvement\n"
SECOND = "  n:\n    locale: en-US\n    test-data: test\n    training-data:\n      text: other.txt\n"


class Killed(BaseException):
    """The job's machine is gone."""


@dataclass
class Workflow:
    """``ci-cd.yml`` without its machines: which jobs run, in which attempt, and how they end."""

    project: Project
    number: int = 100
    green: dict[str, bool] = field(default_factory=dict)
    said: dict[str, Answer] = field(default_factory=dict)

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.project.folder), *WHO, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        self.project.commit = self.git("rev-parse", "HEAD")

    def push(self, *, unreachable: Collection[str] = ()) -> bool:
        """Commit and run the workflow; train-data of the models ``unreachable`` has no network."""
        self.commit()
        self.number += 1
        self.green.clear()
        self.said.clear()
        return self.attempt(unreachable=unreachable)

    def attempt(self, *, unreachable: Collection[str] = ()) -> bool:
        """Run what has not succeeded yet, and the jobs after it, as GitHub re-runs failed jobs."""
        if not self.done("plan"):
            self.run("plan", "plan")
        for model in json.loads(self.said["plan"].outputs["models-to-test"]):
            if not self.done(f"test {model}"):
                self.run(f"test {model}", "test-data", "--model", model)
        training = json.loads(self.said["plan"].outputs["models-to-train"])
        for model in training:
            if not self.done(f"train {model}"):
                endpoint = ("--speech-endpoint", NOWHERE) if model in unreachable else ()
                self.run(f"train {model}", "train-data", "--model", model, *endpoint)
        if training:
            self.run("verdicts", "verdicts", "--model", ",".join(training))
            for item in json.loads(self.said["verdicts"].outputs["models-to-deploy"]):
                chosen = ("--model", item["model"], "--candidate", item["candidate"])
                self.run(f"deploy {item['model']}", "deploy", *chosen)
        return all(self.green.values())

    def done(self, job: str) -> bool:
        return self.green.get(job, False)

    def run(self, job: str, operation: str, *more: str, ref: str = "refs/heads/main") -> None:
        event = self.project.folder / ".event.json"
        payload = {"after": self.project.commit, "repository": {"default_branch": "main"}}
        event.write_text(json.dumps(payload), encoding="utf-8")
        environment = {
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_REF": ref,
            "GITHUB_RUN_ID": str(self.number),
            "GITHUB_SHA": self.project.commit,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
        }
        self.green[job] = False
        self.said[job] = self.project.run(operation, *more, environment=environment)
        self.green[job] = self.said[job].code == 0

    @property
    def served(self) -> list[str]:
        return [release.reference.id for release in self.project.registry.releases("m")]


@pytest.fixture
def workflow(project: Project) -> Workflow:
    (project.folder / ".gitignore").write_text(".speechops\n.event.json\noutputs.txt\n")
    project.settings = GATE
    project.write_training(HELPFUL)
    made = Workflow(project)
    made.git("init", "--quiet")
    return made


def test_push__tests_trains_and_deploys_then_owes_nothing(workflow: Workflow) -> None:
    assert workflow.push(), "\n".join(
        f"{job}: {answer.code} {answer.text}" for job, answer in workflow.said.items()
    )
    assert list(workflow.green) == ["plan", "test m", "train m", "verdicts", "deploy m"]
    assert "To deploy: m." in workflow.said["verdicts"].text
    assert len(workflow.served) == 1
    (workflow.project.folder / "README.md").write_text("unrelated")
    assert workflow.push()
    assert list(workflow.green) == ["plan"]


def test_push__of_data_that_is_not_better_is_judged_once(workflow: Workflow) -> None:
    assert workflow.push()
    workflow.project.write_training(USELESS)
    assert not workflow.push()
    assert workflow.green == {"plan": True, "train m": False, "verdicts": True}
    assert "Nothing to deploy: no candidate was promoted." in workflow.said["verdicts"].text
    assert workflow.said["verdicts"].outputs["models-to-deploy"] == "[]"
    assert workflow.said["train m"].code == 3
    (workflow.project.folder / "README.md").write_text("unrelated")
    assert workflow.push()
    assert list(workflow.green) == ["plan"]


def test_push__a_network_fault_is_red_and_its_run_is_completed_by_the_next_attempt(
    workflow: Workflow,
) -> None:
    assert not workflow.push(unreachable="m")
    assert workflow.green == {"plan": True, "test m": True, "train m": False, "verdicts": False}
    assert f"no verdict of run {workflow.number} for m" in workflow.said["verdicts"].text
    assert workflow.attempt()
    assert list(workflow.green)[-1] == "deploy m"
    assert len(workflow.served) == 1


def test_push__what_failed_is_owed_by_an_unrelated_push(workflow: Workflow) -> None:
    assert not workflow.push(unreachable="m")
    (workflow.project.folder / "README.md").write_text("unrelated")
    assert workflow.push()
    assert list(workflow.green) == ["plan", "train m", "verdicts", "deploy m"]
    assert len(workflow.served) == 1


def test_push__a_job_that_died_after_its_promotion(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = FolderStore.write
    moved = False

    def dying(store: FolderStore, container: str, name: str, data: bytes, **condition: object) -> str:
        nonlocal moved
        if moved:
            raise Killed
        moved = container == "configuration" and b'"train-data"' in data
        return write(store, container, name, data, **condition)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "write", dying)
        with pytest.raises(Killed):
            workflow.push()
    workflow.run("verdicts", "verdicts", "--model", "m")  # the run goes on with its other jobs
    (item,) = json.loads(workflow.said["verdicts"].outputs["models-to-deploy"])
    pointer = workflow.project.registry.benchmark("m")
    assert pointer is not None
    assert item == {"model": "m", "candidate": pointer.benchmark.reference.id}
    assert workflow.attempt()
    assert workflow.served == [pointer.benchmark.reference.id]
    (workflow.project.folder / "README.md").write_text("unrelated")
    assert workflow.push()
    assert list(workflow.green) == ["plan"]


def test_push__all_of_whose_jobs_run_again_still_deploys_what_it_promoted(workflow: Workflow) -> None:
    workflow.commit()
    workflow.number += 1
    for job, operation in (("plan", "plan"), ("test m", "test-data"), ("train m", "train-data")):
        workflow.run(job, operation)
    workflow.green.clear()
    assert workflow.attempt()
    assert list(workflow.green) == ["plan", "test m", "train m", "verdicts", "deploy m"]
    assert len(workflow.served) == 1


def test_push__of_two_models_the_one_that_failed_is_taken_up(workflow: Workflow) -> None:
    (workflow.project.folder / "other.txt").write_text("\n".join(TESTS[:6]))
    workflow.project.settings = GATE + SECOND + GATE
    workflow.project.write_training(HELPFUL)
    assert not workflow.push(unreachable="n")
    assert workflow.green["deploy m"]
    assert not workflow.green["verdicts"]
    assert f"no verdict of run {workflow.number} for n. To deploy: m." in workflow.said["verdicts"].text
    assert "deploy n" not in workflow.green
    assert workflow.attempt()
    assert workflow.green["deploy n"]
    assert len(workflow.served) == 1  # deployed by the first attempt, and no second time


@pytest.mark.parametrize("place", ["speechops-verdicts/x", "speechops-report/m", ".speechops/report/m"])
def test_verdicts__a_committed_outcome_decides_nothing(workflow: Workflow, place: str) -> None:
    assert workflow.push()
    workflow.project.write_training(USELESS)
    forged = workflow.project.folder / place / "outcome.json"
    forged.parent.mkdir(parents=True, exist_ok=True)
    outputs = {"improved": "true", "decision": "promote", "candidate": "forged"}
    forged.write_text(json.dumps({"operation": "train-data", "model": "m", "outputs": outputs}))
    workflow.git("add", "--force", str(forged))
    assert not workflow.push()
    assert workflow.said["verdicts"].outputs["models-to-deploy"] == "[]"
    assert "Nothing to deploy: no candidate was promoted." in workflow.said["verdicts"].text


def test_verdicts__of_another_run_decide_nothing(workflow: Workflow) -> None:
    assert workflow.push()
    workflow.number += 1
    workflow.run("verdicts", "verdicts", "--model", "m")
    assert workflow.said["verdicts"].code == 1
    assert workflow.said["verdicts"].outputs["models-to-deploy"] == "[]"


def test_verdicts__names_what_a_person_is_asked_about(workflow: Workflow) -> None:
    workflow.project.settings = "    on-inconclusive: ask\n    min-words: 100000\n"
    workflow.project.write_training(HELPFUL)
    workflow.push()
    (item,) = json.loads(workflow.said["verdicts"].outputs["models-to-deploy"])
    assert item["candidate"] == workflow.said["train m"].outputs["candidate"]


ASKED = (Ending.DONE, "ask", "false")
PROMOTED = (Ending.DONE, "promote", "true")
TURNED_DOWN = (Ending.NOT_PROMOTED, "fail", "false")
REFUSED = (Ending.REFUSED, "", "")
KILLED = (None, "", "")


@pytest.mark.parametrize(
    ("attempts", "candidate"),
    [
        ((ASKED, REFUSED), "c0"),
        ((PROMOTED, REFUSED, KILLED), "c0"),
        ((TURNED_DOWN, ASKED), "c1"),
        ((ASKED, TURNED_DOWN), ""),
        ((TURNED_DOWN, KILLED), ""),
        ((REFUSED, KILLED), None),
    ],
)
def test_verdicts__of_several_attempts_the_last_one_that_judged_decides(
    tmp_path: Path, attempts: Sequence[tuple[Ending | None, str, str]], candidate: str | None
) -> None:
    project = Project(tmp_path / "project", NOWHERE)
    for number, (ending, decision, improved) in enumerate(attempts):
        project.clock.advance(3600)
        record = RunRecord(
            id="7",
            operation="train-data",
            model="m",
            commit="",
            started=timestamp(project.clock.now()),
            ending=ending,
            outputs={"candidate": f"c{number}", "decision": decision, "improved": improved},
        )
        project.registry.record(record)
    answer = project.run("verdicts", environment={"GITHUB_RUN_ID": "7"})
    assert answer.code == (candidate is None), answer.text
    going = [{"model": "m", "candidate": candidate}] if candidate else []
    assert json.loads(answer.outputs["models-to-deploy"]) == going


def test_baseline_tag__tests_the_newest_base_model_and_moves_nothing(workflow: Workflow) -> None:
    assert workflow.push()
    before = workflow.project.registry.benchmark("m")
    assert before is not None
    workflow.number += 1
    workflow.run("plan", "plan", ref="refs/tags/BASELINE-1")
    assert workflow.said["plan"].outputs["models-to-test"] == '["m"]'
    assert workflow.said["plan"].outputs["models-to-train"] == "[]"
    workflow.run("test m", "test-data", ref="refs/tags/BASELINE-1")
    answer = workflow.said["test m"]
    assert answer.code == 0, answer.text
    assert "untrained" in answer.text
    assert "/base-model-" in answer.outputs["result"]
    assert answer.outputs["benchmark"] == before.benchmark.reference.id
    result = workflow.project.registry.result_named(answer.outputs["result"])
    assert result is not None
    assert result.candidate is not None
    assert result.candidate.base
    assert result.candidate_counts is not None
    assert answer.outputs["word-error-rate"] == f"{result.candidate_counts.error_rate:.6f}" != "0.000000"
    after = workflow.project.registry.benchmark("m")
    assert after is not None
    assert after.etag == before.etag
    (workflow.project.folder / "README.md").write_text("unrelated")
    assert workflow.push()
    assert list(workflow.green) == ["plan"]
    workflow.project.write_tests(TESTS[1:])
    workflow.commit()
    workflow.run("test m", "test-data", ref="refs/tags/BASELINE-2")
    assert workflow.push()
    assert list(workflow.green) == ["plan", "test m"]  # nobody has tested the benchmark on this data yet


def test_baseline_tag__where_the_newest_base_model_is_the_benchmark_tests_it_alone(
    workflow: Workflow,
) -> None:
    workflow.commit()
    workflow.run("test m", "test-data")
    first = workflow.said["test m"].outputs["benchmark"]
    workflow.run("test m", "test-data", ref="refs/tags/BASELINE-1")
    assert workflow.said["test m"].code == 0, workflow.said["test m"].text
    assert workflow.said["test m"].outputs["benchmark"] == first
    assert "untrained" not in workflow.said["test m"].text


def test_baseline_tag__beside_a_benchmark_that_is_gone_costs_nothing(
    workflow: Workflow, service: RunningService
) -> None:
    assert workflow.push()
    service.control.expire(workflow.served[0])
    service.control.clear_counts()
    workflow.run("test m", "test-data", ref="refs/tags/BASELINE-1")
    assert workflow.said["test m"].code == 1
    assert "Run train-data: its candidate is compared with the base model." in workflow.said["test m"].text
    assert not [call for call in service.control.counts if call.startswith("POST")]
