"""Runs that race leave a history that one run after the other could have made."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.reliability.race import DELIVERIES, PAIRS, Schedule, deployed_in_time, linearizable

if TYPE_CHECKING:
    from tests.reliability.harness import World

EXHAUSTIVE = os.environ.get("SPEECHOPS_EXHAUSTIVE") == "1"
_SCHEDULES = 200 if EXHAUSTIVE else 4
_OVER_TARGETS = 80 if EXHAUSTIVE else 4
_ON_ACCOUNT = 42 if EXHAUSTIVE else 2
_PARTS = 4  # so that two workers share them


@pytest.mark.parametrize("part", range(_PARTS))
def test_races__in_the_schedules_of_many_seeds(busy: World, part: int) -> None:
    wrong: list[str] = []
    for seed in range(part, _SCHEDULES, _PARTS):
        wrong += Schedule.of(seed).play(busy)
    assert wrong == []


@pytest.mark.parametrize("part", range(_PARTS))
def test_races__over_two_targets(busy_targets: World, part: int) -> None:
    wrong: list[str] = []
    for seed in range(part, _OVER_TARGETS, _PARTS):
        wrong += Schedule.of(seed, targets=True).play(busy_targets)
    assert wrong == []


def test_races__on_a_storage_account(busy: World, account: str) -> None:
    busy.account = account
    try:
        wrong = [each for seed in range(1000, 1000 + _ON_ACCOUNT) for each in Schedule.of(seed).play(busy)]
    finally:
        busy.account = ""
    assert wrong == []


def test_schedules__take_every_pair() -> None:
    for targets, pairs in ((False, PAIRS), (True, DELIVERIES)):
        assert set(pairs) <= {Schedule.of(seed, targets=targets).names for seed in range(200)}


def test_schedule__same_seed_same_history(busy: World) -> None:
    schedule = Schedule(("train-data", "train-data-other"), 5, 0.0)
    histories = []
    for _ in range(2):
        assert schedule.play(busy) == []
        histories.append(busy.state())
    assert histories[0] == histories[1]


def test_linearizable__sees_a_lost_update() -> None:
    name = "configuration/m.json"
    read = {"run": 0, "act": "read", "name": name, "etag": "a"}
    history = [
        read,
        {**read, "run": 1},
        {"run": 1, "act": "write", "name": name, "if_match": "a", "etag": "b", "data": "{}"},
        {"run": 0, "act": "write", "name": name, "if_match": "a", "etag": "c", "data": "{}"},
    ]
    assert list(linearizable(history, "a")) == ["step 3: run 0 overwrote a pointer that it had not seen"]
    history[3] = {**history[3], "conflict": True}
    assert list(linearizable(history, "a")) == []
    assert list(linearizable([{**read, "etag": "z"}], "a")) == [
        "step 0: run 0 read a pointer that is not the last one written"
    ]


def test_deployed_in_time__sees_a_superseded_candidate() -> None:
    pointer = {"run": 0, "act": "write", "name": "configuration/m.json", "etag": "b", "if_match": "a"}
    release = {"run": 0, "act": "write", "name": "releases/m/1.json", "if_absent": True}
    good = '{"reference": {"id": "x"}, "kind": "deploy", "version": "1.0.0"}'
    history = [{**pointer, "data": good}, {**release, "data": good.replace('"x"', '"y"')}]
    assert list(deployed_in_time(history)) == ["step 1: a superseded candidate was released as 1.0.0"]
