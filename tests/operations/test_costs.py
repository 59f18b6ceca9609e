"""What work uses is said in hours, and in money only at the team's own prices."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops import corpus
from speechops.costs import Prices, Usage, parse_prices, sentence
from speechops.registry.documents import Ending, RunRecord
from speechops.run import timestamp
from tests.operations.project import TESTS, USELESS
from tests.operations.test_dirty import commit, git

if TYPE_CHECKING:
    from tests.operations.project import Project


@pytest.mark.parametrize(
    ("usages", "prices", "expected"),
    [
        ([], Prices(), ""),
        ([Usage()], Prices(), ""),
        ([Usage(tested=7200.0)], Prices(), "This run uses 2.00 hours of audio tested, for both models."),
        (
            [Usage(tested=3600.0), Usage(tested=1800.0)],
            Prices(testing=2.0, currency="EUR"),
            "This run uses 1.50 hours of audio tested, for both models (3.00 EUR).",
        ),
        ([Usage(text=True)], Prices(training=9.0), "This run uses one training from text."),
        (
            [Usage(endpoint=True)],
            Prices(endpoint=0.1, currency="EUR"),
            "This run uses an endpoint for 730 hours a month (73.00 EUR) once deployed.",
        ),
        (
            [Usage(tested=None)],
            Prices(),
            "This run uses audio tested, for both models: length unknown.",
        ),
    ],
)
def test_sentence(usages: list[Usage], prices: Prices, expected: str) -> None:
    assert sentence(usages, prices) == expected


@pytest.mark.parametrize(
    "text", ["testing", "speed=1", "testing=x", "testing=-1", "testing=nan", "currency=longname1"]
)
def test_prices__not_of_the_form_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"[=a-z]"):
        parse_prices(text)


@given(st.text())
def test_prices__any_text_is_read_or_refused(text: str) -> None:
    try:
        prices = parse_prices(text)
    except ValueError:
        return
    assert all(price is None or price >= 0 for price in (prices.testing, prices.training, prices.endpoint))


def put_under_git(project: Project) -> None:
    """Make the project a repository with one commit of all that is there."""
    git(project, "init", "--quiet")
    commit(project)


def test_plan__says_what_the_work_uses(project: Project) -> None:
    put_under_git(project)
    answer = project.run("plan", "--scope", "everything", "--prices", "testing=3600, currency=EUR")
    assert answer.code == 0, answer.text
    (said,) = [line for line in answer.text.splitlines() if "This run uses" in line]
    assert "hours of audio tested, for both models" in said
    assert "EUR)" in said
    assert "one training from text" in said


def test_plan__each_work_has_its_price(project: Project) -> None:
    put_under_git(project)
    prices = {}
    for scope in ("test-data", "everything"):
        text = project.run("plan", "--scope", scope, "--prices", "testing=36000, currency=EUR").text
        (said,) = re.findall(r"\(([\d,.]+) EUR\)", text)
        prices[scope] = float(said.replace(",", ""))
        assert ("one training from text" in text) == ("an endpoint for" in text) == (scope == "everything")
    seconds = corpus.seconds_of_audio(project.folder / "test")
    assert seconds
    assert prices["test-data"] == pytest.approx(2 * seconds * 10, abs=0.02)  # for both models
    assert prices["everything"] == pytest.approx(2 * prices["test-data"], abs=0.02)


def test_plan__training_audio_is_counted_by_its_length(project: Project) -> None:
    put_under_git(project)
    project.settings = "      audio: test\n"
    project.write_training(USELESS)
    text = project.run("plan", "--scope", "train-data", "--prices", "training=36000, currency=EUR").text
    (said,) = re.findall(r"trained on \(([\d,.]+) EUR\)", text)
    seconds = corpus.seconds_of_audio(project.folder / "test")
    assert seconds
    assert float(said.replace(",", "")) == pytest.approx(seconds * 10, abs=0.02)
    assert "from text" not in text
    assert "trained on" not in project.run("plan", "--scope", "test-data").text


def test_plan__training_audio_of_unknown_length_is_said_to_be_unknown(project: Project) -> None:
    """As a pointer of Git LFS is."""
    audio = project.folder / "audio"
    audio.mkdir()
    (audio / "1.wav").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    (audio / "trans.txt").write_text("1.wav\tsomething\n", encoding="utf-8-sig")
    put_under_git(project)
    project.settings = "      audio: audio\n"
    project.write_training(USELESS)
    text = project.run("plan", "--scope", "train-data").text
    assert "audio trained on: length unknown" in text, text


def test_train_data__says_what_it_uses_and_how_long_it_took_before(project: Project) -> None:
    prices = ("--prices", "testing=3600, currency=EUR")
    first = project.run("train-data", *prices)
    said, made = (first.text.index(text) for text in ("This run uses", "import "))
    assert said < made
    assert "hours of audio tested, for both models" in first.text
    (price,) = re.findall(r"tested, for both models \(([\d,.]+) EUR\)", first.text)
    seconds = corpus.seconds_of_audio(project.folder / "test")
    assert seconds
    assert float(price.replace(",", "")) == pytest.approx(2 * seconds, abs=0.02)
    assert "one training from text" in first.text
    assert "an endpoint for" in first.text
    assert "usually takes" not in first.text
    assert "This run uses" not in project.run("train-data", *prices).text
    project.write_training(USELESS)
    assert "(the last such run)" in project.run("train-data").text


def test_compare__says_what_it_uses_unless_all_is_known(project: Project) -> None:
    first = project.run("compare")
    assert "one training from text" in first.text
    assert "an endpoint for 730 hours a month once deployed" in first.text
    assert "This run uses" not in project.run("compare").text
    project.write_tests(TESTS[1:])
    again = project.run("compare")
    assert "hours of audio tested, for both models" in again.text
    assert "training from text" not in again.text  # that model is trained


def test_compare__training_audio_is_only_said_where_it_is_trained(project: Project) -> None:
    audio = project.folder / "audio"
    shutil.copytree(project.folder / "test", audio)
    project.settings = "      audio: audio\n"
    project.write_training(USELESS)
    first = project.run("compare")
    assert "trained on" in first.text
    assert "training from text" not in first.text
    project.write_tests(TESTS[1:])
    again = project.run("compare")
    assert "hours of audio tested, for both models" in again.text
    assert "trained on" not in again.text


def test_test_data__says_how_long_it_took_before(project: Project) -> None:
    assert "usually takes" not in project.run("test-data").text
    assert "usually takes" not in project.run("test-data").text
    project.write_tests(TESTS[:11])
    assert "(the last such run)" in project.run("test-data").text


def took(project: Project, *seconds: float, **fields: Any) -> None:  # noqa: ANN401 - of a record
    """Record runs of ``test-data`` that took so long, the oldest first."""
    for number, length in enumerate(seconds):
        project.clock.advance(3600)
        begun = project.clock.now()
        record = RunRecord(
            id=f"{fields.get('operation', '')}{length}-{number}",
            operation="test-data",
            model="m",
            commit="",
            started=timestamp(begun),
            ended=timestamp(begun + timedelta(seconds=length)),
            ending=Ending.DONE,
        )
        project.registry.record(replace(record, **fields))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ((99,), "It usually takes 99 s (the last such run)."),
        ((100,), "It usually takes 2 min (the last such run)."),
        ((10, 40, 90), "It usually takes 40 s (the last 3 such runs)."),
        ((900, 900, 900, 900, 10, 20, 30, 40, 50), "It usually takes 30 s (the last 5 such runs)."),
    ],
)
def test_test_data__says_the_median_of_the_latest_runs(
    project: Project, seconds: tuple[float, ...], said: str
) -> None:
    took(project, *seconds)
    assert said in project.run("test-data").text


def test_test_data__runs_that_did_something_else_tell_no_duration(project: Project) -> None:
    took(project, 7, ending=Ending.REFUSED)
    took(project, 8, ending=None)
    took(project, 9, reused=("result m/1",))
    took(project, 10, reused=("evaluation m",))
    took(project, 11, trained=True)
    took(project, 12, model="other")
    took(project, 13, operation="train-data")
    assert "usually takes" not in project.run("test-data").text
    took(project, 14, 14, 14, ending=Ending.NOT_PROMOTED, reused=("dataset m",))
    project.write_tests(TESTS[1:])
    assert "It usually takes 14 s" in project.run("test-data").text
    took(project, 15, operation="train-data", trained=True)
    assert "It usually takes 15 s" in project.run("train-data").text
