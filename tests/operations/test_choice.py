from __future__ import annotations

from dataclasses import replace

import pytest

from speechops.planning.choice import ALL, Choice, ModelInputs, Occasion, Work, choose, is_baseline

TEST, TRAIN = Work.TEST_DATA, Work.TRAIN_DATA
PHARMACY = ModelInputs(
    "pharmacy",
    test_paths=("testing/audio.zip",),
    training_paths=("training/related-text.txt", "training/audio"),
    judging_paths=("replacements.txt",),
    test=(("locale", "en-US"),),
    training=(("base-model", "newest"), ("custom-model-weight-percent", ""), ("locale", "en-US")),
    judging=(("gate", "superiority"), ("confidence", "0.95")),
)


def _changed(*paths: str, before: ModelInputs | None = None) -> Occasion:
    return Occasion(frozenset(paths), {"pharmacy": before or PHARMACY})


def _other(**training: str) -> ModelInputs:
    return replace(PHARMACY, training=tuple((dict(PHARMACY.training) | training).items()))


@pytest.mark.parametrize(
    ("occasion", "works"),
    [
        pytest.param(_changed(), (), id="nothing"),
        pytest.param(_changed("README.md", "testing/audio.zip.bak"), (), id="something else"),
        pytest.param(_changed("testing/audio.zip"), (TEST,), id="test data"),
        pytest.param(_changed("training/related-text.txt"), (TRAIN,), id="training data"),
        pytest.param(_changed("training/audio/deep/one.wav"), (TRAIN,), id="a file in a folder"),
        pytest.param(_changed("training/audio2/one.wav"), (), id="a folder that begins alike"),
        pytest.param(_changed("training/related-text.txt", "testing/audio.zip"), (TEST, TRAIN), id="both"),
        pytest.param(_changed("replacements.txt"), (), id="the normaliser's rules"),
        pytest.param(
            _changed("speechops.yml", before=replace(PHARMACY, judging=(("gate", "any-improvement"),))),
            (),
            id="the gate",
        ),
        pytest.param(_changed(before=_other(**{"base-model": "20240101"})), (TRAIN,), id="base model"),
        pytest.param(_changed(before=_other(**{"custom-model-weight-percent": "30"})), (TRAIN,), id="weight"),
        pytest.param(
            _changed(before=replace(_other(locale="en-GB"), test=(("locale", "en-GB"),))),
            (TEST, TRAIN),
            id="locale",
        ),
        pytest.param(
            _changed("old.zip", "testing/audio.zip", before=replace(PHARMACY, test_paths=("old.zip",))),
            (TEST,),
            id="renamed with its setting",
        ),
        pytest.param(
            _changed(before=replace(PHARMACY, training_paths=("training/audio",))),
            (TRAIN,),
            id="one more file",
        ),
        pytest.param(
            _changed(before=replace(PHARMACY, test_paths=("./testing/audio.zip",))), (), id="spelling"
        ),
        pytest.param(Occasion(before={}), (TEST, TRAIN), id="a new model"),
        pytest.param(Occasion(frozenset({"testing/audio.zip"})), (TEST,), id="no settings before"),
        pytest.param(Occasion(everything=True), (TEST, TRAIN), id="everything"),
        pytest.param(Occasion(wish=frozenset({TRAIN})), (TRAIN,), id="asked for one"),
        pytest.param(Occasion(wish=ALL), (TEST, TRAIN), id="asked for both"),
        pytest.param(
            Occasion(frozenset({"testing/audio.zip"}), wish=frozenset({TRAIN})),
            (TRAIN,),
            id="a wish goes first",
        ),
    ],
)
def test_choose__work_of_one_model(occasion: Occasion, works: tuple[Work, ...]) -> None:
    (choice,) = choose([PHARMACY], occasion)
    assert choice.works == works
    assert bool(choice.reasons) == bool(works)


def test_choose__only_the_models_concerned_in_their_order() -> None:
    robotics = replace(PHARMACY, name="robotics", test_paths=("r/test.zip",), training_paths=("r/text.txt",))
    both = {"pharmacy": PHARMACY, "robotics": robotics}
    choices = choose([robotics, PHARMACY], Occasion(frozenset({"training/related-text.txt"}), both))
    assert [(choice.model, choice.works) for choice in choices] == [("robotics", ()), ("pharmacy", (TRAIN,))]


def test_choose__shared_test_data_concerns_both() -> None:
    robotics = replace(PHARMACY, name="robotics")
    both = {"pharmacy": PHARMACY, "robotics": robotics}
    choices = choose([PHARMACY, robotics], Occasion(frozenset({"testing/audio.zip"}), both))
    assert [choice.works for choice in choices] == [(TEST,), (TEST,)]


def test_choose__says_why() -> None:
    before = replace(_other(**{"base-model": "20240101"}), test_paths=("old.zip",))
    changed = _changed("training/related-text.txt", before=before)
    assert choose([PHARMACY], changed) == (
        Choice(
            "pharmacy",
            (TEST, TRAIN),
            (
                "testing/audio.zip is new here",
                "old.zip is no longer used",
                "base-model was 20240101, is newest",
                "training/related-text.txt changed",
            ),
        ),
    )


def test_choose__notes_what_changes_the_judgement_alone() -> None:
    before = replace(PHARMACY, judging=(("gate", "any-improvement"), ("confidence", "0.95")))
    (choice,) = choose([PHARMACY], _changed("replacements.txt", before=before))
    assert choice.works == ()
    assert choice.notes == (
        "gate was any-improvement, is superiority: it counts from the next result on",
        "replacements.txt changed: it counts from the next result on",
    )


def test_choose__asks_for_nothing_without_data() -> None:
    test_only = replace(PHARMACY, training_paths=())
    assert choose([test_only], Occasion(everything=True))[0].works == (TEST,)
    assert choose([replace(test_only, test_paths=())], _changed("testing/audio.zip"))[0].works == ()


def test_choose__a_whole_repository_as_data() -> None:
    whole = replace(PHARMACY, training_paths=(".",))
    changed = Occasion(frozenset({"anything"}), {"pharmacy": whole})
    assert choose([whole], changed)[0].works == (TRAIN,)


@pytest.mark.parametrize(
    ("tag", "expected"), [("BASELINE", True), ("BASELINE-2", True), ("v1.0.0", False), ("", False)]
)
def test_is_baseline(tag: str, expected: bool) -> None:
    assert is_baseline(tag) is expected
