"""Years pass, clocks drift, foreign hands meddle: nothing is lost, paid twice or piled up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.reliability.life import DAYS, Life

if TYPE_CHECKING:
    from pathlib import Path

EXHAUSTIVE = os.environ.get("SPEECHOPS_EXHAUSTIVE") == "1"


@pytest.mark.parametrize("seed", [1, 2] if EXHAUSTIVE else [1])
def test_life(tmp_path: Path, seed: int) -> None:
    life = Life(tmp_path, seed)
    life.live(DAYS if EXHAUSTIVE and seed == 1 else 45)
    assert life.problems == []
    assert life.trainings > 1
