"""The GitHub API: one method for each endpoint used, typed values out."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from speechops.errors import PlatformError, UsageError, or_none
from speechops.github.entities import (
    Asset,
    CheckRun,
    Comment,
    Comparison,
    Environment,
    Issue,
    PullRequest,
    Reference,
    Release,
    Review,
    Tag,
)
from speechops.github.event import PUBLIC_API
from speechops.github.transport import Transport, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import requests

    from speechops.clock import Clock

T = TypeVar("T")

_CHECKS = "checks: write"
_COMMENTS = "pull-requests: write"
_CONTENTS = "contents: write"
_ISSUES = "issues: write"
_FULL_PAGE = {"per_page": "100"}


class GitHub:
    """One repository (``owner/name``) on one server, as its token may see it.

    ``clean`` removes secrets from what is sent. Methods raise :class:`PlatformError`; its ``status`` is
    GitHub's status code. Listings read all pages.
    """

    def __init__(
        self,
        repository: str,
        *,
        token: str,
        session: requests.Session,
        clock: Clock,
        api_url: str = PUBLIC_API,
        patience: float = 900.0,
        log: Callable[[str], None] = lambda _: None,
        clean: Callable[[Any], Any] = lambda body: body,
    ) -> None:
        owner, separator, name = repository.partition("/")
        if not (owner and separator and name) or "/" in name:
            raise UsageError(
                f"{repository!r} is not a repository of the form owner/name.",
                hint="In a workflow, GITHUB_REPOSITORY holds it.",
            )
        self.repository = repository
        self._root = f"/repos/{_segment(owner)}/{_segment(name)}"
        self._clean = clean
        self._http = Transport(
            api_url, token=token, session=session, clock=clock, patience=patience, log=log, clean=clean
        )
        self._login: str | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.repository!r}, {self._http!r})"

    def login(self) -> str:
        """Return the name under which this token writes, empty for one of an app.

        Neither a job's own token nor that of another app can query its name.
        """
        if self._login is None:
            try:
                self._login = str(self._http.json("GET", "/user")["login"])
            except PlatformError as error:
                if error.status != 403:  # noqa: PLR2004 - Forbidden
                    raise
                self._login = ""
        return self._login

    def wrote(self, entity: Comment | Issue) -> bool:
        """Whether a comment or an issue may be our own: of our name, or of an app if we are one."""
        name = self.login()
        return entity.author == name if name else entity.by_bot

    # Comments of pull requests and issues

    def comments(self, number: int) -> Iterator[Comment]:
        """Yield all comments of a pull request or an issue, oldest first."""
        return self._list(f"/issues/{number}/comments", Comment.read, needs="pull-requests: read")

    def create_comment(self, number: int, body: str) -> Comment:
        """Add a comment."""
        return self._send(
            Comment.read, "POST", f"/issues/{number}/comments", needs=_COMMENTS, body={"body": body}
        )

    def update_comment(self, comment_id: int, body: str) -> Comment:
        """Replace the text of a comment."""
        path = f"/issues/comments/{comment_id}"
        return self._send(Comment.read, "PATCH", path, needs=_COMMENTS, body={"body": body})

    def delete_comment(self, comment_id: int) -> None:
        """Delete a comment; it may be gone already."""
        self._delete(f"/issues/comments/{comment_id}", needs=_COMMENTS)

    def react(self, comment_id: int, content: str) -> None:
        """Add a reaction to a comment, by GitHub's name for it, such as ``-1``."""
        path = f"{self._root}/issues/comments/{comment_id}/reactions"
        self._http.json("POST", path, needs=_COMMENTS, body={"content": content})

    # Check runs

    def create_check_run(self, name: str, commit: str, **fields: Any) -> CheckRun:  # noqa: ANN401 - JSON
        """Create a check run on ``commit``; ``fields`` as the API has them."""
        body = {"name": name, "head_sha": commit, **fields}
        return self._send(CheckRun.read, "POST", "/check-runs", needs=_CHECKS, body=body)

    def update_check_run(self, check_run_id: int, **fields: Any) -> CheckRun:  # noqa: ANN401 - JSON
        """Change a check run; annotations are added to those it has."""
        return self._send(CheckRun.read, "PATCH", f"/check-runs/{check_run_id}", needs=_CHECKS, body=fields)

    def check_run(self, check_run_id: int) -> CheckRun:
        """Return a check run."""
        return self._send(CheckRun.read, "GET", f"/check-runs/{check_run_id}", needs="checks: read")

    # Releases and their assets

    def releases(self) -> Iterator[Release]:
        """Yield all releases, newest first; drafts too if the token may write."""
        return self._list("/releases", Release.read, needs="contents: read")

    def release(self, release_id: int) -> Release:
        """Return a release, draft or not."""
        return self._send(Release.read, "GET", f"/releases/{release_id}", needs="contents: read")

    def latest_release(self) -> Release | None:
        """Return the release that GitHub shows as the latest, if there is one."""
        return self._find(Release.read, "/releases/latest", needs="contents: read")

    def create_draft(self, tag: str, *, commit: str, name: str, body: str) -> Release:
        """Create a draft release; no tag is made. Without ``commit`` it is for the default branch."""
        fields = {"tag_name": tag, "name": name, "body": body, "draft": True}
        if commit:
            fields["target_commitish"] = commit
        return self._send(Release.read, "POST", "/releases", needs=_CONTENTS, body=fields)

    def update_release(self, release_id: int, **fields: Any) -> Release:  # noqa: ANN401 - JSON
        """Change a release; ``fields`` as the API has them."""
        return self._send(Release.read, "PATCH", f"/releases/{release_id}", needs=_CONTENTS, body=fields)

    def delete_release(self, release_id: int) -> None:
        """Delete a release, but not its tag; it may be gone already."""
        self._delete(f"/releases/{release_id}", needs=_CONTENTS)

    def upload_asset(self, release: Release, name: str, data: bytes, *, content_type: str) -> Asset:
        """Add a file of text to a release. Status 422 means that one of that name exists."""
        answer = self._http.json(
            "POST",
            release.upload_url,
            needs=_CONTENTS,
            params={"name": name},
            data=self._clean(data.decode(errors="surrogateescape")).encode(errors="surrogateescape"),
            headers={"Content-Type": content_type},
        )
        return _read(Asset.read, answer, release.upload_url)

    def download_asset(self, asset: Asset, *, limit: int) -> bytes:
        """Return a file of a release, checked against its digest. One above ``limit`` bytes is refused."""
        answer = self._http.send(
            "GET",
            asset.url,
            needs="contents: read",
            headers={"Accept": "application/octet-stream"},
            stream=True,
        )
        data = b""
        with answer:
            for piece in answer.iter_content(64 * 1024):
                data += piece
                if len(data) > limit:
                    raise PlatformError(f"The release asset {asset.name} is larger than {limit} bytes.")
        if asset.digest.startswith("sha256:") and asset.digest[7:] != hashlib.sha256(data).hexdigest():
            raise PlatformError(
                f"The release asset {asset.name} does not match its digest.", hint="Run the job again."
            )
        return data

    def delete_asset(self, asset_id: int) -> None:
        """Delete a file of a release; it may be gone already."""
        self._delete(f"/releases/assets/{asset_id}", needs=_CONTENTS)

    # References and tags

    def references(self, prefix: str) -> Iterator[Reference]:
        """Yield the references that begin with ``prefix``, such as ``tags/v``."""
        path = f"/git/matching-refs/{quote(prefix)}"
        return self._list(path, Reference.read, sized=False, needs="contents: read")

    def reference(self, name: str) -> Reference | None:
        """Return one reference, such as ``tags/v1.2.3``, if there is one."""
        return self._find(Reference.read, f"/git/ref/{quote(name)}", needs="contents: read")

    def create_reference(self, name: str, object_id: str) -> Reference:
        """Create a reference, such as ``tags/v1.2.3``. Status 422 means that it exists."""
        body = {"ref": f"refs/{name}", "sha": object_id}
        return self._send(Reference.read, "POST", "/git/refs", needs=_CONTENTS, body=body)

    def tag(self, object_id: str) -> Tag:
        """Return the object of an annotated tag."""
        return self._send(Tag.read, "GET", f"/git/tags/{_segment(object_id)}", needs="contents: read")

    def create_tag(self, name: str, *, commit: str, message: str) -> str:
        """Create the object of an annotated tag and return its id; a reference makes it visible."""
        body = {"tag": name, "message": message, "object": commit, "type": "commit"}
        return self._send(lambda json: str(json["sha"]), "POST", "/git/tags", needs=_CONTENTS, body=body)

    # Environments and approval

    def environment(self, name: str) -> Environment | None:
        """Return an environment with its protection, if there is one."""
        return self._find(Environment.read, f"/environments/{_segment(name)}", needs="actions: read")

    def reviews(self, run: int) -> tuple[Review, ...]:
        """Return who approved or rejected which environment in a run of a workflow."""
        path = f"/actions/runs/{run}/approvals"
        return tuple(self._list(path, Review.read, sized=False, needs="actions: read"))

    # Pull requests, commits, people

    def pull_requests_of(self, commit: str) -> tuple[PullRequest, ...]:
        """Return the open pull requests whose head is ``commit``.

        The endpoint for the pull requests of a commit is not used: it does not know the commits of forks.
        """
        params = {"state": "open"}
        listed = self._list("/pulls", PullRequest.read, params=params, needs="pull-requests: read")
        return tuple(item for item in listed if item.head == commit)

    def compare(self, base: str, head: str) -> Comparison:
        """Return what ``head`` adds to ``base``: up to 300 files."""
        path = f"/compare/{_segment(base)}...{_segment(head)}"
        return self._send(Comparison.read, "GET", path, needs="contents: read")

    def permission(self, user: str) -> str:
        """Return what a person may do here: ``admin``, ``write``, ``read`` or ``none``."""
        path = f"/collaborators/{_segment(user)}/permission"
        return self._find(lambda json: str(json["permission"]), path, needs="metadata: read") or "none"

    # Issues

    def issues(self, *, labels: Sequence[str] = (), state: str = "open") -> Iterator[Issue]:
        """Yield issues that have all ``labels``; pull requests are left out."""
        params = {"state": state} | ({"labels": ",".join(labels)} if labels else {})
        listed = self._list("/issues", Issue.read, params=params, needs="issues: read")
        return (issue for issue in listed if not issue.is_pull_request)

    def create_issue(self, title: str, body: str, *, labels: Sequence[str] = ()) -> Issue:
        """Open an issue."""
        fields = {"title": title, "body": body, "labels": list(labels)}
        return self._send(Issue.read, "POST", "/issues", needs=_ISSUES, body=fields)

    def update_issue(self, number: int, **fields: Any) -> Issue:  # noqa: ANN401 - JSON
        """Change an issue; ``fields`` as the API has them (``title``, ``body``, ``state``)."""
        return self._send(Issue.read, "PATCH", f"/issues/{number}", needs=_ISSUES, body=fields)

    def _send(
        self,
        read: Callable[[dict[str, Any]], T],
        method: str,
        path: str,
        **options: Any,  # noqa: ANN401
    ) -> T:
        return _read(read, self._http.json(method, self._root + path, **options), path)

    def _find(self, read: Callable[[dict[str, Any]], T], path: str, *, needs: str) -> T | None:
        return or_none(lambda: self._send(read, "GET", path, needs=needs))

    def _list(
        self,
        path: str,
        read: Callable[[dict[str, Any]], T],
        *,
        params: Mapping[str, str] | None = None,
        sized: bool = True,
        needs: str,
    ) -> Iterator[T]:
        query = {**(params or {}), **(_FULL_PAGE if sized else {})}
        for page in self._http.pages(self._root + path, params=query, needs=needs):
            yield from _read(lambda items: [read(item) for item in items], page, path)

    def _delete(self, path: str, *, needs: str) -> None:
        or_none(lambda: self._http.send("DELETE", self._root + path, needs=needs))


def _read(read: Callable[[Any], T], json: Any, path: str) -> T:  # noqa: ANN401 - JSON is of any form
    try:
        return read(json)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise unreadable(path) from error


def _segment(text: str) -> str:
    return quote(text, safe="")
