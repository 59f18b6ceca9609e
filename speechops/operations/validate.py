"""``validate``: check the data files against the service's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.corpus import Severity
from speechops.errors import Place, UsageError
from speechops.evaluation import data
from speechops.run import Outcome
from speechops.scoring import counted

if TYPE_CHECKING:
    from speechops.corpus import Finding
    from speechops.run import Run


def run(run: Run) -> Outcome:
    """Check all data of the model; every finding is annotated where it belongs.

    Raises :class:`~speechops.errors.DataError` where a finding is an error,
    :class:`~speechops.errors.UsageError` where there is nothing to check.
    """
    model, console = run.model, run.console
    if model.test_data is None and not model.training:
        raise UsageError(
            f"The model {model.name} has no data: neither test-data nor training-data.",
            hint="Name its files in speechops.yml, or as options.",
            place=Place(input="test-data"),
        )
    read = data.read(model, run.settings.tier)
    for finding in read.findings:
        run.output.annotate(finding)
    leaks = read.leaks()
    for leak in leaks:
        console.line(f"leak: {leak.audio} ({leak.how}) also stands in {leak.file}:{leak.line}")
    files = [read.test, *read.training] if read.test else list(read.training)
    console.table(
        f"Data of {model.name}",
        ("file", "kind", "purpose", "size", "utterances", "errors", "warnings"),
        [
            (
                file.path.name,
                file.kind,
                file.purpose,
                f"{file.size:,}",
                str(len(file.utterances)) if file.utterances else "",
                str(_count(file.findings, Severity.ERROR)),
                str(_count(file.findings, Severity.WARNING)),
            )
            for file in files
        ],
    )
    errors = _count(read.findings, Severity.ERROR)
    warnings = _count(read.findings, Severity.WARNING)
    data.refuse_errors(read.findings)
    return Outcome(
        f"The data of {model.name} is fit for the service: "
        f"{counted(len(files), 'file')}, {counted(warnings, 'warning')}, {counted(len(leaks), 'leak')}.",
        {"errors": str(errors), "warnings": str(warnings), "leaks": str(len(leaks))},
    )


def _count(findings: tuple[Finding, ...], severity: Severity) -> int:
    return sum(finding.severity is severity for finding in findings)
