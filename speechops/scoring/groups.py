"""Groups of utterances: by folder, by a pattern in the name, or by a column of a table.

Each group gets its own rate; clusters are groups that the bootstrap draws together.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from speechops.errors import Place, UsageError

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Callable, Iterable, Mapping


def grouping(rule: str, *, name: str = "groups") -> Callable[[str], str]:
    """Return the function from an utterance's id (its audio file's name) to its group.

    ``rule`` is nothing (no groups), ``folder`` (the folders before the file's name) or a regular expression
    that is searched in the id: the group is what its first parentheses match, or all it matches without any.
    A name that does not match has no group. Raises UsageError for the input ``name`` if the pattern is
    invalid.
    """
    if not rule:
        return lambda _: ""
    if rule == "folder":
        return lambda key: key.rpartition("/")[0]
    try:
        pattern = re.compile(rule)
    except re.error as error:
        raise UsageError(
            f"{name}: '{rule}' is not a regular expression: {error}.",
            hint="Write 'folder', a pattern such as '^(speaker[0-9]+)_', or FILE.tsv:COLUMN.",
            place=Place(input=name),
        ) from None

    def group(key: str) -> str:
        found = pattern.search(key)
        return (found[1 if pattern.groups else 0] or "") if found else ""

    return group


def read_groups(lines: Iterable[str], column: str, *, delimiter: str = "\t") -> Mapping[str, str]:
    """Return the group of each audio file from a table with a header.

    Its first column names the audio files, ``column`` their groups. Raises ValueError, with the reason, if
    the table lacks the column, gives one file two groups, or cannot be read. Between tabs a quotation mark is
    a character like any other; between commas it encloses fields that contain a comma.
    """
    if delimiter == "\t":
        rows = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    else:
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        return _column(rows, column)
    except csv.Error as error:
        raise ValueError(f"line {rows.line_num}: {error}") from None


def _column(rows: Reader, column: str) -> Mapping[str, str]:
    header = [name.strip() for name in next(rows, [])]
    if column not in header[1:]:
        raise ValueError(f"it has no column {column!r} after its first; it has {', '.join(header) or 'none'}")
    index = header.index(column, 1)
    groups: dict[str, str] = {}
    for row in rows:
        if not any(row):
            continue
        key, group = row[0].strip(), row[index].strip() if index < len(row) else ""
        if groups.setdefault(key, group) != group:
            raise ValueError(f"line {rows.line_num} puts {key} into a second group")
    return groups
