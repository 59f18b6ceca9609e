"""The comment on a pull request: one for each workflow and set of models, kept up to date.

A missing comment does not fail the run: if the token may not write it, as in the pull request of a fork, the
log says so.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from speechops.errors import PlatformError
from speechops.github import comments
from speechops.inputs import COMMENT, COMMENT_TEMPLATE, HYPOTHESES, SHOW_TRANSCRIPTS
from speechops.report.markdown import Context, Entry
from speechops.run import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speechops.github.event import Event
    from speechops.github.platform import Platform
    from speechops.run import Run
    from speechops.settings import ModelSettings

POINTER = "The rest is in the report of the run."
"""Ends a text that exceeds GitHub's limit."""


class Mode(StrEnum):
    """When a pull request gets its comment. A comment that is there is always kept up to date."""

    ALWAYS = "always"
    ON_CHANGE = "on-change"  # an error rate differs, or a model has no result
    ON_REGRESSION = "on-regression"  # a model is worse, may not pass, or has no result
    OFF = "off"


def write_for_run(run: Run, ends: Mapping[str, Outcome | str]) -> None:
    """Comment on the pull request how the comparison of each model ended; a refusal is a warning."""
    platform, settings = run.platform, run.settings
    number = platform.event.pull_request if platform else None
    if platform is None or number is None:
        return
    event = platform.event
    context = Context(run.commit, str(event.run_id or ""), event.run_url, settings[SHOW_TRANSCRIPTS])
    try:
        url = write(
            platform,
            number,
            [entry(model, ends[model.name]) for model in settings.models],
            context,
            mode=Mode(settings[COMMENT]),
            key=key(event, [model.name for model in settings.models]),
            template=settings[COMMENT_TEMPLATE],
        )
    except PlatformError as error:
        run.output.warn(f"No comment on the pull request: {error}")
        return
    if url:
        run.console.line(f"The pull request has a comment: {url}")


def entry(model: ModelSettings, end: Outcome | str) -> Entry:
    """Return the entry of a model: its outcome, or the error in its place."""
    where = "" if model.reads(HYPOTHESES) else f"speechops-compare-{model.name}"
    if not isinstance(end, Outcome):
        return Entry(model.name, model.locale, None, end, where)
    return Entry(model.name, model.locale, end.report, note(end), where, end.used)


def note(outcome: Outcome) -> str:
    """Return what the outcome says besides the decision; the verdict's own sentence is not repeated."""
    verdict = outcome.report.verdict if outcome.report else None
    return "" if verdict and outcome.message.startswith(verdict.sentence()) else outcome.message


def wanted(mode: Mode, models: Sequence[Entry], *, present: bool) -> bool:
    """Whether a comment is to be written; an existing one is never left stale."""
    if mode is Mode.OFF:
        return False
    if present or mode is Mode.ALWAYS:
        return True
    if any(entry.report is None for entry in models):
        return True
    verdicts = [entry.report.verdict for entry in models if entry.report and entry.report.verdict]
    if mode is Mode.ON_CHANGE:
        rates = (rate for verdict in verdicts for rate in (verdict.comparison, verdict.second) if rate)
        return any(rate.difference for rate in rates)
    return any(verdict.blockers or (verdict.comparison.difference or 0) > 0 for verdict in verdicts)


def write(
    platform: Platform,
    number: int,
    models: Sequence[Entry],
    context: Context,
    *,
    mode: Mode,
    key: str,
    template: str = "",
) -> str:
    """Create or update the comment; return its address, empty if none is wanted.

    Raises :class:`PlatformError`, and :class:`UsageError` for a ``template`` that does not work.
    """
    from speechops.report import markdown  # noqa: PLC0415

    present = comments.find(platform.github, number, key=key)
    if not wanted(mode, models, present=present is not None):
        return ""
    before = markdown.earlier(comments.markdown_of(present), context.commit) if present else ()
    text = markdown.comment(models, replace(context, earlier=before), template)
    written = comments.upsert(
        platform.github, number, text, key=key, run=platform.event.run_id or 0, pointer=POINTER
    )
    return written.url


def key(event: Event, models: Sequence[str]) -> str:
    """Return the key of a comment: one for each workflow and set of models in a job."""
    return f"{event.workflow}/{','.join(models)}"
