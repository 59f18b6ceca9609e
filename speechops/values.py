"""The types of inputs: how text becomes a value, what is expected, and how help and schema show it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlsplit

from speechops import clouds
from speechops.costs import parse_prices

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

LOCAL = "local"
"""The value of speech-endpoint that means the embedded service."""

if TYPE_CHECKING:
    Resolve = Callable[[str], Path]
    """Resolves a path as it was written to one that may be opened."""


@dataclass(frozen=True, slots=True)
class ValueType(Generic[T_co]):
    """How the text of an input becomes a value.

    ``parse`` takes the text, blank if neither anyone nor the default gives a value, and a function that turns
    a path as it was written into one that may be opened; it raises ValueError for a value that is not
    ``expected``, OSError for a file that cannot be read. ``placeholder`` stands for the value in help,
    ``choices`` are all the values there are, and ``many`` says that the value may be written as a list,
    ``mapping`` as a mapping, which becomes ``key=value, …``.
    """

    placeholder: str
    expected: str
    parse: Callable[[str, Resolve], T_co]
    choices: tuple[str, ...] = ()
    many: bool = False
    mapping: bool = False


@dataclass(frozen=True, slots=True)
class Grouping:
    """How the audio files of a test set are put into groups: a rule on their names, or a table's column."""

    rule: str = ""
    table: Path | None = None  # separated by tabs, or by commas if its name ends in .csv
    column: str = ""

    @property
    def is_pattern(self) -> bool:
        """Whether the rule is a regular expression."""
        return self.rule not in {"", "folder"}

    def __str__(self) -> str:
        """As in settings."""
        return f"{self.table}:{self.column}" if self.table else self.rule


def simple(placeholder: str, expected: str, parse: Callable[[str], T], *, many: bool = False) -> ValueType[T]:
    """Return a type whose values do not depend on a folder."""
    return ValueType(placeholder, expected, lambda text, _resolve: parse(text), many=many)


def choice(*words: str) -> ValueType[str]:
    """Return the type of an input that is one of ``words``."""

    def parse(text: str, _resolve: Resolve) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    allowed = " or ".join((", ".join(words[:-1]), words[-1]))
    return ValueType("|".join(words), allowed, parse, words)


def optional(kind: ValueType[T]) -> ValueType[T | None]:
    """Return the same type with None for a blank value."""
    return ValueType(
        kind.placeholder,
        kind.expected,
        lambda text, resolve: kind.parse(text, resolve) if text else None,
        kind.choices,
        kind.many,
    )


def whole_number(least: int = 0, most: int | None = None) -> ValueType[int]:
    """Return the type of whole numbers from ``least`` to ``most``."""

    def parse(text: str) -> int:
        number = int(text)
        if number < least or (most is not None and number > most):
            raise ValueError(text)
        return number

    limits = f"from {least}" if most is None else f"from {least} to {most}"
    return simple("NUMBER", f"a whole number {limits}", parse)


def duration(text: str) -> float:
    """Return the seconds of ``90s``, ``45m``, ``5h`` or ``5h30m``. Raises ValueError."""
    match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", text)
    if not match or not text:
        raise ValueError(text)
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def _wait(text: str) -> float:
    seconds = duration(text)
    if not seconds:
        raise ValueError(text)
    return seconds


def _revision(text: str) -> str:
    """Return what git is to resolve; never an option."""
    if text.startswith("-") or not text.isprintable() or " " in text:
        raise ValueError(text)
    return text


def _matching(pattern: str) -> Callable[[str], str]:
    """Return a parser of text of one form, or of nothing."""

    def parse(text: str) -> str:
        if text and not re.fullmatch(pattern, text):
            raise ValueError(text)
        return text

    return parse


def _resource_id(text: str) -> str:
    pattern = r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/[^/]+/accounts/[^/?#]+"
    if text and not re.fullmatch(pattern, text, re.IGNORECASE):
        raise ValueError(text)
    return text


def _secret(text: str) -> str:
    text.encode()  # raises ValueError for bytes of the environment that are not UTF-8
    return text


def _named_secrets(text: str) -> dict[str, str]:
    """Return the secrets of ``NAME=SECRET``, one a line or separated by commas. Raises ValueError."""
    found: dict[str, str] = {}
    for part in re.split(r"[,\n]", text):
        name, sign, secret = part.strip().partition("=")
        if part.strip() and (not sign or not name.strip() or not secret.strip()):
            raise ValueError("a secret without a name")
        if sign:
            found[name.strip()] = _secret(secret.strip())
    return found


def named_secrets(text: str) -> tuple[str, ...]:
    """Return the secrets in a text of :data:`NAMED_SECRETS`, also if it is not well-formed."""
    return tuple(part.partition("=")[2].strip() for part in re.split(r"[,\n]", text))


def _commit(text: str) -> str:
    return _matching(r"[0-9a-f]{7,64}")(text.lower())


def _endpoint(text: str) -> str:
    if text != LOCAL:
        parts = urlsplit(text)
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.username:
            raise ValueError(text)
        if parts.scheme == "http" and not clouds.is_loopback(text):
            raise ValueError(text)
    return text.rstrip("/")


def _path(text: str, resolve: Resolve) -> Path:
    return resolve(text)


def _paths(text: str, resolve: Resolve) -> tuple[Path, ...]:
    return tuple(_path(part.strip(), resolve) for part in text.split(",") if part.strip())


def _single(text: str, resolve: Resolve) -> Path | None:
    if "," in text:
        raise ValueError(text)
    return _path(text, resolve) if text else None


def _grouping(text: str, resolve: Resolve) -> Grouping:
    table = re.fullmatch(r"(.+\.[ct]sv):(.+)", text)
    return Grouping(table=_path(table[1], resolve), column=table[2]) if table else Grouping(text)


def _content(text: str, resolve: Resolve) -> str:
    return _path(text, resolve).read_text(encoding="utf-8") if text else ""


def _boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def _days(text: str) -> tuple[int, ...]:
    days = tuple(sorted(int(part) for part in text.split(",")))
    if days[0] < 0:
        raise ValueError(text)
    return days


def _severities(text: str) -> dict[str, str]:
    found = dict(re.split(r"\s*=\s*", part.strip(), maxsplit=1) for part in text.split(",") if part.strip())
    if not set(found.values()) <= {"ignore", "notice", "warning", "error"}:
        raise ValueError(text)
    return found


ID = simple("ID", "an ID", str)
NAME = simple("NAME", "a name", str)
ADDRESS = simple("URL", "an address", str)
SENTENCE = simple("TEXT", "a sentence", lambda text: " ".join(text.split()))
SECRET = simple("SECRET", "a secret", _secret)
RESOURCE_ID = simple(
    "ID",
    "/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.CognitiveServices/accounts/NAME",
    _resource_id,
)
NAMED_SECRETS = simple("NAME=SECRET,...", "NAME=SECRET, separated by commas", _named_secrets)
NAMES = simple(
    "NAME,...",
    "names, separated by commas",
    lambda text: tuple(part.strip() for part in text.split(",") if part.strip()),
)
BOOLEAN = ValueType("true|false", "true or false", lambda text, _: _boolean(text), ("true", "false"))
DURATION = simple("DURATION", "a duration such as 90s, 45m or 5h", _wait)
DAYS = simple("DAYS,...", "days, separated by commas, such as 90,30,7", _days, many=True)
COMMIT = simple("COMMIT", "a commit hash", _commit)
REVISION = simple("REVISION", "a commit as git names it, such as main or HEAD~1", _revision)
LOCALE = simple(
    "LOCALE", "a locale such as en-US", _matching(r"[a-z]{2,3}(-[A-Za-z]{4})?-[A-Z]{2}(-[a-z]+)?")
)
REGION = simple(
    "REGION",
    "a region, such as westeurope or West Europe",
    lambda text: clouds.region(text) if text else "",
)
ENDPOINT = simple(
    "URL", "local or https://NAME.cognitiveservices.azure.com; http only for this machine", _endpoint
)
PATH = ValueType("PATH", "a path", _path)
TEXT_FILE = ValueType("FILE", "a file of UTF-8 text", _content)
DATA = ValueType("PATH", "one zip or one folder", _single)
"""One file or folder of data; None if there is none."""
DATA_FILES = ValueType("PATH,...", "paths, separated by commas", _paths, many=True)
"""Files or folders of data."""
PRICES = ValueType(
    "PRICES",
    "hourly prices such as testing=1, training=10, endpoint=0.05, currency=EUR",
    lambda text, _: parse_prices(text),
    mapping=True,
)
SEVERITIES = ValueType(
    "RULE=SEVERITY,...",
    "rules with ignore, notice, warning or error, such as bom-missing=ignore",
    lambda text, _: _severities(text),
    mapping=True,
)
GROUPING = ValueType("GROUPS", "folder, a regular expression, or FILE.tsv:COLUMN", _grouping)
