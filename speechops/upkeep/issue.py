"""One issue per model that says what needs attention, kept up to date, closed when nothing does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.github.text import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.github.api import GitHub
    from speechops.github.entities import Issue

LABEL = "speechops"
_LIMIT = 60_000


def keep(github: GitHub, model: str, warnings: Sequence[str]) -> Issue | None:
    """Open, rewrite, reopen or close the issue of ``model``; return it, None where none is needed.

    Raises :class:`~speechops.errors.PlatformError`.
    """
    marker = f"<!-- speechops:maintenance model={model} -->"
    # A model's name has letters, digits, dots, dashes and underscores only, so it cannot end the comment.
    ours = [
        issue
        for issue in github.issues(labels=[LABEL], state="all")
        if issue.body.startswith(marker) and github.wrote(issue)
    ]
    present = min(ours, key=lambda issue: issue.number, default=None)
    if not warnings:
        if present is None or present.state == "closed":
            return present
        return github.update_issue(present.number, state="closed")
    listed = "\n".join(f"- {_plain(warning)}" for warning in warnings)
    body = cut(f"{marker}\nThe last maintenance of `{model}` found:\n\n{listed}", _LIMIT, "…").rstrip()
    title = f"Speech model {model} needs attention"
    if present is None:
        return github.create_issue(title, body, labels=[LABEL])
    if present.body == body and present.state == "open":
        return present
    return github.update_issue(present.number, title=title, body=body, state="open")


def _plain(text: str) -> str:
    """Return a line of any origin as code, which shows it as it is and mentions nobody."""
    return "`" + " ".join(text.split()).replace("`", "'") + "`"
