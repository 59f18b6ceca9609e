"""The choice of what may be deleted: nothing that is needed, ever; and each rule that protects something
counts."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from speechops.speech import Endpoint
from speechops.upkeep import retention
from tests.upkeep.worlds import DAYS, NEWEST, NOW, World, draw, owns, violations

if TYPE_CHECKING:
    from speechops.registry.documents import Deletion

SOURCE = Path(retention.__file__).read_text(encoding="utf-8")
WORLDS = 2_000

RULES: dict[str, tuple[str, str]] = {
    "models of others": ("sorted(filter(owns, models), ", "sorted(models, "),
    "tests of others": ("if not owns(test) or not", "if not"),
    "datasets of others": ("if owns(dataset)\n        and dataset.status", "if dataset.status"),
    "grace of models": (" and not policy.is_new(model)", ""),
    "grace of tests": (" or policy.is_new(test)", ""),
    "grace of datasets": ("and not policy.is_new(dataset)", ""),
    "entities without a date": (
        "entity.created or self.now)",
        "entity.created or self.now - 999 * GRACE)",
    ),
    "training models": (" and model.status.is_final", ""),
    "running tests": (" or not test.status.is_final", ""),
    "imports": ("and dataset.status is not Status.RUNNING", ""),
    "references": ("if model.id not in referenced and ", "if "),
    "the benchmark": ("referenced.add(benchmark.reference.id)", "pass"),
    "the benchmark before": ("referenced.add(benchmark.previous.id)", "pass"),
    "releases": ("{release.reference.id for release in releases}", "set()"),
    "endpoints": ("{endpoint.model.id for endpoint in listing.endpoints if endpoint.model}", "set()"),
    "models of running tests": ("if not test.status.is_final]", "if False]"),
    "the newest": ('if model.id in newest:\n        return ""', ""),
    "young candidates": ("if policy.is_old(model)", "if True"),
    "young tests": ("elif policy.is_old(test)", "elif True"),
    "datasets of models": ("if model.id not in leaving for dataset", "if False for dataset"),
    "datasets of models of others": (
        "for model in listing.models if model.id not in leaving",
        "for model in filter(owns, listing.models) if model.id not in leaving",
    ),
    "datasets of tests": ("used |= {test.dataset_id for test in kept_tests}", ""),
    "today's data": ("not in {benchmark.test, *current}", "not in {benchmark.test}"),
    "the benchmark's test data": ("not in {benchmark.test, *current}", "not in {*current}"),
    "failed twins": (" or twin.status is Status.FAILED", ""),
    "one of twins": ("            and twin.id not in reasons\n", ""),
}


def chosen_by(module: ModuleType, world: World) -> tuple[Deletion, ...]:
    listing = module.Listing(world.models, world.evaluations, world.datasets, world.endpoints)
    referenced = module.referenced_models(listing, world.benchmark, world.releases)
    policy = module.Policy(NEWEST, DAYS, NOW)
    return tuple(module.choose(owns, listing, world.benchmark, referenced, world.current, policy))


def random_of(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - makes worlds, guards nothing


def first_violation(module: ModuleType) -> str:
    for seed in range(WORLDS):
        world = draw(random_of(seed))
        for sentence in violations(world, chosen_by(module, world)):
            return f"world {seed}: {sentence}"
    return ""


def without(rule: str) -> ModuleType:
    """Return the module that chooses, without one of its rules."""
    old, new = RULES[rule]
    assert SOURCE.count(old) == 1, f"the rule {rule!r} has other words now"
    module = ModuleType("retention_without_a_rule")
    sys.modules[module.__name__] = module  # dataclasses look their module up
    exec(compile(SOURCE.replace(old, new), "retention.py", "exec"), vars(module))  # noqa: S102 - our own source
    return module


def test_choose__never_takes_what_is_needed() -> None:
    assert first_violation(retention) == ""


@pytest.mark.parametrize("rule", RULES)
def test_choose__each_rule_protects_something(rule: str) -> None:
    assert first_violation(without(rule))


def test_choose__takes_what_nobody_needs() -> None:
    reasons = {
        item.reason.split(",")[0].rstrip("0123456789 ")
        for seed in range(300)
        for item in chosen_by(retention, draw(random_of(seed)))
    }
    expected = (
        "its training failed",
        "it failed",
        "its model is deleted",
        "its model is gone",
        "its result is in the store",
        "no model or test uses it",
        "it is unreferenced and not among the newest",
    )
    assert all(any(reason.startswith(word) for reason in reasons) for word in expected), reasons


def test_referenced_models__of_an_endpoint_without_a_model_and_before_a_benchmark() -> None:
    bare = Endpoint(id="e", display_name="e", locale="en-US", model=None)
    assert retention.referenced_models(retention.Listing((), (), (), (bare,)), None, ()) == set()
