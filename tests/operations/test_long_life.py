"""Bad days and years: work that failed or hangs, wrong clocks, full resources, foreign hands in the store."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from speechops.registry.documents import Ending, RunRecord
from speechops.run import timestamp
from speechops.speech import (
    Evaluation,
    KeyCredential,
    ModelReference,
    NewEvaluation,
    SpeechClient,
    Status,
    open_session,
)
from speechops.upkeep import history
from tests.clock import FakeClock
from tests.kit.faults import Fault, FaultKind
from tests.kit.progress import AfterSeconds, Immediate
from tests.operations.project import HELPFUL, TESTS, Project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.server import RunningService

DAY = 86400.0


def client(project: Project) -> SpeechClient:
    return SpeechClient(
        project.endpoint, credential=KeyCredential("k"), session=open_session(), clock=project.clock
    )


def posts(service: RunningService, collection: str) -> int:
    return sum(count for route, count in service.control.counts.items() if route == f"POST /{collection}")


# --- unfinished work ---


def _outlasted(project: Project, service: RunningService) -> None:
    service.control.set_progress(AfterSeconds(training=7200.0))
    answer = project.run("train-data", "--max-wait", "10m")
    assert "run train-data again" in answer.text
    project.clock.advance(7200)
    service.control.clear_counts()


def test_maintain__training_that_failed_is_reported_once_and_not_paid_again(
    project: Project, service: RunningService
) -> None:
    service.control.plant(Fault(kind=FaultKind.TRAINING, code="X", message="No GPU was free."))
    _outlasted(project, service)
    service.control.set_progress(Immediate(patience=30.0))
    first = project.run("maintain")
    assert first.code == 0, first.text
    assert "No GPU was free" in first.text
    assert "Run train-data" in first.text
    record = next(project.registry.latest_runs("m", "train-data", now=project.clock.now()))
    assert record.ending is Ending.REFUSED
    for _ in range(3):
        project.clock.advance(DAY)
        assert project.run("maintain").outputs["warnings"] == "0"
    assert posts(service, "models") == 0
    assert project.run("train-data").outputs["improved"] == "true"


def test_maintain__test_that_fails_is_reported_once(project: Project, service: RunningService) -> None:
    _outlasted(project, service)
    service.control.set_progress(Immediate(patience=30.0))
    service.control.plant(Fault(kind=FaultKind.EVALUATION, code="X", message="Broken.", times=0))
    assert "Broken" in project.run("maintain").text
    record = next(iter(project.registry.latest_runs("m", "train-data", now=project.clock.now())))
    assert record.ending is Ending.REFUSED
    assert record.message.startswith("Completed by maintain, run ")
    assert "Broken" in record.message
    project.clock.advance(DAY)
    service.control.clear_counts()
    assert "Broken" not in project.run("maintain").text
    assert posts(service, "evaluations") == posts(service, "models") == 0


def test_maintain__run_that_ended_before_its_training_is_named_and_nothing_trained(
    project: Project, service: RunningService
) -> None:
    started = project.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    record = RunRecord("7", "train-data", "m", "a" * 40, started)
    project.registry.record(record)
    assert project.run("maintain").outputs["warnings"] == "0"  # it may be under way
    project.clock.advance(2 * DAY)
    assert "Run 7 ended before its training began" in project.run("maintain").text
    project.registry.record(replace(record, ending=Ending.INTERRUPTED))
    assert "Run 7 ended before its training began" in project.run("maintain").text
    assert posts(service, "models") == 0


def test_maintain__deployment_that_may_be_in_progress_is_not_named(project: Project) -> None:
    project.promote(HELPFUL)
    started = project.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    project.registry.record(RunRecord("7", "deploy", "m", "a" * 40, started))
    assert "has not completed" not in project.run("maintain").text
    project.clock.advance(2 * DAY)
    assert "Run 7 has not completed its deploy" in project.run("maintain").text


@pytest.mark.parametrize(
    ("operations", "named"),
    [
        (("deploy", "rollback"), ""),
        (("rollback", "deploy"), "deploy"),
        (("rollback",), ""),
        (("deploy",), ""),
    ],
)
def test_maintain__of_deploy_and_rollback_the_later_counts(
    project: Project, operations: tuple[str, ...], named: str
) -> None:
    """The first was interrupted, the second too if it is a deploy; a rollback completed what it had begun."""
    project.run("test-data")
    for number, operation in enumerate(operations):
        started = timestamp(project.clock.now())
        ending = Ending.DONE if operation == operations[-1] and not named else Ending.INTERRUPTED
        project.registry.record(RunRecord(str(number), operation, "m", "", started, ending=ending))
        project.clock.advance(60)
    text = project.run("maintain").text
    assert ("has not completed its" in text) == bool(named)
    assert f"has not completed its {named}: run {named} again" in text or not named


def test_maintain__training_of_another_store_is_not_completed(project: Project, tmp_path: Path) -> None:
    """Two repositories with a model of one name and the same data share a Speech resource."""
    Project(tmp_path / "other", project.endpoint, clock=project.clock).promote(HELPFUL)
    started = timestamp(project.clock.now())
    project.registry.record(RunRecord("7", "train-data", "m", "", started, ending=Ending.INTERRUPTED))
    assert "Run 7 ended before its training began" in project.run("maintain").text
    assert project.registry.benchmark("m") is None


def test_maintain__hung_training_does_not_hold_it_up(project: Project, service: RunningService) -> None:
    service.control.set_progress(AfterSeconds(training=30 * DAY))
    project.run("train-data", "--max-wait", "10m")
    project.clock.advance(2 * DAY)
    before = project.clock.monotonic()
    answer = project.run("maintain", "--max-wait", "6h")
    assert "is still Running after 2 days" in answer.text
    assert project.clock.monotonic() - before < 600
    assert posts(service, "models") == 1


# --- clocks ---


def test_clock__a_year_ahead_deletes_nothing_and_hides_nothing(
    project: Project, service_clock: FakeClock
) -> None:
    project.release(HELPFUL)
    project.commit = "b" * 40
    project.write_training([*HELPFUL, "one more"])
    project.run("compare")
    project.write_training(HELPFUL)
    wrong = FakeClock(service_clock.now() + timedelta(days=365))
    project.clock = wrong
    for _ in range(2):
        answer = project.run(
            "maintain", "--delete", "at-once", "--keep-days", "0", "--keep-models", "0", "--new-base-model",
            "report",
        )  # fmt: skip
        assert "clock is" in answer.text
        assert "expired" not in answer.text
        assert answer.outputs["deletions"] == "0"
    project.clock = service_clock
    service_clock.advance(31 * DAY)
    project.run("maintain", "--new-base-model", "report")
    answer = project.run("maintain", "--new-base-model", "report")
    assert int(answer.outputs["deletions"]) >= 3


def test_clock__record_from_the_future_does_not_hide_unfinished_work(
    project: Project, service: RunningService
) -> None:
    _outlasted(project, service)
    record = next(project.registry.latest_runs("m", "train-data", now=project.clock.now()))
    later = replace(record, id="9", started="2027-06-01T00:00:00.000000Z", ending=Ending.DONE)
    project.registry.record(later)
    service.control.set_progress(Immediate(patience=30.0))
    assert f"Run {record.id} is completed" in project.run("maintain").text


# --- years ---


def test_retention__tests_and_their_data_do_not_pile_up(project: Project) -> None:
    project.promote(HELPFUL)
    for month in range(8):
        project.write_tests([*TESTS[1:], f"{TESTS[0]} in month {month}"])
        assert project.run("test-data").code == 0
        project.clock.advance(31 * DAY)
        for _ in range(2):
            assert project.run("maintain", "--new-base-model", "report").code == 0
    assert len(client(project).evaluations()) <= 2
    assert len(client(project).datasets()) <= 4
    pointer = project.registry.benchmark("m")
    assert pointer is not None
    assert pointer.benchmark.test in {dataset.fingerprint for dataset in client(project).datasets()}


@pytest.mark.parametrize(("count", "warned"), [(395, False), (400, True)])
def test_capacity__is_warned_of_at_80_percent(
    project: Project, service: RunningService, count: int, *, warned: bool
) -> None:
    project.run("test-data")
    service.control.seed("datasets", count - 1)
    text = project.run("maintain").text
    assert (f"{count} of 500 datasets" in text) == warned
    assert ("datasets" in text) == warned


def test_history__goes_after_two_years_but_for_what_is_named(project: Project) -> None:
    project.promote(HELPFUL[:5])
    kept = project.registry.benchmark("m")
    assert kept is not None
    project.write_tests([*TESTS[1:], "something quite different this time"])
    project.write_training(HELPFUL)
    assert project.run("compare").code == 0
    project.write_tests(TESTS)
    project.clock.advance(731 * DAY)
    old = {record.id for record in project.registry.runs("m")}
    text = project.run("maintain", "--new-base-model", "report").text
    assert "older than two years" in text
    assert not old & {record.id for record in project.registry.runs("m")}
    assert [result.name for result in project.results()] == [kept.benchmark.result]


# --- foreign hands in the store ---


@pytest.mark.parametrize("operation", ["test-data", "freeze", "maintain"])
def test_store__pointer_of_another_model_ends_runs(project: Project, operation: str) -> None:
    project.promote(HELPFUL)
    path = project.folder / ".speechops/store/configuration/m.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "model": "n"}), encoding="utf-8")
    before = path.read_bytes()
    answer = project.run(operation, *(("--reason", "x") if operation == "freeze" else ()))
    assert answer.code == 1
    assert "the pointer of the model 'n'" in answer.text
    assert path.read_bytes() == before


@pytest.mark.parametrize("operation", ["test-data", "freeze"])
def test_store__folder_in_place_of_the_pointer_ends_runs(project: Project, operation: str) -> None:
    project.run("test-data")
    path = project.folder / ".speechops/store/configuration/m.json"
    path.unlink()
    path.mkdir()
    answer = project.run(operation, *(("--reason", "x") if operation == "freeze" else ()))
    assert answer.code == 1
    assert "Is a directory" in answer.text


def _documents(project: Project, container: str) -> list[Path]:
    return sorted((project.folder / ".speechops/store" / container).iterdir())


def test_store__document_under_another_name_is_skipped(project: Project) -> None:
    project.promote(HELPFUL)
    (path,) = (path for path in _documents(project, "test-results") if "train-data" in path.name)
    twin = path.with_name(path.name.replace("train-data", "pull-request"))
    twin.write_bytes(path.read_bytes())
    answer = project.run("maintain")
    assert answer.code == 0, answer.text
    assert "pull-request-aaaaaaa" in answer.text
    assert "is skipped: its content belongs to a document of another name" in answer.text
    assert len(project.results()) == 1


def test_store__document_that_is_too_large_is_skipped(project: Project) -> None:
    project.promote(HELPFUL)
    for container in ("test-results", "run-records"):
        path = _documents(project, container)[0]
        with path.with_name(path.name.replace("m%2f", "m%2f0", 1)).open("wb") as stream:
            stream.truncate((64 << 20) + 1)
    for operation in ("report", "maintain", "deploy"):
        answer = project.run(operation)
        assert answer.code == 0, answer.text
    assert "is skipped" in project.run("report").text


# --- requests do not grow with the resource ---


def _lists(service: RunningService) -> dict[str, int]:
    return {
        route.removeprefix("GET /"): count
        for route, count in service.control.counts.items()
        if route in {"GET /models", "GET /datasets", "GET /evaluations", "GET /models/base"}
    }


@pytest.mark.parametrize("operation", ["compare", "train-data"])
def test_lists__of_another_locale_cost_nothing(
    project: Project, service: RunningService, operation: str
) -> None:
    project.run("test-data")
    for number in (
        "one",
        "two",
    ):  # from the second on, a look at the evaluations tells the number of the test
        project.write_training([f"sentence {number} about nothing that is ever said here"])
        service.control.clear_counts()
        assert project.run(operation).code == 3
    alone = _lists(service)
    for collection in ("models", "datasets"):
        service.control.seed(collection, 350, locale="de-DE")
    project.write_training(["another sentence about nothing that is ever said here"])
    service.control.clear_counts()
    assert project.run(operation).code == 3
    assert _lists(service) == alone


def test_lists__of_a_locale_are_read_once_for_several_files(
    project: Project, service: RunningService
) -> None:
    project.run("test-data")
    service.control.seed("datasets", 250)
    (project.folder / "pronunciation.txt").write_text("naproxen\tna prok sen\n", encoding="utf-8")
    config = project.folder / "speechops.yml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text + "      pronunciation: pronunciation.txt\n", encoding="utf-8")
    service.control.clear_counts()
    answer = project.run("compare")
    assert answer.code == 0, answer.text
    # Three pages of the whole list, once; and each file is looked for by its name.
    assert _lists(service)["datasets"] <= 3 + 3


# --- candidates that were turned down ---


def test_retire__model_of_another_store_from_the_same_data_stays(project: Project, tmp_path: Path) -> None:
    theirs = Project(tmp_path / "other", project.endpoint, clock=project.clock)
    their_model = theirs.promote(HELPFUL[:3])
    project.promote(HELPFUL)
    project.write_training(HELPFUL[:3])
    assert project.run("train-data").code == 3
    assert their_model in {model.id for model in client(project).models()}
    assert len(client(project).models()) == 2


def test_retire__test_of_another_team_whose_model_is_gone_stays(project: Project) -> None:
    project.promote(HELPFUL)
    speech = client(project)
    tests = speech.evaluations()
    assert tests
    project.write_training(HELPFUL[:3])
    gone = project.run("compare").outputs["candidate"]
    assert tests[0].model1
    draft = NewEvaluation(
        display_name="by hand",
        locale="en-US",
        dataset_id=tests[0].dataset_id,
        model1=tests[0].model1,
        model2=ModelReference(gone),
    )
    theirs = speech.entities.create(Evaluation, draft)
    assert speech.evaluation(theirs.id).status is Status.SUCCEEDED
    speech.delete_model(gone)
    project.write_training(["a sentence about nothing that is ever said here"])
    answer = project.run("train-data")
    assert answer.code == 3, answer.text
    assert theirs.id in {test.id for test in speech.evaluations()}


def test_retire__dataset_that_another_model_uses_stays(project: Project) -> None:
    (project.folder / "pronunciation.txt").write_text("naproxen\tna prok sen\n", encoding="utf-8")
    project.settings = "      pronunciation: pronunciation.txt\n    gate: any-improvement\n"
    project.write_training(HELPFUL)
    assert project.run("train-data").code == 0
    project.write_training(["a sentence about nothing that is ever said here"])
    assert project.run("train-data").code == 3
    kinds = sorted(dataset.kind for dataset in client(project).datasets())
    assert kinds == ["Acoustic", "Language", "Pronunciation"]
    (model,) = client(project).models()
    assert set(model.dataset_ids) <= {dataset.id for dataset in client(project).datasets()}


def test_history__a_result_that_a_later_run_stored_again_stays(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "KEPT", timedelta(days=10))
    project.promote(HELPFUL[:5])
    project.write_training(HELPFUL[:8])
    beside = project.run("compare").outputs["result"]
    project.write_tests([*TESTS[1:], "something quite different this time"])
    project.write_training(HELPFUL)
    result = project.run("compare").outputs["result"]
    project.clock.advance(8 * DAY)
    assert project.run("compare").outputs["result"] == result
    project.write_tests(TESTS)
    project.clock.advance(4 * DAY)
    assert "older than two years" in project.run("maintain", "--new-base-model", "report").text
    assert project.registry.result_named(result)
    project.clock.advance(10 * DAY)
    project.run("maintain", "--new-base-model", "report")
    assert project.registry.result_named(result) is None
    assert project.registry.result_named(beside)  # it counts how often that data has judged
