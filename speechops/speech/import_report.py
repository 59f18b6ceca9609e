"""Why the service left out lines of a dataset, read from the report of its import.

No schema is published. Observed entries have the name of the file, the text, a message and a status. The text
is a transcript, and private: it is not kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops import json_text
from speechops.speech.json_object import JsonObject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DEEPEST = 6  # levels of lists and objects
_MOST_NAMED = 5  # lines in a sentence


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line or an audio file that was left out, and why."""

    name: str
    message: str


def read_rejected_lines(content: bytes) -> tuple[RejectedLine, ...]:
    """Return the lines that a report complains about; none if it cannot be read."""
    try:
        data = json_text.read(content)
    except ValueError:
        return ()
    return tuple(
        RejectedLine(entry.text("filename") or entry.text("name"), " ".join(entry.text("message").split()))
        for entry in _objects(data, _DEEPEST)
        if entry.text("message") and entry.text("status").casefold() not in {"accepted", "succeeded", "ok"}
    )


def describe_rejected_lines(lines: Sequence[RejectedLine]) -> str:
    """Return a sentence that names the first of the lines, or nothing if there are none."""
    reported = (f"{line.name}: {line.message}".removeprefix(": ").rstrip(".") for line in lines[:_MOST_NAMED])
    more = f"; and {len(lines) - _MOST_NAMED} more" if len(lines) > _MOST_NAMED else ""
    return f"Import report: {'; '.join(reported)}{more}." if lines else ""


def _objects(data: object, depth: int) -> Iterator[JsonObject]:
    if depth == 0:
        return
    if isinstance(data, dict):
        lowered = {str(key).lower(): value for key, value in data.items()}
        yield JsonObject(lowered)
    children = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    for child in children:
        yield from _objects(child, depth - 1)
