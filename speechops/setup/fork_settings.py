"""What else the workflows of a fork say: branches, tags, events, runners, secrets, and Git LFS."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from speechops.setup import template
from speechops.setup.account import Entry
from speechops.setup.repository import is_pointer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from speechops.setup.repository import Repository
    from speechops.setup.template import OldWorkflow

DEFAULT_RUNNER = "ubuntu-latest"

_EVENTS = {
    "workflow_dispatch": "speech.yml can be started by hand",
    "pull_request": "speech-pull-request.yml",
}
_RETIRED_RUNNER = re.compile(r"ubuntu-(16|18|20)\.04")
_FOREIGN_RUNNER = re.compile(r"^(windows|macos)", re.IGNORECASE)


def branches(
    workflows: Iterable[OldWorkflow], repository: Repository, account: list[Entry]
) -> tuple[str, ...]:
    """Return the branches to trigger on: those of the old triggers that exist, else the default branch."""
    present, default = repository.branches(), repository.default_branch()
    kept: dict[str, None] = {}
    for workflow in workflows:
        for name in workflow.branches:
            exists = name in present or any(mark in name for mark in "*?[!+")
            kept.update({name: None} if exists else {})
            became = "it" if exists else f"{default}: there is no {name}"
            account.append(
                Entry(str(workflow.path), f"on.push.branches: {name}", f"speech.yml triggers on {became}")
            )
    return tuple(kept) or (default,)


def baseline(workflows: Iterable[OldWorkflow], account: list[Entry]) -> bool:
    """Whether tags such as ``BASELINE001`` trigger a test of the base model."""
    found = False
    became = "speech.yml: a BASELINE* tag tests the newest base model and trains nothing, as before"
    to_do = "tags of this name trigger nothing now: add them to speech.yml if they should"
    for workflow in workflows:
        for tag in workflow.tags:
            known = tag.startswith("BASELINE")
            found |= known
            seen = f"on.push.tags: {tag}"
            account.append(Entry(str(workflow.path), seen, *((became,) if known else ("", to_do))))
    return found


def by_hand(workflows: Iterable[OldWorkflow], account: list[Entry]) -> bool:
    """Whether people could start a workflow by hand."""
    found = False
    for workflow in workflows:
        for event in workflow.events:
            if event == "push":
                continue
            found |= event == "workflow_dispatch"
            became = _EVENTS.get(event, "")
            to_do = f"speech.yml does not trigger on {event}; maintenance runs every night on a schedule"
            account.append(Entry(str(workflow.path), f"on: {event}", became, "" if became else to_do))
    return found


def lfs(
    folder: Path,
    workflows: Iterable[OldWorkflow],
    paths: Iterable[str],
    repository: Repository,
    account: list[Entry],
) -> bool:
    """Whether Git LFS keeps the data: by its files and attributes, or as the old checkouts fetched it."""
    for path in paths:
        with (folder / path).open("rb") as file:
            if is_pointer(file.read(64)) or repository.keeps_in_lfs(path):
                account.append(Entry(path, "file in Git LFS", "the new workflows check out with lfs: true"))
                return True
    if any(workflow.lfs for workflow in workflows):
        account.append(Entry(str(template.WORKFLOWS), "checkout with lfs: true", "kept"))
        return True
    return False


def runs_on(workflows: Iterable[OldWorkflow], account: list[Entry]) -> str:
    """Return the runner to use, empty for the default: the jobs are containers, so it has to be Linux."""
    kept: dict[str, None] = {}
    for workflow in workflows:
        for runner in workflow.runners:
            text = runner if isinstance(runner, str) else json.dumps(runner)
            seen, where = f"runs-on: {text}", str(workflow.path)
            if text == DEFAULT_RUNNER:
                account.append(Entry(where, seen, "the default"))
            elif _RETIRED_RUNNER.fullmatch(text):
                account.append(Entry(where, seen, f"{DEFAULT_RUNNER}: GitHub no longer has this image"))
            elif _FOREIGN_RUNNER.match(text):
                to_do = f"the Action needs Linux with Docker: {DEFAULT_RUNNER} is used"
                account.append(Entry(where, seen, to_do=to_do))
            elif "${{" in text:
                to_do = f"only a run knows this: {DEFAULT_RUNNER} is used; set runs-on in the new workflows"
                account.append(Entry(where, seen, to_do=to_do))
            else:
                kept[text] = None
                to_do = "" if len(kept) == 1 else f"{next(iter(kept))} is used: choose one of the two"
                account.append(Entry(where, seen, "runs-on of the new workflows", to_do))
    return next(iter(kept), "")


def secrets(workflows: Iterable[OldWorkflow], account: list[Entry]) -> dict[str, str]:
    """Return the secrets to pass on: the name that the reusable workflows know to that of the repository."""
    kept: dict[str, str] = {}
    for workflow in workflows:
        for secret in workflow.secrets:
            seen, where = f"secret {secret}", str(workflow.path)
            meaning = workflow.meaning(secret)
            if secret == "GITHUB_TOKEN":  # noqa: S105 - a name
                account.append(Entry(where, seen, "not needed: every job has its own token"))
            elif not meaning:
                to_do = "nothing reads it any more: delete it, unless a workflow of your own uses it"
                account.append(Entry(where, seen, to_do=to_do))
            elif kept.setdefault(meaning, secret) == secret:
                account.append(Entry(where, seen, f"passed to the new workflows as {meaning}"))
            else:
                to_do = f"{kept[meaning]} is passed as {meaning}: choose one of the two"
                account.append(Entry(where, seen, to_do=to_do))
    return kept
