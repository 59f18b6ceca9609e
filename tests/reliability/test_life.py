"""Years pass, clocks drift, foreign hands meddle: nothing is lost, paid twice or piled up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.reliability.life import DAYS, Life

if TYPE_CHECKING:
    from pathlib import Path

EXHAUSTIVE = os.environ.get("SPEECHOPS_EXHAUSTIVE") == "1"


def test_life(tmp_path: Path) -> None:
    life = Life(tmp_path, seed=1)
    life.live(DAYS if EXHAUSTIVE else 45)
    assert life.problems == []
    assert life.trainings > 1
