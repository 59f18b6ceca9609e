"""The benchmark pointer: whoever saw an older one may not move it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from speechops.registry.documents import Benchmark, Cause, ModelReference
from speechops.registry.folder import FolderStore
from speechops.registry.registry import Registry
from speechops.registry.store import Conflict

if TYPE_CHECKING:
    from pathlib import Path

BASE = Benchmark(
    "m", ModelReference("1", "base", base=True), "", 0.2, "t", "2026-01-07T12:00:00Z", "1", Cause.TEST_DATA
)


def test_move_benchmark__away_and_back_is_a_move(tmp_path: Path) -> None:
    """As ``maintain`` does, which names the models that it deletes, and takes the names away again."""
    registry = Registry(FolderStore(tmp_path))
    seen = registry.move_benchmark(BASE, pointer=None)
    away = registry.move_benchmark(replace(BASE, pending_deletion=("2",)), pointer=seen)
    back = registry.move_benchmark(replace(BASE, pending_deletion=()), pointer=away)
    assert replace(back.benchmark, revision=seen.benchmark.revision) == seen.benchmark
    with pytest.raises(Conflict):
        registry.move_benchmark(
            replace(BASE, reference=ModelReference("2", "deleted", base=False)), pointer=seen
        )
    assert registry.benchmark("m") == back
