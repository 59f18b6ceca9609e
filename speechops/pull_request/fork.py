"""The comment on a fork's pull request, from the report that the fork's own run has left as an artifact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops import report
from speechops.errors import DataError, Place, UsageError
from speechops.evaluation import reporting
from speechops.inputs import COMMENT, GITHUB_TOKEN, REPORTS
from speechops.pull_request import comment, untrusted
from speechops.pull_request.comment import Mode
from speechops.report.markdown import Context, Entry
from speechops.run import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.github.platform import Platform
    from speechops.run import Run

_MOST_REPORTS = 50


def publish(run: Run) -> Outcome:
    """Comment on the pull request of a fork what its own run has left as an artifact.

    Raises as :func:`publish_reports`, and :class:`UsageError` if there is no GitHub to publish to.
    """
    if not run.settings[GITHUB_TOKEN]:
        raise UsageError("publish-report needs github-token.", place=Place(input="github-token"))
    if run.platform is None:
        raise UsageError(
            "publish-report needs the environment variable GITHUB_REPOSITORY, owner/name of the repository.",
            hint="Workflows set it; elsewhere, set it yourself.",
        )
    mode = Mode(run.settings[COMMENT])
    return Outcome(publish_reports(run.platform, run.settings[REPORTS], mode))


def publish_reports(platform: Platform, folder: Path, mode: Mode) -> str:
    """Comment on the pull request of a fork what its own run has left in ``folder``; return what was done.

    Nothing that the run made is trusted: the pull requests are those whose head is the commit and the branch
    of the event; each report has a bounded size, is read strictly (:func:`speechops.report.from_json`), loses
    its sentences (:mod:`speechops.pull_request.untrusted`) and is rendered by us, with our links. No check is
    written: a fork must not turn a check green. Raises :class:`~speechops.errors.DataError` for what is not a
    report, and :class:`PlatformError`.
    """
    event = platform.event
    numbers = _pull_requests(platform)
    if not numbers:
        return f"No open pull request has the head {event.commit[:7]}: nothing to comment on."
    paths = sorted(folder.glob(f"**/{reporting.DATA}"))
    if not paths:
        return f"The run left no report in {folder}."
    if len(paths) > _MOST_REPORTS:
        raise DataError(f"The run left {len(paths)} reports; the limit is {_MOST_REPORTS}.")
    source = f"{event.server_url}/{event.repository}/actions/runs/{event.source_run}"
    made = [untrusted.figures(report.from_json(_bounded(path))) for path in paths]
    models = [Entry(item.model, item.locale, item, where=f"speechops-compare-{item.model}") for item in made]
    context = Context(event.commit, str(event.source_run or ""), source, unverified=True)
    try:
        urls = [
            comment.write(platform, number, models, context, mode=mode, key=f"{event.workflow}/fork")
            for number in numbers
        ]
    except (ArithmeticError, TypeError, ValueError) as error:
        raise DataError(f"The report has impossible figures: {error}.") from error
    return "\n".join(
        f"The pull request {number} has a comment: {url}" if url else f"No comment on pull request {number}."
        for number, url in zip(numbers, urls, strict=True)
    )


def _pull_requests(platform: Platform) -> list[int]:
    """Return the open pull requests that the run was for: several if one branch is proposed to several."""
    event = platform.event
    return [
        found.number
        for found in platform.github.pull_requests_of(event.commit)
        if event.commit
        and found.head_repository.casefold() == event.head_repository.casefold()
        and found.head_branch == event.head_branch
    ]


def _bounded(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise DataError(f"{path.name} is not a plain file.")
    with path.open("rb") as file:
        return file.read(report.MAX_JSON + 1)
