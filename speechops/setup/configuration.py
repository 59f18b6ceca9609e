"""The text of a ``speechops.yml``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Model:
    """A model's part of the file: training data by kind, and further settings."""

    name: str
    locale: str
    test_data: str
    training: Mapping[str, Sequence[str]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of all its data."""
        training = [path for paths in self.training.values() for path in paths]
        return tuple(path for path in (self.test_data, *training) if path)

    def lines(self) -> Iterator[str]:
        """Yield its lines."""
        yield f"  {scalar(self.name)}:"
        yield f"    locale: {self.locale}"
        if self.test_data:
            yield f"    test-data: {scalar(self.test_data)}"
        if self.training:
            yield "    training-data:"
            yield from (f"      {kind}: {_value(paths)}" for kind, paths in self.training.items())
        yield from (f"    {key}: {scalar(value)}" for key, value in self.settings.items())


def text(
    models: Iterable[Model],
    *,
    written_by: str,
    schema: str = "",
    top: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> str:
    """Return ``speechops.yml``; ``top`` are settings of all models, ``notes`` comments at the end."""
    lines = [f"# yaml-language-server: $schema={schema}"] if schema else []
    lines.append(f"# Written by speechops {written_by}.")
    lines += [f"{key}: {scalar(value)}" for key, value in (top or {}).items()]
    lines.append("models:")
    for model in models:
        lines += model.lines()
    lines += [f"    # {note}" for note in notes]
    return "\n".join((*lines, ""))


def scalar(value: str) -> str:
    """Return text as a YAML scalar."""
    if re.fullmatch(r"[A-Za-z][\w./-]*", value) and value.lower() not in {
        "yes",
        "no",
        "true",
        "false",
        "null",
        "on",
        "off",
    }:
        return value
    return "'" + value.replace("'", "''") + "'"


def _value(paths: Sequence[str]) -> str:
    return scalar(paths[0]) if len(paths) == 1 else f"[{', '.join(scalar(path) for path in paths)}]"
