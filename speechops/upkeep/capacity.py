"""Capacity: how much of a resource's limits is used, reported before a run reaches one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.evaluation.quota import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.corpus import Tier
    from speechops.upkeep.retention import Listing

_SHARE = 0.8
_FEW = 10  # lower limits are those of a free resource, which runs reach temporarily


def warnings(listing: Listing, tier: Tier) -> Iterator[str]:
    """Yield a sentence for each kind of entity of which the resource has used 80 % or more of its limit."""
    limits = LIMITS[tier]
    counts = (
        (
            "datasets",
            len(listing.datasets),
            limits.datasets,
            "lower keep-days, or delete what others created",
        ),
        ("endpoints", len(listing.endpoints), limits.endpoints, "delete unused ones"),
    )
    for nouns, count, most, advice in counts:
        if most >= _FEW and count >= _SHARE * most:
            yield (
                f"The Speech resource has {count} of {most} {nouns}: {advice}, or request a "
                "higher limit from Azure."
            )
