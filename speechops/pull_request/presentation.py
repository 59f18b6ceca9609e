"""What a pull request is shown: a check that is always completed, and one comment that is kept up to date.

Neither is worth a failed run: where the token may not write them, as in the pull request of a fork, the log
says so and the report of the run tells the same.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from speechops import report, scoring
from speechops.errors import DataError, Place, PlatformError, SpeechOpsError, StillRunning, UsageError
from speechops.evaluation import data, reporting
from speechops.github import checks, comments
from speechops.github.annotation import Annotation, Level, of_error
from speechops.github.checks import Conclusion, Output
from speechops.inputs import COMMENT, COMMENT_TEMPLATE, GITHUB_TOKEN, REPORTS, SHOW_TRANSCRIPTS
from speechops.operations import train_data
from speechops.pull_request import untrusted
from speechops.registry.documents import DIRTY, Ending
from speechops.report.markdown import Context, Entry
from speechops.run import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from speechops.corpus import DataFile, Finding
    from speechops.github.checks import Check
    from speechops.github.event import Event
    from speechops.github.platform import Platform
    from speechops.report import Report
    from speechops.run import Run
    from speechops.settings import ModelSettings

_POINTER = "The rest is in the report of the run."


class Mode(StrEnum):
    """When a pull request gets its comment. A comment that is there is always kept up to date."""

    ALWAYS = "always"
    ON_CHANGE = "on-change"  # an error rate differs, or a model has no result
    ON_REGRESSION = "on-regression"  # a model is worse, may not pass, or has no result
    OFF = "off"


def compare(run: Run) -> Outcome:
    """Train and test a candidate for a pull request, with a check on its commit from beginning to end."""
    outcome = None
    try:
        with ExitStack() as stack:
            check = _open(run, stack)
            outcome = _compare(run, check)
    except PlatformError as error:
        if outcome is None:
            raise
        run.console.line(f"The check could not be completed: {error} The post step tries again.")
    return outcome


def _compare(run: Run, check: Check | None) -> Outcome:
    try:
        outcome = train_data.compare(run)
    except SpeechOpsError as error:
        if check is not None:
            _refuse(check, error, run)
        raise
    if outcome.result is None:
        return outcome
    told = replace(outcome, report=reporting.of_run(run, outcome.result))
    if check is not None:
        _complete(check, told, run)
    return told


def _open(run: Run, stack: ExitStack) -> Check | None:
    """Open the check; None where there is no pull request or no leave to write checks."""
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
        pointer=_POINTER,
    )
    try:
        check = stack.enter_context(pointer)
        run.connections.keep_check(check.run.id)
        check.progress("Training and testing the candidate", "The candidate is trained and tested.")
    except PlatformError as error:
        run.console.line(f"No check on the commit: {error}")
        return None
    return check


def _complete(check: Check, outcome: Outcome, run: Run) -> None:
    from speechops.report import decision, markdown  # noqa: PLC0415

    made = outcome.report
    if made is None:
        raise AssertionError("a check is completed with a report")
    entry = Entry(made.model, made.locale, made, _note(outcome))
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


def conclusion(outcome: Outcome) -> Conclusion:
    """Return how the check ends: green to promote, red where the gate says fail, neutral otherwise."""
    if outcome.ending is Ending.NOT_PROMOTED:
        return Conclusion.FAILURE
    return Conclusion.SUCCESS if outcome.outputs.get("improved") == "true" else Conclusion.NEUTRAL


def _refuse(check: Check, error: SpeechOpsError, run: Run) -> None:
    found = _annotations(run)
    goes_on = isinstance(error, StillRunning)
    text = run.output.redact(str(error))
    blamed = replace(of_error(error), message=text)
    annotations = found if goes_on or any(one.file == blamed.file for one in found) else (blamed, *found)
    try:
        check.complete(
            Conclusion.NEUTRAL if goes_on else Conclusion.FAILURE,
            Output("Not finished yet" if goes_on else "No result", _escaped(text), "", annotations),
        )
    except PlatformError:  # the error at hand is the one to be seen
        return


def _escaped(text: str) -> str:
    from speechops.report import markdown  # noqa: PLC0415

    return str(markdown.escape(text))


def _annotations(run: Run, made: Report | None = None) -> tuple[Annotation, ...]:
    """Return what is to be seen in the data, at its place; no message quotes a sentence.

    First the transcripts of utterances that must pass and have errors, then what breaks the service's rules.
    """
    try:
        read = data.read(run.model, run.settings.tier)
    except SpeechOpsError as error:
        return (of_error(error),) if error.place and error.place.file else ()
    return (*_missed(made, read.test), *(_annotation(finding) for finding in read.findings))


def _missed(made: Report | None, test: DataFile | None) -> Iterator[Annotation]:
    """Yield the utterances that must pass and have errors, where their transcript is."""
    verdict = made.verdict if made else None
    if made is None or made.test is None or verdict is None or test is None:
        return
    lines = {utterance.audio: utterance.line for utterance in test.utterances}
    for utterance in made.test.utterances:
        errors = utterance.candidate_counts.errors
        if errors and verdict.gate.demands(utterance.id):
            message = f"{utterance.id} must pass and has {scoring.counted(errors, 'error')}."
            yield Annotation(Level.ERROR, message, "must-pass", _transcript(test), lines.get(utterance.id))


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


def _note(outcome: Outcome) -> str:
    """Return what the outcome says besides the decision; the verdict's own sentence is not said twice."""
    verdict = outcome.report.verdict if outcome.report else None
    return "" if verdict and outcome.message.startswith(verdict.sentence()) else outcome.message


# --- the comment ---


def comment_on(run: Run, ends: Mapping[str, Outcome | str]) -> None:
    """Say on the pull request how the comparison of each model ended; a refusal is a warning."""
    platform, settings = run.platform, run.settings
    number = platform.event.pull_request if platform else None
    if platform is None or number is None:
        return
    event = platform.event
    context = Context(run.commit, str(event.run_id or ""), event.run_url, settings[SHOW_TRANSCRIPTS])
    try:
        url = comment(
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
    """Return what there is to say of a model: of its outcome, or of the error in its place."""
    where = f"speechops-compare-{model.name}"
    if not isinstance(end, Outcome):
        return Entry(model.name, model.locale, None, end, where)
    return Entry(model.name, model.locale, end.report, _note(end), where)


def wanted(mode: Mode, models: Sequence[Entry], *, present: bool) -> bool:
    """Whether a comment is to be written; one that is there already is never left to go stale."""
    if mode is Mode.OFF:
        return False
    if present or mode is Mode.ALWAYS:
        return True
    if any(entry.report is None for entry in models):
        return True
    verdicts = [entry.report.verdict for entry in models if entry.report and entry.report.verdict]
    if mode is Mode.ON_CHANGE:
        return any(verdict.comparison.difference for verdict in verdicts)
    return any(verdict.blockers or (verdict.comparison.difference or 0) > 0 for verdict in verdicts)


def comment(
    platform: Platform,
    number: int,
    models: Sequence[Entry],
    context: Context,
    *,
    mode: Mode,
    key: str,
    template: str = "",
) -> str:
    """Write the comment, or bring it up to date; return its address, empty where none was wanted.

    Raises :class:`PlatformError`, and :class:`UsageError` for a ``template`` that does not work.
    """
    from speechops.report import markdown  # noqa: PLC0415

    present = comments.find(platform.github, number, key=key)
    if not wanted(mode, models, present=present is not None):
        return ""
    before = markdown.earlier(comments.markdown_of(present), context.commit) if present else ()
    text = markdown.comment(models, replace(context, earlier=before), template)
    written = comments.upsert(
        platform.github, number, text, key=key, run=platform.event.run_id or 0, pointer=_POINTER
    )
    return written.url


def key(event: Event, models: Sequence[str]) -> str:
    """Return the key of a comment: one for each workflow and set of models in a job."""
    return f"{event.workflow}/{','.join(models)}"


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
            hint="A workflow has it; elsewhere, set it.",
        )
    mode = Mode(run.settings[COMMENT])
    return Outcome(publish_reports(run.platform, run.settings[REPORTS], mode))


def publish_reports(platform: Platform, folder: Path, mode: Mode) -> str:
    """Comment on the pull request of a fork what its own run has left in ``folder``; return what was done.

    Nothing that the run made is trusted: the pull requests are those whose head is the commit and the branch
    of the event; each report is of bounded size, read strictly (:func:`speechops.report.from_json`), robbed
    of its sentences (:mod:`speechops.pull_request.untrusted`) and rendered by us, with our links. No check is
    written: a fork must not turn a check green. Raises :class:`~speechops.errors.DataError` for what is not a
    report, and :class:`PlatformError`.
    """
    event = platform.event
    numbers = _pull_requests(platform)
    if not numbers:
        return f"No open pull request has the head {event.commit[:7]}: nothing to comment on."
    paths = sorted(folder.glob(f"**/{reporting.DATA}"))
    if not paths:
        return f"The run has left no report in {folder}."
    if len(paths) > _MOST_REPORTS:
        raise DataError(f"The run has left {len(paths)} reports; at most {_MOST_REPORTS} are read.")
    source = f"{event.server_url}/{event.repository}/actions/runs/{event.source_run}"
    made = [untrusted.figures(report.from_json(_bounded(path))) for path in paths]
    models = [Entry(item.model, item.locale, item, where=f"speechops-compare-{item.model}") for item in made]
    context = Context(event.commit, str(event.source_run or ""), source, unverified=True)
    try:
        urls = [
            comment(platform, number, models, context, mode=mode, key=f"{event.workflow}/fork")
            for number in numbers
        ]
    except (ArithmeticError, TypeError, ValueError) as error:
        raise DataError(f"The report has figures that cannot be: {error}.") from error
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
