"""The platform's rough places: runners, copies of the Action, the cache, Dependabot, who is asked."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.workflows.test_conditions import RAN, ROOT, SKIPPED, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["judge"]  # a fixture

CALLED = ("ci-cd", "pull-request", "maintenance", "compare-fork", "publish-report")


def load(path: str) -> Any:  # noqa: ANN401 - YAML
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def jobs(name: str) -> dict[str, Any]:
    found: dict[str, Any] = load(f".github/workflows/{name}.yml")["jobs"]
    return found


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("ubuntu-latest", "ubuntu-latest"),
        ('["self-hosted", "linux"]', ["self-hosted", "linux"]),
        ('{"group": "speech"}', {"group": "speech"}),
        ('{"group": "speech", "labels": ["linux", "x64"]}', {"group": "speech", "labels": ["linux", "x64"]}),
    ],
)
def test_runs_on__takes_what_github_takes(
    judge: Callable[..., Any], tmp_path: Path, given: str, taken: object
) -> None:
    (expression,) = {job["runs-on"] for name in CALLED for job in jobs(name).values()}
    condition = f"toJSON({expression[3:-2].strip()}) == toJSON(fromJSON(inputs.expected))"
    job = {"runs-on": "x", "if": f"${{{{ {condition} }}}}", "steps": [{"run": "true"}]}
    inputs = {name: {"type": "string"} for name in ("runs-on", "expected")}
    path = tmp_path / "one.yml"
    path.write_text(json.dumps({"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"one": job}}))
    name = os.path.relpath(path.with_suffix(""), ROOT / ".github/workflows")
    values = [json.dumps(taken), json.dumps("another")]
    answer = judge(name, *({"inputs": {"runs-on": given, "expected": value}} for value in values))
    assert answer["errors"] == []
    assert answer["outcomes"] == [{"one": RAN}, {"one": SKIPPED}]


@pytest.mark.parametrize("name", CALLED)
def test_internal_copy__is_checked_out_with_its_token_which_nothing_else_gets(name: str) -> None:
    declared = load(f".github/workflows/{name}.yml")[True]["workflow_call"]
    assert not declared["secrets"]["ACTION_TOKEN"].get("required")
    assert jobs(name)
    for job in jobs(name).values():
        steps = job["steps"]
        ours = [step for step in steps if step.get("with", {}).get("path") == ".speechops-action"]
        assert bool(ours) == any(str(step.get("uses")).startswith("./.speechops-action") for step in steps)
        for step in ours:
            assert step["with"] == {
                "repository": "${{ inputs.action-repository || job.workflow_repository }}",
                "ref": "${{ inputs.action-ref || job.workflow_sha }}",
                "token": "${{ secrets.ACTION_TOKEN || github.token }}",
                "path": ".speechops-action",
                "persist-credentials": False,
            }
        others = [step for step in steps if step not in ours]
        assert "ACTION_TOKEN" not in json.dumps(others)
        assert "ACTION_TOKEN" not in json.dumps({key: job[key] for key in job.keys() - {"steps"}})


def restores(job: dict[str, Any]) -> Iterator[str]:
    """Yield the steps of a job that restore the cache."""
    for step in job["steps"]:
        uses = str(step.get("uses"))
        again = uses == "./.speechops-action/step" and step["with"].get("restore", "true") == "true"
        if again or re.match(r"actions/cache(/restore)?@", uses):
            yield step["name"]


@pytest.mark.parametrize("name", CALLED)
def test_cache__is_restored_once_in_a_job(name: str) -> None:
    """The second time it would put back what the first step of the job has changed."""
    restored = [len(list(restores(job))) for job in jobs(name).values()]
    assert restored
    assert max(restored) <= 1


def test_cache__of_a_step_is_restored_before_it_and_where_it_is_wanted() -> None:
    first, *others = load("step/action.yml")["runs"]["steps"]
    assert "actions/cache/restore@" in first["uses"]
    assert first["if"] == "inputs.local == 'true' && inputs.restore == 'true'"
    assert not [step for step in others if "actions/cache/restore@" in step["uses"]]


def test_secrets__are_passed_by_name_by_every_example() -> None:
    """``inherit`` is empty in a workflow of another organisation, which ours is for its callers."""
    assert "works only for a workflow in your own organization" in (ROOT / "docs/workflows.md").read_text()
    callers = list((ROOT / "examples").glob("**/.github/workflows/*.yml"))
    assert len(callers) > 5
    for path in callers:
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
            assert job.get("secrets") != "inherit", path


@pytest.mark.parametrize(
    "heading", ["Secrets", "The check to require", "Dependabot", "What the cache forgets", "Runners"]
)
def test_page__has_each_rough_place(heading: str) -> None:
    page = (ROOT / "docs/workflows.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## {heading}$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert len(section.split()) > 30
    assert "merge_group" in page


def test_dependabot__watches_what_is_pinned() -> None:
    updates = load(".github/dependabot.yml")["updates"]
    places = {
        (update["package-ecosystem"], place.strip("/"))
        for update in updates
        for place in update.get("directories", [update.get("directory")])
    }
    assert {("github-actions", ""), ("docker", ""), ("pip", "requirements")} <= places
    pinned = [path.parent for path in ROOT.glob("requirements/**/Dockerfile*")]
    assert pinned
    assert {("docker", str(folder.relative_to(ROOT))) for folder in pinned} <= places
    assert [path.name for path in sorted((ROOT / "requirements").glob("*.txt"))] == [
        "core.txt", "dev.txt", "local.txt",
    ]  # fmt: skip


def test_images_for_building__are_pinned_by_digest() -> None:
    files = list(ROOT.glob("requirements/**/Dockerfile*"))
    assert files
    for path in files:
        images = re.findall(r"^FROM (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert images
        assert all(re.search(r"@sha256:[0-9a-f]{64}$", image) for image in images)
    used = [
        (path, uses)
        for path in (*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob("**/action.yml"))
        for uses in re.findall(r"^\s*(?:- )?uses: *(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert used
    for path, uses in used:
        assert uses.startswith("./") or re.search(r"@[0-9a-f]{40}$", uses), f"{path}: {uses}"


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        ('{"permission": "write", "role_name": "maintain"}', True),
        ('{"permission":"admin"}', True),
        ('{"permission": "read"}', False),
        ('{"permission": "none", "role_name": "write"}', False),
        ('{"permission": "read", "user": {"name": "\\"permission\\": \\"admin\\""}}', False),
        ("", False),
        (None, False),
    ],
)
def test_fork_comparison__asks_github_before_anything_is_checked_out(
    tmp_path: Path, answer: str | None, passes: bool
) -> None:
    """The first step of the job, with a program of our own as curl; None: GitHub refuses to answer."""
    first, *others = jobs("compare-fork")["compare"]["steps"]
    assert all("if" not in step for step in others[:4])  # a refusal ends the job before them
    curl = tmp_path / "curl"
    said = "exit 22" if answer is None else 'cat "$FOLDER/answer"'
    curl.write_text(f'#!/bin/sh\necho "$*" >> "$FOLDER/calls"\ncase "$*" in *permission) {said};; esac\n')
    curl.chmod(0o755)
    (tmp_path / "answer").write_text(answer or "")
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "FOLDER": str(tmp_path),
        "GITHUB_API_URL": "https://api.example",
        "GITHUB_REPOSITORY": "o/r",
        **dict.fromkeys(first["env"], "x"),
    }
    command = [str(shutil.which("bash")), "-e", "-c", first["run"]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == passes, done.stdout + done.stderr
    reacted = "/reactions" in (tmp_path / "calls").read_text()
    assert reacted != passes
    assert "author_association" not in first["run"]
