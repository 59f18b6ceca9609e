"""``report``: the history of one model as a page, as JSON and as a badge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.run import Outcome

if TYPE_CHECKING:
    from speechops.registry.documents import TestResult
    from speechops.registry.registry import Registry


def run(model: str, registry: Registry) -> Outcome:
    """Choose what the page of ``model`` shows besides its history: the latest test, if there is one."""
    latest = _latest(model, registry)
    tests = "the latest of its tests" if latest else "no test yet"
    return Outcome(f"The history of {model}, with {tests}.", result=latest)


def _latest(model: str, registry: Registry) -> TestResult | None:
    return max(registry.results(model), key=lambda result: result.created, default=None)
