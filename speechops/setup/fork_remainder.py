"""What a workflow of a fork does or sets beside what the template does: steps, conditions, other settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from speechops.setup import template
from speechops.setup.account import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from speechops.setup.template import OldWorkflow

_ACTIONS = re.compile(
    r"actions/(checkout|cache|setup-dotnet|create-release|upload-release-asset|upload-artifact|"
    r"download-artifact)|azure/(login|cli)|(docker://)?gittools/",
    re.IGNORECASE,
)
_COMMANDS = re.compile(
    r"\bspx\b|\bspeech\s+(config|compile|dataset|endpoint|model|project|test|transcript)\b"
    r"|\baz storage (blob|container)\b|GITHUB_ENV|::set-env|wordErrorRate|benchmark"
    r"|\bgit (fetch|lfs)\b|\bdotnet (tool|build|publish)\b|\bTRAIN_ZIP_SOURCE_PATH\b",
    re.IGNORECASE,
)
"""What the template's steps use and run. A step with none of them is the fork's own."""

_REPLACED = frozenset(
    ["concurrency", "permissions", "defaults", "run-name", "timeout-minutes", "continue-on-error", "outputs"]
)
_READ = {"name", "on", True, "env", "jobs", "needs", "runs-on", "steps"}
_FILTERS = {"branches", "paths", "tags"}


def entries(workflow: OldWorkflow) -> Iterator[Entry]:
    """Yield what becomes of the settings, steps, filters and repository variables of a workflow."""
    where = str(workflow.path)
    yield from _settings(where, workflow.content)
    for name, job in template.jobs(workflow.content):
        yield from _settings(f"{where}", job, of=f" of the job {name}")
        yield from _steps(where, job)
    for key in workflow.push:
        if key == "paths-ignore":
            yield Entry(where, f"on.push.{key}", "not needed: plan knows the data of each model")
        elif key not in _FILTERS:
            to_do = "speech.yml has no such filter: add it there if it is still wanted"
            yield Entry(where, f"on.push.{key}", to_do=to_do)
    for name in dict.fromkeys(re.findall(r"\bvars\.(\w+)", workflow.text)):
        to_do = "nothing reads it any more: write its value into speechops.yml if it names data"
        yield Entry(where, f"variable {name} of the repository", to_do=to_do)


def _settings(where: str, content: Mapping[Any, Any], of: str = "") -> Iterator[Entry]:
    for key in content:
        if key in _REPLACED:
            yield Entry(where, f"{key}{of}", "the new workflows have their own")
        elif key not in _READ:
            yield Entry(where, f"{key}{of}", to_do=_advice(key))


def _advice(key: str) -> str:
    if key == "environment":
        return "speech.yml deploys in the environment production: set environment there to use another one"
    return "not part of the new workflows: add it to speech.yml if it is still wanted"


def _steps(where: str, job: Mapping[Any, Any]) -> Iterator[Entry]:
    steps = job.get("steps")
    for number, step in enumerate(steps if isinstance(steps, list) else (), 1):
        if isinstance(step, dict) and not _is_templates(step):
            seen = f"step {step.get('name') or step.get('uses') or number}"
            to_do = "not part of the new workflows: put it into a job of your own after the job speech"
            yield Entry(where, seen, to_do=to_do)


def _is_templates(step: Mapping[Any, Any]) -> bool:
    return bool(_ACTIONS.match(str(step.get("uses", ""))) or _COMMANDS.search(str(step.get("run", ""))))
