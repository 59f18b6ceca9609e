"""Which limits of a resource are warned of."""

from __future__ import annotations

from typing import Any, cast

import pytest

from speechops.corpus import Tier
from speechops.upkeep import capacity
from speechops.upkeep.retention import Listing


@pytest.mark.parametrize(
    ("tier", "datasets", "endpoints", "said"),
    [
        (Tier.S0, 399, 39, []),
        (Tier.S0, 400, 39, ["400 of 500 datasets: lower keep-days"]),
        (Tier.S0, 399, 40, ["40 of 50 endpoints: delete unused ones"]),
        (Tier.S0, 500, 50, ["500 of 500 datasets", "50 of 50 endpoints"]),
        (Tier.F0, 2, 1, []),
    ],
)
def test_warnings__name_what_is_used_to_80_percent(
    tier: Tier, datasets: int, endpoints: int, said: list[str]
) -> None:
    things = cast("Any", object())
    listing = Listing((), (), (things,) * datasets, (things,) * endpoints)
    warnings = list(capacity.warnings(listing, tier))
    assert len(warnings) == len(said)
    assert all(words in warning for words, warning in zip(said, warnings, strict=True))
