"""What a model is judged by: groups, blocks, and files that are missed before anything is paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops.operations import trial

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.local.server import RunningService
    from speechops.scoring import Comparison
    from tests.operations.project import Project

PEOPLE = "audio\tspeaker\taccent\n" + "".join(
    f"{number:02}.wav\tspeaker {number % 6}\t{'Scots' if number < 5 else 'Irish'}\n"
    for number in range(1, 13)
)


def judged(project: Project) -> Comparison:
    """Train, and return what the verdict was reached from."""
    answer = project.run("train-data")
    assert "Traceback" not in answer.text
    assert answer.code in {0, 3}, answer.text
    (result,) = [each for each in project.registry.results("m") if each.candidate]
    return trial.verdict(result).comparison


def settle(project: Project, settings: str) -> None:
    project.settings = settings
    project.write_training(["please refill the amoxicillin capsules before friday morning"])


def test_blocks__are_drawn_as_one_and_groups_have_a_rate_each(project: Project) -> None:
    (project.folder / "people.tsv").write_text(PEOPLE, encoding="utf-8-sig")
    settle(project, "    groups: people.tsv:accent\n    blocks: people.tsv:speaker\n")
    comparison = judged(project)
    assert (comparison.by_block, comparison.units, comparison.utterances) == (True, 6, 12)
    assert [(each.name, each.utterances) for each in comparison.groups] == [("Irish", 8), ("Scots", 4)]


def test_blocks__by_a_pattern_count_towards_the_least_number(project: Project) -> None:
    settle(project, "    blocks: ^0\n")
    comparison = judged(project)
    assert (comparison.by_block, comparison.units) == (True, 4)  # 01 to 09, 10, 11, 12
    answer = project.run("compare")
    assert "4 blocks cannot tell progress from chance" in answer.text


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("groups: (", "groups: '(' is not a regular expression"),
        ("blocks: speaker", "blocks: speaker finds no group for any audio file"),
        ("blocks: nobody.tsv:speaker", "nobody.tsv cannot be read"),
        ("groups: people.tsv:mood", "people.tsv is of no use: it has no column 'mood'"),
        ("replacements: nothing.txt", "nothing.txt cannot be read"),
        ("replacements: bad.txt", "bar"),
        ("key-terms: nothing.txt", "nothing.txt cannot be read"),
    ],
)
def test_rules__are_refused_before_anything_is_made(
    project: Project, service: RunningService, settings: str, problem: str
) -> None:
    write(project.folder, "people.tsv", PEOPLE)
    write(project.folder, "bad.txt", "no such line\n")
    settle(project, f"    {settings}\n")
    for operation in ("validate", "train-data"):
        answer = project.run(operation)
        assert answer.code == 2, answer.text
        assert problem in answer.text
        assert "Traceback" not in answer.text
    assert not any(service.control.dump().values())
