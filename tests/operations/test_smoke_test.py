"""The smoke test: which utterance it takes, which words it compares, and how many may differ."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from speechops.delivery import smoke_test
from speechops.registry.documents import Hypothesis, Recognised
from speechops.speech import SpeechClient
from tests.operations.project import HELPFUL, TESTS, Project


def said(words: str | None, name: str = "a.wav", *, candidate: Hypothesis | None = None) -> Recognised:
    return Recognised(name, "what was said", Hypothesis(lexical=words, display="Shown."), candidate)


def test_recognized__is_the_candidates_text_and_words_if_there_are_any() -> None:
    candidate = Hypothesis(lexical="one two", display="1 2.")
    assert smoke_test.recognized(said("other words", candidate=candidate)) == "one two"
    assert smoke_test.recognized(said("the only words")) == "the only words"
    assert smoke_test.recognized(said(None)) == "Shown."


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (["a b c d e", "a b c d", "a b c"], "1"),
        (["a b c d", "e f g h"], "0"),
        (["a", "a b c", "a b", "e f g"], "3"),
    ],
)
def test_shortest__of_four_words_or_more_else_the_longest(words: list[str], chosen: str) -> None:
    utterances = [said(text, str(number)) for number, text in enumerate(words)]
    assert smoke_test.shortest(utterances).audio == chosen


def test_smoke_test__passes_with_one_other_word_or_half_of_them(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.promote(HELPFUL)
    for expected, lexical, display, verdict in (
        ("one two three four", "one two three four", "One, two.", "answers as the model did"),
        ("one two three four", "", "One two three four.", "answers as the model did"),
        ("one", "two", "", "close enough"),
        ("one two three four", "one two five six", "", "close enough"),
        ("one two", "three four", "", "does not answer"),
        ("one two three", "one five six", "", "does not answer"),
        ("one two", "one two three four", "", "does not answer"),
        ("one", "", "", "does not answer"),
        ("", "one two three four", "", "there is nothing to compare with"),
    ):
        heard = SimpleNamespace(lexical=lexical, display=display)
        with monkeypatch.context() as patch:
            patch.setattr(smoke_test, "recognized", lambda _, expected=expected: expected)
            patch.setattr(SpeechClient, "recognise", lambda *_, heard=heard, **__: heard)
            answer = project.run("deploy")
        assert verdict in answer.text, (expected, lexical)
        assert answer.code == (verdict == "does not answer")


@pytest.mark.parametrize("asked", [False, True])
def test_smoke_test__quotes_words_on_request_only(project: Project, asked: bool) -> None:
    project.promote(HELPFUL)
    answer = project.run("deploy", *(("--show-transcripts", "true") if asked else ()))
    assert answer.code == 0, answer.text
    assert any(sentence in answer.text.lower() for sentence in TESTS) is asked


def test_smoke_test__is_left_out_without_test_data(project: Project) -> None:
    project.promote(HELPFUL)
    config = project.folder / "speechops.yml"
    config.write_text(config.read_text(encoding="utf-8").replace("    test-data: test\n", ""))
    answer = project.run("deploy")
    assert answer.code == 0, answer.text
    assert "No smoke test: there is no test data." in answer.text
