"""The ``filter`` of a list: ``locale eq 'en-US' and not (createdDateTime lt 2026-01-01T00:00:00Z)``.

Fields are compared with ``eq`` and ``ne``, dates with ``gt ge lt le`` too; ``and``, ``or``, ``not`` and
parentheses combine. A quote within a quoted value is written twice.
"""

from __future__ import annotations

import operator
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from speechops.embedded.refusals import Refusal, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from speechops.embedded.entities import Entity

    Row = Callable[[str], object]
    """Returns the value of a field of one item of a list, None if the item has none."""

    Predicate = Callable[[Row], bool]

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


def row(entity: Entity) -> Row:
    """Return the fields of an entity as clients see them; only those that a filter names are looked up."""

    def get(field: str) -> object:
        value = getattr(entity, _PROPERTIES[field], None)
        return value.replace(microsecond=0) if isinstance(value, datetime) else value

    return get


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
            return lambda row: (
                ((_moment(row, field) if is_date else row(field)) == wanted) == (comparison == "eq")
            )
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


def _moment(row: Row, field: str) -> datetime:
    value = row(field)
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
