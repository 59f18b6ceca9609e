"""Right values for pairs of texts, most of them once counted wrong: ``pairs.tsv``."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from speechops.scoring import normaliser, score

with Path(__file__).with_name("pairs.tsv").open(encoding="utf-8", newline="") as _table:
    PAIRS = list(csv.DictReader(_table, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair['locale']} {pair['transcript']}")
def test_pairs__are_counted_right(pair: dict[str, str]) -> None:
    rules = normaliser(pair["locale"])
    total = score([("", pair["transcript"], pair["recognized"])], rules).total
    assert (total.errors, total.reference_words) == (int(pair["errors"]), int(pair["words"])), (
        rules(pair["transcript"]),
        rules(pair["recognized"]),
    )
