"""Which changes of a model's settings and files lead to other results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops import command_line
from speechops.planning import state
from speechops.planning.choice import differences
from speechops.settings import read as settle
from tests.operations.test_plan import CONFIG, Repository

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.planning.checkout import Checkout
    from speechops.registry.documents import State
    from speechops.settings import ModelSettings

FILES = {
    "clinic/test/trans.txt": "1.wav\thello\n",
    "clinic/text.txt": "hello\n",
    "pharmacy/test/trans.txt": "1.wav\thello\n",
    "pharmacy/text.txt": "hello\n",
    "pharmacy/words.txt": "a\tb\n",
    "people.tsv": "audio\tspeaker\taccent\n1.wav\tone\tScots\n",
    "rules.txt": "a | b\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "data")
    for name, text in {"speechops.yml": CONFIG, **FILES}.items():
        made.write(name, text)
    made.git("init", "--quiet")
    made.commit()
    return made


def pharmacy(repository: Repository, *lines: str) -> ModelSettings:
    """Return the settings of the model ``pharmacy`` with these lines more."""
    repository.write("speechops.yml", CONFIG + "".join(f"    {line}\n" for line in lines))
    return settle(command_line.read(["plan", *repository.arguments], {})).models[1]


def of(repository: Repository, checkout: Checkout, *lines: str) -> State:
    return state.of_model(pharmacy(repository, *lines), checkout)


JUDGING = [
    ("leaks: exclude", "leaks was report, now exclude"),
    ("groups: people.tsv:accent", "groups was blank, now accent"),
    ("groups: folder", "groups was blank, now folder"),
    ("clusters: people.tsv:speaker", "clusters was blank, now speaker"),
    ("clusters: ^[01]", "clusters was blank, now ^[01]"),
    ("gate: non-inferiority", "gate was superiority, now non-inferiority"),
    ("min-improvement: 0.25", "min-improvement was 0, now 0.25"),
    ("margin: 5%", "margin was 0.5, now 5%"),
    ("max-regression: 1", "max-regression was blank, now 1"),
    ("must-pass: [1.wav, 2*]", "must-pass was blank, now 1.wav, 2*"),
    ("key-terms-recall: 95%", "key-terms-recall was blank, now 95%"),
    ("correct-for-repeated-tests: true", "correct-for-repeated-tests was false, now true"),
    ("replacements: rules.txt", "rules.txt is new"),
    ("optional-marks: none", "optional-marks was blank, now none"),
    ("numbers-with-and: true", "numbers-with-and was blank, now true"),
    ("reference-alternatives: true", "reference-alternatives was blank, now true"),
    ("transcriber-marks: drop", "transcriber-marks was blank, now drop"),
    ("key-terms: rules.txt\n    key-terms-recall: 95%", "rules.txt is new"),
]


def test_of_model__what_changes_the_verdict_alone(repository: Repository) -> None:
    checkout = repository.checkout
    before = of(repository, checkout)
    for line, words in JUDGING:
        after = of(repository, checkout, line)
        assert words in differences(before.judging, after.judging), line
        assert (after.test, after.training) == (before.test, before.training), line


def test_of_model__what_changes_the_training_alone(repository: Repository) -> None:
    checkout = repository.checkout
    before = of(repository, checkout)
    for line, words in (
        ("base-model: 20251201", "base-model was newest, now 20251201"),
        ("custom-model-weight-percent: 40", "custom-model-weight-percent was blank, now 40"),
    ):
        after = of(repository, checkout, line)
        assert differences(before.training, after.training) == (words,)
        assert (after.test, after.judging) == (before.test, before.judging)


def test_of_model__language_is_of_tests_and_of_training(repository: Repository) -> None:
    (clinic, _) = settle(command_line.read(["plan", *repository.arguments], {})).models
    before = state.of_model(clinic, repository.checkout)
    repository.write("speechops.yml", CONFIG.replace("en-US", "en-GB"))
    (clinic, _) = settle(command_line.read(["plan", *repository.arguments], {})).models
    after = state.of_model(clinic, repository.checkout)
    for one, other in ((before.test, after.test), (before.training, after.training)):
        assert differences(one, other) == ("locale was en-US, now en-GB",)


def test_of_model__data_have_the_inputs_that_name_them(repository: Repository) -> None:
    found = of(repository, repository.checkout, "replacements: rules.txt", "groups: people.tsv:accent")
    assert [
        (item.role, item.path) for item in (*found.test.data, *found.training.data, *found.judging.data)
    ] == [
        ("test-data", "pharmacy/test"),
        ("training-text", "pharmacy/text.txt"),
        ("training-pronunciation", "pharmacy/words.txt"),
        ("replacements", "rules.txt"),
        ("groups", "people.tsv"),
    ]


def test_files__are_all_that_a_result_depends_on(repository: Repository) -> None:
    model = pharmacy(
        repository, "replacements: rules.txt", "groups: people.tsv:accent", "clusters: people.tsv:speaker"
    )
    assert [path.relative_to(repository.folder).as_posix() for path in state.files(model)] == [
        "pharmacy/test",
        "pharmacy/text.txt",
        "pharmacy/words.txt",
        "rules.txt",
        "people.tsv",
        "people.tsv",
    ]


def test_files__key_terms_are_among_them_where_the_gate_judges_them(repository: Repository) -> None:
    terms = repository.folder / "rules.txt"
    assert terms not in state.files(pharmacy(repository, "key-terms: rules.txt"))
    judged = pharmacy(repository, "key-terms: rules.txt", "key-terms-recall: 95%")
    assert terms in state.files(judged)
