"""``validate`` through the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def test_validate__model_without_data_is_refused(project: Project) -> None:
    (project.folder / "speechops.yml").write_text("models:\n  m:\n    locale: en-US\n")
    answer = project.run("validate")
    assert answer.code == 2
    assert "The model m has no data: neither test-data nor training-data." in answer.text
    assert "follows the service's rules" not in answer.text


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
