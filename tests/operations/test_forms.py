"""Both models are scored in the same form of their text, whatever each of them gives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from speechops.errors import WorkFailed
from speechops.evaluation import forms, judging
from speechops.registry.documents import Form, Hypothesis
from tests.operations.project import TESTS, Project
from tests.stub_engine import ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speechops.embedded.server import RunningService
    from speechops.registry.documents import TestResult

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
    (result,) = [result for result in project.registry.results("m") if result.candidate]
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
    assert {result.form for result in project.registry.results("m")} == {Form.DISPLAY}


def test_results_name_form_rules_and_version(scripted: Callable[..., Project]) -> None:
    project = scripted(hear)
    project.run("test-data")
    project.run("train-data")
    for result in project.registry.results("m"):
        assert result.form is Form.DISPLAY
        assert result.normalization.startswith("english-")


def test_forms__without_one_in_common_nothing_is_judged(scripted: Callable[..., Project]) -> None:
    project = scripted(both)
    project.run("train-data")
    result = judged(project)
    lexical, display = Hypothesis(lexical="a"), Hypothesis(display="A.")
    split = tuple(replace(item, benchmark=lexical, candidate=display) for item in result.utterances)
    with pytest.raises(WorkFailed, match="no form in common"):
        forms.choose(replace(result, utterances=split))


def test_forms__one_utterance_without_lexical_text_changes_the_form_of_all(
    scripted: Callable[..., Project],
) -> None:
    project = scripted(both)
    project.run("train-data")
    result = judged(project)
    first, *rest = result.utterances
    bare = replace(first, candidate=Hypothesis(display="A."))
    assert forms.choose(replace(result, utterances=(bare, *rest))) is Form.DISPLAY
