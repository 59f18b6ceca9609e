"""The check of a pull request's commit: opened before the comparison, always completed.

A missing check does not fail the run: if the token may not write checks, as in the pull request of a fork,
the log says so, and the report of the run has the same content.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from speechops import scoring
from speechops.corpus import transcripts
from speechops.errors import PlatformError, SpeechOpsError, StillRunning
from speechops.evaluation import data, reporting
from speechops.github import checks
from speechops.github.annotation import Annotation, Level, of_error
from speechops.github.checks import Conclusion, Output
from speechops.inputs import REFERENCES, SHOW_TRANSCRIPTS, TEST_DATA
from speechops.pull_request import comment
from speechops.registry.documents import DIRTY, Ending
from speechops.report.markdown import Context, Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from speechops.corpus import DataFile, Finding
    from speechops.github.checks import Check
    from speechops.report import Report
    from speechops.run import Outcome, Run


def with_check(run: Run, work: Callable[[Run], Outcome], title: str) -> Outcome:
    """Do the work of a pull request between the beginning and the end of its check; return it with a report.

    ``title`` says what is being done. A check that cannot be written is a line in the log; an outcome whose
    report cannot be made is returned without one, with the trouble.
    """
    outcome = None
    try:
        with ExitStack() as stack:
            check = begin(run, stack, title)
            outcome = _done(run, work, check)
    except PlatformError as error:
        if outcome is None:
            raise
        run.console.line(f"The check could not be completed: {error} The post step will retry.")
    return outcome


def _done(run: Run, work: Callable[[Run], Outcome], check: Check | None) -> Outcome:
    try:
        outcome = work(run)
    except SpeechOpsError as error:
        if check is not None:
            complete_with_error(check, error, run)
        raise
    try:
        made = outcome.report or reporting.of_run(run, outcome.result, outcome.scores)
    except SpeechOpsError as error:
        if check is not None:
            complete_with_error(check, error, run)
        return replace(outcome, trouble=error)
    reported = replace(outcome, report=made)
    if check is not None:
        complete(check, reported, run)
    return reported


def begin(run: Run, stack: ExitStack, title: str) -> Check | None:
    """Open the check; None without a pull request or permission to write checks."""
    platform = run.platform
    if platform is None or platform.event.pull_request is None or not run.commit:
        return None
    name = f"Speech: {run.model.name} {run.model.locale}"
    pointer = checks.check(
        platform.github,
        name,
        run.commit.removesuffix(DIRTY),
        details_url=platform.event.run_url,
        external_id=run.id,
        pointer=comment.POINTER,
    )
    try:
        check = stack.enter_context(pointer)
        run.connections.keep_check(check.run.id)
        check.progress(title, f"{title}: the result will be shown here.")
    except PlatformError as error:
        run.console.line(f"No check on the commit: {error}")
        return None
    return check


def complete(check: Check, outcome: Outcome, run: Run) -> None:
    """Complete the check with the report of the outcome; a refusal is a line in the log."""
    from speechops.report import decision, markdown  # noqa: PLC0415

    made = outcome.report
    if made is None:
        raise AssertionError("a check is completed with a report")
    entry = Entry(made.model, made.locale, made, comment.note(outcome), used=outcome.used)
    context = Context(run.commit, run.id, show_transcripts=run.settings[SHOW_TRANSCRIPTS])
    output = Output(
        decision.headline(made),
        markdown.summary(entry, context),
        markdown.details(entry, context),
        _annotations(run, made),
    )
    try:
        check.complete(conclusion(outcome), output)
    except PlatformError as error:
        run.console.line(f"The check could not be completed: {error}")


def complete_with_error(check: Check, error: SpeechOpsError, run: Run) -> None:
    """Complete the check with the error that ended the comparison, at its place in the data if it has one."""
    found = _annotations(run)
    unfinished = isinstance(error, StillRunning)
    text = run.output.redact(str(error))
    blamed = replace(of_error(error), message=text)
    annotations = (
        found
        if unfinished or any(annotation.file == blamed.file for annotation in found)
        else (blamed, *found)
    )
    try:
        check.complete(
            Conclusion.NEUTRAL if unfinished else Conclusion.FAILURE,
            Output("Not finished yet" if unfinished else "No result", _escaped(text), "", annotations),
        )
    except PlatformError:  # the error in flight is the one to show
        return


def conclusion(outcome: Outcome) -> Conclusion:
    """Return how the check ends: green to promote, red if the gate says fail, neutral otherwise."""
    if outcome.ending is Ending.NOT_PROMOTED:
        return Conclusion.FAILURE
    return Conclusion.SUCCESS if outcome.outputs.get("improved") == "true" else Conclusion.NEUTRAL


def _escaped(text: str) -> str:
    from speechops.report import markdown  # noqa: PLC0415

    return str(markdown.escape(text))


def _annotations(run: Run, made: Report | None = None) -> tuple[Annotation, ...]:
    """Return annotations of the data, each at its place; no message quotes a sentence.

    First the transcripts of utterances that must pass and have errors, then what breaks the service's rules.
    """
    try:
        if run.model.reads(REFERENCES):
            return tuple(_missed(made, *_lines_of_references(run.model[REFERENCES])))
        if not run.model.reads(TEST_DATA):
            return ()
        read = data.read(run.model, run.settings.tier)
    except SpeechOpsError as error:
        return (of_error(error),) if error.place and error.place.file else ()
    file, lines = _lines(read.test)
    return (*_missed(made, file, lines), *(_annotation(finding) for finding in read.findings))


def _lines_of_references(path: Path | None) -> tuple[str, dict[str, int | None]]:
    """Return the file of the references and the line of each utterance in it."""
    if path is None:
        return "", {}
    said = transcripts.read_references(path).transcripts
    return path.as_posix(), {transcript.name: transcript.line for transcript in said}


def _lines(test: DataFile | None) -> tuple[str, dict[str, int | None]]:
    """Return the file of the transcripts and the line of each utterance in it."""
    if test is None:
        return "", {}
    return _transcript(test), {utterance.audio: utterance.line for utterance in test.utterances}


def _missed(made: Report | None, file: str, lines: Mapping[str, int | None]) -> Iterator[Annotation]:
    """Yield the utterances that must pass and have errors, where their transcript is."""
    verdict = made.verdict if made else None
    if made is None or made.test is None or verdict is None or not file:
        return
    for utterance in made.test.utterances:
        errors = utterance.candidate_counts.errors
        if errors and verdict.gate.demands(utterance.id):
            message = f"{utterance.id} must pass and has {scoring.counted(errors, 'error')}."
            yield Annotation(Level.ERROR, message, "must-pass", file, lines.get(utterance.id))


def _transcript(test: DataFile) -> str:
    """Return the file of the transcripts: the only text file of a folder, or the zip."""
    if not test.path.is_dir():
        return test.path.as_posix()
    return next((path.as_posix() for path in sorted(test.path.glob("*.txt"))), test.path.as_posix())


def _annotation(finding: Finding) -> Annotation:
    return Annotation(
        Level[finding.severity.name],
        f"{finding.message} {finding.advice}",
        finding.rule,
        finding.file,
        finding.line,
    )
