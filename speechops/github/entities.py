"""What the GitHub API answers, reduced to what is used here.

Every ``read`` takes one object of the API's JSON and raises ``KeyError``, ``TypeError`` or ``ValueError``
if it does not have the documented form; the client turns these into a :class:`PlatformError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of a release. ``state`` is ``uploaded``, anything else is left over from a broken upload."""

    id: int
    name: str
    state: str
    size: int
    digest: str
    url: str

    @classmethod
    def read(cls, json: Json) -> Self:
        """Read one asset."""
        return cls(
            json["id"], json["name"], json["state"], json["size"], json.get("digest") or "", json["url"]
        )


@dataclass(frozen=True, slots=True)
class Release:
    """A release; ``commit`` is its target: a commit or, if a person created it, perhaps a branch."""

    id: int
    tag: str
    commit: str
    name: str
    body: str
    draft: bool
    prerelease: bool
    immutable: bool
    url: str
    upload_url: str
    assets: tuple[Asset, ...]

    @classmethod
    def read(cls, json: Json) -> Self:
        """Read one release."""
        return cls(
            id=json["id"],
            tag=json["tag_name"],
            commit=json["target_commitish"],
            name=json["name"] or "",
            body=json.get("body") or "",
            draft=json["draft"],
            prerelease=json["prerelease"],
            immutable=json.get("immutable", False),
            url=json["html_url"],
            upload_url=json["upload_url"].partition("{")[0],
            assets=tuple(Asset.read(asset) for asset in json["assets"]),
        )

    def asset(self, name: str) -> Asset | None:
        """Return the asset of that name, if there is one."""
        return next((asset for asset in self.assets if asset.name == name), None)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a pull request or an issue.

    ``author`` is a login, empty for one who is gone; ``by_bot`` whether that is an app's, never a person's.
    """

    id: int
    author: str
    by_bot: bool
    body: str
    url: str

    @classmethod
    def read(cls, json: Json) -> Self:
        """Read one comment."""
        return cls(
            id=json["id"],
            author=_login(json["user"]),
            by_bot=_is_bot(json["user"]),
            body=json.get("body") or "",
            url=json["html_url"],
        )


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A check of one commit; ``status`` is ``completed`` in the end."""

    id: int
    status: str

    @classmethod
    def read(cls, json: Json) -> Self:
        """Read one check run."""
        return cls(json["id"], json["status"])


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request. ``head_repository`` is ``owner/name``, empty for a fork that is gone."""

    number: int
    head: str
    head_branch: str
    head_repository: str

    @classmethod
    def read(cls, json: Json) -> Self:
        """Read one pull request."""
        head = json["head"]
        return cls(
            number=json["number"],
            head=head["sha"],
            head_branch=head["ref"],
            head_repository=(head["repo"] or {}).get("full_name", ""),
        )


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue. The API lists pull requests as issues too; ``is_pull_request`` tells them apart."""

    number: int
    body: str
    state: str
    author: str
    by_bot: bool
    is_pull_request: bool

    @classmethod
    def read(cls, json: Json) -> Self:
        """Read one issue."""
        return cls(
            number=json["number"],
            body=json.get("body") or "",
            state=json["state"],
            author=_login(json["user"]),
            by_bot=_is_bot(json["user"]),
            is_pull_request="pull_request" in json,
        )


@dataclass(frozen=True, slots=True)
class Environment:
    """A deployment environment with its protection.

    ``reviewers`` are logins of people and slugs of teams, ``wait_minutes`` the wait timer, ``branches``
    says which branches may deploy to it: ``any``, ``protected`` or ``selected``. ``bypass`` says whether
    administrators may pass the rules (None if the server does not tell).
    """

    reviewers: tuple[str, ...]
    wait_minutes: int
    branches: str
    bypass: bool | None

    @classmethod
    def read(cls, json: Json) -> Self:
        """Read one environment."""
        rules = json.get("protection_rules") or []
        review: Json = next((rule for rule in rules if rule["type"] == "required_reviewers"), {})
        timer: Json = next((rule for rule in rules if rule["type"] == "wait_timer"), {})
        policy = json.get("deployment_branch_policy")
        return cls(
            reviewers=tuple(_reviewer(item) for item in review.get("reviewers") or ()),
            wait_minutes=timer.get("wait_timer", 0),
            branches="any" if not policy else "protected" if policy["protected_branches"] else "selected",
            bypass=json.get("can_admins_bypass"),
        )


@dataclass(frozen=True, slots=True)
class Review:
    """A person's review of a waiting job: ``state`` is ``approved``, ``rejected`` or ``pending``."""

    state: str
    reviewer: str
    environments: tuple[str, ...]

    def concerns(self, environment: str) -> bool:
        """Whether it is about this environment; names are case-insensitive."""
        return environment.casefold() in {name.casefold() for name in self.environments}

    @classmethod
    def read(cls, json: Json) -> Self:
        """Read one entry of a run's review history."""
        return cls(
            state=json["state"],
            reviewer=_login(json["user"]),
            environments=tuple(str(item.get("name", "")) for item in json["environments"]),
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of two commits: ``status`` is ``ahead``, ``behind``, ``identical`` or ``diverged``."""

    status: str
    files: tuple[str, ...]

    @classmethod
    def read(cls, json: Json) -> Self:
        """Read one comparison."""
        return cls(json["status"], tuple(item["filename"] for item in json.get("files") or ()))


@dataclass(frozen=True, slots=True)
class Reference:
    """A git reference and its object; ``kind`` is ``commit`` or, for an annotated tag, ``tag``."""

    name: str
    kind: str
    object: str

    @classmethod
    def read(cls, json: Json) -> Self:
        """Read one reference."""
        return cls(json["ref"], json["object"]["type"], json["object"]["sha"])


@dataclass(frozen=True, slots=True)
class Tag:
    """An annotated tag's own object."""

    message: str
    commit: str

    @classmethod
    def read(cls, json: Json) -> Self:
        """Read one tag object."""
        return cls(json["message"], json["object"]["sha"])


def _is_bot(user: Json | None) -> bool:
    return (user or {}).get("type") == "Bot"


def _login(user: Json | None) -> str:
    login = (user or {}).get("login", "")
    return str(login)


def _reviewer(item: Json) -> str:
    reviewer = item["reviewer"]
    return str(reviewer.get("login") or reviewer.get("slug") or reviewer.get("name") or reviewer["id"])
