"""The loop within the limits of a free resource: two datasets, one endpoint."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from speechops.embedded.tiers import Tier
from speechops.registry.documents import Ending, RunRecord
from speechops.run import timestamp
from tests.kit.faults import Fault, FaultKind
from tests.kit.progress import AfterSeconds
from tests.operations.project import HELPFUL, TESTS, USELESS, Answer, Project
from tests.operations.test_loop import client

if TYPE_CHECKING:
    from tests.kit.server import RunningService


@pytest.fixture(autouse=True)
def free(service: RunningService) -> None:
    service.control.set_tier(Tier.F0)


def run(project: Project, operation: str, *more: str) -> Answer:
    return project.run(operation, "--speech-tier", "F0", *more)


def write_two_kinds(project: Project, sentences: list[str]) -> None:
    project.write_training(sentences)
    (project.folder / "words.txt").write_text("metformin\tm e t\n", encoding="utf-8-sig")
    config = project.folder / "speechops.yml"
    lines = config.read_text(encoding="utf-8")
    config.write_text(
        lines.replace("text: training.txt", "text: training.txt\n      pronunciation: words.txt")
    )


def test_loop__on_a_free_resource__runs_again_and_again(project: Project) -> None:
    assert run(project, "test-data").code == 0
    project.write_training(HELPFUL[:8])
    assert run(project, "train-data").outputs["improved"] == "true"
    endpoint = run(project, "deploy").outputs["endpoint-id"]
    assert client(project).datasets() == ()
    project.write_tests(TESTS[2:])
    assert run(project, "test-data").code == 0
    project.write_training(USELESS)
    assert run(project, "train-data").code == 3
    project.settings = "    gate: any-improvement\n"
    write_two_kinds(project, HELPFUL)
    trained = run(project, "train-data")
    assert trained.outputs["improved"] == "true", trained.text
    deployed = run(project, "deploy")
    assert deployed.outputs["endpoint-id"] == endpoint, deployed.text
    assert client(project).datasets() == ()
    assert len(client(project).endpoints()) == 1


def test_train_data__places_taken_by_runs_that_ended__makes_room(
    project: Project, service: RunningService
) -> None:
    service.control.plant(
        Fault(kind=FaultKind.STATUS, method="DELETE", path="/datasets/", status=409, times=0)
    )
    project.write_training(HELPFUL[:8])
    first = run(project, "train-data")
    assert first.code == 0
    assert "Left for maintain to delete: " in first.text
    left = client(project).datasets()
    assert len(left) == 2
    service.control.clear_faults()
    project.settings = "    gate: any-improvement\n"
    project.write_training(HELPFUL)
    (audio,) = (dataset for dataset in left if dataset.kind == "Acoustic")
    theirs = {"customProperties": {**audio.custom_properties, "speechops-model": "another"}}
    client(project).entities.send("PATCH", f"datasets/{audio.id}", "give it to another model", theirs)
    answer = run(project, "train-data")
    assert answer.code == 0, answer.text
    assert [dataset.id for dataset in client(project).datasets()] == [audio.id]  # used, and not given up


def test_train_data__place_of_its_own_import__is_no_room_for_the_next_file(
    project: Project, service: RunningService
) -> None:
    """A run that failed left one dataset, hours after it began: it makes room for the second file, and the
    first one stays."""
    dead = {"speechops-model": "m", "speechops-run": "9", "speechops-fingerprint": "f" * 64}
    dead["speechops-store"] = project.registry.identity()
    service.control.seed("datasets", 1, custom_properties=dead)
    begun = project.clock.now() - timedelta(hours=14)  # two waits of 5 hours, and most of a third
    record = RunRecord("9", "train-data", "m", "", timestamp(begun), ending=Ending.REFUSED)
    project.registry.record(record)
    write_two_kinds(project, HELPFUL)
    answer = run(project, "train-data")
    assert answer.code == 0, answer.text
    assert answer.outputs["improved"] == "true"
    assert client(project).datasets() == ()


def test_train_data__one_of_two_places_that_is_freed_is_enough(
    project: Project, service: RunningService
) -> None:
    owner = {"speechops-model": "m", "speechops-run": "99", "speechops-fingerprint": "f" * 64}
    owner["speechops-store"] = project.registry.identity()
    kept, _ = service.control.seed("datasets", 2, display_name="of a dead run", custom_properties=owner)
    project.clock.advance(6 * 3600)
    refusal = Fault(kind=FaultKind.STATUS, method="DELETE", path=f"/datasets/{kept}", status=409, times=0)
    service.control.plant(refusal)
    answer = run(project, "train-data")
    assert answer.code == 0, answer.text
    assert [dataset.id for dataset in client(project).datasets()] == [kept]


@pytest.mark.parametrize("created", ["2025-01-01T00:00:00Z", "2026-01-07T12:00:00Z"])
def test_train_data__places_taken_by_others__one_line_and_nothing_of_theirs_is_touched(
    project: Project, service: RunningService, created: str
) -> None:
    service.control.seed("datasets", 2, display_name="theirs", created=created)
    answer = run(project, "train-data")
    assert answer.code == 1
    assert "The limit of 2 datasets for a resource of tier F0 is reached. (QuotaViolation)" in answer.text
    assert "Traceback" not in answer.text
    assert [dataset.display_name for dataset in client(project).datasets()] == ["theirs", "theirs"]


def test_train_data__place_taken_by_a_run_that_goes_on__is_left_alone(
    project: Project, service: RunningService
) -> None:
    """Also if that works on another model, and its part for this one has ended."""
    ended = RunRecord("98", "train-data", "m", "", timestamp(project.clock.now()), ending=Ending.REFUSED)
    project.registry.record(ended)
    others = {"speechops-fingerprint": "f" * 64, "speechops-store": project.registry.identity()}
    for model, name in (("m", "99"), ("another", "98")):
        owner = {**others, "speechops-model": model, "speechops-run": name}
        service.control.seed("datasets", display_name="of another run", custom_properties=owner)
    assert run(project, "train-data").code == 1
    assert len(client(project).datasets()) == 2
    project.clock.advance(6 * 3600)  # longer than max-wait: those runs are dead
    assert run(project, "train-data").code == 0
    assert client(project).datasets() == ()


@pytest.mark.parametrize(("operation", "code"), [("train-data", 0), ("test-data", 1)])
def test_train_data__places_taken_by_an_attempt_that_was_killed__are_free_for_the_next(
    project: Project, service: RunningService, operation: str, code: int
) -> None:
    """What another operation of the same workflow run has in work is not its own."""
    owner = {"speechops-model": "m", "speechops-run": "99", "speechops-fingerprint": "f" * 64}
    owner["speechops-store"] = project.registry.identity()
    service.control.seed("datasets", 2, display_name="of the first attempt", custom_properties=owner)
    started = f"{project.clock.now():%Y-%m-%dT%H:%M:%S.%fZ}"
    project.registry.record(RunRecord("99", operation, "m", project.commit, started))
    answer = project.run("train-data", "--speech-tier", "F0", environment={"GITHUB_RUN_ID": "99"})
    assert answer.code == code, answer.text
    assert len(client(project).datasets()) == (0 if code == 0 else 2)


@pytest.mark.service(progress=AfterSeconds(training=7200.0))
def test_compare__places_taken_by_a_training_in_progress__nothing_is_deleted(
    project: Project, service: RunningService
) -> None:
    write_two_kinds(project, HELPFUL)
    assert "run train-data again" in run(project, "train-data", "--max-wait", "10m").text
    assert len(client(project).datasets()) == 2
    service.control.clear_counts()
    write_two_kinds(project, HELPFUL[:8])
    answer = run(project, "compare", "--max-wait", "10m")
    assert answer.code == 1
    assert "The limit of 2 datasets" in answer.text
    assert not [call for call in service.control.counts if call.startswith("DELETE")]


@pytest.mark.service(progress=AfterSeconds(evaluation=7200.0))
def test_compare__place_taken_by_a_test_in_progress__is_left_alone_until_that_ends(project: Project) -> None:
    assert "again" in run(project, "compare", "--max-wait", "10m").text
    assert len(client(project).datasets()) == 1
    write_two_kinds(project, HELPFUL[:8])
    answer = run(project, "compare", "--max-wait", "10m")
    assert answer.code == 1, answer.text
    assert "The limit of 2 datasets" in answer.text
    assert "Left for maintain" not in answer.text, answer.text
    project.clock.advance(7200)  # that test has ended
    answer = run(project, "compare")
    assert answer.code == 0, answer.text
    assert client(project).datasets() == ()


def test_train_data__standard_resource_that_is_full__nothing_is_deleted(
    project: Project, service: RunningService
) -> None:
    """There it is maintain that deletes, by the rules of retention."""
    service.control.set_tier(Tier.S0)
    ended = {"speechops-model": "m", "speechops-run": "9", "speechops-fingerprint": "f" * 64}
    ended["speechops-store"] = project.registry.identity()
    service.control.seed("datasets", 500, custom_properties=ended, created="2025-01-01T00:00:00Z")
    answer = project.run("train-data")
    assert answer.code == 1
    assert "The limit of 500 datasets" in answer.text
    assert not [call for call in service.control.counts if call.startswith("DELETE")]


def test_train_data__more_files_than_places__refused_before_anything_is_uploaded(
    project: Project, service: RunningService
) -> None:
    write_two_kinds(project, HELPFUL)
    config = project.folder / "speechops.yml"
    config.write_text(config.read_text().replace("training.txt", "training.txt, more.txt"))
    (project.folder / "more.txt").write_text("one more line\n", encoding="utf-8-sig")
    answer = run(project, "train-data")
    assert answer.code == 1
    assert "m has 3 files of training data; a resource of tier F0 has room for 2 datasets." in answer.text
    assert not [call for call in service.control.counts if call.startswith("POST")]
    planned = run(project, "plan", "--scope", "everything")
    assert "warning: m has 3 files of training data; a resource of tier F0 has room for 2" in planned.text


def test_deploy__endpoint_of_others__said_how_to_swap_instead(
    project: Project, service: RunningService
) -> None:
    theirs = service.control.seed("endpoints", 1, display_name="hand-made")[0]
    run(project, "train-data")
    answer = run(project, "deploy")
    assert answer.code == 1
    assert f"There are hand-made ({theirs}): set endpoint-id to one of them" in answer.text
    swapped = run(project, "deploy", "--endpoint-id", theirs)
    assert swapped.code == 0, swapped.text
    assert swapped.outputs["endpoint-id"] == theirs


@pytest.mark.parametrize(("count", "said"), [(3, "there-2 ({2}): set"), (5, "there-2 ({2}) and 2 more: set")])
def test_deploy__endpoints_of_others__names_three(
    project: Project, service: RunningService, count: int, said: str
) -> None:
    theirs = [service.control.seed("endpoints", display_name=f"there-{number}")[0] for number in range(count)]
    run(project, "train-data")
    assert said.format(*theirs) in run(project, "deploy").text
