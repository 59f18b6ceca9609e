"""``validate`` through the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.operations.project import TESTS

if TYPE_CHECKING:
    from tests.operations.project import Project


def test_validate__counts_in_words(project: Project) -> None:
    answer = project.run("validate", "--test-data", str(project.folder / "test"))
    assert answer.code == 0
    assert "follows the service's rules: 2 files, " in answer.text
    (project.folder / "speechops.yml").write_text("models:\n  m:\n    locale: en-US\n    test-data: test\n")
    answer = project.run("validate")
    assert answer.code == 0
    assert "follows the service's rules: 1 file, 0 warnings, 0 leaks." in answer.text


def rows(text: str) -> dict[str, list[str]]:
    """Return the rows of the table of files, by their first cell."""
    lines = text.partition("Data of m")[2].splitlines()
    return {cells[0]: cells[1:] for line in lines if (cells := line.split())}


def test_validate__tells_of_each_file_and_leak(project: Project) -> None:
    project.write_training([TESTS[0], "a word", "caf\u00e9"])
    content = (project.folder / "training.txt").read_text(encoding="utf-8-sig")
    (project.folder / "training.txt").write_text(content, encoding="utf-8")
    answer = project.run("validate")
    assert answer.code == 0, answer.text
    table = rows(answer.text)
    assert table["test"][-3:] == ["12", "0", "0"]
    assert table["training.txt"][:2] == ["Language", "training"]
    assert table["training.txt"][-2:] == ["0", answer.outputs["warnings"]]
    assert answer.outputs["warnings"] != "0"
    assert answer.outputs["leaks"] == "1"
    assert answer.outputs["errors"] == "0"
    (leak,) = [line for line in answer.text.splitlines() if line.startswith("leak: ")]
    assert "01.wav" in leak
    assert leak.endswith("training.txt:1")


def test_validate__error_is_told_with_the_number_of_others(project: Project) -> None:
    for name in ("01", "02", "03"):
        (project.folder / "test" / f"{name}.wav").write_bytes(b"RIFF")
    answer = project.run("validate")
    assert answer.code == 2
    assert "(2 more; speechops validate lists them.)" in answer.text
    assert rows(answer.text)["test"][-2] == "3"


def test_validate__looks_at_files_together(project: Project) -> None:
    write = {"words.txt": "metformin\tm e t\n", "text.md": "# sentences\n- take metformin\n"}
    for name, text in write.items():
        (project.folder / name).write_text(text, encoding="utf-8-sig")
    config = project.folder / "speechops.yml"
    files = "structured-text: text.md\n      pronunciation: words.txt"
    config.write_text(config.read_text(encoding="utf-8").replace("text: training.txt", files))
    assert "[pronunciation-with-structured-text]" in project.run("validate").text


def test_validate__training_data_alone_is_checked_too(project: Project) -> None:
    config = project.folder / "speechops.yml"
    config.write_text(config.read_text().replace("    test-data: test\n", ""))
    answer = project.run("validate")
    assert answer.code == 0, answer.text
    assert "rules: 1 file, " in answer.text
    assert rows(answer.text)["training.txt"][:2] == ["Language", "training"]


def test_validate__model_without_data_is_refused(project: Project) -> None:
    (project.folder / "speechops.yml").write_text("models:\n  m:\n    locale: en-US\n")
    answer = project.run("validate")
    assert answer.code == 2
    assert "The model m has no data: neither test-data nor training-data." in answer.text
    assert "follows the service's rules" not in answer.text


@pytest.mark.parametrize(
    ("left_out", "broken"),
    [
        ("    test-data: test\n", "training.txt"),
        ("    training-data:\n      text: training.txt\n", "test/01.wav"),
    ],
)
def test_validate__checks_the_one_kind_of_data_that_there_is(
    project: Project, left_out: str, broken: str
) -> None:
    config = project.folder / "speechops.yml"
    config.write_text(config.read_text(encoding="utf-8").replace(left_out, ""))
    assert project.run("validate").code == 0
    (project.folder / broken).write_bytes(b"RIFF\x81")
    answer = project.run("validate")
    assert answer.code == 2, answer.text
    assert broken in answer.text


def test_findings__weigh_what_the_team_says(project: Project) -> None:
    config = project.folder / "speechops.yml"
    (project.folder / "training.txt").write_text("caf\u00e9 and more words\n", encoding="utf-8")
    assert "[bom-missing]" in project.run("validate").text
    written = config.read_text()
    config.write_text(f"findings: {{bom-missing: ignore, special-character: error}}\n{written}")
    answer = project.run("validate")
    assert answer.code == 2
    assert "[bom-missing]" not in answer.text
    assert "error: Special characters" in answer.text


def test_findings__unknown_rule_is_refused_at_its_line(project: Project) -> None:
    config = project.folder / "speechops.yml"
    config.write_text(f"findings: {{bom-mising: ignore}}\n{config.read_text()}")
    answer = project.run("validate")
    assert answer.code == 2
    assert "speechops.yml:1" in answer.text
    assert "bom-missing" in answer.text


def test_test_set_that_can_promote_nothing__is_said_before_it_costs_money(project: Project) -> None:
    project.write_tests(["one utterance"])
    answer = project.run("validate")
    assert answer.code == 0
    assert "[test-set-small]" in answer.text
    assert "[test-set-small]" not in project.run("validate", "--min-utterances", "1", "--min-words", "1").text
    assert "[test-set-small]" not in project.run("validate", "--gate", "any-improvement").text


def test_test_set_of_few_speakers__is_too_small_where_they_are_drawn(project: Project) -> None:
    assert "[test-set-small]" not in project.run("validate").text
    text = project.run("validate", "--clusters", "^[01]").text
    assert f"2 clusters and {WORDS} words; a verdict needs 10 and 100." in text


@pytest.mark.parametrize(("weight", "code"), [("ignore", 0), ("error", 2)])
def test_test_set_that_is_small__counts_as_the_team_says(project: Project, weight: str, code: int) -> None:
    project.write_tests(["one utterance"])
    config = project.folder / "speechops.yml"
    config.write_text(f"findings: {{test-set-small: {weight}}}\n{config.read_text()}")
    answer = project.run("validate")
    assert answer.code == code, answer.text
    assert ("[test-set-small]" in answer.text) is (weight != "ignore")


WORDS = sum(len(sentence.split()) for sentence in TESTS)


@pytest.mark.parametrize(
    ("utterances", "words", "locale", "said"),
    [
        (12, WORDS, "en-US", False),
        (13, WORDS, "en-US", True),
        (12, WORDS + 1, "en-US", True),
        (12, WORDS + 1, "ja-JP", False),  # it is written without spaces: its words are not counted here
        (13, 1, "ja-JP", True),
    ],
)
def test_test_set__is_too_small_below_what_a_verdict_needs(
    project: Project, utterances: int, words: int, locale: str, said: bool
) -> None:
    least = ("--min-utterances", str(utterances), "--min-words", str(words))
    config = project.folder / "speechops.yml"
    config.write_text(config.read_text().replace("en-US", locale))
    text = project.run("validate", *least).text
    assert ("[test-set-small]" in text) == said
    if said:
        assert f"12 utterances and {WORDS} words; a verdict needs {utterances} and {words}." in text
    config.write_text(f"models:\n  m:\n    locale: {locale}\n    test-data: test\n")
    assert "[test-set-small]" not in project.run("validate", *least).text  # nothing is trained to be judged


def test_locale_that_microsoft_does_not_list__is_a_warning_at_its_line(project: Project) -> None:
    config = project.folder / "speechops.yml"
    written = config.read_text()
    assert "locale-unlisted" not in project.run("validate").text
    config.write_text(written.replace("en-US", "en-UK"))
    answer = project.run("validate")
    assert answer.code == 0
    (line,) = [line for line in answer.text.splitlines() if line.endswith("[locale-unlisted]")]
    assert "speechops.yml:3" in line
    assert "en-GB" in line
    config.write_text(f"findings: {{locale-unlisted: ignore}}\n{config.read_text()}")
    assert "locale-unlisted" not in project.run("validate").text
