"""A developer's own loop: on a resource of one's own, the shared store as it was, cleaned up after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops import speech
from speechops.clock import SystemClock
from speechops.speech import KeyCredential, SpeechClient
from tests.kit.faults import Fault, FaultKind
from tests.operations.clinic import Detour
from tests.operations.project import HELPFUL, USELESS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit.server import RunningService
    from tests.operations.project import Answer, Project

A, B = HELPFUL[:4], HELPFUL


@pytest.fixture
def own(start_service: Callable[..., RunningService], tmp_path: Path) -> RunningService:
    """The developer's resource."""
    return start_service(tmp_path / "own")


def client(service: RunningService) -> SpeechClient:
    return SpeechClient(
        service.url, credential=KeyCredential("k"), session=speech.open_session(), clock=SystemClock()
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def run(project: Project, own: RunningService, operation: str, *more: str) -> Answer:
    return project.run(operation, "--developer-endpoint", own.url, *more)


def test_compare__on_a_resource_of_ones_own_changes_nothing_shared(
    project: Project, service: RunningService, own: RunningService
) -> None:
    benchmark = project.promote(A)
    store = project.folder / ".speechops/store"
    before, there = contents(store), client(service).models()
    project.write_training(B)
    answer = run(project, own, "compare")
    assert answer.code == 0, answer.text
    assert answer.outputs["improved"] == "true"
    assert contents(store) == before
    assert client(service).models() == there
    models = {model.display_name: model for model in client(own).models()}
    copies = [m for m in models.values() if m.custom_properties.get("speechops-source") == benchmark]
    assert len(copies) == 1  # the benchmark, which is what was compared with
    assert [name for name in models if name.startswith("temporary-")]
    assert len(models) == 2
    again = run(project, own, "compare")
    assert "tested before" in again.text
    assert len(client(own).models()) == 2
    assert contents(store) == before


def test_clean__deletes_what_this_loop_made_alone(project: Project, own: RunningService) -> None:
    project.promote(A)
    (theirs,) = own.control.seed("models", custom_properties={"speechops-loop": "of another"})
    project.write_training(B)
    run(project, own, "compare")
    stuck = Fault(kind=FaultKind.STATUS, method="DELETE", path="/datasets/", status=409, times=1)
    own.control.plant(stuck)
    speech = client(own)
    made = [len(found) for found in (speech.models(), speech.datasets(), speech.evaluations())]
    assert made == [3, 2, 1]
    there = sum(made) - 1
    answer = run(project, own, "clean")
    assert answer.code == 0, answer.text
    assert f"{there - 1} entities of this loop deleted; 1 could not be deleted." in answer.text
    answer = run(project, own, "clean")
    assert "1 entities of this loop deleted." in answer.text
    assert [model.id for model in client(own).models()] == [theirs]
    assert client(own).datasets() == ()
    assert client(own).evaluations() == ()
    refused = project.run("clean")
    assert refused.code == 2
    assert "developer-endpoint is missing" in refused.text


def test_compare__with_a_base_model_as_the_benchmark_has_nothing_to_copy(
    project: Project, own: RunningService
) -> None:
    project.run("test-data")
    answer = run(project, own, "compare")
    assert answer.code == 0, answer.text
    assert "could not be copied" not in answer.text
    assert not [call for call in own.control.counts if "copy" in call]


def test_compare__where_the_benchmark_cannot_be_copied_says_so(project: Project, own: RunningService) -> None:
    project.promote(A)
    project.write_training(USELESS)
    own.control.plant(Fault(kind=FaultKind.STATUS, method="POST", path="/models:authorizecopy", status=403))
    answer = run(project, own, "compare")
    assert "could not be copied" in answer.text
    assert "is the one to beat" in answer.text


def test_compare__shares_its_result_if_that_is_wanted(project: Project, own: RunningService) -> None:
    project.promote(A)
    before = len(project.results())
    project.write_training(B)
    run(project, own, "compare", "--share-result", "true")
    assert len(project.results()) == before + 1


def test_compare__deletes_what_the_one_before_made_and_nothing_else(
    project: Project, own: RunningService
) -> None:
    project.promote(A)
    (theirs,) = own.control.seed("models", custom_properties={"speechops-loop": "of another"})
    store = project.folder / ".speechops/store"
    before = contents(store)
    project.write_training(USELESS)
    run(project, own, "compare")
    first = {model.id for model in client(own).models()}
    (loop,) = {model.custom_properties["speechops-loop"] for model in client(own).models()} - {"of another"}
    marks = ({"speechops-loop": loop, "speechops-model": "other"}, {"speechops-model": "m"})
    others = [own.control.seed("datasets", custom_properties=marked)[0] for marked in marks]
    project.write_training(B)
    run(project, own, "compare")
    assert set(others) <= {dataset.id for dataset in client(own).datasets()}
    for dataset in others:
        client(own).delete_dataset(dataset)
    models = {model.id: model for model in client(own).models()}
    assert theirs in models
    temporary = [model for model in models.values() if model.display_name.startswith("temporary-")]
    assert len(temporary) == 1
    assert temporary[0].id not in first
    assert len(models) == 3  # theirs, the benchmark's copy, the candidate
    assert len(client(own).evaluations()) == 1
    kinds = sorted(dataset.kind for dataset in client(own).datasets())
    assert kinds == ["Acoustic", "Language"]
    assert contents(store) == before
    assert "tested before" in run(project, own, "compare").text
    assert len(client(own).models()) == 3


def test_compare__in_another_cloud_than_the_benchmark_copies_nothing(
    project: Project, service: RunningService, own: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.promote(A)
    project.write_training(B)
    project.endpoint = "https://contoso.cognitiveservices.azure.com"
    theirs = "https://fabrikam.cognitiveservices.azure.us"
    Detour(service.url, project.endpoint).install(monkeypatch)
    Detour(own.url, theirs).install(monkeypatch)
    keys = ("--speech-key", "k" * 32, "--developer-key", "d" * 32)
    answer = project.run("compare", "--developer-endpoint", theirs, *keys)
    assert answer.code == 0, answer.text
    assert "cannot be copied to another cloud" in answer.text
    assert not [call for call in own.control.counts if "copy" in call]
