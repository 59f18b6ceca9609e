"""``rollback`` through the command line: where it goes, whatever happened before, and that it gets there."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import pytest

from speechops.delivery import endpoint as endpoint_of
from speechops.delivery import smoke_test
from speechops.errors import WorkFailed
from speechops.operations import rollback
from speechops.registry.registry import Registry
from tests.operations.project import HELPFUL, TESTS, Answer, Project
from tests.operations.test_loop import client

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.delivery.endpoint import Target
    from speechops.registry.documents import Benchmark, Release
    from tests.kit.server import RunningService

A, B, C = HELPFUL[:4], HELPFUL[:8], HELPFUL


def run(project: Project, operation: str, *more: str, run: str = "") -> Answer:
    answer = project.run(operation, *more, environment={"GITHUB_RUN_ID": run} if run else None)
    assert answer.code == 0, answer.text
    return answer


def served(project: Project) -> str:
    """Return the model on the endpoint, which is the benchmark too."""
    (endpoint,) = client(project).endpoints()
    pointer = project.registry.benchmark("m")
    assert pointer
    assert pointer.benchmark.reference.id == endpoint_of.serving(endpoint)
    return endpoint_of.serving(endpoint)


def die(*_: object, **__: object) -> NoReturn:
    raise KeyboardInterrupt


def killed(
    project: Project, monkeypatch: pytest.MonkeyPatch, operation: str, *more: str, run: str = ""
) -> None:
    """Run to the moment between the swap and the trial."""
    environment = {"GITHUB_RUN_ID": run} if run else None
    with monkeypatch.context() as patch:
        patch.setattr(smoke_test, "check", die)
        assert project.run(operation, *more, environment=environment).code == 130


def test_rollback__does_not_go_to_what_was_gone_back_from(project: Project) -> None:
    first = project.release(A)
    project.release(B)
    assert run(project, "rollback").outputs["candidate"] == first
    project.release(C)
    assert run(project, "rollback").outputs["candidate"] == first
    assert served(project) == first
    assert "No release before 1.0.0" in project.run("rollback").text


def test_rollback__to_a_model_that_has_expired_is_refused(project: Project, service: RunningService) -> None:
    first = project.release(A)
    second = project.release(B)
    service.control.expire(first)
    answer = project.run("rollback")
    assert answer.code == 1
    assert "of release 1.0.0 expired on" in answer.text
    assert served(project) == second


def test_rollback__to_a_model_that_is_gone_is_refused(project: Project) -> None:
    first = project.release(A)
    second = project.release(B)
    client(project).delete_model(first)
    answer = project.run("rollback")
    assert answer.code == 1
    assert "The model of release 1.0.0 cannot be used" in answer.text
    assert "--to-version" in answer.text
    assert served(project) == second


@pytest.mark.parametrize("version", ["1.2.0", "v1.2.0"])
def test_rollback__to_a_rollback_goes_where_that_one_went(project: Project, version: str) -> None:
    """It has a version of its own, which the notes of the next release name."""
    first = project.release(A)
    project.release(B)
    assert run(project, "rollback").outputs["version"] == "1.2.0"
    project.release(C)
    assert run(project, "rollback", "--to-version", version).outputs["candidate"] == first
    assert served(project) == first
    assert project.registry.releases("m")[-1].rolled_back_to == "1.0.0"


def test_rollback__to_a_version_that_there_is_not_says_which_there_are(project: Project) -> None:
    answer = project.run("rollback", "--to-version", "1.0.0")
    assert answer.code == 2
    assert "Nothing was released yet." in answer.text
    project.release(A)
    project.release(B)
    first = run(project, "rollback").outputs["candidate"]
    answer = project.run("rollback", "--to-version", "1.9")
    assert answer.code == 2
    assert "Releases are 1.0.0, 1.1.0." in answer.text
    assert served(project) == first


def test_rollback__leaves_pending_deletions_to_be_completed(project: Project) -> None:
    project.release(A)
    project.release(B)
    pointer = project.registry.benchmark("m")
    assert pointer
    pending = replace(pointer.benchmark, pending_deletion=("a-model",))
    project.registry.move_benchmark(pending, pointer=pointer)
    run(project, "rollback")
    pointer = project.registry.benchmark("m")
    assert pointer
    assert pointer.benchmark.pending_deletion == ("a-model",)


def test_rollback__to_one_gone_back_from_is_a_new_way(project: Project) -> None:
    first, second = project.release(A), project.release(B)
    run(project, "rollback")
    assert run(project, "rollback", "--to-version", "1.1.0").outputs["candidate"] == second
    assert run(project, "rollback").outputs["candidate"] == first


def recreated(project: Project) -> str:
    """Deploy the last release's model to a new endpoint; return the version."""
    (endpoint,) = client(project).endpoints()
    client(project).delete_endpoint(endpoint.id)  # the free tier does after seven days
    return run(project, "deploy").outputs["version"]


def test_rollback__passes_over_more_releases_of_the_same_model(project: Project) -> None:
    first = project.release(A)
    project.release(B)
    assert [recreated(project), recreated(project)] == ["1.2.0", "1.3.0"]
    assert {release.kind for release in project.registry.releases("m")} == {"deploy"}
    assert run(project, "rollback").outputs["candidate"] == first
    assert served(project) == first


def test_deploy__after_a_rollback_is_a_deployment(project: Project) -> None:
    first = project.release(A)
    project.release(B)
    run(project, "rollback")
    recreated(project)
    *_, last = project.registry.releases("m")
    assert (last.kind, last.rolled_back_to) == ("deploy", "")
    assert served(project) == first


def test_rollback__of_a_model_promoted_again(project: Project) -> None:
    first, second = project.release(A), project.release(B)
    run(project, "rollback")
    assert project.release(B) == second
    assert project.registry.releases("m")[-1].kind == "deploy"
    assert run(project, "rollback").outputs["candidate"] == first
    assert served(project) == first


def test_rollback__of_an_earlier_model_promoted_again_returns_to_what_it_replaced(project: Project) -> None:
    """The data was reverted, and train-data judged: nobody has rolled back."""
    first, second = project.release(A), project.release(B)
    project.settings = "    on-inconclusive: ask\n"
    project.write_tests(TESTS[:4])
    project.write_training(A)
    assert project.run("train-data").outputs["decision"] == "ask"
    run(project, "deploy", "--candidate", first)
    *_, last = project.registry.releases("m")
    assert (last.reference.id, last.kind, last.rolled_back_to) == (first, "deploy", "")
    assert run(project, "rollback").outputs["candidate"] == second
    assert served(project) == second


def test_rollback__from_a_deploy_that_died_goes_to_the_last_release(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.release(A)
    second = project.release(B)
    project.promote(C)
    killed(project, monkeypatch, "deploy")
    for _ in range(2):
        back = run(project, "rollback", run="9")
        assert (back.outputs["candidate"], back.outputs["version"]) == (second, "1.2.0")
        assert served(project) == second
    assert len(project.registry.releases("m")) == 3


@pytest.mark.parametrize("second_run", ["9", "10"])
def test_rollback__that_died_is_taken_up(
    project: Project, monkeypatch: pytest.MonkeyPatch, second_run: str
) -> None:
    project.release(A)
    second = project.release(B)
    project.release(C)
    killed(project, monkeypatch, "rollback", run="9")
    assert run(project, "rollback", run=second_run).outputs["candidate"] == second
    assert served(project) == second


def test_rollback__from_a_dead_deploy_of_an_earlier_model(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = project.release(A), project.release(B)
    project.registry.move_benchmark(before_last(project), pointer=project.registry.benchmark("m"))
    killed(project, monkeypatch, "deploy")
    (endpoint,) = client(project).endpoints()
    assert endpoint_of.serving(endpoint) == first
    assert run(project, "rollback").outputs["candidate"] == second
    assert served(project) == second


def test_rollback__from_a_dead_deploy_dies_too(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.release(A)
    second = project.release(B)
    project.promote(C)
    killed(project, monkeypatch, "deploy")
    killed(project, monkeypatch, "rollback", run="9")
    back = run(project, "rollback", run="9")
    assert (back.outputs["candidate"], back.outputs["version"]) == (second, "1.2.0")
    assert served(project) == second


def test_rollback__again_in_its_run_changes_nothing_unless_told_where_to(project: Project) -> None:
    first, second = project.release(A), project.release(B)
    project.release(C)
    for _ in range(2):
        assert run(project, "rollback", run="9").outputs["candidate"] == second
    assert [each.version for each in project.registry.releases("m")][-1] == "1.3.0"
    assert run(project, "rollback", "--to-version", "v1.0.0", run="9").outputs["candidate"] == first
    assert served(project) == first


@pytest.mark.parametrize("spoil", [shutil.rmtree, lambda folder: (folder / "trans.txt").write_bytes(b"\xff")])
def test_rollback__needs_no_test_data(project: Project, spoil: Callable[[object], object]) -> None:
    first = project.release(A)
    project.release(B)
    spoil(project.folder / "test")
    assert "No smoke test: " in run(project, "rollback").text
    assert served(project) == first
    assert project.registry.releases("m")[-1].rolled_back_to == "1.0.0"


def test_rollback__trial_fails_and_the_next_one_tries_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = project.release(A), project.release(B)

    def fail(*_: object) -> NoReturn:
        raise WorkFailed("It heard nothing.")

    with monkeypatch.context() as patch:
        patch.setattr(smoke_test, "check", fail)
        assert project.run("rollback").code == 1
    assert served(project) == second
    assert run(project, "rollback").outputs["candidate"] == first


def before_last(project: Project) -> Benchmark:
    """Return the benchmark as a promotion of the first release's model would leave it."""
    pointer = project.registry.benchmark("m")
    assert pointer
    first = project.registry.releases("m")[0]
    return replace(pointer.benchmark, reference=first.reference, result=first.result, run="8")


def test_reconcile__looks_again_after_a_swap(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole rollback between the look at the releases and the swap that follows from it."""
    first = project.release(A)
    project.release(B)
    reconcile, releases = endpoint_of.reconcile, Registry.releases
    looking: list[str] = []

    def begun(target: Target) -> None:
        if not looking:
            looking.append("for the first time")
        reconcile(target)

    def stale(registry: Registry, model: str) -> list[Release]:
        found = releases(registry, model)
        if looking == ["for the first time"]:
            looking.append("and rolled back")
            run(project, "rollback")
        return found

    monkeypatch.setattr(endpoint_of, "reconcile", begun)
    monkeypatch.setattr(Registry, "releases", stale)
    run(project, "deploy")
    assert looking == ["for the first time", "and rolled back"]
    assert served(project) == first


def die_before_the_record(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin a rollback, run 77, that ends before its record."""
    with monkeypatch.context() as patch:
        patch.setattr(rollback, "record", die)
        project.run("rollback", environment={"GITHUB_RUN_ID": "77"})


def test_deploy__completes_a_rollback_that_died_before_its_record(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = project.release(A), project.release(B)
    recreated(project)
    project.release(C)
    die_before_the_record(project, monkeypatch)
    assert run(project, "deploy").outputs["candidate"] == second
    assert served(project) == second
    *_, last = project.registry.releases("m")
    assert (last.kind, last.rolled_back_to) == ("rollback", "1.2.0")
    run(project, "rollback", run="78")
    assert served(project) == first


def test_rollback__that_another_has_recorded_meanwhile_is_not_recorded_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = project.release(A)
    project.release(B)
    die_before_the_record(project, monkeypatch)
    run(project, "rollback", run="78")
    run(project, "rollback", run="77")
    assert served(project) == first
    assert [each.run for each in project.registry.releases("m")][2:] == ["78"]
