"""Which model of a target counts as the copy, and what is recorded of a target that was not reached."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from speechops.delivery import copies, distribution, records
from speechops.delivery.distribution import Delivered
from speechops.errors import ServiceError
from speechops.registry.documents import Delivery, ModelReference, Release, ReleaseKind, TargetRelease
from speechops.speech import Model, SpeechClient, Status
from speechops.speech.transport import AnswerLost
from tests.kit.faults import Fault, FaultKind
from tests.operations.project import HELPFUL
from tests.operations.test_loop import client
from tests.operations.test_targets import fleet

if TYPE_CHECKING:
    from speechops.speech import CopyAuthorization
    from tests.operations.fleet import Fleet

__all__ = ["fleet"]  # a fixture

RELEASE = Release(
    "1.1.0",
    "m",
    ReleaseKind.DEPLOY,
    "",
    "1",
    "",
    "e",
    ModelReference("source", "m", base=False),
    0.1,
    "better",
    "",
    targets=(TargetRelease("west", "copy", "e"),),
)


@pytest.mark.parametrize("kind", ["failed", "of another store"])
def test_deploy__makes_its_own_copy_beside_one_that_does_not_count(fleet: Fleet, kind: str) -> None:
    model = fleet.train(HELPFUL)
    store = fleet.project.registry.identity() if kind == "failed" else "f" * 32
    (other,) = fleet.services["west"].control.seed(
        "models",
        display_name="m",
        custom_properties={"speechops-source": model, "speechops-store": store},
        status="Failed" if kind == "failed" else "Succeeded",
    )
    fleet.deploy()
    served = fleet.endpoint("west").model
    assert served
    assert served.id != other
    assert fleet.source_of("west") == model
    assert fleet.hears("west", HELPFUL[0])


def test_record__of_a_target_that_failed_has_what_it_serves(fleet: Fleet) -> None:
    fleet.release(HELPFUL[:4])
    fleet.release(HELPFUL[:8])
    fleet.train(HELPFUL)
    east = fleet.services["east"].control
    east.plant(Fault(kind=FaultKind.DEPLOYMENT, code="PipelineError", message="No luck."))
    fleet.deploy(1)
    served, row = fleet.endpoint("east"), fleet.last().at("east")
    assert served.model
    assert row
    assert (row.endpoint, row.model) == (served.id, served.model.id)
    (before,) = (release.at("east") for release in fleet.project.registry.releases("m")[1:2])
    assert before
    assert row.expires == before.expires != ""
    assert "in east has" not in fleet.project.run("maintain").text


def test_failure__of_a_partial_release_has_the_reason_of_each_target() -> None:
    served = Delivered(target_with(None), TargetRelease("north", "copy", "e"))
    west, east = (
        Delivered(
            target_with(None, name=name),
            TargetRelease(name, "", "", Delivery.FAILED),
            error=ServiceError(f"No luck in the {name}."),
        )
        for name in ("west", "east")
    )
    error = distribution.failure((west, served, east), RELEASE)
    assert error
    assert error.message == "Release 1.1.0 is partial. west: No luck in the west. east: No luck in the east."
    assert distribution.failure((served,), RELEASE) is None


@pytest.mark.parametrize("marked", [False, True])
def test_deploy__model_that_was_trained_in_the_target_is_no_copy(fleet: Fleet, marked: bool) -> None:
    """Not even one of its name, which the service gives to copies and others may give to what they train."""
    fleet.train(HELPFUL)
    (name,) = (model.display_name for model in client(fleet.project).models())
    west = fleet.services["west"].control
    if marked:
        marks = {"speechops-fingerprint": "f" * 64}
        (theirs,) = west.seed("models", display_name=name, custom_properties=marks)
    else:
        (theirs,) = west.seed("models", display_name=name, datasets=west.seed("datasets"))
    fleet.deploy()
    served = fleet.endpoint("west").model
    assert served
    assert served.id != theirs
    assert "speechops-source" not in fleet.client("west").model(theirs).custom_properties


def test_maintain__names_a_copy_that_nothing_uses_from_its_second_day_on(fleet: Fleet) -> None:
    copy = fleet.copy_of("west", fleet.release(HELPFUL))
    west = fleet.services["west"].control
    unused, served = west.seed("models", 2, custom_properties=copy.custom_properties)
    west.seed("models", custom_properties={"speechops-model": "m"})  # of others
    west.seed("endpoints", model={"id": served, "is_base": False})
    said = []
    for _ in range(2):
        said.append(re.findall(r"\((\S+)\) in west is used by no release", fleet.run("maintain").text))
        fleet.project.clock.advance(2 * 86400)
    assert said == [[], [unused]]
    assert unused in {model.id for model in fleet.models("west")}


@pytest.mark.parametrize("first", ["the other", "this one"])
def test_deploy__beside_another_that_copied_at_the_same_time_keeps_one_copy(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """Neither saw the other's copy; whoever records first decides which one stays."""
    model = fleet.train(HELPFUL)
    add, find, others = records.add, copies.find, ["deploy"]

    def slowly(*arguments: Any) -> Any:  # noqa: ANN401
        recorded = add(*arguments) if first == "this one" else None
        if others:
            with monkeypatch.context() as patch:
                patch.setattr(copies, "find", lambda *_: None)
                fleet.run(others.pop())
        return recorded or add(*arguments)

    monkeypatch.setattr(records, "add", slowly)
    fleet.deploy()
    assert not others
    assert copies.find is find
    assert fleet.wrong(model) == []


def test_deploy__makes_another_copy_if_the_released_one_is_gone(fleet: Fleet) -> None:
    model = fleet.release(HELPFUL)
    gone = fleet.copy_of("west", model).id
    west = fleet.client("west")
    west.delete_endpoint(fleet.endpoint("west").id)
    west.delete_model(gone)
    fleet.deploy()
    assert fleet.copy_of("west", model).id != gone
    assert fleet.wrong(model) == []


def test_find__takes_the_oldest_of_several_copies(fleet: Fleet) -> None:
    """So do all runs at once: they agree."""
    copy = fleet.copy_of("west", fleet.release(HELPFUL))
    west = fleet.services["west"].control
    (older,) = west.seed(
        "models", created="2026-01-01T00:00:00+00:00", custom_properties=copy.custom_properties
    )
    west.seed("models", created="2027-01-01T00:00:00+00:00", custom_properties=copy.custom_properties)
    registry = fleet.project.registry
    run = SimpleNamespace(registry=registry, model=SimpleNamespace(locale="en-US"))
    target: Any = SimpleNamespace(client=fleet.client("west"), run=run)
    found = copies.find(target, fleet.last().reference)
    assert found
    assert found.id == older


def test_copy__that_the_service_names_otherwise_gets_its_name(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = fleet.train(HELPFUL)
    (source,) = client(fleet.project).models()
    made = copies._made

    def renamed(target: Any, reference: Any) -> Any:  # noqa: ANN401
        copy = made(target, reference)
        return target.client.update_model(copy.id, {}, display_name="copy of a model")

    monkeypatch.setattr(copies, "_made", renamed)
    fleet.deploy()
    assert fleet.copy_of("west", model).display_name == source.display_name
    assert fleet.wrong(model) == []


@pytest.mark.parametrize("appears", [False, True])
def test_copy__whose_answer_is_lost_is_not_begun_again(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, appears: bool
) -> None:
    """The service refuses the authorization of a copy that it has begun: the copy will appear."""
    model = fleet.train(HELPFUL)
    begin, lost = SpeechClient.copy_model, set()

    def copy_model(self: SpeechClient, source: str, authorization: CopyAuthorization) -> Any:  # noqa: ANN401
        if authorization.id in lost:
            raise ServiceError("It was used.", status=400, code="ModelCopyAuthorizationExpired")
        lost.add(authorization.id)
        if appears:
            begin(self, source, authorization)
        raise AnswerLost("No answer.")

    monkeypatch.setattr(SpeechClient, "copy_model", copy_model)
    monkeypatch.setattr(copies, "_appearing", lambda *_: None)  # it takes longer
    answer = fleet.deploy()
    assert len(lost) == len(fleet.names)
    if appears:
        assert fleet.wrong(model) == []
    else:
        assert "has not appeared there yet" in answer.text
        assert "run deploy again" in answer.text
        assert [fleet.models(name) for name in fleet.names] == [(), ()]


def test_copy__refused_for_another_reason_has_the_advice_of_that(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.train(HELPFUL)

    def refuse(*_: object) -> NoReturn:
        raise ServiceError("Too many copies.", hint="Wait a day.", status=429, code="Other")

    monkeypatch.setattr(SpeechClient, "copy_model", refuse)
    answer = fleet.deploy(1)
    assert "cannot be copied to west: Too many copies." in answer.text
    assert "Wait a day." in answer.text
    assert "was deleted" not in answer.text


def test_copy__that_vanishes_at_once_is_an_error(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.train(HELPFUL)
    monkeypatch.setattr(copies, "_agreed", lambda *_: None)
    answer = fleet.deploy(1)
    assert "but is not there" in answer.text
    assert "Run deploy again" in answer.text


def model_of(
    source: str, identity: str = "copy", status: Status = Status.SUCCEEDED, *, release: str = ""
) -> Model:
    marks = {"speechops-source": source, "speechops-release": release}
    properties = {name: value for name, value in marks.items() if value}
    return Model(id=identity, display_name="m", locale="en-US", status=status, custom_properties=properties)


@pytest.mark.parametrize(
    ("found", "gone"), [(None, True), (model_of("s"), False), (model_of("s", status=Status.FAILED), True)]
)
def test_is_gone__what_is_not_there_or_has_failed(found: Model | None, gone: bool) -> None:
    assert copies.is_gone(target_with(found), "copy") is gone


def test_is_gone__not_known_if_the_target_does_not_say() -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise ServiceError("No.")

    target = target_with(None)
    target.client.find_model = refuse
    assert copies.is_gone(target, "copy") is False


def target_with(
    twin: Model | None, copy: Model | None = None, recorded: str = "copy", *, name: str = "west"
) -> Any:  # noqa: ANN401
    """Return a stand-in for a target, which notes what is deleted and what is written."""
    deleted: list[str] = []
    written: list[dict[str, str]] = []
    return SimpleNamespace(
        name=name,
        trains=False,
        releases=lambda: [TargetRelease("west", recorded, "e")],
        deleted=deleted,
        written=written,
        client=SimpleNamespace(
            find_model=lambda _, base: None if base else twin,
            model=lambda _: copy,
            delete_model=deleted.append,
            update_model=lambda _, properties: written.append(properties),
        ),
    )


@pytest.mark.parametrize(
    ("twin", "used", "recorded", "deleted"),
    [
        (model_of("source", "twin"), "twin", "copy", ["twin"]),
        (model_of("source", "twin"), "twin", "twin", []),  # of an earlier release
        (model_of("another", "twin"), "twin", "copy", []),
        (model_of("source"), "copy", "another", []),
        (None, "twin", "copy", []),
    ],
)
def test_keep_released__deletes_the_twin_that_no_release_names(
    twin: Model | None, used: str, recorded: str, deleted: list[str]
) -> None:
    target = target_with(twin, model_of("source"), recorded)
    copies.keep_released(target, used, RELEASE)
    assert target.deleted == deleted
    assert target.written == [{"speechops-source": "source", "speechops-release": "1.1.0"}]


@pytest.mark.parametrize("copy", [model_of(""), model_of("source", release="1.0.0")])
def test_keep_released__marks_a_copy_of_ours_once(copy: Model) -> None:
    target = target_with(None, copy)
    copies.keep_released(target, "copy", RELEASE)
    assert target.written == []
