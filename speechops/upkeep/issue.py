"""One issue per model that lists what needs attention, kept up to date, closed when nothing does."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from speechops.github.text import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.github.api import GitHub
    from speechops.github.entities import Issue

LABEL = "speechops"
_LIMIT = 60_000


def keep(github: GitHub, model: str, warnings: Sequence[str]) -> Issue | None:
    """Open, rewrite, reopen or close the issue of ``model``; return it, None if none is needed.

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
    body = cut(f"{marker}\n{_body(model, warnings)}", _LIMIT, "…").rstrip()
    title = _title(model, warnings)
    if present is None:
        return github.create_issue(title, body, labels=[LABEL])
    if present.body == body and present.state == "open":
        return present
    return github.update_issue(present.number, title=title, body=body, state="open")


class Urgency(StrEnum):
    """The urgency of a warning; the values are headings of the issue."""

    NOW = "Now"  # something is broken, gone or expired
    DATED = "By a date"
    LATER = "When there is time"


_NOW = re.compile(r"\b(expired on|is gone|are gone|has not completed|silently|failed|cannot)\b")
_DATE = re.compile(r"\b(\d{4}-\d{2}-\d{2})\b")
_COMMAND = re.compile(r"\b(?i:run|set) (train-data|deploy|rollback|test-data|maintain|unfreeze|doctor)\b")


def urgency(warning: str) -> Urgency:
    """Return how urgent a warning is: what has already happened comes before what has a date."""
    if _NOW.search(warning) and not re.search(r"\bexpires on\b", warning):
        return Urgency.NOW
    return Urgency.DATED if _DATE.search(warning) else Urgency.LATER


def _title(model: str, warnings: Sequence[str]) -> str:
    if any(urgency(warning) is Urgency.NOW for warning in warnings):
        return f"Speech model {model} needs attention now"
    dates = sorted(match[1] for warning in warnings if (match := _DATE.search(warning)))
    return f"Speech model {model} needs attention{f' by {dates[0]}' if dates else ''}"


def _body(model: str, warnings: Sequence[str]) -> str:
    """Return the warnings under the heading of their urgency, the earliest date first, with commands."""
    lines = [f"The last maintenance of `{model}` found:"]
    for level in Urgency:
        chosen = [warning for warning in warnings if urgency(warning) is level]
        if not chosen:
            continue
        lines += ["", f"### {level}", ""]
        for warning in sorted(chosen, key=_day):
            day = f"**{_day(warning)}** " if level is Urgency.DATED else ""
            command = _COMMAND.search(warning)
            then = f" \N{RIGHTWARDS ARROW} `speechops {command[1]}`" if command else ""
            lines.append(f"- {day}{_plain(warning)}{then}")
    return "\n".join(lines)


def _day(warning: str) -> str:
    match = _DATE.search(warning)
    return match[1] if match else ""


def _plain(text: str) -> str:
    """Return untrusted text as code, which shows it verbatim and mentions nobody."""
    return "`" + " ".join(text.split()).replace("`", "'") + "`"
