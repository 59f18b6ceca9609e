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
