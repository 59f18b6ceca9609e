"""Gates from the text of their settings, read by the product's own table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from speechops.scoring import Gate
from speechops.scoring.gate import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping


def gate_of(settings: Mapping[str, str]) -> Gate:
    """Return the gate; settings that are blank or absent keep their default."""
    values: dict[str, Any] = {
        key.replace("-", "_"): SETTINGS[key][0](text) for key, text in settings.items() if text
    }
    return Gate(**values)
