"""Which model of a target counts as the copy, and what is recorded of a target that was not reached."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from speechops.delivery import copies, records
from tests.kit.faults import Fault, FaultKind
from tests.operations.project import HELPFUL
from tests.operations.test_loop import client
from tests.operations.test_targets import fleet

if TYPE_CHECKING:
    from tests.operations.fleet import Fleet

__all__ = ["fleet"]  # a fixture


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
