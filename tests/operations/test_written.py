"""What operations write into pointer and releases, field by field: later runs believe each of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from speechops.registry.documents import Cause, Ending
from tests.operations.project import HELPFUL, TESTS, Project
from tests.operations.test_evidence import ASKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.registry.documents import Benchmark, TestResult

RUN, COMMIT = "4711", "c" * 40


def pointer(project: Project) -> Benchmark:
    found = project.registry.benchmark("m")
    assert found
    return found.benchmark


def result_of(project: Project, benchmark: Benchmark) -> TestResult:
    found = project.registry.result_named(benchmark.result)
    assert found
    return found


def run(project: Project, *words: str, identity: str = RUN) -> str:
    """Run an operation on a commit of its own; return its candidate."""
    project.commit = COMMIT
    answer = project.run(*words, environment={"GITHUB_RUN_ID": identity})
    assert answer.code == 0, answer.text
    return answer.outputs.get("candidate", "")


def numbers_of(project: Project, benchmark: Benchmark) -> tuple[str, float | None]:
    """Return test data and error rate as the result has them that the pointer names for its model."""
    result = result_of(project, benchmark)
    if result.candidate is None or result.candidate.id != benchmark.reference.id:
        assert result.benchmark.id == benchmark.reference.id
        return result.test, result.benchmark_counts.error_rate
    assert result.candidate_counts
    return result.test, result.candidate_counts.error_rate


def promote(project: Project) -> None:
    project.write_training(HELPFUL)
    run(project, "train-data")


def deploy_what_was_asked(project: Project) -> None:
    project.settings = ASKING
    project.write_training(HELPFUL)
    run(project, "deploy", "--candidate", run(project, "train-data", identity="1"))


def go_back(project: Project) -> None:
    run(project, "rollback")


MOVES = {"train-data": promote, "deploy": deploy_what_was_asked, "rollback": go_back}


@pytest.mark.parametrize("move", MOVES)
def test_pointer__that_moves_to_another_model(project: Project, move: str) -> None:
    project.release(HELPFUL[:3])
    project.release(HELPFUL[:6])
    before = pointer(project)
    MOVES[move](project)
    after = pointer(project)
    assert after.reference.id != before.reference.id
    assert after.previous == before.reference
    assert (after.test, after.error_rate) == numbers_of(project, after)
    assert (after.run, after.cause, after.frozen, after.pending_deletion) == (RUN, Cause.TRAIN_DATA, "", ())
    assert after.commit == ("a" * 40 if move == "rollback" else COMMIT)
    assert after.moved > before.moved
    assert after.revision == before.revision + 1
    last = project.registry.releases("m")[-1]
    if move != "train-data":
        verdict = result_of(project, after).verdict
        assert verdict
        assert (last.reference, last.result, last.error_rate) == (
            after.reference,
            after.result,
            after.error_rate,
        )
        assert (last.kind, last.run, last.commit, last.outcome) == (move, RUN, after.commit, verdict.outcome)
        assert last.rolled_back_to == ("1.0.0" if move == "rollback" else "")


def measure_new_data(project: Project) -> None:
    project.write_tests(TESTS[1:])
    run(project, "test-data")


STAYS: dict[str, tuple[Callable[[Project], object], set[str]]] = {
    "test-data": (measure_new_data, {"result", "error_rate", "test", "run", "revision"}),
    "freeze": (lambda project: run(project, "freeze", "--reason", "audit"), {"frozen", "revision"}),
    "maintain": (lambda project: run(project, "maintain"), set()),
    "deploy": (lambda project: run(project, "deploy"), set()),
    "compare": (lambda project: run(project, "compare"), set()),
}


@pytest.mark.parametrize("operation", STAYS)
def test_pointer__that_stays_with_its_model(project: Project, operation: str) -> None:
    project.promote(HELPFUL[:3])
    project.promote(HELPFUL[:6])
    before = pointer(project)
    act, fields = STAYS[operation]
    act(project)
    after = pointer(project)
    old, new = asdict(before), asdict(after)
    assert {name for name in old if old[name] != new[name]} == fields
    assert (after.test, after.error_rate) == numbers_of(project, after)


def test_record__of_each_run_that_may_change_something(project: Project) -> None:
    operations = ["test-data", "compare", "train-data", "deploy", "freeze", "unfreeze", "maintain"]
    for operation in ("validate", *operations, "report"):
        run(project, operation, *(("--reason", "audit") if operation == "freeze" else ()), identity=operation)
    records = {record.id: record for record in project.registry.runs("m")}
    assert [record.operation for record in records.values()] == operations == list(records)
    for record in records.values():
        assert (record.model, record.commit, record.ending) == ("m", COMMIT, Ending.DONE)
        assert record.started <= record.ended
        assert record.message
    assert [name for name in records if records[name].trained] == ["compare"]
    assert [name for name in records if records[name].result] == [*operations[:3], "deploy"]
    candidate = records["train-data"].outputs["candidate"]
    assert records["deploy"].outputs["candidate"] == records["compare"].outputs["candidate"] == candidate
    (reused,) = records["train-data"].reused
    assert reused.startswith("evaluation m-pull-request-")


def test_result__has_the_rates_of_each_model_as_the_service_counts_them(project: Project) -> None:
    project.promote(HELPFUL)
    rates = result_of(project, pointer(project)).service
    assert rates["benchmark"].word_error_rate
    assert rates["candidate"].word_error_rate == 0
    (result,) = project.results()
    wrong = sum(item.benchmark.lexical != item.reference for item in result.utterances)
    assert rates["benchmark"].sentence_error_rate == pytest.approx(wrong / len(TESTS), abs=0.001)
    assert rates["candidate"].sentence_error_rate == 0
    project.write_tests(TESTS[1:])
    run(project, "test-data")
    assert result_of(project, pointer(project)).service.keys() == {"benchmark"}


def test_pointer__of_a_run_outside_of_git_names_no_commit(project: Project) -> None:
    config = ("--config", str(project.folder / "speechops.yml"), "--speech-endpoint", project.endpoint)
    project.write_training(HELPFUL)
    assert project.invoke("train-data", *config).code == 0
    assert (pointer(project).commit, pointer(project).reference.commit) == ("", "")
    assert project.invoke("deploy", *config).code == 0
    assert project.registry.releases("m")[-1].reference.commit == ""


@pytest.mark.parametrize("kind", ["text", "structured-text"])
def test_vocabulary__names_the_file_that_a_team_would_add_lines_to(project: Project, kind: str) -> None:
    (project.folder / "words.md").write_text(
        "@ list drug =\n- metformin\n- warfarin\n# sentences\n- the patient takes {@drug} twice a day\n",
        encoding="utf-8-sig",
    )
    config = project.folder / "speechops.yml"
    name = "training.txt" if kind == "text" else "words.md"
    config.write_text(config.read_text(encoding="utf-8").replace("text: training.txt", f"{kind}: {name}"))
    assert project.run("compare").code in {0, 3}
    (result,) = project.results()
    assert result.candidate
    known = project.registry.vocabulary("m", result.candidate.training)
    assert known
    assert known.text_file.endswith(f"/{name}")
