"""GitHub's answers in full, made around the records of the state."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from tests.github_api.state import Record, State

Json = dict[str, Any]

MOMENT = "2026-01-07T12:00:00Z"


class Answers:
    """Makes answers for one state; ``api`` and ``uploads`` are the server's addresses."""

    def __init__(self, state: State, *, api: str, uploads: str) -> None:
        self._state = state
        self._repo = f"{api}/repos/{state.repository}"
        self._api = api
        self._uploads = f"{uploads}/repos/{state.repository}"
        self._web = f"{api.removesuffix('/api/v3')}/{state.repository}"

    def user(self, login: str) -> Json:
        url = f"{self._api}/users/{quote(login)}"
        own = ("followers", "subscriptions", "repos", "received_events")
        templates = ("following", "gists", "starred", "events")
        return {
            "login": login,
            "id": int(hashlib.sha256(login.encode()).hexdigest()[:7], 16),
            "node_id": f"U_{login}",
            "avatar_url": f"{url}/avatar",
            "gravatar_id": "",
            "url": url,
            "html_url": f"{self._web}/../../{quote(login)}",
            "organizations_url": f"{url}/orgs",
            "type": "Bot" if login.endswith("[bot]") else "User",
            "site_admin": False,
            **{f"{name}_url": f"{url}/{name}" for name in own},
            **{f"{name}_url": f"{url}/{name}{{/other}}" for name in templates},
        }

    def private_user(self, login: str) -> Json:
        counts = ("public_repos", "public_gists", "followers", "following", "private_gists")
        more = ("total_private_repos", "owned_private_repos", "disk_usage", "collaborators")
        return {
            **self.user(login),
            "name": None,
            "company": None,
            "blog": "",
            "location": None,
            "email": None,
            "hireable": None,
            "bio": None,
            "created_at": MOMENT,
            "updated_at": MOMENT,
            "two_factor_authentication": True,
            **dict.fromkeys((*counts, *more), 0),
        }

    def repository(self, full_name: str = "") -> Json:
        full_name = full_name or self._state.repository
        owner, _, name = full_name.partition("/")
        url = f"{self._api}/repos/{full_name}"
        web = f"{self._web}/../../{full_name}"
        plain = (
            "contributors deployments downloads events forks languages merges stargazers subscribers "
            "subscription tags teams hooks"
        )
        templates = (
            "archive assignees blobs branches collaborators comments commits compare contents git_commits "
            "git_refs git_tags issue_comment issue_events issues keys labels milestones notifications pulls "
            "releases statuses trees"
        )
        counts = (
            "forks forks_count stargazers_count watchers watchers_count size open_issues open_issues_count"
        )
        flags = "has_issues has_projects has_wiki has_pages has_downloads archived disabled"
        return {
            "id": 1,
            "node_id": "R_1",
            "name": name,
            "full_name": full_name,
            "owner": self.user(owner),
            "private": self._state.private,
            "html_url": web,
            "description": None,
            "fork": full_name != self._state.repository,
            "url": url,
            "license": None,
            "git_url": f"git://localhost/{full_name}.git",
            "ssh_url": f"git@localhost:{full_name}.git",
            "clone_url": f"{web}.git",
            "svn_url": web,
            "mirror_url": None,
            "homepage": None,
            "language": None,
            "default_branch": self._state.default_branch,
            "pushed_at": MOMENT,
            "created_at": MOMENT,
            "updated_at": MOMENT,
            **{f"{item}_url": f"{url}/{item}" for item in plain.split()},
            **{f"{item}_url": f"{url}/{item}{{/other}}" for item in templates.split()},
            **dict.fromkeys(counts.split(), 0),
            **dict.fromkeys(flags.split(), False),
        }

    def full_repository(self) -> Json:
        more = {"has_discussions": False, "subscribers_count": 0, "network_count": 0}
        return self.repository() | more

    def comment(self, record: Record) -> Json:
        issue = f"{self._repo}/issues/{record['number']}"
        return {
            "id": record["id"],
            "node_id": f"IC_{record['id']}",
            "url": f"{self._repo}/issues/comments/{record['id']}",
            "html_url": f"{self._web}/pull/{record['number']}#issuecomment-{record['id']}",
            "issue_url": issue,
            "body": record["body"],
            "user": self.user(record["login"]),
            "created_at": MOMENT,
            "updated_at": MOMENT,
            "author_association": "NONE",
        }

    def reaction(self, record: Record, number: int) -> Json:
        return {
            "id": number,
            "node_id": f"REA_{number}",
            "user": self.user(record["login"]),
            "content": record["content"],
            "created_at": MOMENT,
        }

    def check_run(self, record: Record) -> Json:
        url = f"{self._repo}/check-runs/{record['id']}"
        output = record.get("output", {})
        return {
            "id": record["id"],
            "node_id": f"CR_{record['id']}",
            "name": record["name"],
            "head_sha": record["head_sha"],
            "external_id": record.get("external_id", ""),
            "url": url,
            "html_url": f"{self._web}/runs/{record['id']}",
            "details_url": record.get("details_url", f"{self._web}/runs/{record['id']}"),
            "status": record["status"],
            "conclusion": record.get("conclusion"),
            "started_at": MOMENT,
            "completed_at": MOMENT if record["status"] == "completed" else None,
            "output": {
                "title": output.get("title"),
                "summary": output.get("summary"),
                "text": output.get("text"),
                "annotations_count": len(record["annotations"]),
                "annotations_url": f"{url}/annotations",
            },
            "check_suite": {"id": 5},
            "app": None,
            "pull_requests": [],
        }

    def check_annotation(self, record: Record) -> Json:
        return {
            "path": record["path"],
            "start_line": record["start_line"],
            "end_line": record["end_line"],
            "start_column": None,
            "end_column": None,
            "annotation_level": record["annotation_level"],
            "title": record.get("title"),
            "message": record["message"],
            "raw_details": None,
            "blob_href": f"{self._web}/blob/{quote(record['path'])}",
        }

    def release(self, record: Record) -> Json:
        url = f"{self._repo}/releases/{record['id']}"
        tag = quote(record["tag_name"])
        page = f"untagged-{record['id']}" if record["draft"] else tag
        return {
            "id": record["id"],
            "node_id": f"RE_{record['id']}",
            "url": url,
            "html_url": f"{self._web}/releases/tag/{page}",
            "assets_url": f"{url}/assets",
            "upload_url": f"{self._uploads}/releases/{record['id']}/assets{{?name,label}}",
            "tarball_url": None if record["draft"] else f"{self._repo}/tarball/{tag}",
            "zipball_url": None if record["draft"] else f"{self._repo}/zipball/{tag}",
            "tag_name": record["tag_name"],
            "target_commitish": record["target_commitish"],
            "name": record["name"],
            "body": record["body"],
            "draft": record["draft"],
            "prerelease": record["prerelease"],
            "immutable": record["immutable"],
            "created_at": MOMENT,
            "published_at": None if record["draft"] else MOMENT,
            "author": self.user(record["login"]),
            "assets": [self.asset(asset) for asset in record["assets"]],
        }

    def asset(self, record: Record) -> Json:
        content = b64decode(record["content"])
        return {
            "id": record["id"],
            "node_id": f"RA_{record['id']}",
            "url": f"{self._repo}/releases/assets/{record['id']}",
            "browser_download_url": f"{self._web}/releases/download/{record['id']}/{quote(record['name'])}",
            "name": record["name"],
            "label": None,
            "state": record["state"],
            "content_type": record["content_type"],
            "size": len(content),
            "digest": f"sha256:{hashlib.sha256(content).hexdigest()}",
            "download_count": 0,
            "created_at": MOMENT,
            "updated_at": MOMENT,
            "uploader": self.user(record["login"]),
        }

    def reference(self, name: str, record: Record) -> Json:
        kind = "tags" if record["type"] == "tag" else "commits"
        return {
            "ref": name,
            "node_id": f"REF_{name}",
            "url": f"{self._repo}/git/{quote(name)}",
            "object": record | {"url": f"{self._repo}/git/{kind}/{record['sha']}"},
        }

    def tag(self, sha: str, record: Record) -> Json:
        return {
            "node_id": f"TA_{sha}",
            "tag": record["tag"],
            "sha": sha,
            "url": f"{self._repo}/git/tags/{sha}",
            "message": record["message"],
            "tagger": {"name": record["login"], "email": "noreply@example.com", "date": MOMENT},
            "object": {
                "sha": record["object"],
                "type": record["type"],
                "url": f"{self._repo}/git/commits/{record['object']}",
            },
        }

    def listed_tag(self, name: str, commit: str) -> Json:
        return {
            "name": name,
            "node_id": f"REF_{name}",
            "commit": {"sha": commit, "url": f"{self._repo}/commits/{commit}"},
            "zipball_url": f"{self._repo}/zipball/{quote(name)}",
            "tarball_url": f"{self._repo}/tarball/{quote(name)}",
        }

    def environment(self, name: str, record: Record) -> Json:
        rules: list[Json] = []

        def rule(kind: str, **more: object) -> None:
            number = record["id"] * 10 + len(rules)
            rules.append({"id": number, "node_id": f"GA_{number}", "type": kind, **more})

        if record.get("wait_minutes"):
            rule("wait_timer", wait_timer=record["wait_minutes"])
        if record.get("reviewers"):
            reviewers = [{"type": "User", "reviewer": self.user(login)} for login in record["reviewers"]]
            rule("required_reviewers", prevent_self_review=False, reviewers=reviewers)
        branches = record.get("branches", "any")
        if branches != "any":
            rule("branch_policy")
        policy = {
            "protected_branches": branches == "protected",
            "custom_branch_policies": branches == "selected",
        }
        return {
            "id": record["id"],
            "node_id": f"EN_{record['id']}",
            "name": name,
            "url": f"{self._repo}/environments/{quote(name, safe='')}",
            "html_url": f"{self._web}/deployments/activity_log?environments_filter={quote(name, safe='')}",
            "created_at": MOMENT,
            "updated_at": MOMENT,
            "can_admins_bypass": record.get("bypass", True),
            "protection_rules": rules,
            "deployment_branch_policy": None if branches == "any" else policy,
        }

    def review(self, record: Record) -> Json:
        name = record["environment"]
        known = self._state.environments.get(name, {"id": 1})
        answer = self.environment(name, known)
        keys = ("id", "node_id", "name", "url", "html_url", "created_at", "updated_at")
        return {
            "environments": [{key: answer[key] for key in keys}],
            "state": record["state"],
            "user": self.user(record["login"]),
            "comment": record.get("comment", ""),
        }

    def artifact(self, record: Record) -> Json:
        url = f"{self._repo}/actions/artifacts/{record['id']}"
        return {
            "id": record["id"],
            "node_id": f"A_{record['id']}",
            "name": record["name"],
            "size_in_bytes": 1,
            "url": url,
            "archive_download_url": f"{url}/zip",
            "expired": False,
            "created_at": MOMENT,
            "expires_at": MOMENT,
            "updated_at": MOMENT,
        }

    def _association(self, record: Record, login: str) -> str:
        """Return how an author belongs to the repository; a private member looks like anybody."""
        if login in self._state.private_members:
            return "CONTRIBUTOR"
        return str(record.get("author_association", "CONTRIBUTOR"))

    def pull_request(self, record: Record) -> Json:
        number = record["number"]
        url = f"{self._repo}/pulls/{number}"
        issue = f"{self._repo}/issues/{number}"
        statuses = f"{self._repo}/statuses/{record['head']}"
        web = f"{self._web}/pull/{number}"
        links = {
            "self": url,
            "html": web,
            "issue": issue,
            "comments": f"{issue}/comments",
            "review_comments": f"{url}/comments",
            "review_comment": f"{self._repo}/pulls/comments{{/number}}",
            "commits": f"{url}/commits",
            "statuses": statuses,
        }
        return {
            "id": record["id"],
            "node_id": f"PR_{record['id']}",
            "number": number,
            "url": url,
            "html_url": web,
            "diff_url": f"{web}.diff",
            "patch_url": f"{web}.patch",
            **{f"{name}_url": link for name, link in links.items() if name not in {"self", "html"}},
            "state": record.get("state", "open"),
            "locked": False,
            "title": record.get("title", f"Pull request {number}"),
            "user": self.user(record.get("login", "octocat")),
            "body": None,
            "labels": [],
            "milestone": None,
            "created_at": MOMENT,
            "updated_at": MOMENT,
            "closed_at": None,
            "merged_at": None,
            "merge_commit_sha": None,
            "assignee": None,
            "head": self._end(
                record.get("head_repository", self._state.repository),
                record.get("head_branch", "topic"),
                record["head"],
            ),
            "base": self._end(
                self._state.repository, self._state.default_branch, record.get("base", "b" * 40)
            ),
            "_links": {name: {"href": link} for name, link in links.items()},
            "author_association": self._association(record, record.get("login", "octocat")),
            "auto_merge": None,
            "draft": False,
        }

    def full_pull_request(self, record: Record) -> Json:
        counts = "comments review_comments commits additions deletions changed_files"
        return {
            **self.pull_request(record),
            "merged": False,
            "mergeable": None,
            "mergeable_state": "unknown",
            "merged_by": None,
            "maintainer_can_modify": False,
            **dict.fromkeys(counts.split(), 0),
        }

    def _end(self, repository: str, branch: str, sha: str) -> Json:
        owner = repository.partition("/")[0]
        return {
            "label": f"{owner}:{branch}",
            "ref": branch,
            "sha": sha,
            "user": self.user(owner),
            "repo": self.repository(repository),
        }

    def issue(self, record: Record) -> Json:
        url = f"{self._repo}/issues/{record['number']}"
        closed = record["state"] == "closed"
        pull = {"url": None, "html_url": None, "diff_url": None, "patch_url": None}
        return {
            "id": record["id"],
            "node_id": f"I_{record['id']}",
            "number": record["number"],
            "url": url,
            "repository_url": self._repo,
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "html_url": f"{self._web}/issues/{record['number']}",
            "state": record["state"],
            "title": record["title"],
            "body": record["body"],
            "user": self.user(record["login"]),
            "labels": [self.label(name) for name in record["labels"]],
            "assignee": None,
            "milestone": None,
            "locked": False,
            "comments": 0,
            "created_at": MOMENT,
            "updated_at": MOMENT,
            "closed_at": MOMENT if closed else None,
            "author_association": "NONE",
            **({"pull_request": pull} if record.get("pull_request") else {}),
        }

    def label(self, name: str) -> Json:
        return {
            "id": 1,
            "node_id": f"LA_{name}",
            "url": f"{self._repo}/labels/{quote(name, safe='')}",
            "name": name,
            "description": None,
            "color": "ededed",
            "default": False,
        }

    def permission(self, login: str, permission: str) -> Json:
        return {
            "permission": permission,
            "role_name": permission,
            "user": self.user(login) | {"role_name": permission},
        }

    def commit(self, record: Record) -> Json:
        url = f"{self._repo}/commits/{record['sha']}"
        person = {"name": "Octo Cat", "email": "noreply@example.com", "date": MOMENT}
        return {
            "sha": record["sha"],
            "node_id": f"C_{record['sha']}",
            "url": url,
            "html_url": f"{self._web}/commit/{record['sha']}",
            "comments_url": f"{url}/comments",
            "commit": {
                "url": url,
                "author": person,
                "committer": person,
                "message": record["message"],
                "comment_count": 0,
                "tree": {"sha": record["sha"], "url": f"{url}/tree"},
            },
            "author": self.user("octocat"),
            "committer": self.user("octocat"),
            "parents": [],
        }

    def comparison(self, base: Record, head: Record, ahead: list[Record], behind: int) -> Json:
        url = f"{self._repo}/compare/{base['sha']}...{head['sha']}"
        status = "ahead" if ahead else "behind" if behind else "identical"
        files = dict.fromkeys(name for commit in ahead for name in commit.get("files", ()))
        return {
            "url": url,
            "html_url": url,
            "permalink_url": url,
            "diff_url": f"{url}.diff",
            "patch_url": f"{url}.patch",
            "base_commit": self.commit(base),
            "merge_base_commit": self.commit(head if behind else base),
            "status": status,
            "ahead_by": len(ahead),
            "behind_by": behind,
            "total_commits": len(ahead),
            "files": [
                {
                    "sha": "0" * 40,
                    "filename": name,
                    "status": "modified",
                    "additions": 1,
                    "deletions": 0,
                    "changes": 1,
                    "blob_url": f"{url}/blob/{quote(name)}",
                    "raw_url": f"{url}/raw/{quote(name)}",
                    "contents_url": f"{url}/contents/{quote(name)}",
                }
                for name in files
            ],
        }
