"""What happened on GitHub, read from the runner's environment and the event's payload.

The payload is GitHub's, but branch names and texts in it are untrusted: they are passed on unchanged
and never used as part of a command. Commits are checked to be hexadecimal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from speechops import json_text
from speechops.errors import PlatformError, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PUBLIC_SERVER = "https://github.com"
PUBLIC_API = "https://api.github.com"

# The events in which the checked-out files may be those of a pull request.
PULL_REQUEST = ("pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PAYLOAD_LIMIT = 64 * 2**20  # GitHub itself stops at 25 MB


@dataclass(frozen=True, slots=True)
class Event:
    """One event. A text is empty, and a number None, if the event has no such field.

    ``commit`` is the commit that the event is about: the head of a pull request or of the run that a
    ``workflow_run`` follows, otherwise the one that ``actions/checkout`` takes by default. ``after`` is the
    commit that was pushed (empty for GitHub's forty zeros: deleted); ``base`` is the one to compare with: of
    a pull request, a merge group, or the one before a push.
    """

    name: str
    repository: str = ""
    commit: str = ""
    ref: str = ""
    after: str = ""
    base: str = ""
    head_branch: str = ""
    base_branch: str = ""
    head_repository: str = ""
    default_branch: str = ""
    pull_request: int | None = None
    action: str = ""
    actor: str = ""
    comment: str = ""
    comment_id: int | None = None
    source_run: int | None = None
    run_id: int | None = None
    workflow: str = ""
    server_url: str = PUBLIC_SERVER

    @property
    def tag(self) -> str:
        """The tag that was pushed or released."""
        return self.ref.removeprefix("refs/tags/") if self.ref.startswith("refs/tags/") else ""

    @property
    def baseline(self) -> bool:
        """Whether a tag was pushed that requests a test of the newest base model, as in the template."""
        return self.name == "push" and self.tag.startswith("BASELINE")

    @property
    def branch(self) -> str:
        """The branch that was pushed or that the run belongs to."""
        return self.ref.removeprefix("refs/heads/") if self.ref.startswith("refs/heads/") else ""

    @property
    def of_default_branch(self) -> bool:
        """Whether the run has what was merged to the default branch; True if the event does not name it."""
        if self.name in PULL_REQUEST:
            return False
        return not self.default_branch or self.ref == f"refs/heads/{self.default_branch}"

    @property
    def unmerged(self) -> str:
        """What a run that is not of the default branch is of, in words."""
        if self.name in PULL_REQUEST:
            return "this pull request"
        return f"the tag {self.tag}" if self.tag else f"the branch {self.branch or self.ref}"

    @property
    def deleted(self) -> bool:
        """Whether a push deleted its branch or tag."""
        return self.name == "push" and not self.after

    @property
    def run_url(self) -> str:
        """The page of this run."""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}" if self.run_id else ""


@dataclass(frozen=True, slots=True)
class _Payload:
    content: object

    def at(self, *keys: str) -> object:
        """Return the value under ``keys``, None if there is none."""
        value = self.content
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def text(self, *keys: str) -> str:
        value = self.at(*keys)
        return value if isinstance(value, str) else ""

    def number(self, *keys: str) -> int | None:
        value = self.at(*keys)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def commit(self, *keys: str) -> str:
        return _commit(self.text(*keys))


def _push(content: _Payload) -> dict[str, Any]:
    return {"after": content.commit("after"), "base": content.commit("before")}


def _pull_request(content: _Payload) -> dict[str, Any]:
    return {
        "commit": content.commit("pull_request", "head", "sha"),
        "base": content.commit("pull_request", "base", "sha"),
        "base_branch": content.text("pull_request", "base", "ref"),
        "head_branch": content.text("pull_request", "head", "ref"),
        "head_repository": content.text("pull_request", "head", "repo", "full_name"),
        "pull_request": content.number("pull_request", "number"),
    }


def _merge_group(content: _Payload) -> dict[str, Any]:
    return {"base": content.commit("merge_group", "base_sha")}


def _workflow_run(content: _Payload) -> dict[str, Any]:
    return {
        "commit": content.commit("workflow_run", "head_sha"),
        "head_branch": content.text("workflow_run", "head_branch"),
        "head_repository": content.text("workflow_run", "head_repository", "full_name"),
        "source_run": content.number("workflow_run", "id"),
    }


def _issue_comment(content: _Payload) -> dict[str, Any]:
    on_pull_request = content.at("issue", "pull_request") is not None
    return {
        "pull_request": content.number("issue", "number") if on_pull_request else None,
        "actor": content.text("comment", "user", "login"),  # whoever edits it, or runs the job again
        "comment": content.text("comment", "body"),
        "comment_id": content.number("comment", "id"),
    }


# Fields that only some events have.
_PARTICULAR: Mapping[str, Callable[[_Payload], dict[str, Any]]] = {
    "push": _push,
    "merge_group": _merge_group,
    "workflow_run": _workflow_run,
    "issue_comment": _issue_comment,
    **dict.fromkeys(PULL_REQUEST, _pull_request),
}


def read(payload: Path, environment: Mapping[str, str]) -> Event:
    """Read the event of this run.

    ``payload`` is the file that ``GITHUB_EVENT_PATH`` names, ``environment`` holds the runner's variables.
    Raises :class:`PlatformError` if the file cannot be read.
    """
    content = _Payload(_json(payload))
    name = environment.get("GITHUB_EVENT_NAME", "")
    common = Event(
        name=name,
        repository=environment.get("GITHUB_REPOSITORY", "") or content.text("repository", "full_name"),
        commit=_commit(environment.get("GITHUB_SHA", "")),
        ref=environment.get("GITHUB_REF", ""),
        default_branch=content.text("repository", "default_branch"),
        action=content.text("action"),
        actor=environment.get("GITHUB_ACTOR", "") or content.text("sender", "login"),
        run_id=_number(environment.get("GITHUB_RUN_ID", "")),
        workflow=environment.get("GITHUB_WORKFLOW", ""),
        server_url=(environment.get("GITHUB_SERVER_URL") or PUBLIC_SERVER).rstrip("/"),
    )
    return replace(common, **_PARTICULAR[name](content)) if name in _PARTICULAR else common


def _commit(text: str) -> str:
    return text if _COMMIT.fullmatch(text) and text.strip("0") else ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _json(path: Path) -> object:
    hint = "GITHUB_EVENT_PATH must name the event payload, also inside a container."
    try:
        if path.stat().st_size > _PAYLOAD_LIMIT:
            raise PlatformError(f"The event payload {path} is larger than 64 MB.", hint=hint)
        return json_text.read(path.read_bytes())
    except OSError as error:
        raise PlatformError(
            f"The event payload {path} cannot be read: {reason(error)}.", hint=hint
        ) from error
    except ValueError as error:
        raise PlatformError(f"The event payload {path} is not JSON: {error}.", hint=hint) from error
