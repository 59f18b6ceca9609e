from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from speechops import report, scoring
from speechops.errors import DataError
from speechops.registry.documents import Ending, Form, RunRecord
from speechops.registry.summaries import ResultSummary
from speechops.report import badge, charts, decision, figures, terminal
from speechops.report.direction import direction
from speechops.scoring import Interval
from tests.report.making import history, made, result, sentences

ROWS = [
    ("take two tablets", "take to tablets", "take two tablets"),
    ("with food", "with the food", "with the food"),
    ("before friday", "before", "before"),
    ("call the doctor", "call the doctor", "call a doctor"),
]


def test_of_result__aligns_every_utterance() -> None:
    test = made(ROWS).test
    assert test is not None
    assert [one.benchmark_path for one in test.utterances] == ["=S=", "=I=", "=D", "==="]
    assert [one.change for one in test.utterances] == [-1, 0, 0, 1]
    assert [one.id for one in test.regressions(5)] == ["004.wav"]
    assert [one.id for one in test.improvements(5)] == ["001.wav"]
    assert test.benchmark.counts.errors == 3
    assert test.tested.name == test.candidate.name if test.candidate else False


def test_of_result__counts_the_kinds_of_error() -> None:
    test = made([*ROWS, *ROWS]).test
    assert test is not None
    found = {(one.said, one.heard): (one.benchmark, one.candidate) for one in test.confusions}
    assert found == {("", "the"): (2, 2), ("friday", ""): (2, 2), ("the", "a"): (0, 2), ("two", "to"): (2, 0)}


def test_of_result__of_the_benchmark_alone_has_no_verdict() -> None:
    rows = [(said, heard, None) for said, heard, _ in ROWS]
    alone = made(rows)
    assert alone.verdict is None
    assert decision.headline(alone) == "pharmacy en-US has a WER of 30.0 %"
    assert [table.columns for table in terminal.tables(alone)] == [("", "benchmark")]


def test_headline__is_enough() -> None:
    assert decision.headline(made(ROWS)) == "Not promoted: pharmacy en-US is no different"


def test_headline__names_the_character_error_rate() -> None:
    assert decision.headline(made([("你好世界", "你好世", None)], locale="zh-CN")) == (
        "pharmacy zh-CN has a mixed error rate of 25.0 %"
    )


def test_json__comes_back_the_same() -> None:
    before = made(sentences(40))
    assert report.to_json(report.from_json(report.to_json(before))) == report.to_json(before)
    of_any_name = replace(before, locale="\udcff")
    assert report.from_json(report.to_json(of_any_name)).locale == "\ufffd"
    assert decision.headline(report.from_json(report.to_json(before))) == decision.headline(before)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("model",), 7),
        (("schema",), 99),
        (("test", "utterances"), "none"),
        (("test", "verdict", "outcome"), "splendid"),
        (("test", "verdict", "comparison", "improved"), "<script>"),
        (("test", "cause"), "</h1>"),
        (("history", "points"), [{}]),
    ],
)
def test_from_json__refuses_what_is_no_report(path: tuple[str, ...], value: object) -> None:
    content = json.loads(report.to_json(made(ROWS)))
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(DataError, match="report"):
        report.from_json(json.dumps(content).encode())


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_from_json__refuses_other_data(data: bytes) -> None:
    with pytest.raises(DataError):
        report.from_json(data)


def test_from_json__refuses_what_is_too_large() -> None:
    with pytest.raises(DataError, match="larger than 64 MB"):
        report.from_json(b" " * (report.MAX_JSON + 1))


def test_history__counts_what_was_paid_for_and_what_was_saved() -> None:
    told = history(result(ROWS))
    assert (told.runs, told.refused, told.trained, told.saved) == (3, 1, 1, 1)
    (point,) = told.points
    assert (point.words, point.utterances, point.promoted) == (10, 4, False)


def test_history__marks_what_was_promoted() -> None:
    tested = result(sentences(60))
    record = RunRecord(
        "1",
        "train-data",
        "pharmacy",
        "",
        "2026",
        ending=Ending.DONE,
        result=tested.name,
        outputs={"decision": "promote", "improved": "true"},
    )
    (point,) = report.history([ResultSummary.of(tested)], [record], []).points
    assert point.promoted
    frozen = replace(record, outputs={"decision": "promote", "improved": "false"})
    (point,) = report.history([ResultSummary.of(tested)], [frozen], []).points
    assert not point.promoted


def test_badge__shows_the_deployed_rate() -> None:
    shown = json.loads(badge.badge(made(ROWS)))
    assert shown == {"schemaVersion": 1, "label": "WER pharmacy", "message": "10.9 %", "color": "blue"}


def test_badge__without_a_release_says_so() -> None:
    bare = replace(made(ROWS), history=report.History())
    assert json.loads(badge.badge(bare))["message"] == "not deployed"


def test_terminal__shows_counts_and_ids_only() -> None:
    text = repr(list(terminal.tables(made(ROWS))))
    assert "001.wav" in text
    assert "tablets" not in text
    assert "friday" not in text


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, figures.NONE), (0.0, "0.0"), (-0.0001, "0.0"), (-0.015, f"{figures.MINUS}1.5"), (0.2, "+20.0")],
)
def test_points__are_signed(value: float | None, shown: str) -> None:
    assert figures.points(value) == shown


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("ar-EG", "rtl"),
        ("he-IL", "rtl"),
        ("en-US", "ltr"),
        ("zh-CN", "ltr"),
        ("ku-Latn-TR", "ltr"),
        ("pa-Arab-PK", "rtl"),
    ],
)
def test_direction__follows_language_and_script(locale: str, expected: str) -> None:
    assert direction(locale) == expected


@pytest.mark.parametrize(
    ("value", "interval"),
    [
        (None, None),
        (0.0, None),
        (1e-9, Interval(-1e-9, 2e-9)),
        (-0.5, Interval(-0.9, -0.1)),
        (3.0, Interval(1.0, 9.0)),
    ],
)
def test_difference__draws_any_figures(value: float | None, interval: Interval | None) -> None:
    assert charts.difference(value, interval).startswith("<svg")


def test_trend__breaks_its_line_where_the_test_data_changed() -> None:
    results = [
        result(ROWS, created=f"2026-11-2{day}T00:00:00Z", fingerprint=fingerprint)
        for day, fingerprint in enumerate("aabbb")
    ]
    drawn = charts.trend(report.history(map(ResultSummary.of, results), [], []))
    assert drawn.count('<polyline class="trend"') == 2
    assert drawn.count('class="data"') == 1


@pytest.mark.parametrize("change", [{"form": Form.DISPLAY}, {"normalization": "english-2-word-0"}])
def test_trend__breaks_its_line_where_form_or_rules_changed(change: dict[str, Any]) -> None:
    results = [result(ROWS, created=f"2026-11-2{day}T00:00:00Z") for day in range(4)]
    summaries = [ResultSummary.of(one) for one in results]
    summaries[2:] = [replace(summary, **change) for summary in summaries[2:]]
    drawn = charts.trend(report.history(summaries, [], []))
    assert drawn.count('<polyline class="trend"') == 2


def test_trend__of_no_rates_is_drawn() -> None:
    assert charts.trend(history(result([("", "", None)]))).startswith("<svg")


def test_scores__of_the_verdict_and_of_the_utterances_agree() -> None:
    test = made(sentences(200)).test
    assert test is not None
    assert test.verdict is not None
    total = scoring.Counts()
    for one in test.utterances:
        total = total + one.candidate_counts
    assert total == test.verdict.comparison.candidate


def test_terms__are_named_on_request_alone() -> None:
    told = made(sentences(40))
    assert told.test is not None
    said, before, after = told.test.terms_found
    assert said >= after > before > 0
    counted, named = (repr(list(terminal.tables(told, show_transcripts=show))) for show in (False, True))
    assert f"{after} of {said}" in counted
    assert "metformin" not in counted
    assert "metformin" in named
