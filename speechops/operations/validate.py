"""``validate``: check the data files against the service's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops import corpus
from speechops.corpus import Rule, Severity, wording
from speechops.corpus.findings import Findings
from speechops.errors import Place, UsageError
from speechops.evaluation import data, rules
from speechops.inputs import FINDINGS, FIX
from speechops.run import Outcome
from speechops.scoring import Policy, counted

if TYPE_CHECKING:
    from speechops.corpus import DataFile, Finding
    from speechops.run import Run


def run(run: Run) -> Outcome:
    """Check all data of the model; every finding is annotated at its place.

    With ``fix``, what can be repaired safely is written beside the old files. It is the old files that are
    judged, as they are what the configuration names.

    Raises :class:`~speechops.errors.DataError` if a finding is an error,
    :class:`~speechops.errors.UsageError` if there is nothing to check.
    """
    model, console = run.model, run.console
    if model.test_data is None and not model.training:
        raise UsageError(
            f"The model {model.name} has no data: neither test-data nor training-data.",
            hint="List its files in speechops.yml, or as options.",
            place=Place(input="test-data"),
        )
    read = data.read(model, run.settings.tier)
    findings = (*read.findings, *_too_small(run, read))
    for finding in findings:
        run.output.annotate(finding)
    leaks = read.leaks()
    for leak in leaks:
        console.line(f"leak: {leak.audio} ({leak.how}) also occurs in {leak.file}:{leak.line}")
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
    if run.settings[FIX]:
        for file in files:
            _repair(run, file)
    errors, warnings = _count(findings, Severity.ERROR), _count(findings, Severity.WARNING)
    data.refuse_errors(findings)
    return Outcome(
        f"The data of {model.name} follows the service's rules: "
        f"{counted(len(files), 'file')}, {counted(warnings, 'warning')}, {counted(len(leaks), 'leak')}.",
        {"errors": str(errors), "warnings": str(warnings), "leaks": str(len(leaks))},
    )


def _repair(run: Run, file: DataFile) -> None:
    """Repair one file as far as its findings allow, and say what was done and how the result is judged."""
    weights = run.model[FINDINGS]
    repaired = corpus.repair(file.path, file.kind, file.locale, corpus.weighed(file.findings, weights))
    if repaired is None:
        return
    line = run.console.line
    if repaired.target:
        line(f"fixed: {file.path.as_posix()} is now {repaired.target.as_posix()}")
        for done in repaired.done:
            line(f"  {done}")
    for left in repaired.left:
        line(f"not fixed: {left}")
    if repaired.target and not repaired.left:
        again = corpus.read(
            repaired.target, kind=file.kind, purpose=file.purpose, locale=file.locale, tier=run.settings.tier
        )
        findings = corpus.weighed(again.findings, weights)
        errors, warnings = _count(findings, Severity.ERROR), _count(findings, Severity.WARNING)
        found = f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"
        line(f"  checked again: {found}; name it in speechops.yml")


def _too_small(run: Run, read: data.Data) -> tuple[Finding, ...]:
    """Return a finding about a test set that is too small for any verdict, before it costs money."""
    gate, test = run.model.gate, read.test
    if test is None or not read.training or gate.policy is Policy.ANY_IMPROVEMENT:  # which is for any size
        return ()
    words = sum(len(utterance.text.split()) for utterance in test.utterances)
    units, unit = len(test.utterances), "utterance"
    if str(run.model.clusters):
        cluster_of = rules.cluster_of(run.model)
        units, unit = len({cluster_of(utterance.audio) for utterance in test.utterances}), "cluster"
    few = units < gate.min_utterances
    if not few and (words >= gate.min_words or wording.counts_characters(run.model.locale)):
        return ()
    found = Findings(test.path.as_posix())
    number = counted(units, unit)
    least = f"{gate.min_utterances} and {gate.min_words}"
    found.add(Rule.TEST_SET_SMALL, f"{number} and {counted(words, 'word')}; a verdict needs {least}.")
    return corpus.weighed(found.all(), run.model[FINDINGS])


def _count(findings: tuple[Finding, ...], severity: Severity) -> int:
    return sum(finding.severity is severity for finding in findings)
