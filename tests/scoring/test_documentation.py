"""What docs/verdict.md and docs/normalization.md say, held against what the code does."""

from __future__ import annotations

import html
import re
from pathlib import Path
from string import ascii_lowercase

import pytest
from unicode_rbnf import RbnfEngine

from speechops.scoring import Gate, normaliser, score
from speechops.scoring.comparison import least_changes
from speechops.scoring.gate import SETTINGS
from speechops.scoring.hidden_loss import units_needed
from speechops.scoring.percent import of_language
from tests.scoring.gates import gate_of

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "verdict.md").read_text(encoding="utf-8")
NORMALIZATION = (DOCS / "normalization.md").read_text(encoding="utf-8")


def rows(page: str, heading: str) -> list[list[str]]:
    """Return the cells of the table of a page whose first line is ``heading``."""
    lines = page[page.index(heading) :].splitlines()[2:]
    table = []
    for line in lines:
        if not line.startswith("|"):
            break
        cells = (cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1])
        table.append([html.unescape(cell).replace(r"\|", "|") for cell in cells])
    return table


@pytest.mark.parametrize("cells", rows(NORMALIZATION, "| locale | transcript |"), ids=str)
def test_tricky_pairs__count_as_the_page_says(cells: list[str]) -> None:
    locale, transcript, recognised, counted, _ = cells
    pair = ("", transcript.strip("`"), recognised.strip("`"))
    total = score([pair], normaliser(locale)).total
    assert f"{total.errors} / {total.reference_words}" == counted


def test_tricky_pairs__the_advice_helps() -> None:
    advised = 0
    for locale, transcript, recognised, _, why in rows(NORMALIZATION, "| locale | transcript |"):
        advice = re.search(r"add `(.*)`", why)
        if advice:
            advised += 1
            rules = normaliser(locale, advice[1])
            assert rules(transcript.strip("`")) == rules(recognised.strip("`"))
    assert advised


def test_settings__are_those_of_the_gate() -> None:
    table = {cells[0].strip("`"): cells[1].strip("`") for cells in rows(PAGE, "| setting | default |")}
    assert table.keys() == SETTINGS.keys()
    assert gate_of(table) == Gate()


def test_looks__risk_as_the_page_says() -> None:
    risks = [1 - 0.975**looks for looks in (1, 5, 20)]
    assert f"{risks[0]:.1%}, {risks[1]:.0%}, {risks[2]:.0%}" == "2.5%, 12%, 40%"
    assert "at most: 2.5 %\nafter one test, 12 % after 5, 40 % after 20" in PAGE


def test_replacements__of_the_page() -> None:
    block = NORMALIZATION[NORMALIZATION.index("# left becomes right") :].split("```")[0]
    rules = normaliser("en-US", block)
    assert rules("Um, okay, USA") == "ok u s a"


def test_groups__least_size_as_the_page_says() -> None:
    least = [least_changes(1 - 0.05 / groups) for groups in (1, 2, 20)]
    assert "({} for one group at 95 %, {} for two, {} for 20)".format(*least) in PAGE.replace("\n", " ")


def test_non_inferiority__utterances_as_the_page_says() -> None:
    needed = [units_needed(margin / 100, 0.025) for margin in (0.5, 2)]
    text = PAGE.replace("\n", " ")
    assert "of 0.5 points takes {} utterances without a change, one of 2 points {};".format(*needed) in text


def test_repeated_tests__plan_as_the_page_says() -> None:
    gate = Gate(correct_for_repeated_tests=True)
    assert [gate.level(number) for number in (1, 10)] == pytest.approx([1 - 0.05 / 20] * 2)
    assert gate.level(30) == pytest.approx(1 - 0.05 * 5 / (30 * 29))


def test_languages__with_rules_for_digits_and_percent_as_the_page_says() -> None:
    supported = {name.partition("_")[0] for name in RbnfEngine.get_supported_languages()}
    assert f"CLDR for {len(supported)} languages" in NORMALIZATION
    assert "`%` is percent in more than 80 languages" in NORMALIZATION
    letters = (f"{one}{other}" for one in ascii_lowercase for other in ascii_lowercase)
    assert sum(of_language(language) is not None for language in letters) > 80


@pytest.mark.parametrize("language", ["as", "bn", "eu", "gl", "gu", "jv", "kn", "ml", "mn", "mr", "or", "pa",
                                      "ps", "si", "so", "te", "ur", "uz"])  # fmt: skip
def test_languages__without_rules_keep_digits_as_the_page_says(language: str) -> None:
    assert normaliser(language)("5") == "5"
