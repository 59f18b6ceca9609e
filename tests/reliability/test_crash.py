"""Killed at any effect and run again, every operation ends as if nothing had been.

``make test`` kills at a few places of each operation; ``make reliability`` at all of them.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.reliability.crash import Trial, targets
from tests.reliability.scenes import SCENES

if TYPE_CHECKING:
    from tests.reliability.harness import World

LEDGER = Path(__file__).parent / "effects.json"
EXHAUSTIVE = os.environ.get("SPEECHOPS_EXHAUSTIVE") == "1"
_SAMPLE = 2
_DOUBLES = 12 if EXHAUSTIVE else 0


@pytest.mark.parametrize("name", SCENES)
def test_operation__killed_anywhere_and_run_again_ends_as_a_clean_run(world: World, name: str) -> None:
    trial = Trial(world, SCENES[name])
    assert trial.code == SCENES[name].code, trial.said
    assert trial.unsettled == []
    known = set(json.loads(LEDGER.read_bytes())[name])
    assert set(trial.effects) == known, (
        f"{name} has effects that are not in {LEDGER.name}, or has lost some. If that is meant, run "
        "python -m tests.reliability ledger: the exhaustive test then exercises them."
    )
    places = targets(trial.effects)
    chosen = places if EXHAUSTIVE else random.Random(name).sample(places, _SAMPLE)  # noqa: S311
    wrong = [f"killed at {place}: {problem}" for place in chosen for problem in trial.kill(place)]
    for seed in range(_DOUBLES):
        hits = trial.double(seed)
        wrong += [f"seed {seed}, killed at {hits}: {problem}" for problem in trial.kill(*hits)]
    assert wrong == []


def test_ledger__names_every_operation_that_changes_anything() -> None:
    assert set(json.loads(LEDGER.read_bytes())) == set(SCENES)
    operations = {scene.act.operation for scene in SCENES.values()}
    changing = {"test-data", "train-data", "compare", "deploy", "rollback", "freeze", "unfreeze", "maintain"}
    assert operations == changing
