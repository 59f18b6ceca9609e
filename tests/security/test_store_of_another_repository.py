"""A repository names the storage account of another, with a model of the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.operations.clinic import Clinic


def use(clinic: Clinic, id_: str, name: str) -> None:
    clinic.environment |= {"GITHUB_REPOSITORY_ID": id_, "GITHUB_REPOSITORY": name}


@pytest.mark.parametrize("operation", ["train-data", "compare", "deploy", "maintain", "report", "freeze"])
def test_store_of_another_repository__refused_and_left_alone(clinic: Clinic, operation: str) -> None:
    own = clinic.github.state.repository
    use(clinic, "74", own)
    assert clinic.run("freeze", "--reason", "a look first").code in {0, 1, 2}
    use(clinic, "99", own)
    more = ("--reason", "x") if operation == "freeze" else ()
    answer = clinic.run(operation, *more)
    assert answer.code == 2, answer.text
    assert f"belongs to the repository {own}" in answer.text


def test_store__taken_over_on_request_and_kept_by_a_renamed_repository(clinic: Clinic) -> None:
    own = clinic.github.state.repository
    use(clinic, "74", own)
    assert clinic.run("train-data").code == 0
    use(clinic, "99", own)
    assert clinic.run("train-data").code == 2
    assert clinic.run("train-data", "--take-over-store", "true").code in {0, 3}
    assert clinic.run("report").code == 0
    use(clinic, "74", own)
    assert clinic.run("report").code == 2


def test_store__is_known_by_the_id_and_not_by_a_name_that_may_be_taken(clinic: Clinic) -> None:
    """A repository that was renamed leaves its name to whoever takes it."""
    own = clinic.github.state.repository
    use(clinic, "74", own)
    assert clinic.run("train-data").code == 0
    use(clinic, "74", "octo-team/renamed")
    assert clinic.run("freeze", "--reason", "x").code == 0
    use(clinic, "99", own)
    assert clinic.run("unfreeze").code == 2


def test_take_over__is_not_for_speechops_yml_to_say(clinic: Clinic) -> None:
    use(clinic, "74", clinic.github.state.repository)
    assert clinic.run("train-data").code == 0
    config = clinic.project.folder / "speechops.yml"
    config.write_text("take-over-store: true\n" + config.read_text())
    use(clinic, "99", clinic.github.state.repository)
    answer = clinic.run("train-data")
    assert answer.code == 2
    assert "take-over-store" in answer.text


def test_reader__claims_no_store_that_nobody_has(clinic: Clinic) -> None:
    use(clinic, "99", clinic.github.state.repository)
    assert clinic.run("report").code in {0, 2}
    use(clinic, "74", clinic.github.state.repository)
    assert clinic.run("train-data").code == 0
