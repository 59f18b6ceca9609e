"""The sample's three states, as the embedded recognizer heard them, with what each model was trained on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from speechops import corpus, report, scoring
from speechops.corpus import Kind, Purpose
from speechops.evaluation import vocabulary
from speechops.registry.documents import ModelReference, Vocabulary
from speechops.registry.summaries import ResultSummary
from tests.report.making import result

if TYPE_CHECKING:
    from speechops.report import Report

PHARMACY = Path(__file__).parents[2] / "examples" / "pharmacy"
TEXT = Path("data", "training", "text.txt")
HELPFUL = ModelReference("model-1", "pharmacy-train-data-local-e7671c3c", base=False)
BASE = Vocabulary("pharmacy", "", {})
_TEXTS = {
    "helpful": PHARMACY / TEXT,
    **{state: PHARMACY / "states" / state / TEXT for state in ("harmful", "useless")},
}


def trained(state: str) -> Vocabulary:
    """Return what a model of this state of the sample is taught."""
    files = [
        corpus.read(path, kind=kind, purpose=Purpose.TRAINING, locale="en-US")
        for path, kind in (
            (_TEXTS[state], Kind.LANGUAGE),
            (PHARMACY / "data/training/pronunciation.txt", Kind.PRONUNCIATION),
        )
    ]
    return vocabulary.of_files("pharmacy", "en-US", state, files)


def made(state: str, *, operation: str = "train-data") -> Report:
    """Return the report on a state: ``helpful`` against the base model, the others against ``helpful``."""
    recognitions = json.loads(Path(__file__).with_name("pharmacy.json").read_text(encoding="utf-8"))[state]
    tested = result(recognitions.values(), names=list(recognitions))
    if state != "helpful":
        tested = replace(tested, benchmark=HELPFUL)
    before = BASE if state == "helpful" else trained("helpful")
    groups = {name: name.removesuffix(".wav").partition("-")[2] for name in recognitions}
    test = report.of_result(
        tested,
        scoring.normaliser("en-US"),
        groups,
        ("amiodarone", "ceftriaxone", "loperamide"),
        (before, trained(state)),
    )
    origin = report.Origin(operation, tested.created, commit=tested.commit)
    return report.Report(
        "pharmacy", "en-US", origin, test, report.history([ResultSummary.of(tested)], [], [])
    )
