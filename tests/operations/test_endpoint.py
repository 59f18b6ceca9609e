"""The endpoint in a world of other hands: replaced properties, models exchanged by hand, other words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from speechops.delivery import endpoint as endpoint_of
from speechops.delivery import smoke_test
from speechops.delivery.deployment import Deployment
from speechops.delivery.endpoint import serving
from speechops.errors import WorkFailed
from speechops.speech import Endpoint, ModelReference, NewEndpoint, Status
from tests.kit.faults import Fault, FaultKind
from tests.kit.progress import AfterSeconds
from tests.operations.project import HELPFUL, TESTS, Project
from tests.operations.test_loop import client, raising
from tests.stub_engine import speech

if TYPE_CHECKING:
    from collections.abc import Callable

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
    named = ("--endpoint-id", endpoint)  # it is known without any
    assert "lost its custom properties" not in project.run("maintain", *named).text
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


def test_rollback__from_a_benchmark_that_somebody_deployed_goes_to_the_last_release(project: Project) -> None:
    """A deployment that left no note on the endpoint, and no record."""
    project.release(A)
    second = project.release(B)
    change(project, project.promote(C))
    assert project.run("rollback").outputs["candidate"] == second
    assert serving(only(project)) == second


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
    assert "The endpoint serves what it served before. Run deploy again" in answer.text
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


@pytest.mark.parametrize(("number", "noted"), [(1, True), (9, True), (10, False)])
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
    assert properties.keys() - theirs.keys() == ({"speechops-deployment"} if noted else set())


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


@pytest.mark.parametrize(("number", "marked"), [(4, True), (5, False)])
def test_deploy__marks_an_endpoint_again_that_has_room_for_marks_and_note(
    project: Project, number: int, marked: bool
) -> None:
    model = project.release(A)
    change(project, model, {f"team-{each}": "clinic" for each in range(number)})
    project.release(B)
    properties = only(project).custom_properties
    assert ("speechops-model" in properties) is marked
    assert "speechops-deployment" in properties


def test_find__the_endpoint_of_the_last_release_before_those_of_earlier_ones(
    project: Project, service: RunningService
) -> None:
    project.release(A)
    project.clock.advance(60)
    (named,) = service.control.seed("endpoints", created=project.clock.now().isoformat())
    project.promote(B)
    assert project.run("deploy", "--endpoint-id", named).code == 0
    project.promote(C)
    answer = project.run("deploy")
    assert answer.outputs["endpoint-id"] == named, answer.text


def test_deploy__again_leaves_the_endpoint_as_it_is(project: Project, service: RunningService) -> None:
    model = project.release(A)
    assert only(project).display_name == "m-en-US"
    service.control.clear_counts()
    assert project.run("deploy").outputs["candidate"] == model
    changes = [call for call in service.control.counts if call.startswith(("PATCH", "DELETE"))]
    assert changes == []


@pytest.mark.parametrize("fails", [False, True])
def test_deploy__waits_for_the_deployment_of_a_run_that_died(
    project: Project, service: RunningService, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    """The service changes no endpoint that is being deployed."""
    project.promote(A)
    if fails:
        service.control.plant(Fault(kind=FaultKind.DEPLOYMENT, code="PipelineError", message="No luck."))
    service.control.set_progress(AfterSeconds(deployment=600.0))

    def die(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(endpoint_of, "_deployed", die)
        assert project.run("deploy").code == 130
    assert not only(project).status.is_final
    model = project.promote(B)
    answer = project.run("deploy")
    assert answer.code == 0, answer.text
    assert serving(only(project)) == model


def failing(model: str) -> Callable[..., None]:
    """Return a trial that fails for one model."""

    def check(_target: object, _endpoint: object, tried: str, _sample: object) -> None:
        if tried == model:
            raise WorkFailed("The endpoint does not answer as its model should.")

    return check


def test_smoke_test__failure_brings_back_what_was_released_before_the_swap(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run has put a newer model there, between the look at the releases and the swap."""
    project.release(A)
    monkeypatch.setattr(smoke_test, "check", failing(project.promote(B)))
    change_of, others = endpoint_of._change, ["deploy"]

    def late(target: Any, endpoint: Any, model: Any, note: Any) -> None:  # noqa: ANN401
        if note.operation == "restore" and others:
            project.promote(C)
            assert project.run(others.pop()).code == 0
        change_of(target, endpoint, model, note)

    monkeypatch.setattr(endpoint_of, "_change", late)
    answer = project.run("deploy")
    assert answer.code == 1
    assert "The endpoint serves what the last release says." in answer.text
    assert not others
    assert serving(only(project)) == project.registry.releases("m")[-1].reference.id
    assert len(project.registry.releases("m")) == 2


def test_smoke_test__failure_deletes_the_endpoint_that_replaced_a_deleted_one(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.release(A)
    client(project).delete_endpoint(only(project).id)
    monkeypatch.setattr(smoke_test, "check", failing(project.promote(B)))
    answer = project.run("deploy")
    assert answer.code == 1
    assert "The endpoint, which was new, is deleted." in answer.text
    assert client(project).endpoints() == ()


def test_smoke_test__failure_keeps_an_endpoint_that_another_run_releases_meanwhile(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = project.promote(A)
    known, tried, others = endpoint_of._unrecorded, smoke_test.check, ["deploy"]

    def fail(*_: object) -> NoReturn:
        raise WorkFailed("The endpoint does not answer as its model should.")

    def late(*arguments: Any) -> Any:  # noqa: ANN401
        if others:
            monkeypatch.setattr(smoke_test, "check", tried)
            assert project.run(others.pop()).code == 0
        return known(*arguments)

    monkeypatch.setattr(smoke_test, "check", fail)
    monkeypatch.setattr(endpoint_of, "_unrecorded", late)
    assert project.run("deploy").code == 1
    assert not others
    assert serving(only(project)) == model


def test_reconcile__gives_up_on_an_endpoint_that_something_else_changes(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = project.release(A)
    project.release(B)
    change(project, first)
    monkeypatch.setattr(endpoint_of, "_change", lambda *_: None)  # as if undone at once
    answer = project.run("deploy", "--candidate", first)
    assert answer.code == 1
    assert "does not keep the model of the last release" in answer.text


def test_smoke_test__failure_brings_back_what_a_team_put_over_a_dead_run(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dead run's note of what it found stays on the endpoint, and counts for its own model alone."""
    speech_client = client(project)
    *_, old, new = (ModelReference(base.id, base=True) for base in speech_client.base_models(locale="en-US"))
    draft = NewEndpoint(display_name="by hand", locale="en-US", model=old, custom_properties={})
    options = ("--endpoint-id", speech_client.entities.create(Endpoint, draft).id)
    project.promote(A)
    with monkeypatch.context() as patch:
        patch.setattr(smoke_test, "check", raising(KeyboardInterrupt()))
        assert project.run("deploy", *options).code == 130
    speech_client.swap_model(only(project).id, new, custom_properties=only(project).custom_properties)
    assert only(project).status.is_final
    monkeypatch.setattr(smoke_test, "check", failing(project.promote(B)))
    assert project.run("deploy", *options).code == 1
    assert only(project).model == new


BASE, CUSTOM = ModelReference("before", base=True), ModelReference("before")


@pytest.mark.parametrize("before", [None, BASE, CUSTOM])
def test_note__is_read_as_it_was_written_and_of_its_own_model_alone(before: ModelReference | None) -> None:
    note = Deployment("deploy", "7", "model", before)
    properties = note.noted({"team": "clinic"})
    assert properties["team"] == "clinic"
    read = [
        Deployment.of(
            Endpoint(id="e", display_name="e", locale="en-US", model=model, custom_properties=properties)
        )
        for model in (ModelReference("model"), ModelReference("another"), None)
    ]
    assert read == [note, None, None]


@pytest.mark.parametrize(
    "words", ["", "deploy 7", "deploy 7 model both before", "deploy 7 model base b more"]
)
def test_note__of_another_form_is_none(words: str) -> None:
    endpoint = Endpoint(
        id="e",
        display_name="e",
        locale="en-US",
        model=ModelReference("model"),
        custom_properties={"speechops-deployment": words},
    )
    assert Deployment.of(endpoint) is None


def test_smoke_test__failure_after_a_dead_run_brings_back_what_was_released(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dead run has put the model there already, so the endpoint does not tell what it had before."""
    first = project.release(A)
    endpoint = only(project).id
    second = project.promote(B)
    for error, code in ((KeyboardInterrupt(), 130), (WorkFailed("It heard nothing."), 1)):
        with monkeypatch.context() as patch:
            patch.setattr(smoke_test, "check", raising(error))
            assert project.run("deploy").code == code
        assert serving(only(project)) == (second if code == 130 else first)
    assert only(project).id == endpoint


def test_deploy__that_another_promotion_overtakes_gives_a_team_its_endpoint_back(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_, base = client(project).base_models(locale="en-US")
    draft = NewEndpoint(display_name="theirs", locale="en-US", model=base.reference, custom_properties={})
    theirs = client(project).entities.create(Endpoint, draft).id
    project.promote(A)
    tried = smoke_test.check

    def late(*arguments: Any) -> None:  # noqa: ANN401
        tried(*arguments)
        project.promote(B)

    monkeypatch.setattr(smoke_test, "check", late)
    answer = project.run("deploy", "--endpoint-id", theirs)
    assert "is superseded" in answer.text
    assert (only(project).id, only(project).model) == (theirs, base.reference)
