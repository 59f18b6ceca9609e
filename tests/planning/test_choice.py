from __future__ import annotations

from dataclasses import replace

import pytest

from speechops.planning.choice import Choice, Work, by_hand, changed, differences, owed, possible
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
    choice = owed("m", NEW_AUDIO, frozen)  # it is still to be decided, whatever became of the test data
    assert (choice.works, "a review" in choice.notes[0]) == ((TEST,), True)
    choice = owed("m", NEW_AUDIO, replace(frozen, frozen=""))
    assert choice.works == (TEST, TRAIN)
    assert choice.reasons == (
        "testing/audio.zip changed",
        "its candidate passed while the benchmark was frozen",
    )
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


def test_owed__says_once_what_changes_tests_and_training() -> None:
    locale = {"locale": "en-GB"}
    state = replace(training(**locale), test=Basis(STATE.test.data, locale))
    assert owed("m", state, JUDGED) == Choice("m", (TEST, TRAIN), ("locale was en-US, now en-GB",))


def test_owed__gives_no_reason_for_work_that_has_no_data() -> None:
    assert owed("m", State(Basis(), Basis(), Basis()), Judged()) == Choice("m")


def test_owed__warns_of_what_is_not_deployed_whatever_else_is_owed() -> None:
    waiting = replace(JUDGED, undeployed="c1 is not deployed")
    for state in (STATE, NEW_AUDIO):
        assert owed("m", state, waiting).warnings == ("m: c1 is not deployed",)
        assert owed("m", state, JUDGED).warnings == ()


def test_owed__freeze_and_changed_gate_are_both_noted() -> None:
    state = replace(STATE, judging=Basis((), {"confidence": "0.9"}))
    notes = owed("m", state, replace(JUDGED, passed=True, frozen="a review")).notes
    assert [note.partition(" ")[0] for note in notes] == ["its", "confidence"]


def test_by_hand__has_a_reason_if_there_is_work() -> None:
    assert by_hand("m", (TEST,), "requested") == Choice("m", (TEST,), ("requested",))
    assert by_hand("m", (), "requested") == Choice("m")


def test_changed__notes_what_changes_the_judgement_alone() -> None:
    state = replace(NEW_AUDIO, judging=Basis((), {"confidence": "0.9"}))
    assert changed("m", STATE, state, (COMPARE,)) == Choice(
        "m",
        (COMPARE,),
        ("testing/audio.zip changed",),
        ("confidence was 0.95, now 0.9: it takes effect with the next result",),
    )
    assert changed("m", None, state, (COMPARE,)) == Choice("m", (COMPARE,), ("the model is new",))


def test_changed__compares_for_either_kind_of_data() -> None:
    assert changed("m", STATE, STATE, (COMPARE,)).works == ()
    assert changed("m", STATE, NEW_AUDIO, (COMPARE,)).works == (COMPARE,)
    assert changed("m", STATE, training(TEXT), (COMPARE,)).works == (COMPARE,)
    assert changed("m", None, STATE, (COMPARE,)).works == (COMPARE,)
    assert changed("m", STATE, NEW_AUDIO, (TEST, TRAIN)).works == (TEST,)


def basis(*data: tuple[str, str], **settings: str) -> Basis:
    return Basis(tuple(DataObject("training-text", path, id_) for path, id_ in data), settings)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        pytest.param(
            basis(**dict.fromkeys("fbdae", "1")),
            basis(a="3", c="2"),
            (
                "a was 1, now 3",
                "b was 1, now blank",
                "c was blank, now 2",
                *(f"{name} was 1, now blank" for name in "def"),
            ),
            id="in order of their names",
        ),
        pytest.param(basis(a="", b="1"), basis(b="1", c=""), (), id="blank settings"),
        pytest.param(basis(("a", "1")), basis(("b", "1")), (), id="moved"),
        pytest.param(basis(("a", "1"), ("b", "2")), basis(("a", "2"), ("b", "1")), (), id="exchanged"),
        pytest.param(
            basis(("a", "1")), basis(("b", "2")), ("b is new", "a is no longer used"), id="moved and changed"
        ),
        pytest.param(
            basis(("a", "1"), ("b", "1")), basis(("b", "1")), ("a is no longer used",), id="a copy less"
        ),
        pytest.param(
            basis(("a", "1"), ("b", "2")), basis(("a", "2")), ("a changed",), id="moved over another"
        ),
        pytest.param(basis(("a", "1")), basis(("a", "1"), ("b", "1")), ("b is new",), id="a copy"),
        pytest.param(basis(("a", "1")), basis(("a", "")), ("a is not in the commit",), id="not committed"),
        pytest.param(basis(("a", "")), basis(("a", "")), ("a is not in the commit",), id="still not"),
        pytest.param(basis(("a", "1")), basis(), ("a is no longer used",), id="gone"),
    ],
)
def test_differences__are_of_content_and_in_order(
    before: Basis, after: Basis, words: tuple[str, ...]
) -> None:
    assert differences(before, after) == words


def test_differences__of_nothing_judged() -> None:
    assert differences(None, STATE.test) == ("it was never judged",)


def test_possible__needs_data() -> None:
    assert possible(tuple(Work), test=True, training=False) == (TEST,)
    assert possible(tuple(Work), test=False, training=True) == (TRAIN,)
    assert possible((COMPARE, TRAIN, TEST), test=True, training=True) == (TEST, TRAIN, COMPARE)
    assert possible((TRAIN,), test=True, training=True) == (TRAIN,)
