"""Keeps secrets out of text: those known by value, and those recognizable by their form."""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote, quote_plus, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")

HIDDEN = "***"

SHORTEST = 4
"""The minimum length of a secret: a shorter value would blank out ordinary words."""

SHORTEST_LINE = 8
"""The minimum length of a line of a secret that is hidden by itself: ``{`` and ``}`` are lines of JSON."""

_FORMS = re.compile(
    r"""
    (?P<name>
        [?&;\s"']sig(?:=|%3[dD])                                          # signature of a SAS
      | (?:account|shared-?access)-?key["']?\s*[=:]\s*["']?
      | (?:client_secret|client_assertion|access_token|refresh_token|id_token)["']?\s*[=:]\s*["']?
      | ocp-apim-subscription-key["']?\s*[=:]\s*["']?
      | authorization["']?\s*[=:]\s*["']?(?:bearer|basic|sharedkey|token)\s+
      | \bbearer\s+(?=\S{16})
    )
    [^\s"'&;,<>]+
    | \beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*                                   # a JSON web token
    | \bgh[opsur]_[A-Za-z0-9]{16,} | \bgithub_pat_\w{16,}                 # tokens of GitHub
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Redactor:
    """Replaces secrets in text by ``***``.

    A known secret is found as it is and in the encodings of logs and bodies: percent-encoded, as a
    JSON string, in HTML or XML, in base 64, and each line of a multi-line secret by itself. Beyond what is
    known, signatures of SAS addresses, account keys, bearer and web tokens and the like are found by form.
    May be called, and may learn, from any thread.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._spellings: set[str] = set()
        self._known: re.Pattern[str] | None = None
        self.learn(*secrets)

    def learn(self, *secrets: str) -> None:
        """Hide ``secrets`` from now on; values of fewer than four characters are not secrets."""
        with self._lock:
            self._spellings.update(spelling for secret in secrets for spelling in _spellings(secret))
            longest_first = sorted(self._spellings, key=len, reverse=True)
            self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        """Return ``text`` without secrets."""
        known = self._known
        return redact(known.sub(HIDDEN, text) if known else text)

    def clean(self, value: T) -> T:
        """Return a value without secrets in its texts; dataclasses and collections are traversed."""
        return cast("T", self._cleaned(value))

    def _cleaned(self, value: object) -> object:
        if isinstance(value, str):
            return value if isinstance(value, Enum) else self(value)
        if isinstance(value, Mapping):
            return {self._cleaned(key): self._cleaned(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._cleaned(item) for item in value]
        if isinstance(value, tuple):
            items: Any = tuple(self._cleaned(item) for item in value)
            return type(value)(*items) if hasattr(value, "_fields") else items
        if is_dataclass(value) and not isinstance(value, type):
            found = {part.name: getattr(value, part.name) for part in fields(value) if part.init}
            changed = {name: clean for name, item in found.items() if (clean := self._cleaned(item)) != item}
            return replace(value, **changed) if changed else value
        return value


def redact(text: str) -> str:
    """Return ``text`` without what looks like a secret by its form."""
    return _FORMS.sub(lambda match: (match["name"] or "") + HIDDEN, text)


def secret_parts(text: str) -> tuple[str, ...]:
    """Return what is secret in a storage connection string or a SAS, ``text`` itself first.

    Tolerant: what cannot be read as either is a secret as a whole.
    """
    account_keys = re.findall(r"AccountKey=([^;\s]+)", text, re.IGNORECASE)
    shared = re.findall(r"SharedAccessSignature=([^;\s]+)", text, re.IGNORECASE)
    signatures = re.findall(r"(?:^|[?&=;\s])sig=([^&;\s]+)", text, re.IGNORECASE)
    found = [text, *account_keys, *shared, *signatures, *map(unquote, signatures)]
    return tuple(dict.fromkeys(part.strip() for part in found if part.strip()))


def lines(secret: str) -> tuple[str, ...]:
    """Return the lines of a secret that are also hidden by themselves: logs print one at a time."""
    return tuple(line for line in map(str.strip, secret.splitlines()) if len(line) >= SHORTEST_LINE)


def _spellings(secret: str) -> Iterator[str]:
    for part in {secret, secret.strip(), *lines(secret)}:
        if len(part.strip()) < SHORTEST:
            continue
        data = part.encode(errors="surrogateescape")  # as the environment had it
        encoded = {quote(data, safe=""), quote(data), quote_plus(data)}
        yield part
        yield from encoded
        yield from (re.sub(r"%..", lambda match: match[0].lower(), text) for text in encoded)
        yield from (json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1])
        yield from (html.escape(part), html.escape(part, quote=False))
        yield base64.b64encode(data).decode()
