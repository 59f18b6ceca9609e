"""Which model of a target counts as the copy, and what is recorded of a target that was not reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.faults import Fault, FaultKind
from tests.operations.project import HELPFUL
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
    assert "in east has" not in fleet.project.run("maintain").text
