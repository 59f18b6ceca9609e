from __future__ import annotations

from dataclasses import replace

import pytest

from speechops.planning.choice import Choice, Work, changed, differences, owed, possible
from speechops.planning.judged import Judged
from speechops.registry.documents import Basis, DataObject, State

TEST, TRAIN, COMPARE = Work.TEST_DATA, Work.TRAIN_DATA, Work.COMPARE
AUDIO = DataObject("test-data", "testing/audio.zip", "1")
TEXT = DataObject("training-text", "training/text.txt", "2")
WORDS = DataObject("training-pronunciation", "training/words.txt", "3")
STATE = State(
    test=Basis((AUDIO,), {"locale": "en-US"}),
    training=Basis((TEXT, WORDS), {"locale": "en-US", "base-model": "newest"}),
    judging=Basis((), {"confidence": "0.95"}),
)
JUDGED = Judged(STATE.test, STATE.training, STATE.judging)


def training(*data: DataObject, **settings: str) -> State:
    return replace(STATE, training=Basis(data or STATE.training.data, STATE.training.settings | settings))


NEW_AUDIO = replace(STATE, test=Basis((replace(AUDIO, id="9"),), STATE.test.settings))


@pytest.mark.parametrize(
    ("state", "works"),
    [
        pytest.param(STATE, (), id="nothing"),
        pytest.param(NEW_AUDIO, (TEST,), id="test data"),
        pytest.param(training(replace(TEXT, id="9"), WORDS), (TRAIN,), id="training data"),
        pytest.param(training(TEXT), (TRAIN,), id="a file less"),
        pytest.param(training(TEXT, WORDS, replace(TEXT, id="9")), (TRAIN,), id="a file more"),
        pytest.param(training(TEXT, WORDS, TEXT), (TRAIN,), id="the same file twice"),
        pytest.param(training(WORDS, replace(TEXT, path="new/text.txt")), (), id="moved and reordered"),
        pytest.param(training(replace(TEXT, role="training-structured-text"), WORDS), (TRAIN,), id="kind"),
        pytest.param(training(replace(TEXT, id=""), WORDS), (TRAIN,), id="not in the commit"),
        pytest.param(training(**{"base-model": "20240101"}), (TRAIN,), id="base model"),
        pytest.param(replace(STATE, judging=Basis((), {"confidence": "0.9"})), (), id="the gate"),
    ],
)
def test_owed__work_of_one_model(state: State, works: tuple[Work, ...]) -> None:
    choice = owed("m", state, JUDGED)
    assert choice.works == works
    assert bool(choice.reasons) == bool(works)


def test_owed__what_was_never_judged() -> None:
    assert owed("m", STATE, Judged()).works == (TEST, TRAIN)
    assert owed("m", STATE, replace(JUDGED, training=None)).works == (TRAIN,)
    test_only = replace(STATE, training=Basis())
    assert owed("m", test_only, Judged()).works == (TEST,)


def test_owed__a_candidate_that_a_freeze_held_up() -> None:
    frozen = replace(JUDGED, passed=True, frozen="a review")
    choice = owed("m", STATE, frozen)
    assert choice.works == ()
    assert "a review" in choice.notes[0]
    assert owed("m", STATE, replace(frozen, frozen="")).works == (TRAIN,)
    other = training(replace(TEXT, id="9"))
    for held_up in (frozen, replace(frozen, frozen="")):  # that candidate is of other data than today's
        choice = owed("m", other, held_up)
        assert (choice.works, choice.reasons[0]) == ((TRAIN,), "training/text.txt changed")
        assert "frozen" not in " ".join((*choice.reasons, *choice.notes))


def test_owed__says_why() -> None:
    state = training(replace(TEXT, id="9"), **{"base-model": "20240101"})
    assert owed("m", state, JUDGED) == Choice(
        "m",
        (TRAIN,),
        (
            "base-model was newest, now 20240101",
            "training/text.txt changed",
            "training/words.txt is no longer used",
        ),
    )


def test_owed__notes_what_changes_the_judgement_alone() -> None:
    state = replace(STATE, judging=Basis((DataObject("replacements", "r.txt", "4"),), {"confidence": "0.9"}))
    choice = owed("m", state, JUDGED)
    assert choice.works == ()
    assert choice.notes == (
        "confidence was 0.95, now 0.9: it takes effect with the next result",
        "r.txt is new: it takes effect with the next result",
    )


def test_changed__compares_for_either_kind_of_data() -> None:
    assert changed("m", STATE, STATE, (COMPARE,)).works == ()
    assert changed("m", STATE, NEW_AUDIO, (COMPARE,)).works == (COMPARE,)
    assert changed("m", STATE, training(TEXT), (COMPARE,)).works == (COMPARE,)
    assert changed("m", None, STATE, (COMPARE,)).works == (COMPARE,)
    assert changed("m", STATE, NEW_AUDIO, (TEST, TRAIN)).works == (TEST,)


def test_differences__of_nothing_judged() -> None:
    assert differences(None, STATE.test) == ("it was never judged",)


def test_possible__needs_data() -> None:
    assert possible(tuple(Work), test=True, training=False) == (TEST,)
    assert possible(tuple(Work), test=False, training=True) == (TRAIN,)
