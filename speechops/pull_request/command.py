"""``/speech compare COMMIT``: a comment that has a pull request's data compared; who may write it.

The comment names the whole commit that its author has read: a commit that is pushed meanwhile, or that
begins with the same digits, is not compared. GitHub says whether the person has write access.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from speechops.errors import Place, PlatformError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.github.event import Event
    from speechops.github.platform import Platform
    from speechops.run import Run

EVENT = "issue_comment"

_COMMAND = re.compile(r"/speech compare[ \t]+(?P<commit>[0-9a-f]{40}(?:[0-9a-f]{24})?)[ \t]*")
_MAY_WRITE = frozenset({"admin", "write"})
_REFUSAL = "-1"  # GitHub's name of the reaction


def require(run: Run) -> None:
    """Refuse a run that a comment started, unless it is the command of a person who may write it."""
    if run.event.name == EVENT:
        authorize(run.platform, run.event, run.commit, run.console.line)


def authorize(platform: Platform | None, event: Event, commit: str, say: Callable[[str], None]) -> None:
    """Take the command in a comment, or refuse it with a reaction to that comment.

    ``commit`` is the one that is checked out. Raises :class:`UsageError` for what is not a command, for
    a person without write access, for another commit, and without access to GitHub.
    """
    if platform is None:
        raise UsageError(
            "A comparison requested in a comment needs github-token, to check who may write.",
            hint="Give the job's token: github-token: ${{ github.token }}.",
            place=Place(input="github-token"),
        )
    try:
        _check(platform, event, commit)
    except UsageError:
        _react(platform, event, say)
        raise


def _check(platform: Platform, event: Event, commit: str) -> None:
    lines = event.comment.strip().splitlines()
    command = _COMMAND.fullmatch(lines[0]) if lines else None
    if command is None or event.pull_request is None or event.action != "created":
        raise UsageError(
            "The comment is not a command.",
            hint="A new comment on a pull request: /speech compare COMMIT, with all digits of the commit.",
        )
    if not event.actor or platform.github.permission(event.actor) not in _MAY_WRITE:
        raise UsageError(
            f"{event.actor} may not request a comparison.", hint="This needs write access to the repository."
        )
    if command["commit"] != commit:
        raise UsageError(
            f"The pull request is at {commit}, not at {command['commit']}.",
            hint="Read what changed, and comment again with that commit.",
        )


def _react(platform: Platform, event: Event, say: Callable[[str], None]) -> None:
    if event.comment_id is None:
        return
    try:
        platform.github.react(event.comment_id, _REFUSAL)
    except PlatformError as error:  # the refusal is the one to show
        say(f"No reaction to the comment: {error}")
