"""When a pull request gets a comment, and what stands in it of each model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from speechops.github.event import Event
from speechops.pull_request import comment
from speechops.pull_request.comment import Mode
from speechops.report.markdown import Entry
from speechops.run import Outcome
from speechops.scoring import Gate
from tests.report.making import made, sentences

if TYPE_CHECKING:
    from speechops.report import Report

SAME = [("one two three four", "one two three", "one two three")] * 30
BETTER = sentences(30)
WORSE = [(said, after, before) for said, before, after in BETTER]


def entry(made: Report | None) -> Entry:
    return Entry("m", "en-US", made)


ALONE = made([(said, before, None) for said, before, _ in BETTER])
BLOCKED = made(
    [("one two", "one", "one two")] * 29 + [("one two", "one two", "one")],
    names=[f"{number}.wav" for number in range(30)],
    gate=Gate(must_pass=("29.wav",)),
)


def respelled() -> Report:
    """Return a report of models that differ in the rate alone that is not judged."""
    shown, other = made(SAME), made(BETTER).verdict
    assert shown.test
    assert shown.test.verdict
    assert other
    verdict = replace(shown.test.verdict, second=other.comparison)
    return replace(shown, test=replace(shown.test, verdict=verdict))


RESPELLED = respelled()


@pytest.mark.parametrize(
    ("entries", "wanted"),
    [
        ([entry(None)], {Mode.ON_CHANGE, Mode.ON_REGRESSION}),
        ([entry(made(SAME))], set()),
        ([entry(RESPELLED)], {Mode.ON_CHANGE}),
        ([entry(ALONE)], set()),
        ([entry(made(BETTER))], {Mode.ON_CHANGE}),
        ([entry(made(WORSE))], {Mode.ON_CHANGE, Mode.ON_REGRESSION}),
        ([entry(BLOCKED)], {Mode.ON_CHANGE, Mode.ON_REGRESSION}),
        ([entry(made(SAME)), entry(made(WORSE))], {Mode.ON_CHANGE, Mode.ON_REGRESSION}),
        ([entry(made(SAME)), entry(None)], {Mode.ON_CHANGE, Mode.ON_REGRESSION}),
    ],
    ids=["none", "same", "other rate", "alone", "better", "worse", "blocked", "one worse", "one without"],
)
def test_wanted__for_what_has_happened_and_always_where_there_is_one(
    entries: list[Entry], wanted: set[Mode]
) -> None:
    assert {mode for mode in Mode if comment.wanted(mode, entries, present=False)} == {Mode.ALWAYS, *wanted}
    assert {mode for mode in Mode if comment.wanted(mode, entries, present=True)} == set(Mode) - {Mode.OFF}


def test_note__leaves_out_what_the_verdict_says() -> None:
    shown = made(BETTER)
    assert shown.test
    assert shown.test.verdict
    outcome = Outcome(f"{shown.test.verdict.sentence()} The merge promotes it.", report=shown)
    assert comment.note(outcome) == ""
    assert comment.note(replace(outcome, message="m: nothing to train.")) == "m: nothing to train."
    assert comment.note(Outcome("m: nothing to train.")) == "m: nothing to train."


def test_key__is_of_the_workflow_and_its_models() -> None:
    event = Event("pull_request", workflow="Speech")
    keys = {
        comment.key(event, ["a"]),
        comment.key(event, ["a", "b"]),
        comment.key(event, ["b"]),
        comment.key(replace(event, workflow="Other"), ["a"]),
    }
    assert len(keys) == 4
