"""``report``: the history of one model as a page and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.operations.job import Outcome, percent

if TYPE_CHECKING:
    from speechops.clock import Clock
    from speechops.registry.registry import Registry
    from speechops.settings import ModelSettings, Settings


def run(settings: Settings, model: ModelSettings, registry: Registry, clock: Clock) -> Outcome:
    """Write the history of ``model`` to the report folder."""
    raise AssertionError(settings, model, registry, clock, percent(None), Outcome)
