"""A Speech resource that is as full as one of a large team after years."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from speechops.embedded.entities import Dataset, Evaluation, Kind, Model, ModelReference, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.kit.control import Control

_FIRST = datetime(2025, 1, 1, tzinfo=UTC)
_LOCALES = ("en-US", "de-DE", "fr-FR")
_OTHERS: Mapping[str, str] = {"speechops-model": "other", "speechops-store": "f" * 32}


def crowd(control: Control, *, models: int = 3000, evaluations: int = 3000, datasets: int = 400) -> None:
    """Put finished work of other teams into a resource, in three languages."""
    base = str(uuid5(NAMESPACE_URL, "base"))
    control.put(
        *(_dataset(number) for number in range(datasets)),
        *(_model(number, base, datasets) for number in range(models)),
        *(_evaluation(number, models, datasets) for number in range(evaluations)),
    )


def _id(kind: str, number: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"{kind}/{number}"))


def _dataset(number: int) -> Dataset:
    moment = _FIRST + timedelta(hours=number)
    return Dataset(
        id=_id("dataset", number),
        display_name=f"other-dataset-{number}",
        locale=_LOCALES[number % 3],
        created=moment,
        last_action=moment,
        custom_properties=_OTHERS,
        status=Status.SUCCEEDED,
        kind=Kind.LANGUAGE,
    )


def _model(number: int, base: str, datasets: int) -> Model:
    moment = _FIRST + timedelta(hours=number)
    return Model(
        id=_id("model", number),
        display_name=f"other-model-{number}",
        locale=_LOCALES[number % 3],
        created=moment,
        last_action=moment,
        custom_properties=_OTHERS,
        status=Status.SUCCEEDED,
        base_model=base,
        datasets=(_id("dataset", number % datasets),),
        expires=moment + timedelta(days=1500),
    )


def _evaluation(number: int, models: int, datasets: int) -> Evaluation:
    moment = _FIRST + timedelta(hours=number)
    model = ModelReference(_id("model", number % models), is_base=False)
    return Evaluation(
        id=_id("evaluation", number),
        display_name=f"other-evaluation-{number}",
        locale=_LOCALES[number % 3],
        created=moment,
        last_action=moment,
        custom_properties=_OTHERS,
        status=Status.SUCCEEDED,
        model1=model,
        model2=model,
        dataset=_id("dataset", number % datasets),
        transcription1=_id("transcription", 2 * number),
        transcription2=_id("transcription", 2 * number + 1),
    )
