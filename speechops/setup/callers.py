"""The three workflows of a repository, which call the reusable ones."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from speechops.setup.configuration import scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

WORKFLOWS = Path(".github", "workflows")
ENDPOINT = "https://NAME.cognitiveservices.azure.com"
"""The placeholder for the address of a Speech resource."""


@dataclass(frozen=True, slots=True)
class Callers:
    """What the three workflows say beyond their names.

    ``action`` is ``owner/name@version``. ``endpoint`` or ``region`` is written out in the workflow of pull
    requests: a run for a fork gets neither secrets nor variables, and would find no Speech resource.
    ``values`` are further inputs of all three, ``release_values`` of the one that deploys, and
    ``pull_request_values`` of that of pull requests. ``secrets`` map the names
    that the reusable workflows know to those of the repository.
    """

    action: str
    written_by: str
    branches: tuple[str, ...] = ("main",)
    baseline: bool = False
    by_hand: bool = False
    endpoint: str = ENDPOINT
    region: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    release_values: Mapping[str, str] = field(default_factory=dict)
    pull_request_values: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)

    def files(self) -> dict[Path, str]:
        """Return the content of the workflows by their path."""
        branches = ", ".join(scalar(name) for name in self.branches)
        tags = '\n    tags: ["BASELINE*"]' if self.baseline else ""
        dispatch = "\n  workflow_dispatch:"
        push = f"\n  push:\n    branches: [{branches}]{tags}{dispatch if self.by_hand else ''}"
        nightly = f'\n  schedule:\n    - cron: "17 2 * * *"{dispatch}'
        return {
            WORKFLOWS / "speech.yml": self._file("Speech", push, "ci-cd", _RELEASE, self.release_values),
            WORKFLOWS / "speech-pull-request.yml": self._file(
                "Speech pull request",
                " pull_request",
                "pull-request",
                _SHOWN,
                {
                    **({"speech-region": self.region} if self.region else {"speech-endpoint": self.endpoint}),
                    **self.pull_request_values,
                },
            ),
            WORKFLOWS / "speech-maintenance.yml": self._file(
                "Speech maintenance", nightly, "maintenance", _ISSUE, {}
            ),
        }

    def _file(
        self, name: str, on: str, workflow: str, permissions: tuple[str, ...], more: Mapping[str, str]
    ) -> str:
        owner, _, version = self.action.partition("@")
        lines = [
            f"# Written by speechops {self.written_by}.",
            f"name: {name}",
            f"on:{on}",
            "permissions: {}",
            "jobs:",
            "  speech:",
            "    name: Speech",
            f"    uses: {owner}/.github/workflows/{workflow}.yml@{version}{_pinning(version)}",
            "    permissions:",
            *(f"      {line}" for line in permissions),
        ]
        values = {**self.values, **more}
        if values:
            lines += ["    with:", *(f"      {key}: {value}" for key, value in values.items())]
        if self.secrets:
            lines += [
                "    secrets:",
                *(f"      {known}: ${{{{ secrets.{own} }}}}" for known, own in self.secrets.items()),
            ]
        return "\n".join((*lines, ""))


def _pinning(version: str) -> str:
    """Return the comment that tells zizmor that a version, unlike a commit, is meant to move."""
    moves = not re.fullmatch(r"[0-9a-f]{40}", version)
    return " # zizmor: ignore[unpinned-uses] the newest compatible version" if moves else ""


_DATA = "contents: read # the data"
_SIGN_IN = "id-token: write # sign-in to Azure with OpenID Connect"
_RELEASE = ("contents: write # the release", _SIGN_IN, "actions: read # who approved the deployment")
_SHOWN = (_DATA, _SIGN_IN, "pull-requests: write # the comment", "checks: write # the check")
_OWED = "contents: write # the data, and releases that are not published yet"
_ISSUE = (_OWED, _SIGN_IN, "issues: write # the issue on what needs attention, if it is wanted")
