"""A JSON object from the service, read defensively: missing or malformed values are empty or None."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


class JsonObject:
    """Typed reading of one object; anything but an object reads as an empty one."""

    def __init__(self, data: object) -> None:
        self.data: Mapping[str, object] = data if isinstance(data, dict) else {}

    def text(self, name: str) -> str:
        """Return a string, empty if there is none."""
        value = self.data.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the strings of a list."""
        value = self.data.get(name)
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()

    def text_map(self, name: str) -> dict[str, str]:
        """Return the members of an object that are strings."""
        value = self.data.get(name)
        items = value.items() if isinstance(value, dict) else ()
        return {key: item for key, item in items if isinstance(item, str)}

    def number(self, name: str) -> float | None:
        """Return a number from 0 on; the service uses -1 for unknown values, which are None here."""
        value = self.data.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return None
        return float(value) if value >= 0 else None

    def count(self, name: str) -> int | None:
        """Return a whole number from 0 on, None if there is none."""
        value = self.number(name)
        return int(value) if value is not None and value.is_integer() else None

    def date(self, name: str) -> datetime | None:
        """Return an ISO 8601 time, aware; a time without a zone is UTC. The year 1 is .NET's for no date."""
        try:
            value = datetime.fromisoformat(self.text(name))
        except ValueError:
            return None
        if value.year == 1:
            return None
        return value if value.tzinfo else value.replace(tzinfo=UTC)

    def part(self, name: str) -> JsonObject:
        """Return the object below ``name``."""
        return JsonObject(self.data.get(name))

    def parts(self, name: str) -> tuple[JsonObject, ...]:
        """Return the objects of a list."""
        value = self.data.get(name)
        return tuple(JsonObject(item) for item in value) if isinstance(value, list) else ()

    def id(self) -> str:
        """Return the id in this object's own address."""
        return id_of(self.text("self"))

    def reference(self, name: str) -> str:
        """Return the id of the entity that ``name`` refers to."""
        return self.part(name).id()


def id_of(address: str) -> str:
    """Return the id that ends an address: its last path segment, whatever query follows."""
    try:
        path = urlsplit(address).path
    except ValueError:
        return ""
    return unquote(path.rstrip("/").rpartition("/")[2])
