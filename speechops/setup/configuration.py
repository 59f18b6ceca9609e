"""The text of a ``speechops.yml``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SCHEMA = "# yaml-language-server: $schema={address}"


def text(
    models: Iterable[tuple[str, str, str, Mapping[str, Sequence[str]]]],
    *,
    written_by: str,
    top: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> str:
    """Return ``speechops.yml`` for models given as name, locale, test data and training data by kind."""
    lines = [f"# Written by speechops {written_by}."]
    lines += [f"{key}: {scalar(value)}" for key, value in (top or {}).items()]
    lines.append("models:")
    for name, locale, test_data, training in models:
        lines += [f"  {scalar(name)}:", f"    locale: {locale}"]
        if test_data:
            lines.append(f"    test-data: {scalar(test_data)}")
        if training:
            lines.append("    training-data:")
            lines += [f"      {kind}: {_value(paths)}" for kind, paths in training.items()]
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
