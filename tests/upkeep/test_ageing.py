"""What is said of dates, and of what an endpoint serves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from speechops.registry.documents import (
    Benchmark,
    Cause,
    ModelReference,
    Release,
    ReleaseKind,
    TargetRelease,
)
from speechops.speech import Endpoint, Model
from speechops.speech import ModelReference as Served
from speechops.upkeep import ageing
from speechops.upkeep.ageing import Dated

NOW = datetime(2026, 6, 1, tzinfo=UTC)
REFERENCE = ModelReference("trained", "clinic-1", base=False)
RELEASE = Release("1.0.0", "m", ReleaseKind.DEPLOY, "", "1", "", "e", REFERENCE, 0.1, "better", "")


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (None, ""),
        (90.1, ""),
        (90, "expires on 2026-08-30, in less than 90 days. Act."),
        (30.1, "in less than 90 days"),
        (30, "in less than 30 days"),
        (7, "in less than 7 days"),
        (0.1, "expires on 2026-06-01, in less than 7 days"),
        (0, "It expired on 2026-06-01. Act."),
        (-3, "It expired on 2026-05-29. Act."),
    ],
)
def test_warnings__tighten_until_the_day(days: float | None, said: str) -> None:
    until = None if days is None else NOW + timedelta(days=days)
    warnings = list(ageing.warnings([Dated("It", until, "Act.")], (30, 90, 7), NOW))
    assert len(warnings) == bool(said)
    assert said in "".join(warnings)


def model(days: float | None = 100) -> Model:
    until = None if days is None else NOW + timedelta(days=days)
    return Model(id="copy", display_name="m", locale="en-US", transcription_until=until)


def client(found: Model | None) -> Any:  # noqa: ANN401 - stands in for a client
    return SimpleNamespace(find_model=lambda _, base: None if base else found)


def endpoint(serves: str | None, identity: str = "e") -> Endpoint:
    reference = Served(serves) if serves else None
    return Endpoint(id=identity, display_name="m-en-US", locale="en-US", model=reference)


@pytest.mark.parametrize(("target", "where"), [("", ""), ("west", " in west")])
@pytest.mark.parametrize(
    ("named", "endpoints", "found", "problem"),
    [
        ("", [], None, "The model clinic-1{} is gone: batch transcription with it fails"),
        ("e", [], model(), "Endpoint e{} of release 1.0.0 is gone"),
        ("e", [endpoint("copy", "other")], model(), "Endpoint e{} of release 1.0.0 is gone"),
        ("e", [endpoint(None)], model(), "Endpoint e{} has no model, but release 1.0.0 is copy"),
        ("e", [endpoint("another")], model(), "Endpoint e{} has another, but release 1.0.0 is copy"),
        (
            "e",
            [endpoint("another", "other"), endpoint("copy")],
            None,
            "The model clinic-1 on endpoint e{} is gone: the endpoint silently answers with a base model",
        ),
    ],
)
def test_target__that_does_not_serve_what_was_released_is_a_problem(
    target: str, where: str, named: str, endpoints: list[Endpoint], found: Model | None, problem: str
) -> None:
    row = TargetRelease(target, "copy", named)
    dated, problems = ageing.of_target(client(found), RELEASE, row, endpoints, NOW)
    assert dated == []
    assert len(problems) == 1
    assert problems[0].startswith(problem.format(where))


@pytest.mark.parametrize(
    ("named", "days", "what", "advice"),
    [
        ("", 100, "The model clinic-1 in west", "Batch transcription with it then fails"),
        ("e", 100, "The model clinic-1 on endpoint e in west", "The endpoint then silently answers"),
        ("e", None, "The model clinic-1 on endpoint e in west", "The endpoint then silently answers"),
        ("e", -1, "The model clinic-1 on endpoint e in west", "The endpoint silently answers"),
    ],
)
def test_target__date_is_that_of_its_own_model(
    named: str, days: float | None, what: str, advice: str
) -> None:
    row = TargetRelease("west", "copy", named)
    (dated,), problems = ageing.of_target(client(model(days)), RELEASE, row, [endpoint("copy")], NOW)
    assert problems == []
    assert (dated.what, dated.until) == (what, model(days).transcription_until)
    assert dated.advice.startswith(advice)


def test_benchmark__that_is_gone_has_no_date() -> None:
    benchmark = Benchmark("m", REFERENCE, "", 0.1, "t", "", "1", Cause.TRAIN_DATA)
    dated, (problem,) = ageing.of_benchmark(client(None), benchmark)
    assert dated == []
    assert problem.startswith("The benchmark clinic-1 is gone from the service.")


def test_benchmark__whose_base_model_is_gone_has_its_own_date() -> None:
    benchmark = Benchmark("m", REFERENCE, "", 0.1, "t", "", "1", Cause.TRAIN_DATA)
    (dated,), problems = ageing.of_benchmark(client(model()), benchmark)
    assert problems == []
    assert (dated.what, dated.until) == ("The benchmark clinic-1", model().transcription_until)
