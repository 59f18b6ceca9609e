"""Mark, color and title follow the decision, and what is left out of the verdict is in no figure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from speechops import report
from speechops.registry.documents import Cause
from speechops.report import decision, figures, markdown, page, terminal
from speechops.report.decision import Decision
from speechops.report.markdown import Context, Entry
from speechops.scoring import Action, Gate, Policy
from speechops.scoring.gate import Margin
from tests.report.gfm import Tree
from tests.report.making import made, sentences

if TYPE_CHECKING:
    from speechops.report import Report

BETTER = sentences(60)
WORSE = [(said, after, before) for said, before, after in BETTER]
MIXED = [*WORSE[:30], *BETTER[30:]]
EQUAL = [(said, before, before) for said, before, _ in BETTER]
MERGED = report.Origin("train-data", "2026-11-25T09:41:00Z")


def merged(made_report: Report) -> Report:
    """Return the report of the merge that follows a pull request."""
    assert made_report.test is not None
    return replace(made_report, origin=MERGED, test=replace(made_report.test, cause=Cause.TRAIN_DATA))


def comment(made_report: Report) -> str:
    return markdown.comment([Entry("pharmacy", "en-US", made_report)], Context("a" * 40))


@pytest.mark.parametrize(
    ("shown", "expected", "color", "title"),
    [
        (made(BETTER), Decision.PASSES, "green", "Passes"),
        (merged(made(BETTER)), Decision.PROMOTED, "green", "Promoted"),
        (made(BETTER, gate=Gate(must_pass=("003.wav",))), Decision.STOPPED, "red", "Not promoted"),
        (made(BETTER, frozen="the clinic moves"), Decision.FROZEN, "amber", "Frozen, not promoted"),
        (made(WORSE), Decision.STOPPED, "red", "Not promoted"),
        (made(WORSE, gate=Gate(on_worse=Action.PASS)), Decision.NOT_PROMOTED, "grey", "Not promoted"),
        (made(EQUAL, gate=Gate(on_inconclusive=Action.ASK)), Decision.ASKS, "amber", "Left to a person"),
        (
            made(MIXED, gate=Gate(policy=Policy.NON_INFERIORITY, margin=Margin(20.0))),
            Decision.PASSES,
            "green",
            "Passes",
        ),
    ],
    ids=["better", "merged", "must-pass", "frozen", "worse", "pass", "ask", "non-inferior"],
)
def test_decision__is_what_page_comment_and_title_show(
    shown: Report, expected: Decision, color: str, title: str
) -> None:
    assert decision.of(shown) is expected
    html = page.page(shown)
    assert f'<section class="hero {color}"' in html
    assert f"<title>{title}: pharmacy en-US is " in html
    first = comment(shown).splitlines()[0]
    assert first.startswith(f"### {decision.mark(shown)} {title}: pharmacy en-US is ")
    assert decision.consequence(shown) in "".join(Tree(comment(shown)).texts("p"))


def test_headline__names_what_stopped_a_better_candidate() -> None:
    line = decision.headline(made(BETTER, gate=Gate(must_pass=("003.wav",))))
    assert line.endswith(" points, but 003.wav must pass and has errors")
    assert "better by" in line


def test_frozen__is_said_once_and_alike() -> None:
    frozen = made(BETTER, frozen="the clinic moves")
    for text in (
        comment(frozen),
        markdown.summary(Entry("m", "en-US", frozen), Context()),
        page.page(frozen),
    ):
        assert text.count("the clinic moves") == 1
        assert "merge promotes" not in text


def test_leak__of_the_whole_test_is_said_first() -> None:
    names = [f"{number:03}.wav" for number in range(1, 61)]
    shown = made(BETTER)
    assert shown.test is not None
    void = replace(shown, test=replace(shown.test, leaked=tuple(names)))
    assert decision.headline(void).startswith("Leak: 60 of 60 test utterances are training data too. ")
    assert decision.mark(void) == decision.WARNING
    assert comment(void).splitlines()[3:5] == [
        "> [!WARNING]",
        (
            "> 60 of 60 test utterances are training data too: the error rate proves nothing. "
            "Remove them from the training data."
        ),
    ]
    assert page.page(void).index("Leak.") < page.page(void).index("Better by")


@pytest.mark.parametrize(
    ("rows", "mark", "color"),
    [(BETTER, decision.WARNING, "amber"), (WORSE, "\N{CROSS MARK}", "red")],
    ids=["passes", "stopped"],
)
def test_leak__of_the_whole_test_is_a_warning_unless_the_candidate_is_stopped(
    rows: list[tuple[str, str, str]], mark: str, color: str
) -> None:
    shown = made(rows)
    assert shown.test
    void = replace(shown, test=replace(shown.test, leaked=tuple(one.id for one in shown.test.utterances)))
    assert comment(void).startswith(f"### {mark} ")
    assert f'<section class="hero {color}"' in page.page(void)


def test_left_out__is_in_no_sum() -> None:
    leaked = ["001.wav", "002.wav", "003.wav"]
    taught = [("zolpidem zolpidem", "soul bid then", "zolpidem zolpidem")] * 3
    shown = made([*taught, *BETTER], leaked=leaked, missing=("gone.wav",))
    test = shown.test
    assert test is not None
    assert [one.id for one in test.utterances if one.left_out] == leaked
    assert not {one.id for one in test.improvements(99)} & set(leaked)
    assert test.confusions
    assert all("zolpidem" not in row.said for row in test.confusions)
    assert test.tables is not None
    assert sum(row.said for row in test.tables.classes) == test.benchmark.counts.reference_words
    assert sum(len(one.reference.split()) for one in test.judged) == test.benchmark.counts.reference_words
    assert "zolpidem" not in {row.word for row in test.tables.words}
    cells = [cell for table in terminal.tables(shown) for row in table.rows for cell in row]
    assert cells
    assert not set(cells) & set(leaked)
    assert "001.wav" not in comment(shown)


@pytest.mark.parametrize(
    ("day", "state"), [("2026-11-25", "expired"), ("2026-12-31", "soon"), ("2028-01-15", ""), ("never", "")]
)
def test_expiry__is_judged(day: str, state: str) -> None:
    assert figures.expiry(day, "2026-11-25T09:41:00Z") == state


def test_expiry__is_marked_on_the_page() -> None:
    shown = made(BETTER)
    gone = replace(shown, history=replace(shown.history, benchmark_expires="2026-11-01"))
    assert '2026-11-01 <span class="outcome red">expired</span>' in page.page(gone)
    assert '2026-11-01 <span class="outcome red">expired</span>' in page.overview([gone])


def test_page__names_the_benchmark_of_today_if_it_is_another() -> None:
    shown = made(BETTER)
    assert shown.test
    for name, named in ((shown.test.benchmark.name, False), ("another", True)):
        today = replace(shown, history=replace(shown.history, benchmark=name, benchmark_rate=0.1))
        assert ("Benchmark now" in page.page(today)) is named
