"""The server: routes, permissions, pages, rate limits, and faults on order.

Addresses are those of GitHub Enterprise Server (``/api/v3``, ``/api/uploads``), so that a client that assumes
github.com anywhere fails. Files are served from another host name (``localhost``), as GitHub does.
"""

from __future__ import annotations

import json
import re
import threading
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from hashlib import sha1
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from tests.github_api.answers import Answers
from tests.github_api.contract import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from speechops.clock import Clock
    from tests.github_api.contract import Contract
    from tests.github_api.state import Record, State

API = "/api/v3"
UPLOADS = "/api/uploads"

COMMENT_LIMIT = 65_536
_TOO_LONG = {
    "resource": "IssueComment",
    "code": "unprocessable",
    "field": "data",
    "message": "body is too long (maximum is 65536 characters)",
}
_DOCUMENTATION = "https://docs.github.com/rest"


class Refused(Exception):
    """An answer other than success."""

    def __init__(
        self, status: int, message: str, *errors: Record, headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.content: dict[str, Any] = {"message": message, "documentation_url": _DOCUMENTATION}
        if status == 422:
            self.content["errors"] = list(errors)
        else:
            self.content["status"] = str(status)
        self.headers = dict(headers)


@dataclass(frozen=True)
class Reply:
    """An answer of success: a JSON value, or a listing to be cut into pages (under ``key``, if any)."""

    status: int
    content: Any = None
    listing: list[Any] | None = None
    whole: bool = False
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """An answer on order for the next ``times`` requests whose method and path fit.

    With ``late`` the request is obeyed first: the answer that reports it is what gets lost.
    """

    method: str
    path: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    content: object = None
    times: int = 1
    late: bool = False


@dataclass(frozen=True)
class Call:
    """A request that came in."""

    method: str
    path: str
    body: Any
    login: str
    time: float


@dataclass(frozen=True)
class Caller:
    """Who asks, and with what."""

    login: str
    permissions: dict[str, str]
    job: bool


class GitHubServer:
    """A running server. ``violations`` of the contract and ``calls`` grow as requests come in."""

    def __init__(self, state: State, *, clock: Clock, contract: Contract | None = None) -> None:
        self.state = state
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.before: list[Callable[[str, str], None]] = []
        self.after: list[Callable[[], None]] = []
        self.writes_per_minute: int | None = None
        self.remaining: int | None = None
        self.reset = 0.0
        self.behind = timedelta()
        self._clock = clock
        self._contract = contract
        self._lock = threading.RLock()
        self._pause_until = 0.0
        self._port = 0
        self._map = Map(
            [
                Rule(f"{base}{rule}", endpoint=(handler, scope), methods=[method])
                for base, method, rule, scope, handler in ROUTES
            ]
        )

    # Life

    def start(self, *, host: str = "127.0.0.1", port: int = 0) -> Self:
        self._server = make_server(host, port, self._answer, threaded=True, request_handler=self._handler())
        self._port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """What ``GITHUB_SERVER_URL`` has to be."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """What ``GITHUB_API_URL`` has to be."""
        return self.url + API

    @property
    def violations(self) -> list[str]:
        return self.state.violations

    @property
    def answers(self) -> Answers:
        return Answers(self.state, api=self.api_url, uploads=self.url + UPLOADS)

    def fail(self, method: str, path: str, status: int, **options: Any) -> None:  # noqa: ANN401 - as in Fault
        """Order a :class:`Fault`; ``path`` is a pattern that has to occur in the path."""
        self.faults.append(Fault(method, path, status, **options))

    # One request

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI
        request = Request(environ)
        response = self._response(request)
        return response(environ, start_response)

    def _response(self, request: Request) -> Response:
        if request.path.startswith("/storage/"):
            return self._stored(request)
        path = _raw_path(request)
        for hook in list(self.before):
            hook(request.method, path)
        data = request.get_data()
        is_json = (request.mimetype or "") == "application/json" and not request.path.startswith(UPLOADS)
        body = json.loads(data) if data and is_json else None
        with self._lock:
            fault = self._ordered(request.method, path)
            if fault is None or fault.late:
                status, content, headers = self._outcome(request, path, body, data)
            else:
                self._remember(request.method, path, body, "")
                status, content, headers = fault.status, fault.content, fault.headers
            if fault is not None and fault.late:
                status, content, headers = fault.status, fault.content, fault.headers
            if self._contract is not None:
                sent = (request.method, path, request.args.to_dict(), dict(request.headers), body)
                exchange = Exchange(*sent, status, content, ordered=fault is not None)
                self.violations.extend(self._contract.faults(exchange))
            for follower in self.after:
                follower()
        text = "" if content is None else json.dumps(content)
        return Response(text, status, headers, content_type="application/json; charset=utf-8")

    def _outcome(
        self, request: Request, path: str, body: object, data: bytes
    ) -> tuple[int, Any, dict[str, str]]:
        try:
            caller = self._caller(request)
            self._remember(request.method, path, body, caller.login)
            self._limit(request.method)
            address = self._map.bind("localhost")
            (handler, scope), arguments = address.match(_routed_path(request), request.method)
            self._permit(caller, scope)
            particular = self._of_repository(arguments)
            return self._paged(request, handler(Work(self, caller, request, body, data), **particular))
        except Refused as refused:
            return refused.status, refused.content, refused.headers
        except HTTPException as error:
            self.violations.append(f"{request.method} {path}: the test server has no such route")
            return error.code or 404, {"message": "Not Found"}, {}

    def _of_repository(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a path names beyond the repository, which has to be ours."""
        particular = dict(arguments)
        asked = f"{particular.pop('owner', '')}/{particular.pop('repo', '')}"
        if asked.casefold() not in {"/", self.state.repository.casefold()}:
            raise Refused(404, "Not Found")
        return particular

    def _remember(self, method: str, path: str, body: object, login: str) -> None:
        self.calls.append(Call(method, path, body, login, self._clock.monotonic()))

    def _ordered(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.method == method and re.search(fault.path, path):
                fault.times -= 1
                return fault
        return None

    def _caller(self, request: Request) -> Caller:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        known = self.state.tokens.get(token)
        if kind not in {"Bearer", "token"} or known is None:
            raise Refused(401, "Bad credentials")
        login = known["login"]
        return Caller(login, known["permissions"], job=login.endswith("[bot]"))

    def _handler(self) -> type[WSGIRequestHandler]:
        now = self._now

        class Handler(_Quiet):
            def date_time_string(self, timestamp: float | None = None) -> str:
                """Return the time for the header Date."""
                del timestamp
                return format_datetime(now(), usegmt=True)

        return Handler

    def _now(self) -> datetime:
        """Return the server's time of day: the clients' clock may run ahead of it."""
        return self._clock.now() - self.behind

    def _limit(self, method: str) -> None:
        """Refuse what is too much: of all requests (primary), or of writes in a minute (secondary)."""
        now = self._clock.monotonic()
        if self.remaining is not None:
            if self._now().timestamp() >= self.reset:
                self.remaining = 1000
            headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(self.reset))}
            if self.remaining == 0:
                raise Refused(403, "API rate limit exceeded for installation.", headers=headers.items())
            self.remaining -= 1
        if self.writes_per_minute is None or method == "GET":
            return
        recent = [
            call
            for call in self.calls
            if call.method != "GET" and call.time > max(now - 60, self._pause_until - 60)
        ]
        if now < self._pause_until or len(recent) > self.writes_per_minute:
            self._pause_until = max(self._pause_until, now + 60)
            message = (
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            )
            raise Refused(403, message, headers={"Retry-After": "60"}.items())

    def _permit(self, caller: Caller, scope: str) -> None:
        """Check ``scope``: alternatives such as ``issues=write,pull_requests=write``; empty for none."""
        if not scope:
            return
        for alternative in scope.split(","):
            name, _, level = alternative.partition("=")
            held = caller.permissions.get(name, "")
            if held == "write" or (level == "read" and (held == "read" or not self.state.private)):
                return
        headers = {"X-Accepted-GitHub-Permissions": scope.replace(",", "; ")}
        raise Refused(403, "Resource not accessible by integration", headers=headers.items())

    def _paged(self, request: Request, reply: Reply) -> tuple[int, Any, dict[str, str]]:
        if reply.listing is None:
            return reply.status, reply.content, reply.headers
        size = min(int(request.args.get("per_page", 30)), 100)
        page = int(request.args.get("page", 1))
        last = max(-(-len(reply.listing) // size), 1)
        if reply.whole:
            size, last = max(len(reply.listing), 1), 1
        items = reply.listing[(page - 1) * size : page * size]
        links = []
        for name, number in (("next", page + 1), ("last", last)):
            if page < last:
                query = urlencode(request.args.to_dict() | {"page": str(number)})
                links.append(f'<{self.url}{request.path}?{query}>; rel="{name}"')
        headers = {"Link": ", ".join(links)} if links else {}
        if reply.content is not None:
            key, rest = reply.content
            return reply.status, rest | {key: items}, headers
        return reply.status, items, headers

    def _stored(self, request: Request) -> Response:
        """Serve a file as the storage behind GitHub does, which must never see a token."""
        if "Authorization" in request.headers:
            self.violations.append("the token was sent to the storage of the release assets")
        number = int(request.path.rsplit("/", 1)[1])
        for release in self.state.releases:
            for asset in release["assets"]:
                if asset["id"] == number:
                    return Response(b64decode(asset["content"]), content_type="application/octet-stream")
        return Response("", 404)

    def storage_url(self, asset_id: int) -> str:
        return f"http://localhost:{self._port}/storage/{asset_id}"


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002, ANN401 - as it is called
        """Say nothing: tests look at ``calls``."""


@dataclass(frozen=True)
class Work:
    """What a handler is given."""

    server: GitHubServer
    caller: Caller
    request: Request
    body: Any
    data: bytes

    @property
    def state(self) -> State:
        return self.server.state

    @property
    def answers(self) -> Answers:
        return self.server.answers


def _raw_path(request: Request) -> str:
    """Return the path as it was sent, without the prefix of the API."""
    raw = str(request.environ["REQUEST_URI"]).partition("?")[0]
    return raw.removeprefix(API).removeprefix(UPLOADS)


def _routed_path(request: Request) -> str:
    """Return the path for routing, where an encoded slash stays inside of its segment."""
    raw = str(request.environ["REQUEST_URI"]).partition("?")[0]
    return unquote(raw.replace("%2F", "\0"))


def _segment(text: str) -> str:
    return text.replace("\0", "/")


def _one(records: Iterable[Record], **wanted: object) -> Record:
    for record in records:
        if all(record[key] == value for key, value in wanted.items()):
            return record
    raise Refused(404, "Not Found")


def _invalid(resource: str, name: str, code: str) -> Refused:
    return Refused(422, "Validation Failed", {"resource": resource, "field": name, "code": code})


# People


def user(work: Work) -> Reply:
    if work.caller.login.endswith("[bot]"):  # a job's token or an app's
        raise Refused(403, "Resource not accessible by integration")
    return Reply(200, work.answers.private_user(work.caller.login))


def permission(work: Work, login: str) -> Reply:
    held = work.state.collaborators.get(_segment(login))
    if held is None:
        raise Refused(404, f"{login} is not a user")
    return Reply(200, work.answers.permission(_segment(login), held))


def repository(work: Work) -> Reply:
    return Reply(200, work.answers.full_repository())


# Comments


def _check_body(text: str) -> None:
    if not text.strip():
        raise Refused(422, "Validation Failed", {"resource": "IssueComment", "code": "missing_field"})
    if len(text) > COMMENT_LIMIT:
        raise Refused(422, "Validation Failed", _TOO_LONG)


def list_comments(work: Work, number: int) -> Reply:
    found = [work.answers.comment(item) for item in work.state.comments if item["number"] == number]
    return Reply(200, listing=found)


def create_comment(work: Work, number: int) -> Reply:
    _check_body(work.body["body"])
    number_id = work.state.add_comment(number, work.body["body"], login=work.caller.login)
    return Reply(201, work.answers.comment(_one(work.state.comments, id=number_id)))


def get_comment(work: Work, comment: int) -> Reply:
    return Reply(200, work.answers.comment(_one(work.state.comments, id=comment)))


def update_comment(work: Work, comment: int) -> Reply:
    _check_body(work.body["body"])
    record = _one(work.state.comments, id=comment)
    record["body"] = work.body["body"]
    return Reply(200, work.answers.comment(record))


def delete_comment(work: Work, comment: int) -> Reply:
    work.state.comments.remove(_one(work.state.comments, id=comment))
    return Reply(204)


def create_reaction(work: Work, comment: int) -> Reply:
    _one(work.state.comments, id=comment)
    reaction = {"comment": comment, "content": work.body["content"], "login": work.caller.login}
    work.state.reactions.append(reaction)
    return Reply(201, work.answers.reaction(reaction, len(work.state.reactions)))


# Check runs


def create_check_run(work: Work) -> Reply:
    record = {"id": work.state.new_id(), "status": "queued", "annotations": []}
    work.state.check_runs.append(record)
    _change_check_run(record, work.body)
    return Reply(201, work.answers.check_run(record))


def update_check_run(work: Work, run: int) -> Reply:
    record = _one(work.state.check_runs, id=run)
    _change_check_run(record, work.body)
    return Reply(200, work.answers.check_run(record))


def _change_check_run(record: Record, body: Record) -> None:
    output = dict(body.get("output") or {})
    record["annotations"].extend(output.pop("annotations", ()))
    record.update({key: value for key, value in body.items() if key != "output"})
    record["output"] = record.get("output", {}) | output
    if "conclusion" in body:
        record["status"] = "completed"


def get_check_run(work: Work, run: int) -> Reply:
    return Reply(200, work.answers.check_run(_one(work.state.check_runs, id=run)))


def list_annotations(work: Work, run: int) -> Reply:
    record = _one(work.state.check_runs, id=run)
    return Reply(200, listing=[work.answers.check_annotation(item) for item in record["annotations"]])


def list_check_runs(work: Work, ref: str) -> Reply:
    name = work.request.args.get("check_name")
    found = [
        work.answers.check_run(item)
        for item in work.state.check_runs
        if item["head_sha"] == _segment(ref) and name in {None, item["name"]}
    ]
    return Reply(200, ("check_runs", {"total_count": len(found)}), listing=found)


# Releases


def list_releases(work: Work) -> Reply:
    may_write = work.caller.permissions.get("contents") == "write"
    found = [item for item in reversed(work.state.releases) if may_write or not item["draft"]]
    return Reply(200, listing=[work.answers.release(item) for item in found])


def create_release(work: Work) -> Reply:
    record = {
        "id": work.state.new_id(),
        "target_commitish": work.state.default_branch,
        "name": None,
        "body": None,
        "draft": True,
        "prerelease": False,
        "immutable": False,
        "assets": [],
        "login": work.caller.login,
    }
    _change_release(work, record, work.body)
    work.state.releases.append(record)
    return Reply(201, work.answers.release(record))


def update_release(work: Work, release: int) -> Reply:
    record = _one(work.state.releases, id=release)
    sealed = {"tag_name", "target_commitish", "draft"} & work.body.keys()
    if record["immutable"] and any(work.body[key] != record[key] for key in sealed):
        raise _invalid("Release", "tag_name", "immutable")
    _change_release(work, record, work.body)
    return Reply(200, work.answers.release(record))


def _change_release(work: Work, record: Record, body: Record) -> None:
    """Change a draft or a release; one that becomes public gets its tag, at its target, if it has none."""
    changed = record | {key: value for key, value in body.items() if key != "make_latest"}
    changed["draft"] = body.get("draft", record["draft"] if "tag_name" in record else False)
    tag = changed["tag_name"]
    if not re.fullmatch(r"[\w.+/-]+", tag):
        raise _invalid("Release", "tag_name", "invalid")
    target = _resolve(work.state, changed["target_commitish"], "target_commitish")
    if "target_commitish" in body or (
        not changed["draft"] and f"refs/tags/{tag}" not in work.state.references
    ):
        _refuse_foreign_workflows(work, target)
    others = [item for item in work.state.releases if item["id"] != record["id"] and not item["draft"]]
    if not changed["draft"]:
        if any(item["tag_name"] == tag for item in others):
            raise _invalid("Release", "tag_name", "already_exists")
        work.state.references.setdefault(f"refs/tags/{tag}", {"type": "commit", "sha": target})
        changed["immutable"] = record["immutable"] or work.state.immutable_releases
        if body.get("make_latest", "true" if record["draft"] else "false") == "true":
            work.state.latest_release = record["id"]
    record.update(changed)


def _refuse_foreign_workflows(work: Work, commit: str) -> None:
    """Refuse a job's token a ref or a release on a commit whose workflow files are those of no branch's head.

    Seen in mkb79/Audible#882, cli/cli#9514 and others; GitHub's documentation does not name the rule.
    """
    known = work.state.workflows_of_heads() if work.state.commits else set()
    if work.caller.job and known and work.state.workflows_of(commit) not in known:
        accepted = "contents=write; contents=write,workflows=write"
        raise Refused(
            403,
            "Resource not accessible by integration",
            headers={"X-Accepted-GitHub-Permissions": accepted}.items(),
        )


def _resolve(state: State, target: str, name: str) -> str:
    """Return the commit that a commit's or a branch's name means."""
    if re.fullmatch(r"[0-9a-f]{40}", target):
        if state.commits and not any(commit["sha"] == target for commit in state.commits):
            raise _invalid("Release", name, "invalid")
        return target
    if target == state.default_branch:
        return str(state.commits[-1]["sha"]) if state.commits else "f" * 40
    raise _invalid("Release", name, "invalid")


def get_release(work: Work, release: int) -> Reply:
    return Reply(200, work.answers.release(_one(work.state.releases, id=release)))


def get_latest_release(work: Work) -> Reply:
    public = [item for item in work.state.releases if not item["draft"]]
    marked = [item for item in public if item["id"] == work.state.latest_release]
    return Reply(200, work.answers.release(_one(marked or reversed(public), draft=False)))


def delete_release(work: Work, release: int) -> Reply:
    work.state.releases.remove(_one(work.state.releases, id=release))
    return Reply(204)


def list_assets(work: Work, release: int) -> Reply:
    record = _one(work.state.releases, id=release)
    return Reply(200, listing=[work.answers.asset(asset) for asset in record["assets"]])


def upload_asset(work: Work, release: int) -> Reply:
    record = _one(work.state.releases, id=release)
    name = work.request.args["name"]
    if record["immutable"]:
        raise Refused(422, "Cannot upload assets to an immutable release.")
    if any(asset["name"] == name for asset in record["assets"]):
        raise _invalid("ReleaseAsset", "name", "already_exists")
    asset = {
        "id": work.state.new_id(),
        "name": name,
        "state": "uploaded",
        "content_type": work.request.mimetype,
        "content": b64encode(work.data).decode(),
        "login": work.caller.login,
    }
    record["assets"].append(asset)
    return Reply(201, work.answers.asset(asset))


def _asset(work: Work, asset: int) -> tuple[Record, Record]:
    for release in work.state.releases:
        for record in release["assets"]:
            if record["id"] == asset:
                return release, record
    raise Refused(404, "Not Found")


def get_asset(work: Work, asset: int) -> Reply:
    _, record = _asset(work, asset)
    if work.request.headers.get("Accept") == "application/octet-stream":
        return Reply(302, headers={"Location": work.server.storage_url(record["id"])})
    return Reply(200, work.answers.asset(record))


def delete_asset(work: Work, asset: int) -> Reply:
    release, record = _asset(work, asset)
    if release["immutable"]:
        raise Refused(422, "Cannot delete assets of an immutable release.")
    release["assets"].remove(record)
    return Reply(204)


# References and tags


def list_references(work: Work, prefix: str) -> Reply:
    found = [
        work.answers.reference(name, record)
        for name, record in sorted(work.state.references.items())
        if name.startswith(f"refs/{_segment(prefix)}")
    ]
    return Reply(200, listing=found, whole=True)


def get_reference(work: Work, name: str) -> Reply:
    full = f"refs/{_segment(name)}"
    head = work.state.head(full.removeprefix("refs/heads/"))
    if head:
        return Reply(200, work.answers.reference(full, {"type": "commit", "sha": head}))
    if full not in work.state.references:
        raise Refused(404, "Not Found")
    return Reply(200, work.answers.reference(full, work.state.references[full]))


def create_reference(work: Work) -> Reply:
    name, sha = work.body["ref"], work.body["sha"]
    if name in work.state.references:
        raise Refused(422, "Reference already exists")
    kind = "tag" if sha in work.state.tags else "commit"
    commit = work.state.tags[sha]["object"] if kind == "tag" else _resolve(work.state, sha, "sha")
    _refuse_foreign_workflows(work, commit)
    work.state.references[name] = {"type": kind, "sha": sha}
    return Reply(201, work.answers.reference(name, work.state.references[name]))


def create_tag(work: Work) -> Reply:
    _resolve(work.state, work.body["object"], "object")
    record = {key: work.body[key] for key in ("tag", "message", "object", "type")}
    record["login"] = work.caller.login
    sha = sha1(f"{work.state.new_id()} {json.dumps(record)}".encode(), usedforsecurity=False).hexdigest()
    work.state.tags[sha] = record
    return Reply(201, work.answers.tag(sha, record))


def get_tag(work: Work, sha: str) -> Reply:
    if sha not in work.state.tags:
        raise Refused(404, "Not Found")
    return Reply(200, work.answers.tag(sha, work.state.tags[sha]))


def list_tags(work: Work) -> Reply:
    found = []
    for name, record in work.state.references.items():
        if name.startswith("refs/tags/"):
            sha = record["sha"] if record["type"] == "commit" else work.state.tags[record["sha"]]["object"]
            found.append(work.answers.listed_tag(name.removeprefix("refs/tags/"), sha))
    return Reply(200, listing=found)


# Environments


def get_environment(work: Work, name: str) -> Reply:
    record = work.state.environments.get(_segment(name))
    if record is None:
        raise Refused(404, "Not Found")
    return Reply(200, work.answers.environment(_segment(name), record))


def list_environments(work: Work) -> Reply:
    found = [work.answers.environment(name, record) for name, record in work.state.environments.items()]
    return Reply(200, ("environments", {"total_count": len(found)}), listing=found)


# Runs


def list_reviews(work: Work, run: int) -> Reply:
    found = [work.answers.review(record) for record in work.state.reviews.get(str(run), [])]
    return Reply(200, listing=found, whole=True)


def list_artifacts(work: Work, run: int) -> Reply:
    found = [work.answers.artifact(record) for record in work.state.artifacts if record["run"] == run]
    found.sort(key=lambda answer: answer["id"], reverse=True)
    return Reply(200, ("artifacts", {"total_count": len(found)}), listing=found)


# Pull requests and commits


def list_pull_requests(work: Work) -> Reply:
    state = work.request.args.get("state", "open")
    head = work.request.args.get("head")
    found = [
        answer
        for answer in map(work.answers.pull_request, work.state.pull_requests)
        if state in {"all", answer["state"]} and head in {None, answer["head"]["label"]}
    ]
    return Reply(200, listing=found)


def get_pull_request(work: Work, number: int) -> Reply:
    record = _one(work.state.pull_requests, number=number)
    return Reply(200, work.answers.full_pull_request(record))


def compare(work: Work, base: str, head: str) -> Reply:
    known = [commit["sha"] for commit in work.state.commits]
    if _segment(base) not in known or _segment(head) not in known:
        raise Refused(404, "Not Found")
    first, last = known.index(_segment(base)), known.index(_segment(head))
    ahead = work.state.commits[first + 1 : last + 1]
    content = work.answers.comparison(
        work.state.commits[first], work.state.commits[last], ahead, max(first - last, 0)
    )
    return Reply(200, ("commits", content), listing=[work.answers.commit(commit) for commit in ahead])


# Issues


def list_issues(work: Work) -> Reply:
    state = work.request.args.get("state", "open")
    labels = {label for label in work.request.args.get("labels", "").split(",") if label}
    pulls = [
        {"id": item["id"], "number": item["number"], "title": "", "body": None, "login": "octocat",
         "labels": [], "state": item.get("state", "open"), "pull_request": True}
        for item in work.state.pull_requests
    ]  # fmt: skip
    found = [
        work.answers.issue(item)
        for item in (*reversed(work.state.issues), *pulls)
        if state in {"all", item["state"]} and labels <= set(item["labels"])
    ]
    return Reply(200, listing=found)


def create_issue(work: Work) -> Reply:
    number = 1 + max((item["number"] for item in (*work.state.issues, *work.state.pull_requests)), default=0)
    record = {
        "id": work.state.new_id(),
        "number": number,
        "state": "open",
        "login": work.caller.login,
        "body": None,
        "labels": [],
    } | work.body
    work.state.issues.append(record)
    return Reply(201, work.answers.issue(record))


def get_issue(work: Work, number: int) -> Reply:
    return Reply(200, work.answers.issue(_one(work.state.issues, number=number)))


def update_issue(work: Work, number: int) -> Reply:
    record = _one(work.state.issues, number=number)
    record.update(work.body)
    return Reply(200, work.answers.issue(record))


_REPO = "/repos/<owner>/<repo>"
_COMMENT = "issues=write,pull_requests=write"

# Where, method, path, permission, handler.
_TABLE = (
    ("GET", "/user", "", user),
    ("GET", _REPO, "contents=read", repository),
    ("GET", f"{_REPO}/collaborators/<login>/permission", "contents=read", permission),
    ("GET", f"{_REPO}/issues/<int:number>/comments", "issues=read,pull_requests=read", list_comments),
    ("POST", f"{_REPO}/issues/<int:number>/comments", _COMMENT, create_comment),
    ("GET", f"{_REPO}/issues/comments/<int:comment>", "issues=read,pull_requests=read", get_comment),
    ("PATCH", f"{_REPO}/issues/comments/<int:comment>", _COMMENT, update_comment),
    ("DELETE", f"{_REPO}/issues/comments/<int:comment>", _COMMENT, delete_comment),
    ("POST", f"{_REPO}/issues/comments/<int:comment>/reactions", _COMMENT, create_reaction),
    ("POST", f"{_REPO}/check-runs", "checks=write", create_check_run),
    ("GET", f"{_REPO}/check-runs/<int:run>", "checks=read", get_check_run),
    ("PATCH", f"{_REPO}/check-runs/<int:run>", "checks=write", update_check_run),
    ("GET", f"{_REPO}/check-runs/<int:run>/annotations", "checks=read", list_annotations),
    ("GET", f"{_REPO}/commits/<path:ref>/check-runs", "checks=read", list_check_runs),
    ("GET", f"{_REPO}/releases", "contents=read", list_releases),
    ("POST", f"{_REPO}/releases", "contents=write", create_release),
    ("GET", f"{_REPO}/releases/latest", "contents=read", get_latest_release),
    ("GET", f"{_REPO}/releases/<int:release>", "contents=read", get_release),
    ("PATCH", f"{_REPO}/releases/<int:release>", "contents=write", update_release),
    ("DELETE", f"{_REPO}/releases/<int:release>", "contents=write", delete_release),
    ("GET", f"{_REPO}/releases/<int:release>/assets", "contents=read", list_assets),
    ("GET", f"{_REPO}/releases/assets/<int:asset>", "contents=read", get_asset),
    ("DELETE", f"{_REPO}/releases/assets/<int:asset>", "contents=write", delete_asset),
    ("GET", f"{_REPO}/git/matching-refs/<path:prefix>", "contents=read", list_references),
    ("GET", f"{_REPO}/git/ref/<path:name>", "contents=read", get_reference),
    ("POST", f"{_REPO}/git/refs", "contents=write", create_reference),
    ("POST", f"{_REPO}/git/tags", "contents=write", create_tag),
    ("GET", f"{_REPO}/git/tags/<sha>", "contents=read", get_tag),
    ("GET", f"{_REPO}/tags", "contents=read", list_tags),
    ("GET", f"{_REPO}/environments", "actions=read", list_environments),
    ("GET", f"{_REPO}/environments/<name>", "actions=read", get_environment),
    ("GET", f"{_REPO}/actions/runs/<int:run>/approvals", "actions=read", list_reviews),
    ("GET", f"{_REPO}/actions/runs/<int:run>/artifacts", "actions=read", list_artifacts),
    ("GET", f"{_REPO}/pulls", "pull_requests=read", list_pull_requests),
    ("GET", f"{_REPO}/pulls/<int:number>", "pull_requests=read", get_pull_request),
    ("GET", f"{_REPO}/compare/<base>...<head>", "contents=read", compare),
    ("GET", f"{_REPO}/issues", "issues=read", list_issues),
    ("POST", f"{_REPO}/issues", "issues=write", create_issue),
    ("GET", f"{_REPO}/issues/<int:number>", "issues=read", get_issue),
    ("PATCH", f"{_REPO}/issues/<int:number>", "issues=write", update_issue),
)
_UPLOAD = (UPLOADS, "POST", f"{_REPO}/releases/<int:release>/assets", "contents=write", upload_asset)
ROUTES = (*((API, *route) for route in _TABLE), _UPLOAD)
