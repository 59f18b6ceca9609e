"""What counts as judged, according to the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from speechops.planning import judged
from speechops.planning.judged import Judged
from speechops.registry.documents import (
    Basis,
    Benchmark,
    Cause,
    Ending,
    ModelReference,
    Release,
    ReleaseKind,
    RunRecord,
    State,
)
from speechops.registry.folder import FolderStore
from speechops.registry.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
PASSED = {"decision": "promote", "improved": "false"}
CANDIDATE = ModelReference("c1", "candidate one", base=False)
BENCHMARK = Benchmark(
    "m", CANDIDATE, "", 0.1, "t", "2026-01-07T09:00:00.000000Z", "77", Cause.TRAIN_DATA, frozen="a review"
)
DEPLOY = RunRecord(
    "78", "deploy", "m", "a" * 40, "2026-01-07T10:00:00.000000Z", ending=Ending.REFUSED, message="Full."
)
RELEASE = Release("1.0.0", "m", ReleaseKind.DEPLOY, "", "7", "", "e", CANDIDATE, 0.1, "better", "")


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(FolderStore(tmp_path))


def record(
    hour: int, operation: str = "train-data", *, ending: Ending | None = Ending.DONE, branch: str = "main"
) -> RunRecord:
    """Return a record of a run that is named by its hour in all that it was made from."""
    test, training, judging = (Basis((), {kind: str(hour)}) for kind in ("test", "training", "judging"))
    return RunRecord(
        str(99 - hour),
        operation,
        "m",
        "a" * 40,
        f"2026-01-07T{hour:02}:00:00.000000Z",
        ending=ending,
        branch=branch,
        state=State(test, training, judging),
    )


def read(registry: Registry, *records: RunRecord, branch: str = "main", run: str = "") -> Judged:
    for each in records:
        registry.record(each)
    return judged.read(registry, "m", branch, run=run, now=NOW)


def hours(found: Judged) -> tuple[str, str, str]:
    """Return which runs' states count: of tests, of training, of judging."""
    bases = (found.test, found.training, found.judging)
    return tuple("".join(basis.settings.values()) if basis else "" for basis in bases)  # type: ignore[return-value]


def test_read__of_nothing(registry: Registry) -> None:
    assert read(registry) == Judged()


@pytest.mark.parametrize(("test", "train"), [(8, 9), (9, 8)])
def test_read__each_operation_counts_for_its_own_and_the_later_for_judging(
    registry: Registry, test: int, train: int
) -> None:
    found = read(registry, record(test, "test-data"), record(train), record(10, "compare"))
    assert hours(found) == (str(test), str(train), "9")


def test_read__one_operation_alone(registry: Registry) -> None:
    assert hours(read(registry, record(8))) == ("", "8", "8")


@pytest.mark.parametrize(
    ("later", "counts"),
    [
        (record(9), True),
        (record(9, ending=Ending.NOT_PROMOTED), True),
        (record(9, ending=None), False),
        (record(9, ending=Ending.REFUSED), False),
        (record(9, ending=Ending.STILL_RUNNING), False),
        (record(9, ending=Ending.INTERRUPTED), False),
        (record(9, branch="topic"), False),
        (replace(record(9), state=None), False),
        (replace(record(9), id="this run"), False),
        (replace(record(9), model="m2"), False),
    ],
)
def test_read__what_counts_as_judged(registry: Registry, later: RunRecord, *, counts: bool) -> None:
    found = read(registry, record(8), later, run="this run")
    assert hours(found) == (("", "9", "9") if counts else ("", "8", "8"))


def test_read__for_no_branch__of_any(registry: Registry) -> None:
    assert hours(read(registry, record(8), record(9, branch="topic"), branch="")) == ("", "9", "9")


def test_read__candidate_that_passed_is_the_last_that_was_trained(registry: Registry) -> None:
    passed = replace(record(8), outputs=PASSED)
    assert read(registry, passed, replace(record(9, "test-data"), outputs=PASSED)).passed
    for outputs in ({}, {**PASSED, "decision": "stop"}, {**PASSED, "improved": "true"}):
        assert not read(registry, replace(record(10), outputs=outputs)).passed


def test_read__freeze_and_deployment_are_of_the_pointer(registry: Registry) -> None:
    registry.move_benchmark(BENCHMARK, pointer=None)
    registry.record(DEPLOY)
    found = read(registry)
    assert found.frozen == "a review"
    assert "candidate one was promoted by run 77 and is not deployed (Full)." in found.undeployed
    assert read(registry, run="77").undeployed == ""


@pytest.mark.parametrize(
    ("attempt", "why"),
    [
        (DEPLOY, " (Full)"),
        (replace(DEPLOY, message=""), ""),
        (replace(DEPLOY, ending=Ending.INTERRUPTED), ""),
        (replace(DEPLOY, ending=None), ""),
        (replace(DEPLOY, started="2026-01-07T08:00:00.000000Z"), ""),
    ],
)
def test_undeployed__says_why_the_last_attempt_since_the_promotion_was_refused(
    registry: Registry, attempt: RunRecord, why: str
) -> None:
    registry.record(attempt)
    assert f"is not deployed{why}. Run deploy" in judged.undeployed(registry, BENCHMARK, now=NOW)


def test_undeployed__nothing_if_none_was_to_be_deployed_or_it_is(registry: Registry) -> None:
    assert judged.undeployed(registry, BENCHMARK, now=NOW) == ""
    registry.record(DEPLOY)
    base = replace(BENCHMARK, reference=ModelReference("b", "base", base=True))
    assert judged.undeployed(registry, base, now=NOW) == ""
    registry.add_release(RELEASE)
    assert judged.undeployed(registry, BENCHMARK, now=NOW) == ""
    registry.add_release(replace(RELEASE, version="1.1.0", reference=replace(CANDIDATE, id="c0")))
    assert "is not deployed" in judged.undeployed(registry, BENCHMARK, now=NOW)


def test_undeployed__after_a_release_without_a_record_of_an_attempt(registry: Registry) -> None:
    registry.add_release(replace(RELEASE, reference=replace(CANDIDATE, id="c0")))
    assert "is not deployed. Run deploy" in judged.undeployed(registry, BENCHMARK, now=NOW)
