"""Reads a list of the service to its end, although it may change while it is read.

Pages are counted by how many entities to skip: an entity that is deleted or added meanwhile shifts all that
follow, and a naive reader misses one or sees one twice. Pages are therefore requested with an overlap of one
entity; if that is not the expected one, the list is read again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from speechops.speech.json_object import JsonObject

    Query = Mapping[str, str]

_READINGS = 5
_IDLE_PAGES = 10  # pages in a row that may have nothing new, as the service may filter after it pages


def read_all(
    page: Callable[[Query], JsonObject], first: Query, following: Callable[[str], Query]
) -> list[JsonObject]:
    """Return the items of all pages, each once.

    ``page`` requests a page, beginning with the query ``first``; ``following`` turns a link to the next page
    into its query. If the list keeps changing, everything that any reading saw is returned. Raises
    :class:`ServiceError` if the links form a loop, or lead to nothing new.
    """
    seen: dict[str, JsonObject] = {}
    for _ in range(_READINGS):
        items, steady = _read(page, first, following)
        if steady:
            return list(items.values())
        seen |= items
    return list(seen.values())


def _read(
    page: Callable[[Query], JsonObject], query: Query, following: Callable[[str], Query]
) -> tuple[dict[str, JsonObject], bool]:
    """Read once; tell whether the list was stable meanwhile."""
    items: dict[str, JsonObject] = {}
    links: set[str] = set()
    steady, expected, idle = True, "", 0
    while True:
        answer = page(query)
        found = {item.id() or item.text("name"): item for item in answer.parts("values")}
        if expected and next(iter(found), "") != expected:
            steady = False
        idle = 0 if found.keys() - items.keys() else idle + 1
        items |= found
        link = answer.text("@nextLink")
        if not link:
            return items, steady
        if link in links or idle > _IDLE_PAGES:
            raise ServiceError("The speech service's page links form a loop.", hint="Run again later.")
        links.add(link)
        query = following(link)
        skip = query.get("skip", "")
        expected = ""
        if found and skip.isdigit() and int(skip) > 0:
            expected = list(found)[-1]
            query = {**query, "skip": str(int(skip) - 1)}
