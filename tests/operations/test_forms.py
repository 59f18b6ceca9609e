"""Both models are scored in the same form of their text, whatever each of them gives."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from speechops.errors import WorkFailed
from speechops.evaluation import forms, judging
from speechops.registry.documents import Cause, Form, Hypothesis
from speechops.scoring import Metric, TokenClass, Unit
from tests.operations.project import TESTS, Project
from tests.report import making
from tests.stub_engine import ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speechops.registry.documents import TestResult
    from tests.kit.server import RunningService

SAID = [
    f"doctor smith sees patient {letter} at ten thirty a m and the fee is five dollars"
    for letter in "abcdefghijklmnop"
]


def written(said: str) -> str:
    """Return display text; the normalizer does not find all of its words in the transcript."""
    text = said.replace("doctor smith", "Dr. Smith").replace("ten thirty a m", "10:30 AM")
    return text[0].upper() + text[1:].replace("five dollars", "$5") + "."


def hear(said: str, custom: bool) -> tuple[str, str]:
    """As a Whisper base model, which gives display text alone, and a custom model with one more error."""
    if custom:
        wrong = said.replace("sees", "says")
        return wrong, written(wrong)
    return "", written(said)


def both(said: str, custom: bool) -> tuple[str, str]:
    lexical, display = hear(said, custom)
    return lexical or said, display


@pytest.fixture
def scripted(
    tmp_path: Path, start_service: Callable[..., RunningService]
) -> Callable[[Callable[[str, bool], tuple[str, str]]], Project]:
    def start(script: Callable[[str, bool], tuple[str, str]]) -> Project:
        folder = tmp_path / "repository"
        folder.mkdir()
        project = Project(folder, start_service(engine=ScriptedEngine(script)).url)
        project.write_tests(SAID)
        return project

    return start


def judged(project: Project) -> TestResult:
    (result,) = [result for result in project.results() if result.candidate]
    return result


@pytest.mark.parametrize(
    ("script", "custom_is_better"),
    [(hear, False), (lambda said, custom: hear(said, not custom), True)],
    ids=["display benchmark", "display candidate"],
)
def test_train_data__lexical_text_is_not_compared_with_display_text(
    scripted: Callable[..., Project], script: Callable[[str, bool], tuple[str, str]], custom_is_better: bool
) -> None:
    project = scripted(script)
    answer = project.run("train-data")
    result = judged(project)
    assert answer.code == (0 if custom_is_better else 3), answer.text
    assert answer.outputs["verdict"] == ("better" if custom_is_better else "worse")
    assert result.form is Form.DISPLAY
    comparison = judging.verdict(result).comparison
    assert abs(comparison.benchmark.errors - comparison.candidate.errors) == len(SAID)
    who = "candidate" if custom_is_better else "benchmark"
    (note,) = [note for note in judging.verdict(result).notes if "display text" in note]
    assert f"the {who} " in note
    assert "has no lexical text for 16 utterances" in note


def test_train_data__two_models_with_lexical_text_are_scored_on_it(scripted: Callable[..., Project]) -> None:
    project = scripted(both)
    answer = project.run("train-data")
    assert (answer.code, answer.outputs["verdict"]) == (3, "worse"), answer.text
    result = judged(project)
    assert result.form is Form.LEXICAL
    assert judging.verdict(result).comparison.benchmark.errors == 0
    assert not [note for note in judging.verdict(result).notes if "display text" in note]


def test_train_data__a_stored_result_is_judged_again_in_one_form(scripted: Callable[..., Project]) -> None:
    project = scripted(hear)
    compared = project.run("compare")
    assert compared.outputs["verdict"] == "worse", compared.text
    project.settings = "    min-words: 10\n"
    project.write_training(TESTS)
    again = project.run("train-data")
    assert again.outputs["verdict"] == "worse", again.text
    assert {result.form for result in project.results()} == {Form.DISPLAY}


def test_results_name_form_rules_and_version(scripted: Callable[..., Project]) -> None:
    project = scripted(hear)
    project.run("test-data")
    project.run("train-data")
    results = list(project.results())
    assert {result.cause for result in results} == {Cause.TEST_DATA, Cause.TRAIN_DATA}
    for result in results:
        assert result.form is Form.DISPLAY
        assert result.normalization.startswith("english-")


@pytest.fixture
def tested(scripted: Callable[..., Project]) -> TestResult:
    """The result of two models that both give both forms."""
    project = scripted(both)
    project.run("train-data")
    return judged(project)


def test_forms__without_one_in_common_nothing_is_judged(tested: TestResult) -> None:
    lexical, display = Hypothesis(lexical="a"), Hypothesis(display="A.")
    split = tuple(replace(item, benchmark=lexical, candidate=display) for item in tested.utterances)
    with pytest.raises(WorkFailed, match="no form in common"):
        forms.choose(replace(tested, utterances=split))


def test_forms__one_utterance_without_lexical_text_changes_the_form_of_all(tested: TestResult) -> None:
    first, *rest = tested.utterances
    bare = replace(first, candidate=Hypothesis(display="A."))
    assert forms.choose(replace(tested, utterances=(bare, *rest))) is Form.DISPLAY


@pytest.mark.parametrize("nothing", [Hypothesis("", ""), Hypothesis(lexical="")])
def test_forms__an_utterance_in_which_nothing_is_heard_lacks_no_form(
    tested: TestResult, nothing: Hypothesis
) -> None:
    first, *rest = tested.utterances
    silent = replace(first, candidate=nothing)
    assert forms.choose(replace(tested, utterances=(silent, *rest))) is Form.LEXICAL
    assert nothing.text(Form.LEXICAL) == ""


def test_forms__both_models_are_always_scored_in_a_form_that_both_have(tested: TestResult) -> None:
    heard = (Hypothesis(lexical="a"), Hypothesis(display="A."), Hypothesis(lexical="a", display="A."))
    for texts in product(heard, repeat=4):
        items = [
            replace(item, benchmark=one, candidate=other)
            for item, one, other in zip(tested.utterances, texts[:2], texts[2:], strict=False)
        ]
        common = [form for form in Form if all(text.has(form) for text in texts)]
        if common:
            assert forms.choose(replace(tested, utterances=tuple(items))) is common[0]
        else:
            with pytest.raises(WorkFailed, match="no form in common"):
                forms.choose(replace(tested, utterances=tuple(items)))


def test_forms__the_token_error_rate_is_of_display_text_alone() -> None:
    tested = making.result([("a", "a", "a")])
    with pytest.raises(WorkFailed, match="display"):
        forms.choose(tested, Metric.TOKENS)
    assert forms.choose(tested) is Form.LEXICAL


@pytest.mark.parametrize(
    ("fields", "noted"),
    [
        ({}, True),
        ({"form": Form.LEXICAL}, False),
        ({"cause": Cause.SCORE}, False),
        ({"normalization": "display-1-token-0"}, False),
    ],
)
def test_forms__display_text_is_only_explained_where_words_were_recognized(
    fields: dict[str, Any], noted: bool
) -> None:
    tested = making.result([("a", "a", "a")])
    bare = [replace(item, benchmark=Hypothesis(display="A.")) for item in tested.utterances]
    shown = replace(tested, utterances=tuple(bare), form=Form.DISPLAY, normalization="english-1-word-0")
    assert bool(forms.note(replace(shown, **fields))) is noted


@pytest.mark.parametrize(
    ("spoken", "lacking", "shown"),
    [
        ("It is.", "", True),
        ("it is", "", False),
        ("It is.", "benchmark", False),
        ("It is.", "candidate", False),
    ],
)
def test_forms__both_rates_need_display_text_of_transcripts_and_both_models(
    spoken: str, lacking: str, shown: bool
) -> None:
    tested = making.result([(spoken, "it is", "it is")] * 3)
    heard = Hypothesis("it is", "It is.")
    items = [replace(item, reference=spoken, benchmark=heard, candidate=heard) for item in tested.utterances]
    if lacking:
        items[-1] = replace(items[-1], **{lacking: Hypothesis("it is")})  # type: ignore[arg-type]
    assert forms.has_display(replace(tested, utterances=tuple(items))) is shown


# --- display text ---


def display_only(said: str, custom: bool) -> tuple[str, str]:
    """As two models that hear the same words; the custom one writes them as readers expect them."""
    spoken = said.casefold().replace(".", "").replace("10:30", "ten thirty")
    return spoken, said if custom else said.casefold()


READABLE = [f"Doctor Smith sees patient {letter} at 10:30 tomorrow." for letter in "ABCDEFGHIJKLMNOP"]


@pytest.fixture
def readable(scripted: Callable[..., Project]) -> Project:
    project = scripted(display_only)
    project.write_tests(READABLE)
    return project


def test_token_error_rate__promotes_what_only_reads_better(readable: Project) -> None:
    readable.settings = "    metric: token-error-rate\n    other-metric: not-worse\n"
    readable.write_training(TESTS)
    answer = readable.run("train-data")
    assert (answer.code, answer.outputs["verdict"]) == (0, "better"), answer.text
    result = judged(readable)
    assert (result.form, result.normalization.split("-")[0]) == (Form.DISPLAY, "display")
    verdict = judging.verdict(result)
    assert verdict.comparison.unit is Unit.TOKEN
    assert verdict.second is not None
    assert (verdict.second.unit, verdict.second.benchmark.errors) == (Unit.WORD, 0)
    assert (answer.outputs["token-error-rate"], answer.outputs["word-error-rate"]) == ("0.000000", "0.000000")
    assert "WER 0.0 %" in answer.text
    assert set(result.service["candidate"].token_errors) <= set(TokenClass)


def test_word_error_rate__sees_no_difference_and_reports_both(readable: Project) -> None:
    folder = readable.folder / "report"
    answer = readable.run("train-data", "--report-folder", str(folder))
    assert (answer.code, answer.outputs["verdict"]) == (3, "inconclusive"), answer.text
    assert "no difference" in answer.text
    assert answer.outputs["benchmark-token-error-rate"] != answer.outputs["token-error-rate"]
    display = json.loads((folder / "m/report.json").read_bytes())["test"]["display"]
    assert display["benchmark"]["classes"]["capitalization"] == 3 * len(READABLE)
    assert sum(display["candidate"]["classes"].values()) == 0


def test_other_metric__stops_a_candidate_that_got_worse(scripted: Callable[..., Project]) -> None:
    project = scripted(lambda said, custom: display_only(said, not custom))
    project.write_tests(READABLE)
    project.settings = "    gate: non-inferiority\n    margin: 50\n    other-metric: not-worse\n"
    project.write_training(TESTS)
    answer = project.run("train-data")
    assert answer.code == 3, answer.text
    assert judging.verdict(judged(project)).blockers == ("TER got worse",)


@pytest.mark.parametrize("setting", ["metric: token-error-rate", "other-metric: not-worse"])
def test_metrics__need_transcripts_in_display_form(scripted: Callable[..., Project], setting: str) -> None:
    project = scripted(both)
    project.settings = f"    {setting}\n"
    project.write_training(TESTS)
    for operation in ("validate", "train-data"):
        answer = project.run(operation)
        assert answer.code == 2, answer.text
        assert "needs transcripts in display form" in answer.text
