"""Which runs wait for each other, and which cancel each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

WORKFLOWS = Path(__file__).parents[2] / ".github" / "workflows"


GROUP = "speechops-model-${{ needs.plan.outputs.local == 'true' && 'embedded' || matrix.model }}"


def load(name: str) -> Any:  # noqa: ANN401 - YAML
    return yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["pull-request", "compare-fork"])
def test_comparisons__of_two_callers_leave_each_other_alone(name: str) -> None:
    """Two workflows of one repository may call ours for two files of models."""
    workflow = load(name)
    group = (workflow.get("concurrency") or workflow["jobs"]["compare"]["concurrency"])["group"]
    assert "${{ github.workflow }}" in group
    assert "${{ inputs.config }}" in group


def test_fork_report__none_is_dropped_by_the_next() -> None:
    """Of the runs that wait in a group GitHub keeps the last alone, unless it is told to keep all."""
    concurrency = load("publish-report")["jobs"]["publish"]["concurrency"]
    assert concurrency["queue"] == "max"
    assert concurrency["cancel-in-progress"] is False


@pytest.mark.parametrize(
    ("name", "job", "group"),
    [
        ("ci-cd", "test-data", GROUP),
        ("ci-cd", "train-data", GROUP),
        ("maintenance", "maintain", GROUP),
    ],
)
def test_work__on_one_model_is_done_one_at_a_time_whoever_calls(name: str, job: str, group: str) -> None:
    assert load(name)["jobs"][job]["concurrency"] == {
        "group": group,
        "cancel-in-progress": False,
        "queue": "max",
    }


def test_deploy__waits_for_nobody() -> None:
    """A job that waits for an approval holds its group: a newer candidate could not be approved."""
    assert "concurrency" not in load("ci-cd")["jobs"]["deploy"]
