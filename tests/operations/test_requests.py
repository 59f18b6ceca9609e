"""What operations ask of a Speech resource that others fill too."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from speechops.speech.collections import Entities
from tests.kit.crowd import crowd
from tests.operations.project import TESTS, USELESS

if TYPE_CHECKING:
    import pytest

    from speechops.speech.entities import Entity
    from tests.kit.server import RunningService
    from tests.operations.project import Project

PAGE, FULL = 100, 330  # of which a third is in the model's language: two pages


class Lists(Counter[tuple[str, str]]):
    """The lists that were read in full, by collection and filter."""

    def install(self, monkeypatch: pytest.MonkeyPatch) -> Lists:
        read = Entities._read_list

        def reading(entities: Entities, entity: type[Entity], wanted: str) -> tuple[object, ...]:
            if "displayName" not in wanted:
                self[entity.path, wanted] += 1
            return read(entities, entity, wanted)

        monkeypatch.setattr(Entities, "_read_list", reading)
        return self


def fill(service: RunningService) -> None:
    crowd(service.control, models=FULL, evaluations=FULL, datasets=FULL)


def test_compare__lists_each_collection_once_and_by_language(
    project: Project, service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(service)
    lists = Lists().install(monkeypatch)
    answer = project.run("compare")
    assert answer.code == 0, answer.text
    assert set(lists.values()) == {1}
    assert {path for path, _ in lists} == {"models", "models/base", "evaluations", "datasets"}
    assert all("locale eq 'en-US'" in wanted for _, wanted in lists)
    (tests,) = (wanted for path, wanted in lists if path == "evaluations")
    assert "createdDateTime ge " in tests


def test_train_data__takes_what_the_store_knows_by_its_id(
    project: Project, service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The merge of what a pull request has trained and tested."""
    project.settings = "    gate: any-improvement\n"
    project.write_training(TESTS)
    fill(service)
    project.run("compare")
    lists = Lists().install(monkeypatch)
    answer = project.run("train-data")
    assert answer.code in {0, 3}, answer.text
    assert "A pull request tested this data" in answer.text
    assert {path for path, _ in lists} == {"models/base"}


def test_train_data__what_the_store_knows_is_not_looked_for_to_be_tested_again(
    project: Project, service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(service)
    project.run("compare")
    project.write_tests(TESTS[:11])
    lists = Lists().install(monkeypatch)
    assert "train m-" in project.run("compare").text
    assert "models" not in {path for path, _ in lists}


def test_train_data__that_deletes_its_candidate_lists_once_more(
    project: Project, service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may be deleted is chosen from a list of that moment."""
    project.promote(TESTS)
    fill(service)
    project.write_training(USELESS)
    lists = Lists().install(monkeypatch)
    answer = project.run("train-data")
    assert answer.code == 3, answer.text
    assert max(lists.values()) == 2


def test_test_data__alone_fetches_the_texts_of_one_model(project: Project, service: RunningService) -> None:
    traffic = service.control.conditions.traffic
    traffic.clear()
    assert project.run("test-data").code == 0
    files = [exchange.path for exchange in traffic.exchanges if "_score.json" in exchange.path]
    assert len(files) == len(TESTS)
    assert all("model1" in path for path in files)
