"""The models that a test compares: what tells two trainings apart, and how a model is remembered."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from speechops.evaluation import models
from speechops.inputs import CUSTOM_MODEL_WEIGHT_PERCENT
from speechops.speech import Model

if TYPE_CHECKING:
    from speechops.corpus import DataFile
    from speechops.run import Run
    from speechops.speech import BaseModel


class _Settings(dict[object, object]):
    name = "m"
    locale = "en-US"


def training(
    *,
    name: str = "m",
    locale: str = "en-US",
    weight: int | None = 30,
    base: str = "b",
    files: tuple[str, ...] = ("1", "2"),
) -> str:
    settings = _Settings({CUSTOM_MODEL_WEIGHT_PERCENT: weight})
    settings.name, settings.locale = name, locale
    data = cast("list[DataFile]", [SimpleNamespace(fingerprint=file) for file in files])
    run = cast("Run", SimpleNamespace(model=settings))
    return models.training_fingerprint(run, data, cast("BaseModel", SimpleNamespace(id=base)))


def test_training__is_known_by_all_that_determines_the_model() -> None:
    others = [
        training(name="n"),
        training(locale="en-GB"),
        training(weight=None),
        training(base="c"),
        training(files=("1",)),
        training(files=("2",)),
        training(files=("1", "3")),
    ]
    assert training() == training()
    assert len({training(), *others}) == 1 + len(others)


@pytest.mark.parametrize(
    ("properties", "commit"),
    [({}, ""), ({"speechops-commit": "local"}, ""), ({"speechops-commit": "abc"}, "abc")],
)
@pytest.mark.parametrize(
    ("until", "day"), [(None, ""), (datetime(2028, 1, 15, 12, tzinfo=UTC), "2028-01-15")]
)
def test_candidate__is_remembered_with_its_commit_and_its_end(
    properties: dict[str, str], commit: str, until: datetime | None, day: str
) -> None:
    model = Model(
        id="1", display_name="m-1", locale="en-US", custom_properties=properties, transcription_until=until
    )
    found = models.candidate_reference(model, "f")
    assert (found.commit, found.expires, found.training, found.base) == (commit, day, "f", False)
