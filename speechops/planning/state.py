"""What determines the results of a model in one commit: contents of its data, and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.inputs import (
    BASE_MODEL,
    CUSTOM_MODEL_WEIGHT_PERCENT,
    GATE_INPUTS,
    KEY_TERMS,
    LEAKS,
    NUMBERS_WITH_AND,
    OPTIONAL_MARKS,
    REFERENCE_ALTERNATIVES,
    REPLACEMENTS,
    TRANSCRIBER_MARKS,
)
from speechops.registry.documents import Basis, DataObject, State
from speechops.settings import TRAINING_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from speechops.planning.checkout import Checkout
    from speechops.planning.tree import Tree
    from speechops.settings import ModelSettings

_ROLES = {kind: f"training-{key}" for key, kind in TRAINING_KINDS.items()}
_NORMALIZATION = (OPTIONAL_MARKS, NUMBERS_WITH_AND, REFERENCE_ALTERNATIVES, TRANSCRIBER_MARKS)


def of_model(model: ModelSettings, checkout: Checkout, tree: Tree | None = None) -> State:
    """Return the state of a model in the checked-out commit or, with other settings, in ``tree``."""
    files = tree or checkout.tree

    def data(role: str, path: Path) -> DataObject:
        place = checkout.place(path)
        return DataObject(role, place, files.id(place))

    return State(
        test=Basis(
            (data("test-data", model.test_data),) if model.test_data else (), {"locale": model.locale}
        ),
        training=Basis(
            tuple(data(_ROLES[file.kind], file.path) for file in model.training),
            {
                "locale": model.locale,
                "base-model": model[BASE_MODEL],
                "custom-model-weight-percent": str(model[CUSTOM_MODEL_WEIGHT_PERCENT] or ""),
            },
        ),
        judging=Basis(
            tuple(data(role, path) for role, path in judging_files(model)),
            {
                "leaks": model[LEAKS],
                "groups": model.groups.rule or model.groups.column,
                "clusters": model.clusters.rule or model.clusters.column,
                **{row.name: _written(model[row]) for row in GATE_INPUTS.values()},
                **{row.name: _chosen(model[row], row.default) for row in _NORMALIZATION},
            },
        ),
    )


def files(model: ModelSettings) -> Iterator[Path]:
    """Yield every file and folder that a model's results depend on."""
    if model.test_data is not None:
        yield model.test_data
    yield from (file.path for file in model.training)
    yield from (path for _, path in judging_files(model))


def judging_files(model: ModelSettings) -> Iterator[tuple[str, Path]]:
    """Yield the files that a verdict depends on, each after the input that names it."""
    named = (
        ("replacements", model[REPLACEMENTS]),
        ("key-terms", model[KEY_TERMS] if model.gate.key_terms_recall is not None else None),
        ("groups", model.groups.table),
        ("clusters", model.clusters.table),
    )
    yield from ((role, path) for role, path in named if path is not None)


def _written(value: object) -> str:
    """Return a value as in settings, empty for none."""
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _chosen(value: object, default: str) -> str:
    """Return a value as in settings, empty for the default."""
    return "" if _written(value) == default else _written(value)
