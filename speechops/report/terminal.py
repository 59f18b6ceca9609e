"""The report as tables for a terminal or a log: counts and ids, no text of the test data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops.report import figures
from speechops.scoring import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.report.report import History, Report, Test

_SHOWN = 5
_HISTORY = 12


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under the names of their columns."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(report: Report, *, show_transcripts: bool = False) -> Iterator[Table]:
    """Yield what a person wants to see at the end of a run; words of the test data only on request."""
    if report.test is not None:
        yield result(report.test)
        if report.test.terms and show_transcripts:
            yield terms(report.test)
        if changed := changes(report.test):
            yield changed


def result(test: Test) -> Table:
    """Return the figures of both models, and their difference, a column each."""
    models = [("benchmark", test.benchmark)] + ([("candidate", test.candidate)] if test.candidate else [])
    columns = [name for name, _ in models]
    counts = [model.counts for _, model in models]
    rows = [
        ("model", *(model.name for _, model in models)),
        (figures.label(test), *(figures.rate(model.error_rate) for _, model in models)),
        ("replaced / lost / extra", *_regions(test)),
        ("substitutions", *(figures.count(count.substitutions) for count in counts)),
        ("deletions", *(figures.count(count.deletions) for count in counts)),
        ("insertions", *(figures.count(count.insertions) for count in counts)),
        (f"{test.unit.noun}s", *(figures.count(count.reference_words) for count in counts)),
        ("the service's own WER", *(figures.rate(model.service_rate) for _, model in models)),
    ]
    said, *found = test.terms_found
    if said:
        rows.append(
            ("key terms found", *(f"{figures.count(number)} of {said:,}" for number in found[: len(models)]))
        )
    if test.verdict is None:
        return Table(_title(test), ("", *columns), (*rows, *_character_rows(test), *_display_rows(test)))
    before, after = counts
    comparison = test.verdict.comparison
    sure = f"{figures.certainty(comparison.confidence)} interval"
    differences = (
        "",
        figures.points(test.difference),
        _more_regions(test),
        figures.signed(after.substitutions - before.substitutions),
        figures.signed(after.deletions - before.deletions),
        figures.signed(after.insertions - before.insertions),
        "",
        "",
        figures.signed(found[1] - found[0]),
    )
    whole = [(*row, difference) for row, difference in zip(rows, differences, strict=False)]
    whole.append((sure, "", "", figures.interval(comparison.interval)))
    whole += _character_rows(test)
    whole += _display_rows(test)
    whole += [
        (
            f"group {group.name}",
            figures.rate(group.benchmark.error_rate),
            figures.rate(group.candidate.error_rate),
            figures.points(group.difference),
        )
        for group in comparison.groups
    ]
    return Table(_title(test), ("", *columns, "difference"), tuple(whole))


def _regions(test: Test) -> tuple[str, ...]:
    """Return the error regions of each model by kind."""
    tables = test.tables
    sides = (tables.benchmark, tables.candidate) if tables else (None, None)
    return tuple(
        f"{side.replaced:,} / {side.lost:,} / {side.extra:,}" if side else figures.NONE
        for side in sides[: 2 if test.candidate else 1]
    )


def _more_regions(test: Test) -> str:
    tables = test.tables
    if tables is None or tables.candidate is None:
        return ""
    return figures.signed(tables.candidate.total - tables.benchmark.total)


def terms(test: Test) -> Table:
    """Return how well each listed term was found: recall, then precision."""
    columns = ("term", "said", "benchmark", "")
    rows = [
        (
            term.name,
            str(term.said),
            figures.rate(term.benchmark_recall),
            figures.rate(term.benchmark_precision),
        )
        for term in test.terms
    ]
    if test.candidate is None:
        return Table("Key terms: recall and precision", columns, tuple(rows))
    both = tuple(
        (*row, figures.rate(term.candidate_recall), figures.rate(term.candidate_precision))
        for row, term in zip(rows, test.terms, strict=True)
    )
    return Table("Key terms: recall and precision", (*columns, "candidate", ""), both)


def next_steps(test: Test, *, show_transcripts: bool = False) -> Iterator[str]:
    """Yield the advice as lines: titles and counts, and words only on request; nothing without advice."""
    if test.advice:
        yield "What to do next"
    for number, piece in enumerate(test.advice, 1):
        yield f"  {number}. {piece.title}. {piece.evidence}"
        if show_transcripts and piece.examples:
            yield f"     {', '.join(example.said for example in piece.examples if example.said)}"


def changes(test: Test) -> Table | None:
    """Return the utterances that changed most, by id; None where none did."""
    rows = [*test.regressions(_SHOWN), *test.improvements(_SHOWN)]
    if not rows:
        return None
    return Table(
        "Most changed",
        ("utterance", f"{test.unit.noun}s", "errors before", "errors now", "change"),
        tuple(
            (
                row.id,
                str(row.benchmark_counts.reference_words),
                str(row.benchmark_counts.errors),
                str(row.candidate_counts.errors),
                figures.signed(row.change),
            )
            for row in rows
        ),
    )


def history(history: History) -> Table | None:
    """Return the latest tests, the newest last; None before the first."""
    if not history.points:
        return None
    return Table(
        "History",
        ("test", "commit", "cause", "text", "benchmark", "candidate", "verdict"),
        tuple(
            (
                figures.minute(point.created),
                figures.commit(point.commit),
                point.cause,
                point.form,
                figures.rate(point.benchmark_rate),
                figures.rate(point.candidate_rate) if point.candidate else figures.NONE,
                point.outcome or figures.NONE,
            )
            for point in history.points[-_HISTORY:]
        ),
    )


def _character_rows(test: Test) -> list[tuple[str, ...]]:
    """Return the row of the character error rate; none where it is not reported."""
    if not test.characters:
        return []
    change = (figures.rate_change(test.characters),) if test.candidate else ()
    return [(Unit.CHARACTER.rate, *(figures.rate(part.error_rate) for part in test.characters), *change)]


def _display_rows(test: Test) -> list[tuple[str, ...]]:
    """Return the rows about display text; none if the texts are not in that form."""
    if test.display is None:
        return []
    models = test.display.models
    label, counts = figures.other_counts(test)
    blank = ("",) if test.candidate else ()
    change = (figures.rate_change(counts),) if test.candidate else ()
    classes = " / ".join(figures.TOKEN_CLASSES.values())
    return [
        (label, *(figures.rate(part.error_rate) for part in counts), *change),
        (classes, *(figures.token_classes(model.classes) for model in models), *blank),
        ("the service's own TER", *(figures.rate(model.service_rate) for model in models), *blank),
    ]


def _title(test: Test) -> str:
    return f"{test.tested.name} on {figures.counted(len(test.judged), 'utterance')}"
