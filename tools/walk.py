"""``python -m tools.walk``: what docs/getting-started.md shows, made by its own commands.

The sample project takes the page's four steps on the embedded service and the tests' local GitHub: a first
model from half of the training text, a pull request with all of it, the merge, an approved deployment.
Prints what each command printed, and writes the pictures of the pull request's comment and of the release.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from speechops.app import App
from speechops.clock import SystemClock
from speechops.setup import sample
from tests import browser
from tests.github_api.server import GitHubServer
from tests.github_api.state import State
from tools import pictures

PULL_REQUEST, FIRST_RUN = 7, 17
NAMES = ("pull-request", "release")
"""The pictures that this tool writes."""

_WORDS = Path("data", "training", "text.txt")


class Walk:
    """The project in ``folder``, and the workflows' commands in it, one run each."""

    def __init__(self, folder: Path, github: GitHubServer) -> None:
        self.folder, self.github, self.run_id = folder, github, FIRST_RUN
        self.commit = "1" * 40

    def run(self, *words: str, event: str = "push", payload: dict[str, Any] | None = None) -> None:
        """Run a command as a job of a workflow does, and print it with what it printed."""
        self.run_id += 1
        self.github.state.add_review(self.run_id, "production", login="octocat")
        path = self.folder / "event.json"
        path.write_text(json.dumps(payload or {}), encoding="utf-8")
        environment = {
            "GITHUB_API_URL": self.github.api_url,
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": self.github.state.repository,
            "GITHUB_RUN_ID": str(self.run_id),
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_WORKFLOW": "Speech",
        }
        options = ("--config", str(self.folder / "speechops.yml"), "--commit", self.commit)
        log = io.StringIO()
        code = App(environment, log, SystemClock()).run([*words, *options, "--github-token", "job-token"])
        sys.stdout.write(f"$ speechops {' '.join(words)}\n{log.getvalue()}exit code {code}\n\n")

    def write(self, words: bytes, commit: str) -> None:
        """Change the training text and commit."""
        (self.folder / _WORDS).write_bytes(words)
        self.commit = commit * 40


def main() -> None:
    """Take the walk."""
    state = State()
    state.add_environment("production", reviewers=["octocat"])
    server = GitHubServer(state, clock=SystemClock())
    server.start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "pharmacy"
        sample.copy(folder / "data")
        (folder / "speechops.yml").write_bytes((sample.project() / "speechops.yml").read_bytes())
        walk = Walk(folder, server)
        whole = (folder / _WORDS).read_bytes()
        walk.write(whole[: len(whole) // 2].rpartition(b"\n")[0] + b"\n", "1")
        walk.run("validate")
        walk.run("test-data")
        walk.run("train-data")
        walk.run("deploy", "--environment", "production", "--require-approval", "true")
        walk.write(whole, "2")
        repository = {"full_name": state.repository}
        ends = {
            "head": {"sha": walk.commit, "ref": "names", "repo": repository},
            "base": {"sha": "1" * 40, "ref": "main"},
        }
        walk.run("compare", event="pull_request", payload={"pull_request": {"number": PULL_REQUEST, **ends}})
        walk.run("train-data")
        walk.run("deploy", "--environment", "production", "--require-approval", "true")
    server.stop()
    (comment,) = state.comments
    release = state.releases[-1]
    with browser.running() as chromium:
        pictures.github(chromium, "pull-request", "github-actions</b> bot commented", comment["body"])
        pictures.github(chromium, "release", f"{release['name']}</b>", release["body"])


if __name__ == "__main__":
    main()
