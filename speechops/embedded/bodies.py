"""What clients send, checked: the properties of a JSON object, with a refusal that names the wrong one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import SplitResult, parse_qs, urlsplit

from speechops.embedded.refusals import invalid

if TYPE_CHECKING:
    from enum import StrEnum

    from speechops.embedded.representations import View

S = TypeVar("S", bound="StrEnum")

MOST_CUSTOM_PROPERTIES = 10
LONGEST_KEY = 64
LONGEST_VALUE = 256
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Body:
    """A JSON object that a client sent; ``name`` is what the service calls it in its sentences."""

    def __init__(self, name: str, value: object) -> None:
        if not isinstance(value, Mapping):
            raise invalid(
                f"The value of {name} is not an object.", inner="InvalidRequestBodyFormat", target=name
            )
        self._name = name
        self._value: Mapping[str, object] = value

    def has(self, name: str) -> bool:
        """Tell whether a property is given."""
        return self._value.get(name) is not None

    def text(self, name: str, *, required: bool = False) -> str | None:
        """Return a text, ``None`` where there is none; a required one must not be empty."""
        value = self._value.get(name)
        if value is None and not required:
            return None
        if value is not None and not isinstance(value, str):
            raise self.wrong(name, "is not a string")
        if required and not (value or "").strip():
            raise self.wrong(name, "is required")
        return value

    def required(self, name: str) -> str:
        """Return a required text."""
        return self.text(name, required=True) or ""

    def choice(self, name: str, choices: type[S]) -> S | None:
        """Return a member of an enumeration, ``None`` where there is none."""
        value = self.text(name)
        if value is None:
            return None
        if value not in set(choices):
            raise self.wrong(name, f"is not one of {', '.join(choices)}")
        return choices(value)

    def web_address(self, name: str) -> str | None:
        """Return an HTTP URL, ``None`` where there is none."""
        value = self.text(name)
        if value and not (_split(value).scheme in {"http", "https"} and _split(value).netloc):
            raise self.wrong(name, "is not an HTTP URL", inner="InvalidRecordingsUri")
        return value or None

    def truth(self, name: str, *, default: bool) -> bool:
        """Return a truth value."""
        value = self._value.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(name, "is not a boolean")
        return value

    def number(self, name: str, *, least: int, most: int) -> int | None:
        """Return a whole number within bounds, ``None`` where there is none."""
        value = self._value.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(name, f"is not a whole number from {least} to {most}")
        return value

    def inner(self, name: str) -> Body:
        """Return an object within; an empty one where there is none."""
        return Body(f"{self._name}.{name}", self._value.get(name) or {})

    def custom_properties(self) -> Mapping[str, str] | None:
        """Return the custom properties, ``None`` where there are none."""
        value = self._value.get("customProperties")
        if value is None:
            return None
        if not isinstance(value, Mapping) or not all(isinstance(item, str) for item in value.values()):
            raise self.wrong("customProperties", "is not an object of strings")
        if len(value) > MOST_CUSTOM_PROPERTIES:
            raise self.wrong("customProperties", f"has more than {MOST_CUSTOM_PROPERTIES} entries")
        for key, text in value.items():
            if len(key) > LONGEST_KEY or len(text) > LONGEST_VALUE:
                raise self.wrong(
                    "customProperties",
                    f"has a key longer than {LONGEST_KEY} or a value longer than {LONGEST_VALUE} characters",
                )
        return dict(value)

    def reference(self, name: str, view: View, collection: str) -> str | None:
        """Return the id in a reference to an entity of ``collection``, ``None`` where there is none.

        The reference is an absolute URL of this host and of the version in which it is given.
        """
        if self._value.get(name) is None:
            return None
        id_ = entity_id(self.inner(name).required("self"), view, collection)
        if id_ is None:
            raise self.no_entity(name)
        return id_

    def references(self, name: str, view: View, collection: str) -> list[str]:
        """Return the ids in a list of references."""
        value = self._value.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(name, "is not a list")
        bodies = [Body(f"{self._name}.{name}[{index}]", item) for index, item in enumerate(value)]
        ids = [entity_id(body.required("self"), view, collection) for body in bodies]
        if None in ids:
            raise self.no_entity(f"{name}[{ids.index(None)}]")
        return [id_ for id_ in ids if id_ is not None]

    def wrong(self, name: str, what: str, *, inner: str = "InvalidPayload") -> Exception:
        """Return the refusal of a property: ``what`` completes the sentence that begins with its name."""
        where = f"{self._name}.{name}"
        return invalid(f"The value of {where} {what}.", inner=inner, target=where)

    def no_entity(self, name: str) -> Exception:
        """Return the refusal of a dangling reference."""
        where = f"{self._name}.{name}"
        return invalid(f"The value of {where}.self does not reference an entity.", target=where)


def entity_id(url: str, view: View, collection: str) -> str | None:
    """Return the id that ``url`` ends in, ``None`` if it is not a URL of ``collection`` in this view."""
    expected, given = urlsplit(view.url(f"{collection}/")), _split(url)
    same_place = (given.scheme, given.netloc) == (expected.scheme, expected.netloc)
    if not same_place or parse_qs(given.query) != parse_qs(expected.query):
        return None
    id_ = given.path.removeprefix(expected.path)
    return id_ if id_ != given.path and _ID.fullmatch(id_) else None


def _split(url: str) -> SplitResult:
    """Return the parts of a URL; of one that is none, no parts."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def block_list(value: object) -> list[tuple[str, str]]:
    """Return the ``(kind, id)`` pairs of a commit of blocks."""
    if not isinstance(value, list) or not value:
        raise invalid("The block list is not a list with entries.", inner="InvalidRequestBodyFormat")
    return [_block(Body("block", item)) for item in value]


def _block(body: Body) -> tuple[str, str]:
    kind, id_ = body.required("kind"), body.required("id")
    if kind not in {"Committed", "Uncommitted", "Latest"}:
        raise body.wrong("kind", "is not one of Committed, Uncommitted, Latest")
    return kind, id_
