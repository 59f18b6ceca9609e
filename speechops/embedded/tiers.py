"""The two price tiers and their limits: a free resource is small."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from speechops.embedded.entities import Dataset, Endpoint, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speechops.embedded.entities import Work

_KIB, _MIB, _GIB = 2**10, 2**20, 2**30


class Tier(StrEnum):
    """The price tier of the resource."""

    F0 = "F0"
    S0 = "S0"


MOST: Mapping[Tier, Mapping[type[Work], int]] = {
    Tier.F0: {Dataset: 2, Endpoint: 1},
    Tier.S0: {Dataset: 500, Endpoint: 50},
}

FREE_ENDPOINT_LIFE = timedelta(days=7)

_LARGEST: Mapping[Kind, int] = {
    Kind.ACOUSTIC: 2 * _GIB,
    Kind.AUDIO_FILES: 2 * _GIB,
    Kind.LANGUAGE: 1536 * _MIB,
    Kind.LANGUAGE_MARKDOWN: 200 * _MIB,
    Kind.PRONUNCIATION: _MIB,
    Kind.OUTPUT_FORMATTING: 10 * _MIB,
}
_LARGEST_FREE: Mapping[Kind, int] = {Kind.LANGUAGE: 200 * _MIB, Kind.PRONUNCIATION: _KIB}


def largest_file(tier: Tier, kind: Kind) -> int:
    """Return how many bytes a dataset of ``kind`` may have."""
    return _LARGEST_FREE.get(kind, _LARGEST[kind]) if tier is Tier.F0 else _LARGEST[kind]
