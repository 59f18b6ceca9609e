"""A model trained in one resource and served from others: deploy, rollback, maintain, whatever goes wrong."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import requests

from speechops import speech
from speechops.clock import SystemClock
from speechops.delivery import records, smoke_test
from speechops.errors import StoreError, WorkFailed
from speechops.registry.registry import Registry
from speechops.speech import KeyCredential, SpeechClient
from tests.kit.faults import Fault, FaultKind
from tests.operations.fleet import Fleet
from tests.operations.project import HELPFUL, TESTS
from tests.operations.test_loop import client, raising

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speechops.registry.documents import Release
    from tests.github_api.server import GitHubServer
    from tests.kit.server import RunningService
    from tests.operations.project import Project

A, B = HELPFUL[:4], HELPFUL


@pytest.fixture
def fleet(project: Project, start_service: Callable[..., RunningService], tmp_path: Path) -> Fleet:
    return Fleet(project, start_service, tmp_path)


def test_deploy__serves_from_each_target(fleet: Fleet) -> None:
    model = fleet.train(B)
    trained_from, fleet.project.commit = fleet.project.commit, "b" * 40
    answer = fleet.deploy()
    release = fleet.last()
    assert [(row.target, row.state) for row in release.targets] == [("west", "served"), ("east", "served")]
    for row in release.targets:
        assert fleet.endpoint(row.target).id == row.endpoint
        assert all(fleet.hears(row.target, sentence) for sentence in TESTS)
        (copy,) = fleet.models(row.target)
        assert (copy.id, copy.custom_properties["speechops-source"]) == (row.model, model)
        assert copy.custom_properties["speechops-release"] == release.version
        assert copy.custom_properties["speechops-commit"] == trained_from
        assert row.expires == f"{copy.transcription_until:%Y-%m-%d}"
    assert answer.outputs["endpoint-id"] == release.endpoint == release.targets[0].endpoint
    assert answer.outputs["deployed"] == "true"
    west, east = (f"{row.target} ({row.endpoint})" for row in release.targets)
    assert f"{west}, {east} serve m-" in answer.text
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
    copies = [fleet.copy_of(name, first) for name in ("west", "east")]
    assert {copy.custom_properties["speechops-release"] for copy in copies} == {"1.0.0"}
    fleet.project.clock.advance(2 * 86400)
    assert "is used by no release" not in fleet.run("maintain").text  # the way forth is open too


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
    assert "west (model alone), " in answer.text
    row = fleet.last().at("west")
    assert row
    assert row.expires == f"{fleet.models('west')[0].transcription_until:%Y-%m-%d}"


def test_target__with_an_endpoint_of_its_own_is_served_by_that(fleet: Fleet) -> None:
    (named,) = fleet.services["west"].control.seed("endpoints", custom_properties={"team": "clinic"})
    fleet.write(
        f"  west: {{ speech-endpoint: {fleet.url('west')}, endpoint-id: {named} }}\n"
        f"  east: {{ speech-endpoint: {fleet.url('east')} }}\n"
    )
    model = fleet.release(B)
    assert fleet.endpoint("west").id == named
    assert fleet.endpoint("west").custom_properties.keys() == {"team", "speechops-deployment"}
    assert fleet.wrong(model) == []


def test_rollback__passes_over_an_endpoint_of_a_target_that_is_for_batch_now(fleet: Fleet) -> None:
    """What that endpoint serves is no deployment in progress."""
    fleet.release(A[:2])
    second = fleet.release(A)
    fleet.write(
        "".join(f"  {name}: {{ speech-endpoint: {fleet.url(name)}, serve: model }}\n" for name in fleet.names)
    )
    fleet.release(B)
    assert fleet.run("rollback").outputs["candidate"] == second


def test_deploy__to_other_places_than_before_is_another_release(fleet: Fleet) -> None:
    targets = fleet.project.settings
    fleet.project.settings = "    gate: any-improvement\n"
    model = fleet.release(B)
    fleet.project.settings = targets
    fleet.project.write_training(B)
    assert fleet.deploy().outputs["version"] == "1.1.0"
    assert fleet.wrong(model) == []
    fleet.project.settings = "    gate: any-improvement\n"
    fleet.project.write_training(B)
    assert fleet.deploy().outputs["version"] == "1.2.0"
    releases = fleet.project.registry.releases("m")
    assert [(release.kind, len(release.targets)) for release in releases] == [
        ("deploy", 0),
        ("deploy", 2),
        ("deploy", 0),
    ]


def test_release__that_is_partial_says_where_the_model_is_served(
    project: Project,
    start_service: Callable[..., RunningService],
    tmp_path: Path,
    github_server: GitHubServer,
) -> None:
    """The first target in which it is served gives the release its endpoint, once it is."""
    fleet = Fleet(project, start_service, tmp_path, ("north", "west", "east"))
    fleet.write(
        f"  north: {{ speech-endpoint: {fleet.url('north')}, serve: model }}\n"
        f"  west: {{ speech-endpoint: {fleet.url('west')} }}\n"
        f"  east: {{ speech-endpoint: {fleet.url('east')} }}\n"
    )
    fleet.train(B)
    control = fleet.services["west"].control
    control.plant(Fault(kind=FaultKind.DEPLOYMENT, code="PipelineError", message="No luck."))
    github = {
        "GITHUB_API_URL": github_server.api_url,
        "GITHUB_REPOSITORY": github_server.state.repository,
        "INPUT_GITHUB-TOKEN": "job-token",
    }
    partial = fleet.deploy(1, **github)
    *_, record = project.registry.runs("m")
    assert f": north (model alone), east ({fleet.endpoint('east').id}) serve m-" in record.message
    assert partial.outputs["endpoint-id"] == fleet.endpoint("east").id
    row = fleet.last().at("west")
    assert row
    assert (row.model, row.endpoint, row.expires) == ("", "", "")
    assert "No luck." in row.message
    (published,) = github_server.state.releases
    (copy,) = fleet.models("north")
    assert f"| target north | model `{copy.id}`, no endpoint |" in published["body"]
    assert "| target west | not served yet" in published["body"]
    assert f"| target east | endpoint `{fleet.endpoint('east').id}` |" in published["body"]
    whole = fleet.deploy()
    assert whole.outputs["endpoint-id"] == fleet.last().endpoint == fleet.endpoint("west").id


def test_deploy__again_keeps_what_is_recorded_of_a_target_that_is_down(fleet: Fleet) -> None:
    fleet.release(B)
    release = fleet.last()
    fleet.stop("east")
    fleet.deploy(1)
    assert fleet.last() == release


def test_deploy__that_is_superseded_is_taken_back_everywhere(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.train(B)
    monkeypatch.setattr(records, "add", lambda *_: None)
    assert "is superseded" in fleet.deploy().text
    assert [fleet.client(name).endpoints() for name in fleet.names] == [(), ()]


def test_deploy__that_is_superseded_puts_right_what_it_can_reach(fleet: Fleet) -> None:
    first, second = fleet.release(A), fleet.release(B)
    fleet.client("east").swap_model(fleet.endpoint("east").id, fleet.copy_of("east", first).reference)
    fleet.stop("west")
    assert fleet.project.run("deploy", "--candidate", first).code == 1
    assert fleet.source_of("east") == second


def test_deploy__with_another_resource_id_than_that_of_the_training_is_refused(fleet: Fleet) -> None:
    fleet.train(B)
    other = "/subscriptions/1/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/other"
    answer = fleet.project.run("deploy", "--speech-resource-id", other)
    assert answer.code == 1
    assert "speech-resource-id must be the Azure resource id" in answer.text


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


def test_rollback__from_what_a_person_did_in_one_target_alone(fleet: Fleet) -> None:
    """The other target serves the last release: that says nothing."""
    first = fleet.release(A)
    fleet.release(HELPFUL[:8])
    fleet.release(B)
    fleet.client("east").swap_model(fleet.endpoint("east").id, fleet.copy_of("east", first).reference)
    fleet.run("rollback")
    assert fleet.wrong(first) == []


def test_rollback__with_targets_that_the_last_release_does_not_name_goes_back_by_one(
    project: Project, start_service: Callable[..., RunningService], tmp_path: Path
) -> None:
    """What a new target serves, or one that was not listed then, says nothing of that release."""
    fleet = Fleet(project, start_service, tmp_path, ("north", "west", "east"))
    (theirs,) = fleet.services["north"].control.seed("endpoints")
    north, west, east = (f"  {name}: {{ speech-endpoint: {fleet.url(name)} }}\n" for name in fleet.names)
    fleet.write(west + east)
    first = fleet.release(A)
    fleet.write(west)
    fleet.release(B)
    north = north.replace(" }", f", endpoint-id: {theirs} }}")
    fleet.write(north)
    assert "which no run of SpeechOps deployed" in fleet.run("rollback", 2).text
    fleet.write(north + west + east)
    fleet.run("rollback")
    assert fleet.wrong(first) == []


def listed(fleet: Fleet, **more: str) -> None:
    """Write the targets into ``speechops.yml``, some with more keys, without those that are dropped."""
    fleet.write(
        "".join(
            f"  {name}: {{ speech-endpoint: {fleet.url(name)}{more.get(name, '')} }}\n"
            for name in fleet.names
            if more.get(name) != "dropped"
        )
    )


@pytest.mark.parametrize("batch", [("east",), ("west", "east")])
def test_rollback__with_an_endpoint_again_after_a_release_for_batch_goes_back_by_one(
    fleet: Fleet, batch: tuple[str, ...]
) -> None:
    """The endpoint still has what the release before put there: that is no deployment in progress."""
    first = fleet.release(A)
    listed(fleet, **dict.fromkeys(batch, ", serve: model"))
    fleet.release(B)
    listed(fleet)
    fleet.run("rollback")
    assert fleet.wrong(first) == []


def test_rollback__with_a_target_again_whose_row_was_replaced_goes_back_by_one(fleet: Fleet) -> None:
    """The release was completed without it; its run is noted on the endpoint."""
    fleet.release(A[:2])
    second = fleet.release(A)
    listed(fleet, east="dropped")
    fleet.deploy()
    fleet.release(B)
    listed(fleet, west="dropped")
    fleet.run("rollback")
    assert fleet.source_of("east") == second
    assert fleet.last().reference.id == second


def test_rollback__of_a_release_that_a_new_target_with_an_endpoint_of_its_own_lacks(fleet: Fleet) -> None:
    (theirs,) = fleet.services["east"].control.seed("endpoints")
    listed(fleet, east="dropped")
    first = fleet.release(A)
    listed(fleet, east=f", endpoint-id: {theirs}")
    fleet.train(B)
    fleet.services["east"].control.plant(
        Fault(kind=FaultKind.DEPLOYMENT, code="PipelineError", message="No luck.")
    )
    fleet.deploy(1)
    fleet.run("rollback")
    assert fleet.wrong(first) == []


def test_rollback__from_a_deploy_that_died_in_a_new_target_is_to_the_last_release(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(fleet, east="dropped")
    fleet.release(A)
    second = fleet.release(HELPFUL[:8])
    listed(fleet)
    fleet.train(B)
    fleet.stop("west")
    with monkeypatch.context() as patch:
        patch.setattr(smoke_test, "check", raising(KeyboardInterrupt()))
        assert fleet.project.run("deploy").code == 130
    fleet.restart("west")
    fleet.run("rollback")
    assert fleet.wrong(second) == []


@pytest.mark.parametrize("dropped", [False, True])
def test_rollback__that_is_partial_is_complete_without_the_target_that_it_lacked(
    fleet: Fleet, *, dropped: bool
) -> None:
    first, second = fleet.release(A[:2]), fleet.release(A)
    fleet.release(B)
    fleet.stop("east")
    fleet.run("rollback", 1)
    if dropped:
        listed(fleet, east="dropped")
    assert ("is partial" in fleet.run("maintain").text) is not dropped
    answer = fleet.project.run("rollback")
    assert answer.outputs["candidate"] == (first if dropped else second), answer.text


def test_deploy__after_batch_alone_finds_the_endpoint_that_another_tool_marked(fleet: Fleet) -> None:
    fleet.release(A)
    endpoint = fleet.endpoint("west")
    assert endpoint.model
    fleet.client("west").swap_model(endpoint.id, endpoint.model, custom_properties={"team": "clinic"})
    listed(fleet, west=", serve: model")
    second = fleet.release(B)
    listed(fleet)
    fleet.deploy()
    assert fleet.endpoint("west").id == endpoint.id
    assert fleet.wrong(second) == []


@pytest.mark.parametrize("before", ["another name", "no targets"])
def test_smoke_test__failure_after_a_dead_run_keeps_an_endpoint_from_before_the_target_had_its_name(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    project = fleet.project
    if before == "no targets":
        project.settings = "    gate: any-improvement\n"
        first = project.release(A)
        url, speech_client = project.endpoint, client(project)
    else:
        listed(fleet, east="dropped")
        first = fleet.release(A)
        url, speech_client = fleet.url("west"), fleet.client("west")
        first = fleet.copy_of("west", first).id
    (known,) = speech_client.endpoints()
    fleet.write(f"  europe: {{ speech-endpoint: {url} }}\n")
    assert f"Endpoint {known.id}" not in fleet.run("maintain").text
    fleet.train(B)
    for error, code in ((KeyboardInterrupt(), 130), (WorkFailed("It heard nothing."), 1)):
        with monkeypatch.context() as patch:
            patch.setattr(smoke_test, "check", raising(error))
            assert project.run("deploy").code == code
    (kept,) = speech_client.endpoints()
    assert (kept.id, kept.model and kept.model.id) == (known.id, first)


def test_record__of_a_renamed_target_that_failed_has_what_it_serves(fleet: Fleet) -> None:
    fleet.release(A)
    fleet.train(B)
    fleet.write(
        f"  europe: {{ speech-endpoint: {fleet.url('west')} }}\n"
        f"  east: {{ speech-endpoint: {fleet.url('east')} }}\n"
    )
    fleet.services["west"].control.plant(
        Fault(kind=FaultKind.DEPLOYMENT, code="PipelineError", message="No luck.")
    )
    fleet.deploy(1)
    row, served = fleet.last().at("europe"), fleet.endpoint("west")
    assert row
    assert served.model
    assert (row.state, row.endpoint, row.model) == ("failed", served.id, served.model.id)
    assert f"Endpoint {served.id}" not in fleet.run("maintain").text


def test_maintain__names_what_served_before_there_were_targets(fleet: Fleet, service: RunningService) -> None:
    """Endpoints of ours and of the template: they cost money in a resource that serves nothing now."""
    targets = fleet.project.settings
    fleet.project.settings = "    gate: any-improvement\n    old-benchmark: forget\n"
    fleet.project.release(B)
    (ours,) = client(fleet.project).endpoints()
    (theirs,) = service.control.seed("endpoints", display_name="endpoint_1a2b3c4")
    fleet.project.settings = targets.replace("gate:", "old-benchmark: forget\n    gate:")
    fleet.project.write_training(B)
    said = f"Endpoint {ours.id} was created by SpeechOps, costs money"
    assert said not in fleet.run("maintain").text  # it still serves
    fleet.deploy()
    answer = fleet.run("maintain")
    assert said in answer.text
    assert f"endpoint_1a2b3c4 ({theirs})" in answer.text


@pytest.mark.parametrize("name", ["west", "east"])
def test_rollback__of_a_partial_release_brings_back_what_was_before(fleet: Fleet, name: str) -> None:
    """The one that was left out serves that already."""
    fleet.release(A[:2])
    second = fleet.release(A)
    fleet.train(B)
    fleet.services[name].control.plant(
        Fault(kind=FaultKind.DEPLOYMENT, code="PipelineError", message="No luck.")
    )
    fleet.deploy(1)
    assert fleet.last().unserved == (name,)
    fleet.run("rollback")
    assert fleet.wrong(second) == []


def test_rollback__from_what_a_person_put_back_is_to_where_that_was_served(fleet: Fleet) -> None:
    """Not to the partial release in between, in which the target kept it."""
    first = fleet.release(A[:2])
    kept = fleet.endpoint("east").model
    assert kept
    fleet.train(A)
    fleet.services["east"].control.plant(
        Fault(kind=FaultKind.DEPLOYMENT, code="PipelineError", message="No luck.")
    )
    fleet.deploy(1)
    fleet.release(B)
    fleet.client("east").swap_model(fleet.endpoint("east").id, kept)
    answer = fleet.run("rollback")
    assert answer.outputs["candidate"] == first, answer.text


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


def test_deploy__that_reaches_no_target_records_nothing(
    project: Project, start_service: Callable[..., RunningService], tmp_path: Path
) -> None:
    fleet = Fleet(project, start_service, tmp_path, ("north", "west", "east"))
    fleet.train(B)
    for name, service in fleet.services.items():
        message = f"No luck in the {name}."
        service.control.plant(Fault(kind=FaultKind.DEPLOYMENT, code="PipelineError", message=message))
    said = re.findall(r"^(\w+): .*No luck in the (\w+)\.", fleet.deploy(1).text, re.MULTILINE)
    assert said == [("west", "west"), ("east", "east"), ("error", "north")]
    assert project.registry.releases("m") == []
    fleet.deploy()
    assert len(project.registry.releases("m")) == 1
    assert [len(fleet.client(name).endpoints()) for name in fleet.names] == [1, 1, 1]


def test_doctor__checks_each_target(fleet: Fleet) -> None:
    fleet.release(B)
    answer = fleet.project.run("doctor")
    assert answer.code == 0, answer.text
    shown = " ".join(answer.text.split())
    assert "Keys are used: keep target-keys a secret" in shown
    assert "The embedded service needs none." in shown
    for name in ("west", "east"):
        assert f"target {name} fine {fleet.url(name)} may be changed by this identity." in shown
        assert f"release of m in {name} fine Valid until 20" in shown
    fleet.services["east"].control.plant(Fault(kind=FaultKind.STATUS, status=403, times=1000))
    answer = fleet.project.run("doctor")
    assert answer.code == 1
    assert "target east" in answer.text


def test_doctor__names_an_endpoint_that_is_gone_from_one_target(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is known of the releases of another model."""
    fleet.release(B)
    fleet.client("east").delete_endpoint(fleet.endpoint("east").id)
    config = fleet.project.folder / "speechops.yml"
    another = "models:\n  a:\n    locale: en-US\n    test-data: test\n"
    config.write_text(config.read_text().replace("models:\n", another))
    read = Registry.releases

    def releases(registry: Registry, model: str) -> list[Release]:
        if model == "a":
            raise StoreError("Refused.")
        return read(registry, model)

    monkeypatch.setattr(Registry, "releases", releases)
    answer = fleet.project.run("doctor")
    assert answer.outputs["errors"] == "1", answer.text
    shown = " ".join(answer.text.split())
    assert "release of m in east wrong" in shown
    assert "release of m in west fine" in shown


@pytest.mark.bad_requests
@pytest.mark.parametrize(("status", "code"), [(401, 0), (403, 0), (404, 1)])
def test_doctor__target_that_another_identity_deploys_to_may_refuse_this_one(
    fleet: Fleet, status: int, code: int
) -> None:
    fleet.services["east"].control.plant(Fault(kind=FaultKind.STATUS, status=status, times=1000))
    answer = fleet.project.run("doctor", "--deploy-client-id", "the-one-that-deploys")
    assert answer.code == code, answer.text
    assert ("may not change it, as intended" in " ".join(answer.text.split())) == (code == 0)


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
