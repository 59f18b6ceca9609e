"""How an outcome is handed over: outputs for the next step, the summary for people."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops import folders
from speechops.errors import Place, UsageError
from speechops.inputs import OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.github.files import CommandFiles
    from speechops.run import Outcome
    from speechops.settings import ModelSettings, Settings


@dataclass(slots=True)
class Handover:
    """Hands over the outcomes of one run; ``outcomes`` are the outputs of each model so far."""

    files: CommandFiles
    redact: Callable[[str], str]
    outcomes: dict[str, dict[str, str]] = field(default_factory=dict)

    def give(self, settings: Settings, outcome: Outcome, model: ModelSettings | None = None) -> None:
        """Write outputs and summary."""
        if undeclared := outcome.outputs.keys() - OUTPUTS.keys():
            raise AssertionError(f"action.yml has no output {', '.join(sorted(undeclared))}")
        for name, value in outcome.outputs.items():
            self.files.set_output(name, value)
        title = f"{settings.operation} {model.name}" if model else settings.operation
        message = self.redact(outcome.message)
        summary = _summary(outcome, title, message, show_transcripts=settings.show_transcripts)
        self.files.add_summary(summary, pointer="See the report's artifact.")
        if model is not None:
            self.outcomes[model.name] = dict(outcome.outputs)
            self.files.set_output("outcomes", json.dumps(self.outcomes))


def check_folder(settings: Settings) -> None:
    """Raise :class:`UsageError` where no report can be written: after the work it would be too late."""
    if why := folders.obstacle(settings.report_folder):
        raise unwritable(settings, why)


def unwritable(settings: Settings, why: str) -> UsageError:
    """Return what to say of a report folder that cannot be written."""
    return UsageError(
        f"report-folder: {settings.report_folder} cannot be written: {why}.",
        hint="Name another folder.",
        place=Place(input="report-folder"),
    )


def _summary(outcome: Outcome, title: str, message: str, *, show_transcripts: bool) -> str:
    """Return what the summary of the job says of an outcome, as Markdown."""
    if outcome.report is None:
        return f"### {title}\n\n{_preformatted(message)}"
    from speechops.report import markdown  # noqa: PLC0415

    report = outcome.report
    note = "" if report.verdict else message
    context = markdown.Context(show_transcripts=show_transcripts)
    return markdown.summary(markdown.Entry(report.model, report.locale, report, note), context)


def _preformatted(text: str) -> str:
    """Return text of any origin as Markdown that shows it as it is."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"
