"""What each job checks out, and how."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKFLOWS = Path(__file__).parents[2] / ".github" / "workflows"


def checkouts(name: str, job: str) -> Iterator[dict[str, Any]]:
    """Yield the steps of a job that check a repository out."""
    workflow = yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8"))
    for step in workflow["jobs"][job]["steps"]:
        if str(step.get("uses")).startswith("actions/checkout@"):
            yield step


@pytest.mark.parametrize(
    ("name", "job"),
    [
        ("ci-cd", "test-data"),
        ("ci-cd", "train-data"),
        ("ci-cd", "deploy"),
        ("pull-request", "validate"),
        ("pull-request", "compare"),
    ],
)
def test_data__comes_with_the_submodules_and_the_lfs_files_that_the_caller_asks_for(
    name: str, job: str
) -> None:
    data, action = checkouts(name, job)
    assert data["with"]["lfs"] == "${{ inputs.lfs }}"
    assert data["with"]["submodules"] == "${{ inputs.submodules }}"
    assert action["with"]["path"] == ".speechops-action"


@pytest.mark.parametrize(
    ("name", "job"), [("pull-request", "validate"), ("pull-request", "compare"), ("compare-fork", "compare")]
)
def test_data__of_a_pull_request_does_not_choose_the_lfs_server(name: str, job: str) -> None:
    data = next(step for step in checkouts(name, job) if "lfs" in step["with"])
    assert data["env"] == {
        "GIT_CONFIG_COUNT": 1,
        "GIT_CONFIG_KEY_0": "lfs.url",
        "GIT_CONFIG_VALUE_0": "${{ github.server_url }}/${{ github.repository }}.git/info/lfs",
    }
