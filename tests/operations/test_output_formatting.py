"""A candidate that only writes better passes by the token error rate and is no different by words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.operations.project import TESTS

if TYPE_CHECKING:
    from tests.operations.project import Project

NAMES = (
    "patient",
    "doctor",
    "pharmacist",
    "food",
    "tablets",
    "bottle",
    "warehouse",
    "insulin",
    "monday",
    "friday",
)


@pytest.fixture
def formatted(project: Project) -> Project:
    """A project that trains output formatting alone, and whose transcripts are in display form."""
    written = [f"{sentence[0].upper()}{sentence[1:]}." for sentence in TESTS]
    for name in NAMES:
        written = [sentence.replace(f" {name}", f" {name.title()}") for sentence in written]
    project.write_tests(written)
    rules = "\n".join(f"{name}\t{name.title()}" for name in NAMES)
    (project.folder / "format.md").write_text(f"#rewrite\n{rules}\n", encoding="utf-8-sig")
    return project


def describe(project: Project, settings: str) -> None:
    (project.folder / "speechops.yml").write_text(
        "models:\n  m:\n    locale: en-US\n    test-data: test\n    min-words: 50\n"
        f"    training-data:\n      output-formatting: format.md\n{settings}",
        encoding="utf-8",
    )


def test_train_data__output_formatting_is_judged_by_tokens(formatted: Project) -> None:
    describe(formatted, "")
    by_words = formatted.run("train-data")
    assert (by_words.code, by_words.outputs["verdict"]) == (3, "inconclusive"), by_words.text
    assert "no difference" in by_words.text
    rates = [by_words.outputs[f"{model}word-error-rate"] for model in ("benchmark-", "")]
    assert rates[0] == rates[1]
    describe(formatted, "    metric: token-error-rate\n    other-metric: not-worse\n")
    by_tokens = formatted.run("train-data")
    assert (by_tokens.code, by_tokens.outputs["verdict"]) == (0, "better"), by_tokens.text
    assert by_tokens.outputs["improved"] == "true"
    benchmark = formatted.registry.benchmark("m")
    assert benchmark is not None
    assert benchmark.benchmark.reference.id == by_tokens.outputs["candidate"]
    assert float(by_tokens.outputs["token-error-rate"]) < float(
        by_tokens.outputs["benchmark-token-error-rate"]
    )
    assert by_tokens.outputs["word-error-rate"] == rates[1]
