"""``validate``: check the data files against the service's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops import corpus
from speechops.corpus import Rule, Severity, wording
from speechops.corpus.rules import Findings
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
    findings = (*read.findings, *_too_small(run, read))
    for finding in findings:
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
    errors, warnings = _count(findings, Severity.ERROR), _count(findings, Severity.WARNING)
    data.refuse_errors(findings)
    return Outcome(
        f"The data of {model.name} is fit for the service: "
        f"{counted(len(files), 'file')}, {counted(warnings, 'warning')}, {counted(len(leaks), 'leak')}.",
        {"errors": str(errors), "warnings": str(warnings), "leaks": str(len(leaks))},
    )


def _too_small(run: Run, read: data.Data) -> tuple[Finding, ...]:
    """Return what is said of a test set that no verdict can rest on, before any money is spent on it."""
    if read.test is None or not read.training:
        return ()
    gate, test = run.model.gate, read.test
    words = sum(len(utterance.text.split()) for utterance in test.utterances)
    few = len(test.utterances) < gate.min_utterances
    if not few and (words >= gate.min_words or wording.counts_characters(run.model.locale)):
        return ()
    found = Findings(test.path.as_posix())
    number = counted(len(test.utterances), "utterance")
    least = f"{gate.min_utterances} and {gate.min_words}"
    found.add(Rule.TEST_SET_SMALL, f"{number} and {counted(words, 'word')}; a verdict needs {least}.")
    return corpus.weighed(found.all(), run.model.severities)


def _count(findings: tuple[Finding, ...], severity: Severity) -> int:
    return sum(finding.severity is severity for finding in findings)
