"""A stranger's report loses its sentences and keeps its figures."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest

from speechops import report
from speechops.advice import Advice
from speechops.advice.piece import Rule
from speechops.errors import DataError
from speechops.pull_request import untrusted
from tests.report.making import made, result, sentences

if TYPE_CHECKING:
    from speechops.report import Report

SENTENCE = "Approved by the maintainers."


def theirs() -> Report:
    """Return a report of thirty utterances with a sentence wherever there may be one."""
    shown = made(sentences(30), names=["01.wav", SENTENCE, "dir/3.wav"])
    test = shown.test
    assert test
    assert test.candidate
    assert test.verdict
    grouped = result(sentences(30), group=SENTENCE).verdict
    assert grouped
    assert grouped.comparison.groups
    comparison = replace(test.verdict.comparison, groups=grouped.comparison.groups, missing=(SENTENCE,))
    verdict = replace(
        test.verdict,
        comparison=comparison,
        reasons=(SENTENCE,),
        blockers=(SENTENCE,),
        notes=(SENTENCE,),
        second=test.verdict.comparison,
    )
    return replace(
        shown,
        test=replace(
            test,
            benchmark=replace(test.benchmark, name=SENTENCE),
            candidate=replace(test.candidate, id=SENTENCE),
            verdict=verdict,
            missing=(SENTENCE,),
            advice=(Advice(next(iter(Rule)), SENTENCE, SENTENCE),),
            leaked=("01.wav",),
        ),
    )


def test_figures__are_all_that_stays() -> None:
    before = theirs()
    after = untrusted.figures(before)
    assert SENTENCE not in repr(after)
    assert (after.model, after.locale) == (before.model, before.locale)
    assert (after.origin, after.history) == (report.Origin("compare", ""), report.History())
    was, test = before.test, after.test
    assert was
    assert test
    emptied = ("confusions", "terms", "missing", "advice")
    assert [getattr(test, name) for name in emptied] == [()] * len(emptied)
    changed = {*emptied, "benchmark", "candidate", "verdict", "utterances", "tables"}
    assert all(getattr(test, name) == getattr(was, name) for name in named(test) - changed)
    assert [utterance.id for utterance in test.utterances[:3]] == ["01.wav", "utterance 2", "dir/3.wav"]
    assert [utterance.change for utterance in test.utterances] == [each.change for each in was.utterances]
    assert was.candidate
    assert test.candidate == replace(was.candidate, id="candidate 2", expires="")
    assert test.benchmark == replace(was.benchmark, name="benchmark 1", expires="")
    assert was.verdict
    assert test.verdict
    assert test.verdict.outcome is was.verdict.outcome
    assert test.verdict.second is None
    assert test.difference == was.difference
    assert was.tables
    assert test.tables
    assert was.tables.words
    assert (test.tables.benchmark, test.tables.candidate) == (was.tables.benchmark, was.tables.candidate)
    assert (test.tables.classes, test.tables.lengths, test.tables.words) == ((), (), ())
    assert [group.name for group in test.verdict.comparison.groups] == ["group 1"]


def named(test: object) -> set[str]:
    return {each.name for each in fields(test)}  # type: ignore[arg-type]


def test_figures__of_a_benchmark_alone_have_no_candidate() -> None:
    alone = untrusted.figures(made([(said, before, None) for said, before, _ in sentences(5)]))
    assert alone.test
    assert (alone.test.candidate, alone.test.verdict) == (None, None)
    assert untrusted.figures(replace(alone, test=None)).test is None


@pytest.mark.parametrize("excluded", [False, True])
def test_figures__keep_what_leaked_where_it_was_judged(excluded: bool) -> None:
    """What was left out is told by each utterance."""
    shown = made(sentences(30), leaked=["001.wav"] if excluded else ())
    assert shown.test
    shown = replace(shown, test=replace(shown.test, leaked=("001.wav",)))
    after = untrusted.figures(shown).test
    assert after
    assert after.leaked == (() if excluded else ("001.wav",))
    assert after.excluded == ()


@pytest.mark.parametrize(
    ("model", "locale"),
    [
        ("", "en-US"),
        ("-m", "en-US"),
        ("m" * 49, "en-US"),
        ("two words", "en-US"),
        ("m", "english"),
        ("m", "en-us"),
        ("m", "en-US\n"),
        ("m", ""),
    ],
)
def test_figures__of_what_is_no_model_are_refused(model: str, locale: str) -> None:
    with pytest.raises(DataError):
        untrusted.figures(replace(theirs(), model=model, locale=locale))


@pytest.mark.parametrize(
    ("model", "locale"),
    [("m" * 48, "en-US"), ("9.m_-", "zh-Hans-CN"), ("m", "zh-CN-sichuan"), ("m", "fil-PH")],
)
def test_figures__of_any_model_are_read(model: str, locale: str) -> None:
    shown = untrusted.figures(replace(theirs(), model=model, locale=locale))
    assert (shown.model, shown.locale) == (model, locale)
