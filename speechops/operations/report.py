"""``report``: the history of one model as a page, as JSON and as a badge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.errors import reason
from speechops.evaluation import reporting
from speechops.handover import unwritable
from speechops.inputs import REPORT_FOLDER
from speechops.run import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speechops.run import Run


def run(run: Run) -> Outcome:
    """Report the history of a model and its latest test, if there is one."""
    report, latest = reporting.of_history(run)
    tests = "the latest of its tests" if latest else "no test yet"
    return Outcome(f"The history of {run.model.name}, with {tests}.", result=latest, report=report)


def overview(run: Run, ends: Mapping[str, Outcome | str]) -> None:
    """Write the page that links the reports of several models. Raises :class:`UsageError` if it cannot."""
    if len(run.settings.models) < 2:  # noqa: PLR2004 - a single one needs no overview
        return
    reports = [end.report for end in ends.values() if isinstance(end, Outcome) and end.report]
    folder = run.settings[REPORT_FOLDER]
    try:
        run.console.line(str(reporting.write_overview(reports, folder)))
    except OSError as error:
        raise unwritable(folder, reason(error)) from error
