"""Writes an outcome: outputs for the next step, the summary for people."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops import folders
from speechops.errors import Place, PlatformError, UsageError
from speechops.github.files import CommandFiles
from speechops.inputs import OUTPUTS, SHOW_TRANSCRIPTS

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.output import Output
    from speechops.run import Outcome, Run
    from speechops.settings import Settings

_DECIDING = frozenset({"plan", "verdicts"})  # their outputs decide which jobs run


@dataclass(frozen=True, slots=True)
class Handover:
    """Writes the outcomes of one run; ``outcomes`` are the outputs of each model so far."""

    settings: Settings
    files: CommandFiles
    output: Output
    outcomes: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run) -> Handover:
        """Return the handover of a run to the files of the Actions runner."""
        return cls(run.settings, CommandFiles.of(run.connections.environment), run.output)

    def give(self, outcome: Outcome, model: str = "") -> None:
        """Write outputs and summary."""
        if undeclared := outcome.outputs.keys() - OUTPUTS.keys():
            raise AssertionError(f"action.yml has no output {', '.join(sorted(undeclared))}")
        for name, value in outcome.outputs.items():
            if self.settings.operation.name in _DECIDING and self.output.masks(value):
                raise PlatformError(
                    f"The output {name} contains a line of a secret: GitHub would silently drop it.",
                    hint="Keep secrets on one line: a lone { of JSON in several lines is a secret to GitHub.",
                )
            self.files.set_output(name, self.output.redact(value))
        title = f"{self.settings.operation} {model}".strip()
        message = self.output.redact(outcome.message)
        self.files.add_summary(self._summary(outcome, title, message), pointer="See the report's artifact.")
        if model:
            self.outcomes[model] = self.output.redact.clean(dict(outcome.outputs))
            self.files.set_output("outcomes", json.dumps(self.outcomes))

    def _summary(self, outcome: Outcome, title: str, message: str) -> str:
        """Return the job summary of an outcome, as Markdown."""
        if outcome.report is None:
            return f"### {title}\n\n{_preformatted(message)}"
        from speechops.report import markdown  # noqa: PLC0415

        report = outcome.report
        note = "" if report.verdict else message
        context = markdown.Context(show_transcripts=self.settings[SHOW_TRANSCRIPTS])
        entry = markdown.Entry(report.model, report.locale, report, note, used=outcome.used)
        return markdown.summary(entry, context)


def check_folder(folder: Path) -> None:
    """Raise :class:`UsageError` if no report can be written: after the work it would be too late."""
    if why := folders.obstacle(folder):
        raise unwritable(folder, why)


def unwritable(folder: Path, why: str) -> UsageError:
    """Return the error for a report folder that cannot be written."""
    return UsageError(
        f"report-folder: {folder} cannot be written: {why}.",
        hint="Choose another folder.",
        place=Place(input="report-folder"),
    )


def _preformatted(text: str) -> str:
    """Return untrusted text as Markdown that shows it verbatim."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"
