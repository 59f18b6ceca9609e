"""Groups of utterances, so that a rate can be reported for each: by folder or by a pattern in the name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from speechops.errors import Place, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


def grouping(rule: str) -> Callable[[str], str]:
    """Return the function from an utterance's id (its audio file's name) to its group.

    ``rule`` is nothing (no groups), ``folder`` (the folders before the file's name) or a regular expression
    that is searched in the id: the group is what its first parentheses match, or all it matches without any.
    What does not match has no group. Raises UsageError for a pattern that is none.
    """
    if not rule:
        return lambda _: ""
    if rule == "folder":
        return lambda key: key.rpartition("/")[0]
    try:
        pattern = re.compile(rule)
    except re.error as error:
        raise UsageError(
            f"'{rule}' is not a regular expression: {error}.",
            hint="Write 'folder' or a pattern such as '^(speaker[0-9]+)_'.",
            place=Place(input="groups"),
        ) from None

    def group(key: str) -> str:
        found = pattern.search(key)
        return (found[1 if pattern.groups else 0] or "") if found else ""

    return group
