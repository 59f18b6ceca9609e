"""Reports: built from what the registry remembers, written where people and later jobs look for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops import corpus, folders, report
from speechops.evaluation import forms, rules, vocabulary
from speechops.registry.summaries import ResultSummary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from speechops.console import Console
    from speechops.evaluation.judging import Judgement
    from speechops.registry.documents import TestResult, Vocabulary
    from speechops.registry.registry import Recent, Registry
    from speechops.report import Origin, Report
    from speechops.report.report import Test, Utterance
    from speechops.run import Run
    from speechops.scoring import Scores
    from speechops.settings import ModelSettings

PAGE, DATA, BADGE = "index.html", "report.json", "badge.json"
"""The files of one report, in a folder named after the model."""


Scored = tuple["Scores", "Scores | None"]
"""The scores of benchmark and candidate."""


def of_run(run: Run, result: TestResult | None, scores: Scored | None = None) -> Report:
    """Return the report of a run on ``result``, or, with None, on the history alone.

    ``scores`` are those of ``result``, if the run has scored it.
    """
    recent = run.registry.recent(run.model.name)
    return build(run.model, run.registry, recent, result, origin(run), scores)


def of_history(run: Run) -> tuple[Report, TestResult | None]:
    """Return the report of the history, and the latest test that it is of, if there is one."""
    recent = run.registry.recent(run.model.name)
    newest = max(recent.tests, key=lambda test: test.created, default=None)
    latest = run.registry.result_named(newest.name) if newest else None
    return build(run.model, run.registry, recent, latest, origin(run)), latest


def origin(run: Run) -> Origin:
    """Return what made a report: this run."""
    event = run.event
    return report.Origin(
        operation=run.settings.operation.name,
        made=run.now(),
        run=run.id if run.settings.operation.recorded else "",
        commit=run.commit,
        run_url=event.run_url,
        repository_url=f"{event.server_url}/{event.repository}" if event.repository else "",
        pull_request=event.pull_request,
    )


def build(
    model: ModelSettings,
    registry: Registry,
    recent: Recent,
    result: TestResult | None,
    origin: Origin,
    scores: Scored | None = None,
) -> Report:
    """Return the report on ``result``, or, with None, on the history alone."""
    known = {test.name for test in recent.tests}  # not the own test of a run that has not ended
    own = (ResultSummary.of(result),) if result and result.name not in known else ()
    history = replace(
        report.history((*recent.tests, *own), recent.runs, recent.releases), earlier=recent.earlier
    )
    pointer = registry.benchmark(model.name)
    if pointer is not None:
        history = replace(
            history,
            benchmark=pointer.benchmark.reference.name,
            benchmark_rate=pointer.benchmark.error_rate,
            benchmark_expires=pointer.benchmark.reference.expires,
            frozen=pointer.benchmark.frozen,
        )
    test = of_result(model, result, _vocabularies(registry, result), scores) if result else None
    return report.Report(model.name, model.locale, origin, test, history)


def of_files(run: Run, judgement: Judgement) -> Report:
    """Return the report on texts that were given as files: there is no history."""
    return report.Report(
        run.model.name,
        run.model.locale,
        origin(run),
        of_result(run.model, judgement.result, scores=judgement.scores),
        report.History(),
    )


def of_result(
    model: ModelSettings,
    result: TestResult,
    vocabularies: tuple[Vocabulary | None, Vocabulary | None] = (None, None),
    scores: Scored | None = None,
) -> Test:
    """Return the part of a report that is about one test."""
    group = rules.group_of(model)
    groups = {item.audio: group(item.audio) for item in result.utterances}
    return report.of_result(
        result,
        rules.measure_of(model, result),
        groups,
        rules.key_terms(model),
        vocabularies,
        scores,
        display=forms.has_display(result),
        spoken=rules.normaliser(model),
    )


def _vocabularies(registry: Registry, result: TestResult) -> tuple[Vocabulary | None, Vocabulary | None]:
    """Return what benchmark and candidate were trained on, as far as that is known."""
    benchmark, candidate = (
        vocabulary.of_model(registry, result.model, reference.training, base=reference.base)
        if reference
        else None
        for reference in (result.benchmark, result.candidate)
    )
    return benchmark, candidate


def write(made: Report, folder: Path, clips: Mapping[str, bytes] | None = None) -> Path:
    """Write page, data and badge to ``folder``; return the path of the page."""
    from speechops.report import badge, page  # noqa: PLC0415 - jinja2 only where a page is made

    folders.make(folder)
    (folder / DATA).write_bytes(report.to_json(made))
    (folder / BADGE).write_bytes(badge.badge(made))
    path = folder / PAGE
    path.write_text(page.page(made, clips), encoding="utf-8")
    return path


def write_overview(reports: Sequence[Report], folder: Path) -> Path:
    """Write the page that links those of several models; return its path."""
    from speechops.report import page  # noqa: PLC0415

    path = folder / PAGE
    path.write_text(page.overview(reports), encoding="utf-8")
    return path


def show(
    made: Report, console: Console, *, with_history: bool = False, show_transcripts: bool = False
) -> None:
    """Show the decision, the report's tables and what to do next.

    Counts and ids alone, and words of the test data only on request.
    """
    from speechops.report import terminal  # noqa: PLC0415

    shown = list(terminal.tables(made, show_transcripts=show_transcripts))
    if with_history and (past := terminal.history(made.history)):
        shown.append(past)
    for table in shown:
        console.table(table.title, table.columns, table.rows)
    if made.test is not None:
        for line in terminal.next_steps(made.test, show_transcripts=show_transcripts):
            console.line(line)


CLIPS_SECONDS = 20.0
"""The longest recording that a report holds; longer ones are left out whole."""

CLIPS_SIZE = 20 * 2**20
"""The most audio, in bytes, that a report holds."""


def clips(model: ModelSettings, made: Report) -> dict[str, bytes]:
    """Return recordings for a report, by utterance: those with the most errors, as far as there is room."""
    if model.test_data is None or made.test is None:
        return {}
    ranked = sorted(
        (item for item in made.test.utterances if 0 < item.seconds <= CLIPS_SECONDS),
        key=lambda item: (-abs(item.change), -_errors(item), item.id),
    )
    wanted = (item.id for item in ranked if _errors(item) or item.change)
    return corpus.recordings(model.test_data, wanted, most_bytes=CLIPS_SIZE)


def _errors(utterance: Utterance) -> int:
    paired = utterance.candidate_path is not None
    return (utterance.candidate_counts if paired else utterance.benchmark_counts).errors
