"""Would the harness notice? Faults put into the code on purpose, each of which it has to report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reliability import mutations
from tests.reliability.crash import Trial
from tests.reliability.harness import Act
from tests.reliability.race import Schedule
from tests.reliability.scenes import SCENES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.reliability.harness import World


@pytest.fixture
def mutated(world: World) -> Iterator[World]:
    yield world
    world.mutation = ""


def crash(world: World, scene: str, mutation: str) -> list[str]:
    """Return what the crash harness says of a scene with the fault in it."""
    SCENES[scene].set(world)
    clean = Trial(world, SCENES[scene])
    world.mutation = mutation
    found: list[str] = []
    clean.again()
    world.run(SCENES[scene].act)
    found += world.unsettled()
    state = world.state()
    found += [part for part, value in clean.clean.items() if state[part] != value]
    for name in world.effects:
        if name.startswith(("send POST", "send PATCH", "answer POST")):
            found += clean.kill((name, 1))
    return found


def test_mutation__pointer_written_without_etag(busy: World, mutated: World) -> None:
    mutated.mutation = "pointer_without_etag"
    found = Schedule(("train-data", "train-data-other"), 5, 0.0).play(busy)
    assert any("overwrote a pointer that it had not seen" in each for each in found)


def test_mutation__create_without_look_up(mutated: World) -> None:
    found = crash(mutated, "test-data", "create_without_look")
    assert any(each.startswith("entities are") for each in found)


@pytest.mark.parametrize("mutation", ["delete_before_listing_ends", "clean_up_of_a_used_model"])
def test_mutation__retention_deletes_what_is_used(mutated: World, mutation: str) -> None:
    SCENES["maintain"].set(mutated)
    mutated.mutation = mutation
    mutated.run(SCENES["maintain"].act)
    assert any("gone" in each for each in mutated.wrong())


def test_mutation__release_before_endpoint(mutated: World) -> None:
    found = crash(mutated, "deploy", "release_before_endpoint")
    assert any("endpoint" in each for each in found)


@pytest.mark.parametrize("mutation", ["", "pull_request_evidence_promotes"])
def test_mutation__pull_request_evidence_promotes(mutated: World, mutation: str) -> None:
    """A pull request whose own gate asks a person, and a deployment of its candidate."""
    mutated.restore("empty")
    for act in (Act("test-data", run="1"), Act("compare", training="asking", run="2")):
        assert mutated.run(act) == 0, mutated.said
    (candidate,) = (test.candidate.id for test in mutated.registry.tests("m") if test.candidate)
    mutated.mutation = mutation
    code = mutated.run(Act("deploy", ("--candidate", candidate), training="asking", run="3"))
    found = [text for text in mutated.wrong() if "pull request" in text]
    assert (code, found) == (
        (0, ["the benchmark rests on the test of a pull request"]) if mutation else (2, [])
    )


def test_mutations__all_have_a_test() -> None:
    assert set(mutations.ALL) == {
        "pointer_without_etag",
        "create_without_look",
        "delete_before_listing_ends",
        "release_before_endpoint",
        "clean_up_of_a_used_model",
        "pull_request_evidence_promotes",
    }
