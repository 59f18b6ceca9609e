"""Capacity: what of a resource's limits is used up, said before a run ends at one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.evaluation.quota import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.corpus import Tier
    from speechops.upkeep.retention import Listing

_SHARE = 0.8
_FEW = 10  # limits below are those of a free resource, which runs reach and leave as they go


def warnings(listing: Listing, tier: Tier) -> Iterator[str]:
    """Yield a sentence for each kind of entity of which the resource has 80 % or more of what it may have."""
    limits = LIMITS[tier]
    counts = (
        ("datasets", len(listing.datasets), limits.datasets, "lower keep-days, or delete what others left"),
        ("endpoints", len(listing.endpoints), limits.endpoints, "delete those that nobody uses"),
    )
    for nouns, count, most, advice in counts:
        if most >= _FEW and count >= _SHARE * most:
            yield f"The Speech resource has {count} of {most} {nouns}: {advice}, or ask Azure for more."
