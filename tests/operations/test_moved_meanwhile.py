"""Another run moves the benchmark between a run's look at it and its own move: nothing of either is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops.registry.registry import Registry
from tests.operations.project import HELPFUL, TESTS, Project
from tests.operations.test_evidence import asked, choose_gate
from tests.operations.test_loop import client

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.registry.documents import Benchmark
    from speechops.registry.registry import Pointer

GATE = "    gate: any-improvement\n"


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let another run act right before the next move of the benchmark."""

    def arrange(act: Callable[[], object]) -> None:
        move, acts = Registry.move_benchmark, [act]

        def moving(registry: Registry, benchmark: Benchmark, *, pointer: Pointer | None) -> Pointer:
            if acts:
                acts.pop()()
            return move(registry, benchmark, pointer=pointer)

        monkeypatch.setattr(Registry, "move_benchmark", moving)

    return arrange


def benchmark(project: Project) -> Benchmark:
    pointer = project.registry.benchmark("m")
    assert pointer
    return pointer.benchmark


def test_test_data__tests_the_new_benchmark(
    project: Project, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    promoted: list[str] = []
    meanwhile(lambda: promoted.append(project.promote(HELPFUL)))
    answer = project.run("test-data")
    assert answer.code == 0, answer.text
    assert "testing the new one" in answer.text
    assert [answer.outputs["benchmark"]] == promoted == [benchmark(project).reference.id]
    result = project.registry.result_named(benchmark(project).result)
    assert result
    assert result.benchmark.id == promoted[0]
    assert benchmark(project).error_rate == 0


def test_train_data__compares_with_the_new_benchmark(
    project: Project, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    promoted: list[str] = []
    meanwhile(lambda: promoted.append(project.promote(HELPFUL)))
    choose_gate(project, GATE, HELPFUL[:6])
    answer = project.run("train-data")
    assert answer.code == 3, answer.text
    assert "comparing with the new one" in answer.text
    assert answer.outputs["verdict"] == "worse"
    assert [benchmark(project).reference.id] == promoted


def test_freeze__pins_the_new_benchmark(
    project: Project, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    project.run("test-data")
    promoted: list[str] = []
    meanwhile(lambda: promoted.append(project.promote(HELPFUL)))
    answer = project.run("freeze", "--reason", "audit")
    assert answer.code == 0, answer.text
    assert benchmark(project).frozen == "audit"
    assert [benchmark(project).reference.id] == promoted
    assert f"{benchmark(project).reference.name} stays the benchmark: audit" in answer.text


def test_rollback__keeps_a_freeze(
    project: Project, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    first = project.release(TESTS[:4])
    project.release(TESTS)
    meanwhile(lambda: project.run("freeze", "--reason", "audit"))
    answer = project.run("rollback")
    assert answer.code == 0, answer.text
    assert (benchmark(project).reference.id, benchmark(project).frozen) == (first, "audit")


@pytest.mark.parametrize("act", ["freeze", "promotion"])
def test_deploy__of_an_approved_candidate_obeys_what_happened(
    project: Project, meanwhile: Callable[[Callable[[], object]], None], act: str
) -> None:
    project.run("test-data")
    candidate = asked(project)
    before = benchmark(project).reference.id
    if act == "freeze":
        meanwhile(lambda: project.run("freeze", "--reason", "audit"))
    else:
        meanwhile(lambda: project.promote(HELPFUL[:9]))
    answer = project.run("deploy", "--candidate", candidate)
    assert answer.code == (2 if act == "freeze" else 0), answer.text
    assert ("audit" if act == "freeze" else "superseded") in answer.text
    assert benchmark(project).reference.id != candidate
    assert (benchmark(project).reference.id == before) == (act == "freeze")
    assert client(project).endpoints() == ()
