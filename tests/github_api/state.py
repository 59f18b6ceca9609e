"""What the server remembers, as plain values that a JSON file can keep between processes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Record = dict[str, Any]

WRITE = dict.fromkeys(("actions", "checks", "contents", "deployments", "issues", "pull_requests"), "write")
READ = dict.fromkeys(WRITE, "read")


@dataclass
class State:
    """One repository. Records hold what differs; the form of GitHub's answers is made around them.

    ``tokens`` maps a token to its ``login`` and ``permissions``: a job's own, a fork's, and a person's.
    ``commits`` are in the order of a straight history; if there are none, every commit is taken as known.
    What a commit has below ``.github/workflows`` is named by its ``workflows``.
    """

    repository: str = "octo-team/speech-data"
    private: bool = False
    default_branch: str = "main"
    immutable_releases: bool = False
    last_id: int = 1000
    latest_release: int = 0  # the id of the one marked so
    tokens: dict[str, Record] = field(
        default_factory=lambda: {
            "job-token": {"login": "github-actions[bot]", "permissions": WRITE},
            "fork-token": {"login": "github-actions[bot]", "permissions": READ},
            "person-token": {"login": "octocat", "permissions": WRITE},
        }
    )
    commits: list[Record] = field(default_factory=list)
    comments: list[Record] = field(default_factory=list)
    reactions: list[Record] = field(default_factory=list)
    check_runs: list[Record] = field(default_factory=list)
    releases: list[Record] = field(default_factory=list)
    references: dict[str, Record] = field(default_factory=dict)
    tags: dict[str, Record] = field(default_factory=dict)
    environments: dict[str, Record] = field(default_factory=dict)
    pull_requests: list[Record] = field(default_factory=list)
    issues: list[Record] = field(default_factory=list)
    # Heads of branches by name; without any, the last commit is that of the default branch.
    heads: dict[str, str] = field(default_factory=dict)
    # Who approved or rejected which environment, by run.
    reviews: dict[str, list[Record]] = field(default_factory=dict)
    artifacts: list[Record] = field(default_factory=list)
    private_members: list[str] = field(default_factory=list)
    collaborators: dict[str, str] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def new_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def add_environment(self, name: str, **record: Any) -> None:  # noqa: ANN401 - JSON
        """Add an environment: ``reviewers`` (logins), ``wait_minutes``, ``branches`` (or ``any``)."""
        self.environments[name] = {"id": self.new_id(), **record}

    def add_review(self, run: int, environment: str, *, login: str, state: str = "approved") -> None:
        """Let a person approve or reject the jobs of a run that wait for an environment."""
        record = {"environment": environment, "login": login, "state": state}
        self.reviews.setdefault(str(run), []).append(record)

    def add_artifact(self, name: str, run: int, *, attempt: int) -> int:
        """Add an artifact of one attempt of a run. As on GitHub, ids do not follow the attempts."""
        artifact_id = 1_000_000 - self.new_id() if attempt > 1 else 1_000_000 + self.new_id()
        self.artifacts.append({"id": artifact_id, "name": name, "run": run})
        return artifact_id

    def head(self, branch: str) -> str:
        """Return the last commit of a branch, empty if there is no such branch or commits do not matter."""
        last = self.commits[-1]["sha"] if self.commits and branch == self.default_branch else ""
        return self.heads.get(branch, str(last))

    def workflows_of(self, commit: str) -> str:
        """Return what stands for the files of a commit below ``.github/workflows``."""
        return next((str(item.get("workflows", "")) for item in self.commits if item["sha"] == commit), "")

    def workflows_of_heads(self) -> set[str]:
        """Return the same of the heads of all branches."""
        heads = list(self.heads.values()) or [str(item["sha"]) for item in self.commits[-1:]]
        return {self.workflows_of(head) for head in heads}

    def add_pull_request(self, number: int, *, head: str, **record: Any) -> None:  # noqa: ANN401 - JSON
        """Add a pull request: ``head`` commit, ``head_repository``, ``head_branch``, ``base``, ``state``."""
        self.pull_requests.append({"id": self.new_id(), "number": number, "head": head, **record})

    def add_comment(self, number: int, body: str, *, login: str) -> int:
        """Add a comment as someone else would, and return its id."""
        record = {"id": self.new_id(), "number": number, "body": body, "login": login}
        self.comments.append(record)
        return self.last_id


def load(path: Path) -> State:
    """Read the state that a file keeps; one that does not name everything is filled up."""
    if not path.exists():
        return State()
    content = json.loads(path.read_text(encoding="utf-8"))
    unknown = set(content) - {item.name for item in fields(State)}
    if unknown:
        raise ValueError(f"{path}: unknown {', '.join(sorted(unknown))}")
    return State(**content)


def save(state: State, path: Path) -> None:
    """Write the state at once or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(asdict(state), indent=1), encoding="utf-8")
    fresh.replace(path)
