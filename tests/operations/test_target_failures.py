"""What goes wrong in one of several targets, and how the next run or ``maintain`` puts it right."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from speechops.speech import Status
from tests.kit.faults import Fault, FaultKind
from tests.operations.fleet import Fleet
from tests.operations.project import HELPFUL
from tests.stub_engine import ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clock import FakeClock
    from tests.kit.server import RunningService
    from tests.operations.project import Project

A, B = HELPFUL[:4], HELPFUL


@pytest.fixture(params=[1, 2], ids=["two-services", "three-services"])
def fleet(
    request: pytest.FixtureRequest,
    project: Project,
    start_service: Callable[..., RunningService],
    tmp_path: Path,
) -> Fleet:
    """One service that trains, and one or two that serve; what goes wrong goes wrong in the last."""
    return Fleet(project, start_service, tmp_path, ("west", "east")[: request.param])


def others(fleet: Fleet) -> tuple[str, ...]:
    return fleet.names[:-1]


def kept(fleet: Fleet, first: str, second: str) -> None:
    """The last target keeps the first model; the others serve the second, if there are any."""
    assert fleet.source_of(fleet.names[-1]) == first
    assert [fleet.source_of(name) for name in others(fleet)] == [second] * len(others(fleet))
    partial = fleet.names[-1:] if others(fleet) else ()
    assert (fleet.last().unserved, fleet.last().reference.id) == (partial, second if partial else first)


def test_release__is_approved_served_and_rolled_back(fleet: Fleet) -> None:
    first = fleet.release(A)
    fleet.project.settings = fleet.project.settings.replace(
        "    gate: any-improvement\n", "    on-inconclusive: ask\n    min-words: 100000\n"
    )
    second = fleet.train(B)
    fleet.deploy()
    assert fleet.wrong(first) == []  # nobody has approved the second yet
    answer = fleet.project.run("deploy", "--candidate", second)  # as the job does that a person approves
    assert answer.code == 0, answer.text
    assert answer.text.count("answers as the model did in its test") == len(fleet.names)
    assert fleet.wrong(second) == []
    assert fleet.answers()
    fleet.run("rollback")
    assert fleet.wrong(first) == []
    assert not fleet.answers()
    undone = fleet.project.run("rollback", "--to-version", "1.1.0")
    assert undone.code == 0, undone.text
    assert fleet.wrong(second) == []


def test_offline__at_a_deployment(fleet: Fleet) -> None:
    first, second = fleet.release(A), fleet.train(B)
    name = fleet.names[-1]
    fleet.stop(name)
    answer = fleet.deploy(1)
    if others(fleet):
        assert "Release 1.1.0 is partial" in answer.text
        assert (answer.outputs["deployed"], answer.outputs["version"]) == ("false", "1.1.0")
    assert f"Target {name}: " in fleet.run("maintain").text
    fleet.restart(name)
    kept(fleet, first, second)
    fleet.deploy()
    assert fleet.wrong(second) == []
    assert fleet.answers()
    assert len(fleet.project.registry.releases("m")) == 2
    assert f"in {name}" not in fleet.run("maintain").text


def test_offline__at_a_rollback(fleet: Fleet) -> None:
    first, second = fleet.release(A), fleet.release(B)
    name = fleet.names[-1]
    fleet.stop(name)
    answer = fleet.run("rollback", 1)
    assert answer.outputs.get("deployed") == ("false" if others(fleet) else None)
    assert ("Run rollback again, which" in fleet.run("maintain").text) == bool(others(fleet))
    fleet.restart(name)
    assert fleet.source_of(name) == second
    assert {fleet.source_of(other) for other in others(fleet)} <= {first}
    assert fleet.run("rollback").outputs["deployed"] == "true"
    assert fleet.wrong(first) == []
    assert len(fleet.project.registry.releases("m")) == 3


def test_offline__at_a_deployment_that_is_superseded(fleet: Fleet) -> None:
    first, second = fleet.release(A), fleet.train(B)
    name = fleet.names[0]
    fleet.stop(name)
    fleet.project.settings = fleet.project.settings.replace("any-improvement", "improvement")
    answer = fleet.project.run("deploy", "--candidate", first)  # the one before
    assert answer.code == 1, answer.text
    fleet.restart(name)
    assert {fleet.source_of(target) for target in fleet.names} == {first}
    fleet.deploy()
    assert fleet.wrong(second) == []


def test_trial__that_fails_in_one(fleet: Fleet) -> None:
    first, second = fleet.release(A), fleet.train(B)
    name = fleet.names[-1]
    fleet.restart(name, engine=ScriptedEngine(lambda *_: ("something else entirely", "Something else.")))
    answer = fleet.deploy(1)
    assert "does not answer as its model should" in answer.text
    kept(fleet, first, second)
    fleet.restart(name)
    fleet.deploy()
    assert fleet.wrong(second) == []
    assert fleet.answers()


@pytest.mark.parametrize("kind", [FaultKind.DEPLOYMENT, FaultKind.COPY])
def test_work__that_fails_in_one(fleet: Fleet, service: RunningService, kind: FaultKind) -> None:
    first, second = fleet.release(A), fleet.train(B)
    where = service if kind is FaultKind.COPY else fleet.services[fleet.names[-1]]
    where.control.plant(Fault(kind=kind, code="PipelineError", message="No luck."))
    fleet.deploy(1)
    if kind is FaultKind.DEPLOYMENT:
        kept(fleet, first, second)
    fleet.deploy()
    whole = [
        model for name in fleet.names for model in fleet.models(name) if model.status is Status.SUCCEEDED
    ]
    assert len(whole) == 2 * len(fleet.names)
    assert [fleet.source_of(name) for name in fleet.names] == [second] * len(fleet.names)
    assert fleet.last().unserved == ()


def test_authorization__that_has_always_expired(fleet: Fleet, service_clock: FakeClock) -> None:
    first, second = fleet.release(A), fleet.train(B)
    control = fleet.services[fleet.names[-1]].control
    control.move_to(service_clock.now() - timedelta(hours=2))  # its authorizations are good for one hour
    answer = fleet.deploy(1)
    assert "expired" in answer.text
    kept(fleet, first, second)
    control.move_to(service_clock.now())
    fleet.deploy()
    assert fleet.wrong(second) == []
    assert fleet.answers()


def test_model__deleted_by_hand(fleet: Fleet) -> None:
    model = fleet.release(B)
    name = fleet.names[-1]
    client, endpoint = fleet.client(name), fleet.endpoint(name)
    base = client.base_models(locale="en-US")[-1]
    client.swap_model(endpoint.id, base.reference)
    assert client.endpoint(endpoint.id).status.is_final
    client.delete_model(fleet.copy_of(name, model).id)
    assert f"in {name} has {base.id}" in fleet.run("maintain").text
    fleet.deploy()
    assert fleet.wrong(model) == []
    assert fleet.endpoint(name).id == endpoint.id
    assert f"in {name} has" not in fleet.run("maintain").text


def test_model__deleted_by_hand_where_it_serves_without_an_endpoint(fleet: Fleet) -> None:
    name = fleet.names[-1]
    fleet.write(
        "".join(f"  {target}: {{ speech-endpoint: {fleet.url(target)} }}\n" for target in others(fleet))
        + f"  {name}: {{ speech-endpoint: {fleet.url(name)}, serve: model }}\n"
    )
    model = fleet.release(B)
    fleet.client(name).delete_model(fleet.copy_of(name, model).id)
    assert f"in {name} is gone" in fleet.run("maintain").text
    fleet.deploy()
    row = fleet.last().at(name)
    assert row
    assert row.model == fleet.copy_of(name, model).id
    assert f"in {name} is gone" not in fleet.run("maintain").text


def test_endpoint__deleted_by_hand(fleet: Fleet) -> None:
    model = fleet.release(B)
    name = fleet.names[-1]
    fleet.client(name).delete_endpoint(fleet.endpoint(name).id)
    assert f"in {name} of release" in fleet.run("maintain").text
    fleet.deploy()
    assert fleet.wrong(model) == []


@pytest.mark.parametrize("operation", ["deploy", "rollback"])
def test_endpoint__changed_by_hand(fleet: Fleet, operation: str) -> None:
    first, second = fleet.release(A), fleet.release(B)
    name = fleet.names[-1]
    old = fleet.copy_of(name, first)
    fleet.client(name).swap_model(fleet.endpoint(name).id, old.reference)
    assert f"in {name} has {old.id}" in fleet.run("maintain").text
    fleet.run(operation)
    assert fleet.wrong(second if operation == "deploy" else first) == []
    assert f"in {name} has" not in fleet.run("maintain").text


AUTHORIZE, COPY = "/models:authorizecopy", "/models/[^/]+:copy"


@pytest.mark.parametrize(
    ("path", "status", "code", "words"),
    [
        (AUTHORIZE, 403, "Forbidden", "the role Cognitive Services Speech Contributor on {name}"),
        (AUTHORIZE, 401, "Unauthorized", "the role Cognitive Services Speech Contributor on {name}"),
        (COPY, 403, "Forbidden", "Speech Contributor on the resource that trains"),
        (COPY, 401, "Unauthorized", "Speech Contributor on the resource that trains"),
        (COPY, 400, "InvalidBaseModel", "is not available in the region of {name}"),
        (COPY, 400, "InvalidPermissions", "speech-resource-id must be the Azure resource id"),
        (COPY, 400, "ModelCopyAuthorizationExpired", "authorization expired or was used"),
        (COPY, 404, "NotFound", "was deleted from the resource that trains"),
    ],
)
def test_copy__refused_in_words(
    fleet: Fleet, service: RunningService, path: str, status: int, code: str, words: str
) -> None:
    model, name = fleet.train(B), fleet.names[-1]
    where = fleet.services[name] if path == AUTHORIZE else service
    where.control.plant(
        Fault(kind=FaultKind.STATUS, method="POST", path=path, status=status, code=code, times=0)
    )
    answer = fleet.deploy(1)
    assert words.format(name=fleet.names[0] if where is service else name) in answer.text
    where.control.clear_faults()
    fleet.deploy()
    assert fleet.wrong(model) == []
