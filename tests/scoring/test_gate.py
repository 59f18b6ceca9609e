from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from speechops.scoring import Action, Gate, Margin, Policy, RecallDemand
from speechops.scoring.gate import SETTINGS
from tests.scoring.gates import gate_of


def test_settings__nothing_is_the_safe_default() -> None:
    gate = gate_of({})
    assert gate == Gate() == gate_of({"policy": "", "must-pass": ""})
    assert gate.policy is Policy.SUPERIORITY
    assert gate.confidence == 0.95
    assert gate.on_worse is Action.FAIL


def test_settings__everything() -> None:
    gate = gate_of(
        {
            "policy": "non-inferiority",
            "confidence": "99%",
            "min-improvement": "5%",
            "margin": "0.25 points",
            "max-regression": "1",
            "must-pass": "a.wav, b*.wav\nc.wav",
            "key-terms-recall": "99.5%",
            "min-words": "0500",
            "min-utterances": "30",
            "on-inconclusive": "ask",
            "on-worse": "pass",
            "correct-for-repeated-tests": "True",
        }
    )
    assert gate == Gate(
        policy=Policy.NON_INFERIORITY,
        confidence=0.99,
        min_improvement=Margin(5, relative=True),
        margin=Margin(0.25),
        max_regression=Margin(1),
        must_pass=("a.wav", "b*.wav", "c.wav"),
        key_terms_recall=RecallDemand(0.995),
        min_words=500,
        min_utterances=30,
        on_inconclusive=Action.ASK,
        on_worse=Action.PASS,
        correct_for_repeated_tests=True,
    )


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("policy", "better", "superiority, non-inferiority, any-improvement"),
        ("confidence", "95", "0.5 to 0.999"),
        ("confidence", "100%", "0.5 to 0.999"),
        ("confidence", "nan", "0.5 to 0.999"),
        ("confidence", "high", "0.5 to 0.999"),
        ("min-improvement", "-1", "points, such as 0.5"),
        ("min-improvement", "1e3", "points, such as 0.5"),
        ("margin", "half", "points, such as 0.5"),
        ("max-regression", "5 %%", "points, such as 0.5"),
        ("key-terms-recall", "0", "not-worse, or a share"),
        ("key-terms-recall", "95", "not-worse, or a share"),
        ("key-terms-recall", "better", "not-worse, or a share"),
        ("min-words", "1.5", "a whole number"),
        ("min-utterances", "²", "a whole number"),
        ("on-worse", "promote", "pass (stop, stay green), fail, ask"),
        ("on-inconclusive", "ignore", "pass (stop, stay green), fail, ask"),
        ("correct-for-repeated-tests", "yes", "true, false"),
    ],
)
def test_settings__bad_value_is_refused(key: str, value: str, allowed: str) -> None:
    read, expected = SETTINGS[key]
    assert allowed in expected
    with pytest.raises(ValueError):  # noqa: PT011 - the caller adds the message
        read(value)


@pytest.mark.parametrize(("text", "demand"), [("not-worse", None), ("95%", 0.95), ("0.5", 0.5), ("1", 1.0)])
def test_settings__recall_of_key_terms(text: str, demand: float | None) -> None:
    gate = gate_of({"key-terms-recall": text})
    assert gate.key_terms_recall == RecallDemand(demand)
    assert gate_of({"key-terms-recall": str(gate.key_terms_recall)}) == gate


def test_margin__points_and_percent() -> None:
    assert Margin(0.5).of(0.2) == 0.005
    assert Margin(5, relative=True).of(0.2) == pytest.approx(0.01)
    assert Margin(5, relative=True).of(None) == 0
    assert (str(Margin(5, relative=True)), str(Margin(0.5))) == ("5%", "0.5")
    assert (Margin(1).phrase(), Margin(0).phrase(), Margin(10).phrase()) == (
        "1 point",
        "0 points",
        "10 points",
    )


@given(value=st.decimals(0, 99, allow_nan=False, places=8), relative=st.booleans())
@example(value=Decimal("0.00001"), relative=False)
def test_margin__is_read_back_as_it_was(value: Decimal, *, relative: bool) -> None:
    margin = Margin(float(value), relative=relative)
    assert gate_of({"margin": str(margin)}).margin == margin


def test_confidence__of_the_most_that_is_allowed() -> None:
    assert gate_of({"confidence": "99.9%"}).confidence == 0.999


def test_level__correction_adds_up_to_no_more_than_was_allowed() -> None:
    assert Gate(correct_for_repeated_tests=False).level(9) == 0.95
    gate = Gate(correct_for_repeated_tests=True)
    assert gate.level(1) == gate.level(10) == pytest.approx(1 - 0.05 / 20)
    assert all(gate.level(number) <= 1 - 0.05 / (number * (number + 1)) for number in (10, 20, 99))
    assert sum(1 - gate.level(number) for number in range(1, 10_000)) <= 0.05
