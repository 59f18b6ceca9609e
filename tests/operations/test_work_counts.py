"""How much work one run does: scorings, alignments, and how often it opens each data file."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from speechops.scoring import alignment, scores

from .project import HELPFUL, TESTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.stub_engine import StubEngine

    from .project import Project


_LISTENING: list[list[str]] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _LISTENING and isinstance(arguments[0], str):
        _LISTENING[-1].append(arguments[0])


sys.addaudithook(_hook)


@contextmanager
def opened(project: Project) -> Iterator[Counter[str]]:
    """Count how often each data file of a project is opened."""
    paths: list[str] = []
    found: Counter[str] = Counter()
    _LISTENING.append(paths)
    try:
        yield found
    finally:
        _LISTENING.pop()
    data = [project.folder / "training.txt", project.folder / "words.txt", *project.folder.glob("test*/*")]
    data += project.folder.glob("*.zip")
    found.update({path.relative_to(project.folder).as_posix(): paths.count(str(path)) for path in data})


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


@pytest.mark.parametrize("operation", ["train-data", "compare"])
def test_candidate__each_data_file_is_opened_twice_at_most(project: Project, operation: str) -> None:
    (project.folder / "words.txt").write_text("naproxen\tna prok sen\n", encoding="utf-8")
    project.settings = "      pronunciation: words.txt\n"
    project.write_training(HELPFUL)
    with opened(project) as found:
        answer = project.run(operation)
    assert answer.code == 0, answer.text
    assert len(found) == len(TESTS) + 3
    assert (found["training.txt"], found["test/01.wav"]) == (1, 2)  # text is uploaded as it was checked
    assert set(found.values()) <= {1, 2}


@pytest.mark.parametrize(("more", "times"), [((), 2), (("--include-audio", "true"), 3)])
def test_candidate__a_zip_is_opened_twice_and_once_for_its_recordings(
    project: Project, more: tuple[str, ...], times: int
) -> None:
    config = project.folder / "speechops.yml"
    shutil.make_archive(str(project.folder / "test"), "zip", project.folder / "test")
    config.write_text(
        config.read_text(encoding="utf-8").replace(": test\n", ": test.zip\n"), encoding="utf-8"
    )
    with opened(project) as found:
        answer = project.run("train-data", *more)
    assert answer.code == 0, answer.text
    assert found["test.zip"] == times


def test_deploy__reads_the_one_utterance_that_it_needs(project: Project) -> None:
    project.promote(HELPFUL)
    with opened(project) as found:
        answer = project.run("deploy")
    assert answer.code == 0, answer.text
    assert "answers as the model did" in answer.text
    read = {name for name, count in found.items() if count}
    assert len(read) == 2
    assert "test/trans.txt" in read


def test_compare__another_weight_is_another_training(project: Project, engine: StubEngine) -> None:
    candidates = []
    for weight in (30, 70, 30):
        project.write_training(HELPFUL, weight=weight)
        candidates.append(project.run("compare").outputs["candidate"])
    assert candidates[0] == candidates[2] != candidates[1]
    assert engine.trained == 2
