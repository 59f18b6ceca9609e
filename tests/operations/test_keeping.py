"""What must outlive the runs of others, refusals and time: models that something refers to, and paid work."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from speechops.delivery import records
from speechops.embedded.tiers import Tier
from speechops.registry.documents import Benchmark, Cause, Ending, ModelReference, RunRecord
from speechops.run import timestamp
from speechops.speech import Model
from speechops.upkeep import deletion, retention, retire
from tests.kit.faults import Fault, FaultKind
from tests.kit.progress import AfterSeconds, Immediate
from tests.operations.project import HELPFUL, Project
from tests.operations.test_loop import client

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speechops.registry.documents import RunRecord as Record
    from tests.kit.server import RunningService
    from tests.stub_engine import StubEngine

DAY = 86400
ASKING = "    on-inconclusive: ask\n    min-words: 100000\n"


def models(project: Project) -> list[str]:
    return [model.id for model in client(project).models()]


def benchmark(project: Project) -> str:
    pointer = project.registry.benchmark("m")
    assert pointer
    return pointer.benchmark.reference.id


def tidy(project: Project, *more: str) -> str:
    answer = project.run("maintain", "--delete", "at-once", "--keep-models", "0", *more)
    assert answer.code == 0, answer.text
    return answer.text


# --- what is referred to ---


def test_train_data__of_old_data_again_keeps_the_model_of_its_release(project: Project) -> None:
    one, two = project.release(HELPFUL[:6]), project.release(HELPFUL)
    project.write_training(HELPFUL[:6])
    again = project.run("train-data")  # "Re-run jobs" on the run of the first data
    assert again.code == 3, again.text
    assert set(models(project)) == {one, two}
    assert project.run("rollback").outputs["candidate"] == one


def test_train_data__what_another_run_promotes_meanwhile_is_not_retired(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.run("test-data")
    project.settings = "    min-words: 100000\n"
    project.write_training(HELPFUL)
    clean_up = retire.candidate
    others: list[int] = []

    def late(*arguments: Any) -> Any:  # noqa: ANN401
        if not others:
            project.settings = ""
            project.write_training(HELPFUL)
            project.commit = "b" * 40
            others.append(project.run("train-data").code)
        return clean_up(*arguments)

    monkeypatch.setattr(retire, "candidate", late)
    assert project.run("train-data").code == 3
    assert others == [0]
    assert benchmark(project) in models(project)


@pytest.mark.parametrize(("answer", "code"), [("fail", 3), ("pass", 0)])
def test_train_data__says_why_it_deleted_a_candidate(project: Project, answer: str, code: int) -> None:
    project.run("test-data")
    tested = client(project).datasets()
    project.settings = f"    min-words: 100000\n    on-inconclusive: {answer}\n"
    project.write_training(HELPFUL)
    assert project.run("train-data").code == code
    *_, record = project.registry.runs("m")
    (model,) = [each for each in record.deletions if each.noun == "model"]
    assert (model.reason, model.done) == ("its verdict was inconclusive", True)
    assert models(project) == []
    assert client(project).datasets() == tested  # that of its training is gone


def test_train_data__turned_down_before_there_is_a_benchmark_goes_too(
    project: Project, service: RunningService
) -> None:
    project.settings = "    min-words: 100000\n"
    project.write_training(HELPFUL)
    assert project.run("train-data").code == 3
    assert project.registry.benchmark("m") is None
    assert models(project) == []
    assert service.control.dump().get("transcriptions", []) == []  # with what was recognized


def test_train_data__leaves_everything_where_a_release_cannot_be_read(project: Project) -> None:
    first = project.release(HELPFUL[:3])
    project.release(HELPFUL[:6])
    project.release(HELPFUL)
    path = project.folder / ".speechops/store/releases/m%2f00001.00000.00000.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "schema": 9}), encoding="utf-8")
    project.write_training(HELPFUL[:3])
    answer = project.run("train-data")
    assert answer.code == 3
    assert "Left for maintain to delete: A release cannot be read" in answer.text
    assert first in models(project)


def compared_a_month_ago(project: Project) -> str:
    """Return the candidate of a pull request that nothing refers to any more, beside a release."""
    project.release(HELPFUL[:5])
    project.write_training(HELPFUL)
    wanted = project.run("compare").outputs["candidate"]
    project.clock.advance(31 * DAY)
    return wanted


def test_maintain__called_off_and_promoted_meanwhile_stays(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = compared_a_month_ago(project)
    delete = deletion.delete
    others: list[str] = []

    def late(*arguments: Any) -> Any:  # noqa: ANN401
        if not others:
            with monkeypatch.context() as patch:  # the service refuses while a test uses the model
                patch.setattr(deletion, "_succeeds", lambda *_: False)
                others.append(project.run("train-data").outputs["candidate"])
        return delete(*arguments)

    monkeypatch.setattr(deletion, "delete", late)
    text = tidy(project, "--new-base-model", "report")
    assert others == [wanted]
    assert re.findall(rf"(deleted|may be deleted): model \S+ \({wanted}\)", text) == ["may be deleted"]
    assert benchmark(project) == wanted
    assert wanted in models(project)


def test_maintain__chooses_again_if_the_benchmark_moves_before_it_has_marked_its_choice(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = compared_a_month_ago(project)
    mark, others = deletion.mark_pending, ["train-data"]

    def late(*arguments: Any) -> Any:  # noqa: ANN401
        while others:
            assert project.run(others.pop()).outputs["candidate"] == wanted
        return mark(*arguments)

    monkeypatch.setattr(deletion, "mark_pending", late)
    text = tidy(project, "--new-base-model", "report")
    assert "choosing again" in text
    assert wanted not in text
    assert benchmark(project) == wanted
    assert wanted in models(project)


def test_maintain__release_that_cannot_be_read_stops_all_deletion(project: Project) -> None:
    project.release(HELPFUL[:3])
    project.release(HELPFUL[:6])
    project.release(HELPFUL)
    there = models(project)
    path = project.folder / ".speechops/store/releases/m%2f00001.00000.00000.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "schema": 9}), encoding="utf-8")
    project.clock.advance(3 * DAY)
    assert "nothing is deleted" in tidy(project)
    assert models(project) == there


def marks(project: Project, fingerprint: str = "f" * 64) -> dict[str, str]:
    """Return the custom properties of what a run of this project has made."""
    return {
        "speechops-model": "m",
        "speechops-run": "1",
        "speechops-fingerprint": fingerprint,
        "speechops-store": project.registry.identity(),
    }


def test_maintain__what_the_service_keeps_is_not_counted_and_chosen_again(
    project: Project, service: RunningService
) -> None:
    benchmark_id = project.release(HELPFUL)
    (unused,) = service.control.seed("models", display_name="unused", custom_properties=marks(project))
    project.clock.advance(2 * DAY)
    service.control.plant(Fault(kind=FaultKind.STATUS, method="DELETE", path="/models/", status=409, times=0))
    text = tidy(project)
    assert "The model unused is kept: " in text
    assert f"may be deleted: model unused ({unused})" in text
    pointer = project.registry.benchmark("m")
    assert pointer
    assert pointer.benchmark.pending_deletion == ()
    service.control.clear_faults()
    assert f"deleted: model unused ({unused})" in tidy(project)
    assert models(project) == [benchmark_id]


def test_maintain__that_deletes_no_model_moves_no_pointer(project: Project, service: RunningService) -> None:
    project.promote(HELPFUL)
    before = project.registry.benchmark("m")
    (unused,) = service.control.seed("datasets", display_name="unused", custom_properties=marks(project))
    project.clock.advance(2 * DAY)
    assert f"deleted: dataset unused ({unused})" in tidy(project)
    assert project.registry.benchmark("m") == before


def test_maintain__what_another_run_deletes_meanwhile_is_deleted(
    project: Project, service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any run completes what the pointer names as to be deleted."""
    project.promote(HELPFUL)
    unused = service.control.seed("models", 2, display_name="unused", custom_properties=marks(project))
    project.clock.advance(2 * DAY)
    delete, others = deletion.delete, ["never"]

    def late(*arguments: Any) -> Any:  # noqa: ANN401
        while others:
            project.run("maintain", "--delete", others.pop())
            assert not set(unused) & set(models(project))
        return delete(*arguments)

    monkeypatch.setattr(deletion, "delete", late)
    text = tidy(project)
    assert set(re.findall(r"deleted: model unused \((\S+)\)", text)) == set(unused)
    assert "may be deleted" not in text


def test_train_data__deletes_no_dataset_of_others_with_the_same_data(
    project: Project, service: RunningService
) -> None:
    project.run("test-data")
    project.settings = "    min-words: 100000\n"
    project.write_training(HELPFUL)
    project.run("compare")
    theirs = [
        service.control.seed(
            "datasets", custom_properties={**dataset.custom_properties, "speechops-store": "e" * 32}
        )[0]
        for dataset in client(project).datasets()
    ]
    assert project.run("train-data").code == 3
    assert models(project) == []
    assert set(theirs) <= {dataset.id for dataset in client(project).datasets()}


def test_train_data__leaves_to_maintain_what_it_may_not_list(
    project: Project, service: RunningService
) -> None:
    project.run("test-data")
    project.settings = "    min-words: 100000\n"
    project.write_training(HELPFUL)
    service.control.plant(Fault(kind=FaultKind.STATUS, method="GET", path="/endpoints", status=403, times=0))
    answer = project.run("train-data")
    assert answer.code == 3, answer.text
    assert "Left for maintain to delete" in answer.text
    assert len(models(project)) == 1


def test_maintain__names_the_deployment_that_left_an_endpoint_without_a_release(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.promote(HELPFUL)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(records, "add", die)
        project.run("deploy")
    (endpoint,) = client(project).endpoints()
    text = project.run("maintain").text
    assert "has not completed its deploy: run deploy again" in text
    assert f"Endpoint {endpoint.id} costs money" in text
    assert "delete it" not in text
    assert project.run("deploy").code == 0
    assert project.run("maintain").outputs["warnings"] == "0"


def test_maintain__names_an_endpoint_that_no_release_uses(project: Project) -> None:
    project.release(HELPFUL)
    store = project.folder / ".speechops/store/releases"
    for path in store.iterdir():
        path.unlink()
    (endpoint,) = client(project).endpoints()
    text = project.run("maintain", "--prices", "endpoint=0.05, currency=EUR").text
    assert f"Endpoint {endpoint.id} was created by SpeechOps, costs money" in text
    assert "(36.50 EUR)" in text


def test_choose__of_twins_one_stays() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)

    def model(name: str, cause: Cause, days: int) -> Model:
        properties = {"speechops-fingerprint": "f", "speechops-cause": cause}
        return Model(
            id=name,
            display_name=name,
            locale="en-US",
            created=now - timedelta(days=days),
            custom_properties=properties,
        )

    pointer = Benchmark("m", ModelReference("0", "0", base=True), "", 0.2, "t", "", "1", Cause.TEST_DATA)
    twins = (model("old", Cause.PULL_REQUEST, 40), model("new", Cause.TRAIN_DATA, 5))
    listing = retention.Listing(twins, (), (), ())
    policy = retention.Policy(3, 30, now)
    chosen = retention.choose(lambda _: True, listing, pointer, set(), (), policy)
    assert [each.id for each in chosen] == ["old"]


def test_store__owns_what_it_made_and_nothing_else(project: Project, tmp_path: Path) -> None:
    """Two repositories with a model of one name share a Speech resource."""
    ours = project.release(HELPFUL)
    other = Project(tmp_path / "other", project.endpoint, clock=project.clock)
    theirs = other.release(HELPFUL[:5])
    assert {endpoint.model.id for endpoint in client(project).endpoints() if endpoint.model} == {ours, theirs}
    project.clock.advance(40 * DAY)
    tidy(other)
    assert set(models(project)) == {ours, theirs}
    project.forget()
    other.write_training(HELPFUL)
    same = other.run("compare")  # what the others trained is not ours to depend on
    assert same.outputs["candidate"] not in {ours, theirs}


# --- a person is asked ---


def test_deploy__approved_candidate_that_a_later_run_turned_down(project: Project) -> None:
    project.run("test-data")
    project.settings = ASKING
    project.write_training(HELPFUL)
    asked = project.run("train-data")
    assert asked.outputs["decision"] == "ask"
    before = benchmark(project)
    project.settings = "    min-words: 100000\n"
    project.write_training(HELPFUL)
    project.commit = "b" * 40
    assert project.run("train-data").code == 3
    late = project.run("deploy", "--candidate", asked.outputs["candidate"])
    assert late.code == 2
    assert "was rejected by the gate" in late.text  # by its last test
    assert benchmark(project) == before


def test_deploy__candidate_that_nobody_knows(project: Project) -> None:
    project.release(HELPFUL)
    answer = project.run("deploy", "--candidate", "a-typo")
    assert answer.code == 2
    assert "candidate: no test of a model with the id or name a-typo is stored. Take it from" in answer.text


def test_maintain__keeps_a_candidate_that_waits_for_approval(project: Project) -> None:
    project.run("test-data")
    project.settings = ASKING
    project.write_training(HELPFUL)
    project.run("compare")
    project.clock.advance(10 * DAY)
    asked = project.run("train-data")
    assert asked.outputs["decision"] == "ask"
    project.clock.advance(40 * DAY)
    tidy(project)
    late = project.run("deploy", "--candidate", asked.outputs["candidate"])
    assert late.outputs["deployed"] == "true", late.text


# --- paid work ---


def test_train_data__failed_test_keeps_what_was_trained(
    project: Project, service: RunningService, engine: StubEngine
) -> None:
    service.control.plant(Fault(kind=FaultKind.EVALUATION, code="InternalServerError", message="Once."))
    assert project.run("train-data").code == 1
    answer = project.run("train-data")
    assert answer.code == 0, answer.text
    assert engine.trained == 1


def test_train_data__benchmark_that_is_gone_is_trained_anew_from_the_same_data(project: Project) -> None:
    gone = project.promote(HELPFUL)
    client(project).delete_model(gone)
    answer = project.run("train-data")
    assert answer.code == 0, answer.text
    assert "nothing to train" not in answer.text
    assert benchmark(project) == answer.outputs["candidate"] != gone


def test_compare__trains_nothing_twice_whatever_train_data_reuses(
    project: Project, engine: StubEngine
) -> None:
    """A pull request promotes nothing: it may use what others have made."""
    for number, sentences in enumerate((HELPFUL, HELPFUL[1:])):
        project.write_tests(sentences)
        identity = {"GITHUB_RUN_ID": str(number)}
        answer = project.run("compare", "--reuse", "main", environment=identity)
        assert "candidate" in answer.outputs, answer.text
    assert engine.trained == 1


def test_train_data__trained_anew_is_tested_anew(project: Project, engine: StubEngine) -> None:
    project.run("test-data")
    pointer = project.folder / ".speechops/store/configuration/m.json"
    before = pointer.read_bytes()
    gone = project.run("train-data").outputs["candidate"]
    pointer.write_bytes(before)
    client(project).delete_model(gone)
    heard = engine.recognised
    answer = project.run("train-data")
    assert answer.outputs["candidate"] != gone
    assert engine.recognised > heard


@pytest.mark.parametrize(
    ("twin", "taken"),
    [
        ({}, True),
        ({"created": "2027-01-01T00:00:00Z"}, False),
        ({"status": "Failed"}, False),
        ({"speechops-store": "0" * 32}, False),
        ({"speechops-model": "other"}, False),
        ({"speechops-fingerprint": "0" * 64}, False),
    ],
)
def test_candidate__of_those_trained_from_the_same_data_is_the_oldest(
    project: Project, service: RunningService, engine: StubEngine, twin: dict[str, str], taken: bool
) -> None:
    first = project.run("compare").outputs["candidate"]
    own = client(project).model(first)
    labels = {**own.custom_properties, **{name: text for name, text in twin.items() if "-" in name}}
    values = {name: text for name, text in twin.items() if "-" not in name}
    seeded = {"created": "2026-01-01T00:00:00Z", "custom_properties": labels, **values}
    service.control.seed("models", 1, display_name="twin", **seeded)
    project.write_tests(HELPFUL[1:])
    assert project.run("compare").outputs["candidate"] == first  # the store has a test of it
    project.forget()
    assert ("train twin" in project.run("compare").text) == taken
    assert engine.trained == 1


def test_maintain__pays_once_for_a_new_base_model(project: Project, engine: StubEngine) -> None:
    project.release(HELPFUL[:8])
    project.write_training(HELPFUL)
    project.clock.advance(60 * DAY)
    tidy(project, "--new-base-model", "train")
    trained = engine.trained
    for _ in range(4):
        project.clock.advance(20 * DAY)
        tidy(project, "--new-base-model", "train")
    assert engine.trained <= trained + 1  # a still newer base model may have come


@pytest.mark.service(progress=AfterSeconds(training=7200.0))
def test_maintain__does_not_finish_twice_what_was_rolled_back(
    project: Project, service: RunningService
) -> None:
    service.control.set_progress(Immediate(patience=30.0))
    one = project.release(HELPFUL[:4])
    service.control.set_progress(AfterSeconds(training=7200.0))
    project.write_training(HELPFUL)
    project.run("train-data", "--max-wait", "10m")
    project.clock.advance(7200)
    service.control.set_progress(Immediate(patience=30.0))
    assert "is completed" in project.run("maintain").text
    record = next(project.registry.latest_runs("m", "train-data", now=project.clock.now()))
    assert record.ending is Ending.DONE
    assert "Completed by maintain" in record.message
    assert project.run("deploy").code == 0
    assert project.run("rollback").outputs["candidate"] == one
    project.clock.advance(DAY)
    assert "continued" not in project.run("maintain").text
    assert benchmark(project) == one


# --- reasons and places ---


def _cut_short(project: Project, cut: Callable[[], None]) -> Record:
    project.release(HELPFUL)
    project.commit = "b" * 40
    project.write_training([*HELPFUL, "one more"])
    project.run("compare")
    project.write_training(HELPFUL)
    project.clock.advance(31 * DAY)
    there = models(project)
    cut()
    project.run("maintain", "--delete", "at-once")
    assert len(models(project)) == len(there) - 1
    *_, record = project.registry.runs("m")
    return record


def test_maintain__that_is_refused_in_the_middle_keeps_its_reasons(
    project: Project, service: RunningService
) -> None:
    fault = Fault(kind=FaultKind.STATUS, method="DELETE", path="/datasets/", status=503, times=0)
    record = _cut_short(project, lambda: service.control.plant(fault))
    assert (record.operation, record.ending) == ("maintain", Ending.REFUSED)
    assert "model" in {each.noun for each in record.deletions}


def test_maintain__that_is_interrupted_keeps_its_reasons(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = deletion._succeeds

    def stop(run: Any, each: Any, how: Any) -> bool:  # noqa: ANN401
        if each.noun == "dataset":
            raise KeyboardInterrupt
        return bool(allowed(run, each, how))

    record = _cut_short(project, lambda: monkeypatch.setattr(deletion, "_succeeds", stop))
    assert (record.operation, record.ending) == ("maintain", Ending.INTERRUPTED)
    assert "model" in {each.noun for each in record.deletions}


@pytest.mark.parametrize("model", ["m", "other"])
def test_free_tier__datasets_of_a_job_at_work_in_the_same_run_stay(
    project: Project, service: RunningService, model: str
) -> None:
    service.control.set_tier(Tier.F0)
    at_work = RunRecord("7", "train-data", model, "", timestamp(project.clock.now()))
    project.registry.record(replace(at_work, operation="test-data", ending=Ending.DONE))
    project.registry.record(at_work)
    theirs = {"speechops-model": model, "speechops-run": "7", "speechops-fingerprint": "f" * 64}
    theirs["speechops-store"] = project.registry.identity()
    service.control.seed("datasets", 2, display_name="at work", custom_properties=theirs)
    run = {"GITHUB_RUN_ID": "8" if model == "m" else "7"}
    assert project.run("compare", "--speech-tier", "F0", environment=run).code == 1
    assert len(client(project).datasets()) == 2
