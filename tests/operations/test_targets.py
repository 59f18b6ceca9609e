"""A model trained in one resource and served from others: deploy, rollback, maintain, whatever goes wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from speechops import speech
from speechops.clock import SystemClock
from speechops.speech import KeyCredential, SpeechClient
from tests.kit.faults import Fault, FaultKind
from tests.operations.fleet import Fleet
from tests.operations.project import HELPFUL, TESTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit.server import RunningService
    from tests.operations.project import Project

A, B = HELPFUL[:4], HELPFUL


@pytest.fixture
def fleet(project: Project, start_service: Callable[..., RunningService], tmp_path: Path) -> Fleet:
    return Fleet(project, start_service, tmp_path)


def test_deploy__serves_from_each_target(fleet: Fleet) -> None:
    model = fleet.train(B)
    answer = fleet.deploy()
    release = fleet.last()
    assert [(row.target, row.state) for row in release.targets] == [("west", "served"), ("east", "served")]
    for row in release.targets:
        assert fleet.endpoint(row.target).id == row.endpoint
        assert all(fleet.hears(row.target, sentence) for sentence in TESTS)
        (copy,) = fleet.models(row.target)
        assert (copy.id, copy.custom_properties["speechops-source"]) == (row.model, model)
        assert copy.custom_properties["speechops-release"] == release.version
        assert copy.custom_properties["speechops-commit"] == fleet.project.commit
    assert answer.outputs["endpoint-id"] == release.endpoint == release.targets[0].endpoint
    assert answer.outputs["deployed"] == "true"
    trained_in = SpeechClient(
        fleet.project.endpoint,
        credential=KeyCredential("k"),
        session=speech.open_session(),
        clock=SystemClock(),
    )
    assert trained_in.endpoints() == ()


def test_deploy__again_changes_nothing(fleet: Fleet) -> None:
    fleet.release(B)
    release = fleet.last()
    fleet.deploy()
    assert fleet.last() == release
    assert len(fleet.models("west")) == len(fleet.models("east")) == 1


def test_rollback__brings_every_target_back(fleet: Fleet) -> None:
    first = fleet.release(A)
    fleet.release(B)
    answer = fleet.project.run("rollback")
    assert answer.code == 0, answer.text
    assert answer.outputs["candidate"] == first
    assert (fleet.source_of("west"), fleet.source_of("east")) == (first, first)
    assert [len(fleet.models(name)) for name in ("west", "east")] == [2, 2]
    assert len(fleet.last().targets) == 2


def test_rollback__run_again_where_no_endpoint_tells_who_deployed_goes_back_no_further(fleet: Fleet) -> None:
    """A target for batch has no endpoint, and so no note of the run that served it: the release tells."""
    fleet.write(
        "".join(f"  {name}: {{ speech-endpoint: {fleet.url(name)}, serve: model }}\n" for name in fleet.names)
    )
    fleet.release(A[:3])
    second = fleet.release(A)
    fleet.release(B)
    run = {"GITHUB_RUN_ID": "7"}
    assert fleet.run("rollback", environment=run).outputs["candidate"] == second
    release = fleet.last()
    assert fleet.run("rollback", environment=run).outputs["candidate"] == second
    assert fleet.last() == release


def test_target__for_batch_has_the_model_alone(fleet: Fleet) -> None:
    west, east = (fleet.services[name].url for name in ("west", "east"))
    fleet.write(
        f"  west: {{ speech-endpoint: {west}, serve: model }}\n  east: {{ speech-endpoint: {east} }}\n"
    )
    fleet.train(B)
    answer = fleet.deploy()
    assert fleet.client("west").endpoints() == ()
    assert len(fleet.models("west")) == 1
    assert answer.outputs["endpoint-id"] == fleet.endpoint("east").id


def test_target__that_is_down_is_served_by_the_next_run(fleet: Fleet) -> None:
    model = fleet.train(B)
    east = fleet.services["east"].control
    east.plant(Fault(kind=FaultKind.STATUS, status=403, times=1000))
    fleet.deploy(1)
    assert fleet.last().unserved == ("east",)
    east.clear_faults()
    fleet.deploy()
    assert fleet.last().unserved == ()
    assert fleet.source_of("east") == model


def test_copy__is_made_once_after_a_lost_answer(fleet: Fleet, service: RunningService) -> None:
    model = fleet.train(B)
    service.control.plant(
        Fault(kind=FaultKind.RESET, method="POST", path=f"/models/{model}:copy", effect=True)
    )
    fleet.deploy()
    assert [len(fleet.models(name)) for name in ("west", "east")] == [1, 1]


def test_maintain__says_when_a_copy_expires_and_keeps_what_is_served(fleet: Fleet) -> None:
    fleet.release(B)
    fleet.services["east"].control.expire(fleet.models("east")[0].id)
    answer = fleet.project.run("maintain", "--delete", "at-once", "--keep-models", "0")
    assert answer.code == 0, answer.text
    assert "in east expired" in answer.text
    assert [len(fleet.models(name)) for name in ("west", "east")] == [1, 1]


def test_authorization__that_expired_meanwhile_is_asked_for_again(
    fleet: Fleet, service: RunningService
) -> None:
    model = fleet.train(B)
    service.control.plant(
        Fault(
            kind=FaultKind.STATUS,
            method="POST",
            path=f"/models/{model}:copy",
            status=400,
            code="ModelCopyAuthorizationExpired",
        )
    )
    fleet.deploy()
    assert fleet.last().unserved == ()


def test_secrets__go_to_their_own_target_alone(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[tuple[str, str]] = []
    send = requests.Session.send

    def recorded(self: requests.Session, request: requests.PreparedRequest, **options: Any) -> Any:  # noqa: ANN401
        key = request.headers.get("Ocp-Apim-Subscription-Key", "")
        if key:
            received.append((str(request.url).split("/")[2], key))
        return send(self, request, **options)

    monkeypatch.setattr(requests.Session, "send", recorded)
    fleet.train(B)
    received.clear()
    keys = {"west": "w" * 32, "east": "e" * 32}
    answer = fleet.project.run(
        "deploy", "--speech-key", "s" * 32, "--target-keys", ",".join(f"{k}={v}" for k, v in keys.items())
    )
    assert answer.code == 0, answer.text
    hosts = {
        fleet.project.endpoint.split("/")[2]: "s" * 32,
        **{fleet.services[name].url.split("/")[2]: key for name, key in keys.items()},
    }
    assert set(received) == set(hosts.items())
    assert not any(key in answer.text for key in hosts.values())


@pytest.mark.parametrize(
    ("targets", "line", "words"),
    [
        ("  west: { speech-key: abc }\n", 9, "secret"),
        ("  west: { speech-endpoint: https://example.com }\n", 9, "not an Azure host"),
        ("  west: { colour: red }\n", 9, "Unknown key 'colour'"),
        ("  west: {}\n", 9, "needs either"),
        ("  West Europe: { speech-region: westeurope }\n", 9, "not a valid name"),
        ("  west: { speech-region: westeurope, serve: both }\n", 9, "expected endpoint or model"),
        ("  west: { speech-region: chinaeast2 }\n", 9, "Azure in China"),
    ],
)
def test_targets__are_read_strictly(fleet: Fleet, targets: str, line: int, words: str) -> None:
    fleet.write(targets)
    answer = fleet.deploy(2)
    assert words in answer.text
    assert f"speechops.yml:{line}" in answer.text


def test_rollback__that_is_partial_is_continued(fleet: Fleet) -> None:
    first = fleet.release(A)
    second = fleet.release(B)
    east = fleet.services["east"].control
    east.plant(Fault(kind=FaultKind.DEPLOYMENT, code="PipelineError", message="No luck."))
    answer = fleet.project.run("rollback")
    assert answer.code == 1
    assert (fleet.source_of("west"), fleet.source_of("east")) == (first, second)
    assert "is partial" in fleet.project.run("maintain").text
    assert fleet.project.run("rollback").code == 0
    assert (fleet.source_of("west"), fleet.source_of("east")) == (first, first)
    assert fleet.last().unserved == ()
    assert len(fleet.project.registry.releases("m")) == 3


def test_deploy__that_reaches_no_target_records_nothing(fleet: Fleet) -> None:
    fleet.train(B)
    for service in fleet.services.values():
        service.control.plant(Fault(kind=FaultKind.DEPLOYMENT, code="PipelineError", message="No luck."))
    fleet.deploy(1)
    assert fleet.project.registry.releases("m") == []
    fleet.deploy()
    assert len(fleet.project.registry.releases("m")) == 1
    assert [len(fleet.client(name).endpoints()) for name in ("west", "east")] == [1, 1]


def test_doctor__checks_each_target(fleet: Fleet) -> None:
    fleet.release(B)
    answer = fleet.project.run("doctor")
    assert "target west" in answer.text
    assert "target east" in answer.text
    fleet.services["east"].control.plant(Fault(kind=FaultKind.STATUS, status=403, times=1000))
    answer = fleet.project.run("doctor")
    assert answer.code == 1
    assert "target east" in answer.text


def test_plan_and_report__show_what_serves_where(fleet: Fleet) -> None:
    fleet.release(A)
    fleet.train(B)
    east = fleet.services["east"].control
    east.plant(Fault(kind=FaultKind.DEPLOYMENT, code="PipelineError", message="No luck."))
    fleet.deploy(1)
    west = f"west: {fleet.endpoint('west').id}"
    plan = fleet.project.run("plan", "--scope", "train-data")
    assert plan.code == 0, plan.text
    shown = "".join(plan.text.split())
    for place in (west, "east: not yet"):
        assert "".join(place.split()) in shown
    fleet.run("report")
    folder = fleet.project.folder / ".speechops/report/m"
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert f"{west}<br>east: not yet" in page
    releases = json.loads((folder / "report.json").read_bytes())["history"]["releases"]
    assert releases[-1]["places"] == [west, "east: not yet"]
    east_endpoint = fleet.endpoint("east").id
    assert releases[0]["places"] == [west, f"east: {east_endpoint}"]
