"""Frozen dataclasses as JSON documents and back.

Covers what the service's values are made of: text, numbers, truth values, dates, enumerations, tuples,
mappings of text to plain values, other dataclasses, and ``None`` in place of any of them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def encode(value: DataclassInstance) -> str:
    """Return ``value`` as one JSON object; properties keep their field names."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def decode(kind: type[T], document: str) -> T:
    """Return the ``kind`` that :func:`encode` wrote. Unknown properties are ignored."""
    return _instance(kind, json.loads(document))


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value


@cache
def _hints(kind: type) -> dict[str, Any]:
    namespace = {"Mapping": Mapping, "datetime": datetime}
    return get_type_hints(kind, localns=namespace)


def _instance(kind: type[T], data: Mapping[str, Any]) -> T:
    hints = _hints(kind)
    return kind(
        **{f.name: _typed(hints[f.name], data[f.name]) for f in dataclasses.fields(kind) if f.name in data}
    )


def _typed(hint: Any, value: Any) -> Any:  # noqa: ANN401 - it is driven by annotations read at run time
    if value is None:
        return None
    if isinstance(hint, UnionType):
        hint = next(option for option in get_args(hint) if option is not type(None))
    if get_origin(hint) is tuple:
        return tuple(_typed(get_args(hint)[0], item) for item in value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _instance(hint, value)
    return value
