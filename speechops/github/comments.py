"""One comment on a pull request, kept up to date: found by a hidden marker and its author, never repeated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from speechops.github import text as github_text

if TYPE_CHECKING:
    from speechops.github.api import GitHub
    from speechops.github.entities import Comment

# GitHub refuses a body above 65,536 characters.
LIMIT = 60_000

_MARKER = re.compile(r"<!-- speechops:comment key=(?P<key>\S*) run=(?P<run>\d+) -->\n?")


def upsert(
    github: GitHub, number: int, markdown: str, *, key: str, run: int = 0, pointer: str = ""
) -> Comment:
    """Write ``markdown`` as the comment with ``key`` on a pull request, and return it.

    The comment is created once and edited after that, even if runs race: the one with the lowest id stays and
    every writer removes the others. A run with a lower number than the one that wrote last leaves the comment
    alone. Text that is too long is cut and ends with ``pointer``. Raises :class:`PlatformError`.
    """
    body = _body(markdown, key=key, run=run, pointer=pointer)
    present = _ours(github, number, key)
    if not present:
        created = github.create_comment(number, body)
        # Another run may have done the same meanwhile. The answer also confirms our name.
        found = _ours(github, number, key)
        present = [comment for comment in found if comment.author == created.author] or [created]
    first, *duplicates = present
    for duplicate in duplicates:
        github.delete_comment(duplicate.id)
    if first.body == body or _run(first) > run:
        return first
    return github.update_comment(first.id, body)


def find(github: GitHub, number: int, *, key: str) -> Comment | None:
    """Return our comment with ``key`` on a pull request, if there is one."""
    return next(iter(_ours(github, number, key)), None)


def markdown_of(comment: Comment) -> str:
    """Return the text of one of our comments without its marker."""
    return _MARKER.sub("", comment.body, count=1)


def _ours(github: GitHub, number: int, key: str) -> list[Comment]:
    """Return our comments with ``key``, oldest first.

    The marker counts only at the very beginning, where no text of a report can put one, and only in what we
    wrote or, if our own name is not known, an app.
    """
    found = (
        comment
        for comment in github.comments(number)
        if github.wrote(comment) and (marker := _MARKER.match(comment.body)) and marker["key"] == _quoted(key)
    )
    return sorted(found, key=lambda comment: comment.id)


def _run(comment: Comment) -> int:
    marker = _MARKER.match(comment.body)
    return int(marker["run"]) if marker else 0


def _body(markdown: str, *, key: str, run: int, pointer: str) -> str:
    marker = f"<!-- speechops:comment key={_quoted(key)} run={run} -->\n"
    # Without trailing space and carriage returns, so that what GitHub stores is what we compare with.
    text = markdown.replace("\r\n", "\n").strip()
    return marker + github_text.cut(text, LIMIT - len(marker), pointer).rstrip()


def _quoted(key: str) -> str:
    """Return ``key`` in letters that can neither end the HTML comment nor the marker's field."""
    return quote(github_text.encodable(key), safe="").replace("-", "%2D")
