"""The link from the comment of a pull request to its page: GitHub names an artifact when it is uploaded.

The comment is written before that, and links the run. After the upload, this puts the page and its worst
utterances there instead. A comment of a newer run is left alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from speechops import report
from speechops.errors import DataError, Place, PlatformError, UsageError, reason
from speechops.evaluation import reporting
from speechops.github import comments
from speechops.inputs import REPORT_FOLDER, REPORT_PAGE
from speechops.pull_request import comment
from speechops.run import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.github.event import Event
    from speechops.github.platform import Platform
    from speechops.report import Report
    from speechops.run import Run


def link(run: Run) -> Outcome:
    """Link the page of one model's report, which this run has uploaded, in the comment of its comparison.

    A comment that cannot be edited is a warning. Raises :class:`UsageError` for several models or a page that
    is not an artifact of this run; :class:`DataError` if the run has left no report.
    """
    models = run.settings.models
    if len(models) > 1:
        raise UsageError("link-report links the page of one model.", place=Place(input="model"))
    platform = run.platform
    if platform is None or platform.event.pull_request is None:
        return Outcome("There is no pull request, or no github-token: no comment to link the report in.")
    (model,) = models
    page = _artifact(run.settings[REPORT_PAGE], platform.event)
    made = _report(run.settings[REPORT_FOLDER] / model.name / reporting.DATA)
    try:
        return Outcome(_write(platform, platform.event.pull_request, made, page))
    except PlatformError as error:
        run.output.warn(f"The comment does not link the report: {error}")
        return Outcome("The comment links the run, which has the report among its artifacts.")


def _write(platform: Platform, number: int, made: Report, page: str) -> str:
    from speechops.report import markdown  # noqa: PLC0415 - jinja2 only where Markdown is made

    event = platform.event
    key = comment.key(event, [made.model])
    present = comments.find(platform.github, number, key=key)
    if present is None:
        return "The pull request has no comment to link the report in."
    text = markdown.linked(comments.markdown_of(present), made, page)
    written = comments.upsert(
        platform.github, number, text, key=key, run=event.run_id or 0, pointer=comment.POINTER
    )
    return f"The comment links the report: {written.url}"


def _artifact(page: str, event: Event) -> str:
    """Return the address of an artifact of this very run."""
    if not re.fullmatch(rf"{re.escape(event.run_url)}/artifacts/[0-9]{{1,20}}", page):
        raise UsageError(
            f"Invalid value {page!r} for report-page: expected an artifact of this run.",
            hint="Pass the output artifact-url of actions/upload-artifact.",
            place=Place(input="report-page"),
        )
    return page


def _report(path: Path) -> Report:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {reason(error)}.", hint="Run compare first.") from error
    return report.from_json(content)
