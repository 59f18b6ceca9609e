"""The ``filter`` of a list: ``locale eq 'en-US' and not (createdDateTime lt 2026-01-01T00:00:00Z)``.

Fields are compared with ``eq`` and ``ne``, dates with ``gt ge lt le`` too; ``and``, ``or``, ``not`` and
parentheses combine. A quote within a quoted value is written twice.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from speechops.embedded.entities import BaseModel, Status
from speechops.embedded.refusals import Refusal, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from speechops.embedded.entities import Entity

    Predicate = Callable[["Row"], bool]

COMMON = frozenset({"displayName", "description", "createdDateTime", "locale"})
WORK = COMMON | {"lastActionDateTime", "status"}
DATASETS = WORK | {"kind"}
FILES = frozenset({"name", "createdDateTime", "kind"})

_PROPERTIES = {
    "displayName": "display_name",
    "description": "description",
    "createdDateTime": "created",
    "lastActionDateTime": "last_action",
    "locale": "locale",
    "status": "status",
    "kind": "kind",
    "foundryProjectName": "foundry_project_name",
}
_MOST_TOKENS = 200  # each may nest the test by one call
_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<word>[^\s()']+)|(?P<mark>[()]))")
_ORDER: Mapping[str, Callable[[datetime, datetime], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


class Row(Protocol):
    """The fields of one item of a list."""

    def get(self, field: str, /) -> object:
        """Return the value of a field, None if the item has none."""
        ...


@dataclass(frozen=True, slots=True)
class EntityRow:
    """The fields of an entity as clients see them; only those that a filter names are looked up."""

    entity: Entity

    def get(self, field: str, /) -> object:
        """Return the value of a field, None if the entity has none. A base model is ready from the start."""
        value = getattr(self.entity, _PROPERTIES[field], None)
        if value is None and isinstance(self.entity, BaseModel):
            value = {"lastActionDateTime": self.entity.created, "status": Status.SUCCEEDED}.get(field)
        return value.replace(microsecond=0) if isinstance(value, datetime) else value


def parse(text: str, fields: frozenset[str]) -> Predicate:
    """Return the test that ``text`` describes of JSON objects. Raises :class:`Refusal` if it is wrong."""
    tokens = _tokens(text)
    if len(tokens) > _MOST_TOKENS:
        raise _unsupported(f"it has more than {_MOST_TOKENS} words")
    parser = _Parser(tokens, fields)
    predicate = parser.either()
    if parser.rest:
        raise _unsupported(f"{parser.rest[0]} is not expected")
    return predicate


class _Parser:
    def __init__(self, tokens: list[str], fields: frozenset[str]) -> None:
        self.rest = tokens
        self._fields = fields

    def either(self) -> Predicate:
        predicate = self._both()
        while self._next_is("or"):
            predicate = _or(predicate, self._both())
        return predicate

    def _both(self) -> Predicate:
        predicate = self._factor()
        while self._next_is("and"):
            predicate = _and(predicate, self._factor())
        return predicate

    def _factor(self) -> Predicate:
        if self._next_is("not"):
            inner = self._factor()
            return lambda row: not inner(row)
        if self._next_is("("):
            inner = self.either()
            if not self._next_is(")"):
                raise _unsupported("a parenthesis is not closed")
            return inner
        return self._comparison(self._take(), self._take(), self._take())

    def _comparison(self, field: str, comparison: str, literal: str) -> Predicate:
        if field not in self._fields:
            raise _unsupported(f"{field} is not a field to filter by")
        value = literal[1:-1].replace("''", "'") if literal.startswith("'") else literal
        is_date = field.endswith("DateTime")
        if comparison in {"eq", "ne"}:
            wanted = _date(value) if is_date else value
            read = _moment if is_date else _value
            return lambda row: (read(row, field) == wanted) == (comparison == "eq")
        if comparison in _ORDER and is_date:
            limit, compare = _date(value), _ORDER[comparison]
            return lambda row: compare(_moment(row, field), limit)
        raise _unsupported(f"{comparison} cannot be applied to {field}")

    def _next_is(self, token: str) -> bool:
        if self.rest and self.rest[0] == token:
            self.rest = self.rest[1:]
            return True
        return False

    def _take(self) -> str:
        if not self.rest:
            raise _unsupported("it is incomplete")
        token, *self.rest = self.rest
        return token


def _tokens(text: str) -> list[str]:
    tokens, position, end = [], 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unsupported(f"it is invalid from character {position + 1} on")
        tokens.append(match.group().strip())
        position = match.end()
    return tokens


def _value(row: Row, field: str) -> object:
    return row.get(field)


def _moment(row: Row, field: str) -> datetime:
    value = row.get(field)
    return value if isinstance(value, datetime) else _date(str(value))


def _date(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _unsupported(f"{text} is not a date") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _and(left: Predicate, right: Predicate) -> Predicate:
    return lambda row: left(row) and right(row)


def _or(left: Predicate, right: Predicate) -> Predicate:
    return lambda row: left(row) or right(row)


def _unsupported(reason: str) -> Refusal:
    return invalid(f"The filter is not supported: {reason}.", inner="UnsupportedFilter", target="filter")
