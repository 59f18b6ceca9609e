"""The endpoint in a world of other hands: replaced properties, models exchanged by hand, other words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from speechops.delivery import endpoint as endpoint_of
from speechops.delivery import smoke_test
from speechops.delivery.endpoint import serving
from speechops.errors import WorkFailed
from speechops.speech import Endpoint, ModelReference, NewEndpoint, Status
from tests.kit.faults import Fault, FaultKind
from tests.operations.project import HELPFUL, TESTS, Project
from tests.operations.test_loop import client
from tests.stub_engine import speech

if TYPE_CHECKING:
    from tests.kit.server import RunningService

A, B, C = HELPFUL[:4], HELPFUL[:8], HELPFUL


def only(project: Project) -> Endpoint:
    (endpoint,) = client(project).endpoints()
    return endpoint


def change(project: Project, model: str, properties: dict[str, str] | None = None) -> None:
    """Let somebody else put a model on the endpoint, and perhaps other custom properties."""
    endpoint = only(project)
    client(project).swap_model(endpoint.id, ModelReference(model), custom_properties=properties)
    assert client(project).endpoint(endpoint.id).status.is_final


@pytest.mark.parametrize("operation", ["deploy", "rollback"])
def test_find__endpoint_whose_properties_another_tool_replaced(project: Project, operation: str) -> None:
    first, second = project.release(A), project.release(B)
    endpoint = only(project).id
    change(project, second, {"team": "clinic"})
    assert "lost its custom properties" in project.run("maintain").text
    if operation == "deploy":
        first = project.promote(C)
    answer = project.run(operation)
    assert answer.code == 0, answer.text
    assert (only(project).id, serving(only(project))) == (endpoint, first)
    assert only(project).custom_properties["team"] == "clinic"
    assert "lost its custom properties" not in project.run("maintain").text


def test_rollback__after_a_person_went_back_by_hand_stays_there(project: Project) -> None:
    first = project.release(A)
    project.release(B)
    change(project, first)
    answer = project.run("rollback")
    assert answer.outputs["candidate"] == first, answer.text
    assert serving(only(project)) == first
    assert project.registry.releases("m")[-1].rolled_back_to == "1.0.0"


def test_rollback__from_a_model_that_nobody_knows_asks_where_to(project: Project) -> None:
    first = project.release(A)
    project.release(B)
    project.settings = "    min-words: 100000\n    on-inconclusive: ask\n"
    project.write_training(C)
    stranger = project.run("train-data").outputs["candidate"]
    change(project, stranger)
    answer = project.run("rollback")
    assert answer.code == 2
    assert "--to-version" in answer.text
    assert serving(only(project)) == stranger
    assert project.run("rollback", "--to-version", "1.0.0").outputs["candidate"] == first


def test_rollback__refuses_a_model_that_has_expired(project: Project, service: RunningService) -> None:
    first = project.release(A)
    second = project.release(B)
    service.control.expire(first)
    answer = project.run("rollback")
    assert answer.code == 1
    assert "expired" in answer.text
    assert serving(only(project)) == second


@pytest.mark.parametrize("said", ["one two three four five six seven", ""])
def test_smoke_test__quite_other_words_bring_back_what_was_there(project: Project, said: str) -> None:
    first = project.release(A)
    project.promote(C)
    for number in range(1, len(TESTS) + 1):
        (project.folder / "test" / f"{number:02}.wav").write_bytes(speech(said))
    answer = project.run("deploy")
    assert answer.code == 1, answer.text
    assert "does not answer as its model should" in answer.text
    assert serving(only(project)) == first
    assert len(project.registry.releases("m")) == 1


def test_smoke_test__most_words_are_other_ones_brings_back_what_was_there(project: Project) -> None:
    first = project.release(A)
    project.promote(C)
    for number, sentence in enumerate(TESTS, 1):
        words = sentence.split()
        other = " ".join([*words[:2], *["metformin"] * (len(words) - 2)])
        (project.folder / "test" / f"{number:02}.wav").write_bytes(speech(other))
    answer = project.run("deploy")
    assert answer.code == 1, answer.text
    assert "does not answer as its model should" in answer.text
    assert serving(only(project)) == first


def test_smoke_test__one_other_word_is_said_and_passes(project: Project) -> None:
    project.promote(C)
    for number, sentence in enumerate(TESTS, 1):
        changed = sentence.replace(sentence.split()[-1], "elephant")
        (project.folder / "test" / f"{number:02}.wav").write_bytes(speech(changed))
    answer = project.run("deploy")
    assert answer.code == 0, answer.text
    assert "close enough" in answer.text


def test_smoke_test__is_left_out_if_the_utterance_has_changed(project: Project) -> None:
    project.promote(C)
    project.write_tests([f"{sentence} indeed" for sentence in TESTS])
    answer = project.run("deploy")
    assert answer.code == 0, answer.text
    assert "No smoke test: " in answer.text


def test_deploy__endpoint_that_failed_and_lost_its_run_is_deployed_again(
    project: Project, service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = project.promote(C)
    service.control.plant(Fault(kind=FaultKind.DEPLOYMENT, code="PipelineError", message="No luck."))

    def die(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(endpoint_of, "restore", die)
        project.run("deploy")
    assert only(project).status is Status.FAILED
    endpoint = only(project).id
    answer = project.run("deploy")
    assert answer.code == 0, answer.text
    assert (only(project).id, serving(only(project))) == (endpoint, model)


def test_smoke_test__failure_leaves_what_another_run_deployed_meanwhile(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.release(A)
    other = project.promote(B)
    project.promote(C)

    def late(*_: object) -> NoReturn:
        change(project, other)
        raise WorkFailed("The endpoint does not answer as its model should.")

    with monkeypatch.context() as patch:
        patch.setattr(smoke_test, "check", late)
        assert project.run("deploy").code == 1
    assert serving(only(project)) == other


def test_smoke_test__failure_deletes_no_endpoint_that_a_team_named(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The team has put the model on its endpoint by hand already, so there is nothing to bring back."""
    model = project.promote(C)
    draft = NewEndpoint(
        display_name="by hand", locale="en-US", model=ModelReference(model), custom_properties={}
    )
    theirs = client(project).entities.create(Endpoint, draft).id

    def fail(*_: object) -> NoReturn:
        raise WorkFailed("The endpoint does not answer as its model should.")

    with monkeypatch.context() as patch:
        patch.setattr(smoke_test, "check", fail)
        assert project.run("deploy", "--endpoint-id", theirs).code == 1
    assert (only(project).id, serving(only(project))) == (theirs, model)


@pytest.mark.parametrize("releases", [0, 1])
def test_deploy__that_another_promotion_overtakes_leaves_its_model_nowhere(
    project: Project, monkeypatch: pytest.MonkeyPatch, releases: int
) -> None:
    """Without a release that says what else to serve, its endpoint would cost money for nothing."""
    expected = [project.release(A)] if releases else []
    project.promote(B)
    tried = smoke_test.check

    def late(*arguments: Any) -> None:  # noqa: ANN401
        tried(*arguments)
        project.promote(C)

    with monkeypatch.context() as patch:
        patch.setattr(smoke_test, "check", late)
        answer = project.run("deploy")
    assert "is superseded (the benchmark has moved meanwhile)" in answer.text
    assert [serving(endpoint) for endpoint in client(project).endpoints()] == expected
    assert len(project.registry.releases("m")) == releases


@pytest.mark.parametrize(("number", "noted"), [(9, True), (10, False)])
def test_deploy__notes_itself_on_an_endpoint_that_has_room_for_it(
    project: Project, number: int, noted: bool
) -> None:
    """The service keeps ten custom properties: those of the team stay, whatever becomes of ours."""
    speech_client = client(project)
    base = ModelReference(speech_client.base_models(locale="en-US")[-1].id, base=True)
    theirs = {f"team-{each}": "clinic" for each in range(number)}
    draft = NewEndpoint(display_name="by hand", locale="en-US", model=base, custom_properties=theirs)
    identity = speech_client.entities.create(Endpoint, draft).id
    project.promote(C)
    answer = project.run("deploy", "--endpoint-id", identity)
    assert answer.code == 0, answer.text
    properties = only(project).custom_properties
    assert theirs.items() <= properties.items()
    assert ("speechops-deployment" in properties) is noted


def test_find__of_two_endpoints_of_ours_the_older_which_clients_know(
    project: Project, service: RunningService
) -> None:
    """Without a record of either; the other one is named by maintain."""
    project.release(A)
    known = only(project)
    project.clock.advance(60)
    (twin,) = service.control.seed("endpoints", custom_properties=known.custom_properties)
    for path in (project.folder / ".speechops/store/releases").iterdir():
        path.unlink()
    answer = project.run("deploy")
    assert answer.outputs["endpoint-id"] == known.id, answer.text
    assert f"Endpoint {twin} was created by SpeechOps" in project.run("maintain").text


def test_find__the_endpoint_of_the_last_release_before_an_older_one_of_ours(
    project: Project, service: RunningService
) -> None:
    project.release(A)
    known = only(project)
    (older,) = service.control.seed(
        "endpoints", custom_properties=known.custom_properties, created="2025-01-01T00:00:00+00:00"
    )
    promoted = project.promote(B)
    answer = project.run("deploy")
    assert answer.outputs["endpoint-id"] == known.id, answer.text
    models = {endpoint.id: serving(endpoint) for endpoint in client(project).endpoints()}
    assert models[known.id] == promoted != models[older]
