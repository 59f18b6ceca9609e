"""What a refusal leaves behind: one clear line, the right exit code, and nothing in the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops.embedded.tiers import Tier
from speechops.registry.documents import Ending
from tests.kit.faults import Fault, FaultKind
from tests.operations.project import HELPFUL, TESTS, USELESS, Project

if TYPE_CHECKING:
    from tests.kit.server import RunningService


def left(service: RunningService) -> dict[str, int]:
    """Return how many entities of each kind there are, where there are any."""
    return {kind: len(entities) for kind, entities in service.control.dump().items() if entities}


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FaultKind.IMPORT, "DataImportFailed"),
        (FaultKind.TRAINING, "InternalServerError"),
        (FaultKind.EVALUATION, "InternalServerError"),
    ],
)
def test_train_data__failed_work_is_told_and_nothing_is_left(
    project: Project, service: RunningService, kind: FaultKind, code: str
) -> None:
    service.control.plant(Fault(kind=kind, code=code, message="The reason of the service."))
    answer = project.run("train-data")
    assert answer.code == 1, answer.text
    assert "The reason of the service." in answer.text
    assert "Traceback" not in answer.text
    # A model that was trained is paid for: it stays, with its data, and the next run takes it up. Of two
    # imports at once either may have had the fault.
    kept = {"datasets": 1, "models": 1}
    possible = {FaultKind.EVALUATION: [kept], FaultKind.IMPORT: [{}, kept]}
    assert left(service) in possible.get(kind, [{}])
    assert project.registry.benchmark("m") is None
    assert [run.ending for run in project.registry.runs("m")] == [Ending.REFUSED]


def test_train_data__what_it_cannot_delete_after_a_failure_is_said(
    project: Project, service: RunningService
) -> None:
    service.control.plant(
        Fault(kind=FaultKind.TRAINING, code="InternalServerError", message="The reason of the service."),
        Fault(kind=FaultKind.STATUS, method="DELETE", path="/models/", status=409, times=0),
    )
    answer = project.run("train-data")
    assert answer.code == 1, answer.text
    assert "Left for maintain to delete: " in answer.text
    assert "The reason of the service." in answer.text
    assert left(service)["models"] == 1
    service.control.clear_faults()
    again = project.run("train-data")  # the failed model is none to take up
    assert again.outputs["verdict"] == "better", again.text


def test_train_data__after_a_failure_the_next_run_succeeds(project: Project, service: RunningService) -> None:
    service.control.plant(Fault(kind=FaultKind.TRAINING, code="InternalServerError", message="Once."))
    assert project.run("train-data").code == 1
    answer = project.run("train-data")
    assert answer.code == 0, answer.text
    assert answer.outputs["verdict"] == "better"


def test_train_data__full_quota_is_told_and_a_trained_model_is_kept(
    project: Project, service: RunningService
) -> None:
    service.control.set_tier(Tier.F0)
    service.control.seed("datasets", 1, display_name="somebody else's")
    answer = project.run("train-data")
    assert answer.code == 1, answer.text
    assert "quota" in answer.text.lower()
    # Where the test data found no place the model, paid for, stays with its data: the next run takes it up.
    assert left(service) in ({"datasets": 1}, {"datasets": 2, "models": 1})
    service.control.set_tier(Tier.S0)
    again = project.run("train-data")
    assert again.code == 0, again.text
    assert left(service)["models"] == 1


def test_train_data__no_sign_in_is_told(project: Project) -> None:
    project.endpoint = "https://contoso.cognitiveservices.azure.com"
    answer = project.run("train-data", environment={"GITHUB_ACTIONS": "true"})
    assert answer.code == 2
    assert "No Azure credentials were given. Set azure-client-id" in answer.text


def test_train_data__bad_data_is_the_users_mistake_and_asks_nothing_of_the_service(
    project: Project, service: RunningService
) -> None:
    def remove(name: str) -> None:
        (project.folder / name).unlink()

    def damage(name: str) -> None:
        (project.folder / name).write_bytes(b"RIFF\xff\xfe\x00")

    for spoil in (remove, damage):
        for name in ("test/01.wav", "test/trans.txt", "training.txt"):
            project.write_tests(TESTS)
            project.write_training(HELPFUL)
            spoil(name)
            answer = project.run("train-data")
            assert answer.code == 2, answer.text
            errors = [line for line in answer.text.splitlines() if "error: " in line]
            assert len(errors) == 1
            assert name.rpartition("/")[2] in errors[0] or "transcript" in errors[0]
    assert left(service) == {}
    assert sum(service.control.counts.values()) == 0


@pytest.mark.parametrize(
    ("operation", "data", "missing"),
    [
        ("train-data", "test-data: test", "training data"),
        ("train-data", "training-data: {text: training.txt}", "test-data"),
        ("test-data", "training-data: {text: training.txt}", "test-data"),
        ("compare", "test-data: test", "training data"),
    ],
)
def test_data_that_is_not_named__is_the_users_mistake(
    project: Project, service: RunningService, operation: str, data: str, missing: str
) -> None:
    config = f"models:\n  m:\n    locale: en-US\n    {data}\n"
    (project.folder / "speechops.yml").write_text(config, encoding="utf-8")
    answer = project.run(operation)
    assert answer.code == 2, answer.text
    assert f"The model m has no {missing}." in answer.text
    assert left(service) == {}


def test_test_data__is_not_hindered_by_training_data(project: Project) -> None:
    (project.folder / "training.txt").write_bytes(b"\x81\xff")
    assert project.run("train-data").code == 2
    answer = project.run("test-data")
    assert answer.code == 0, answer.text


def test_locale_without_a_base_model__is_said_with_those_that_have_one(project: Project) -> None:
    config = project.folder / "speechops.yml"
    config.write_text(config.read_text(encoding="utf-8").replace("en-US", "de-DE"), encoding="utf-8")
    answer = project.run("train-data")
    assert answer.code == 2, answer.text
    assert "no base model for de-DE" in answer.text
    assert "en-US" in answer.text


def test_project_of_speech_studio__has_all_that_a_run_makes(
    project: Project, service: RunningService
) -> None:
    assert project.run("train-data", "--speech-project", "clinic").code == 0
    made = service.control.dump()
    assert [item["display_name"] for item in made["projects"]] == ["clinic"]
    for kind, number in (("datasets", 2), ("models", 1), ("evaluations", 1)):
        assert [item["project"] for item in made[kind]] == ["clinic"] * number, kind


def test_in_actions__error_is_an_annotation_on_its_line(project: Project) -> None:
    config = project.folder / "speechops.yml"
    config.write_text(config.read_text(encoding="utf-8").replace("en-US", "english"), encoding="utf-8")
    answer = project.run("train-data", environment={"GITHUB_ACTIONS": "true"})
    assert answer.code == 2
    assert answer.text.startswith("::error file=")
    assert "line=3" in answer.text


def test_worse__says_so_as_an_annotation(project: Project) -> None:
    project.run("train-data")
    project.write_training(USELESS)
    answer = project.run("train-data", environment={"GITHUB_ACTIONS": "true"})
    assert answer.code == 3
    assert "::error::m is not promoted: worse: WER" in answer.text
