"""A frozen benchmark: no approval and no rollback lifts the freeze, and no candidate is lost by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.operations.project import HELPFUL, USELESS, Project
from tests.operations.test_evidence import asked
from tests.operations.test_loop import client

if TYPE_CHECKING:
    from speechops.registry.documents import Benchmark

DAY = 86400


def benchmark(project: Project) -> Benchmark:
    pointer = project.registry.benchmark("m")
    assert pointer
    return pointer.benchmark


def freeze(project: Project) -> None:
    answer = project.run("freeze", "--reason", "audit until Monday")
    assert answer.code == 0, answer.text


def test_deploy__candidate_approved_during_a_freeze_is_refused(project: Project) -> None:
    project.run("test-data")
    candidate = asked(project)
    freeze(project)
    before = benchmark(project)
    answer = project.run("deploy", "--candidate", candidate)
    assert answer.code == 2, answer.text
    assert "audit until Monday" in answer.text
    assert benchmark(project) == before
    assert client(project).endpoints() == ()
    assert project.run("unfreeze").code == 0
    assert project.run("deploy", "--candidate", candidate).outputs["deployed"] == "true"


def test_freeze__again_says_the_latest_reason(project: Project) -> None:
    project.run("test-data")
    freeze(project)
    assert project.run("freeze", "--reason", "release week").code == 0
    assert benchmark(project).frozen == "release week"
    revision = benchmark(project).revision
    assert project.run("freeze", "--reason", "release week").code == 0
    assert benchmark(project).revision == revision


def test_rollback__during_a_freeze_keeps_it(project: Project) -> None:
    first = project.release(HELPFUL[:4])
    project.release(HELPFUL)
    freeze(project)
    assert project.run("rollback").outputs["candidate"] == first
    assert benchmark(project).reference.id == first
    assert benchmark(project).frozen == "audit until Monday"


def test_maintain__keeps_a_candidate_that_a_freeze_blocks(project: Project) -> None:
    project.run("test-data")
    freeze(project)
    blocked = project.run("train-data")
    assert blocked.outputs["decision"] == "promote", blocked.text
    project.clock.advance(40 * DAY)
    options = ("--delete", "at-once", "--keep-models", "0", "--new-base-model", "report")
    assert project.run("maintain", *options).code == 0
    assert [model.id for model in client(project).models()] == [blocked.outputs["candidate"]]
    assert project.run("unfreeze").code == 0
    assert project.run("train-data").outputs["candidate"] == blocked.outputs["candidate"]


@pytest.mark.parametrize("operation", ["compare", "train-data"])
@pytest.mark.parametrize("sentences", [HELPFUL, USELESS], ids=["better", "worse"])
def test_candidate__is_only_said_to_be_blocked_if_it_would_have_passed(
    project: Project, operation: str, sentences: list[str]
) -> None:
    project.run("test-data")
    freeze(project)
    project.write_training(sentences)
    answer = project.run(operation)
    assert answer.code == 3, answer.text
    assert answer.outputs["improved"] == "false"
    record = project.registry.runs("m")[-1]
    assert ("audit until Monday" in record.message) is (sentences is HELPFUL)


def test_deploy__candidate_that_a_freeze_blocked_is_left_to_the_next_train_data(project: Project) -> None:
    """The gate did not leave it to a person: to name it is no approval, and no freeze makes it one."""
    project.run("test-data")
    freeze(project)
    blocked = project.run("train-data").outputs["candidate"]
    project.run("unfreeze")
    before = benchmark(project)
    answer = project.run("deploy", "--candidate", blocked)
    assert (answer.code, answer.outputs["deployed"]) == (0, "false"), answer.text
    assert "is superseded" in answer.text
    assert benchmark(project) == before
    assert client(project).endpoints() == ()


def test_freeze__again_for_the_same_reason_moves_nothing(project: Project) -> None:
    refused = project.run("freeze", "--reason", "audit")
    assert refused.code == 2
    assert "no benchmark to freeze" in refused.text
    project.run("test-data")
    freeze(project)
    before = benchmark(project)
    freeze(project)
    assert benchmark(project) == before
    answer = project.run("freeze", "--reason", "holidays")
    assert f"{before.reference.name} stays the benchmark: holidays" in answer.text
    assert benchmark(project).frozen == "holidays"
    answer = project.run("unfreeze")
    assert f"{before.reference.name} can be replaced again." in answer.text
    lifted = benchmark(project)
    assert (lifted.frozen, lifted.reference, lifted.result) == ("", before.reference, before.result)
    assert project.run("unfreeze").code == 0
    assert benchmark(project) == lifted
