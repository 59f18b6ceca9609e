"""How much work one run does: scorings and alignments."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from speechops.scoring import alignment, scores

from .project import TESTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .project import Project


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the scorings and the alignments of an utterance with one model."""
    found: Counter[str] = Counter()
    paths, score = alignment.paths, scores._score

    def aligned(said: Sequence[str], heard: Sequence[str], cut: Callable[[str], list[str]]) -> list[str]:
        found["alignments"] += len(said)
        return paths(said, heard, cut)

    def scored(utterances: Any, normaliser: Any, *, models: int) -> Any:  # noqa: ANN401
        found["models scored"] += models
        return score(utterances, normaliser, models=models)

    monkeypatch.setattr(alignment, "paths", aligned)
    monkeypatch.setattr(scores, "_score", scored)
    return found


@pytest.mark.parametrize("operation", ["train-data", "compare"])
def test_candidate__each_model_is_scored_once(project: Project, work: Counter[str], operation: str) -> None:
    answer = project.run(operation)
    assert answer.code == 0, answer.text
    assert work == {"models scored": 2, "alignments": 2 * len(TESTS)}


def test_test_data__the_benchmark_is_scored_once(project: Project, work: Counter[str]) -> None:
    answer = project.run("test-data")
    assert answer.code == 0, answer.text
    assert work == {"models scored": 1, "alignments": len(TESTS)}
