"""The HTTP layer of the GitHub API: token, pages, rate limits, retries, and errors with a next step."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from speechops import __version__, json_text
from speechops.errors import PlatformError
from speechops.github import text as github_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import requests

    from speechops.clock import Clock

_TIMEOUT = (10.0, 120.0)  # seconds to connect, and between two bytes
_ATTEMPTS = 5
_MINUTE = 60.0

_FORBIDDEN, _NOT_FOUND, _TOO_MANY, _FAULT = 403, 404, 429, 500
_REPEATABLE = frozenset({"GET", "PATCH", "PUT", "DELETE"})


class Transport:
    """Sends requests to one GitHub server.

    ``patience`` bounds the total sleep for one request, in seconds. Rules of the waits:
    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """

    def __init__(
        self,
        api_url: str,
        *,
        token: str,
        session: requests.Session,
        clock: Clock,
        patience: float,
        log: Callable[[str], None],
        clean: Callable[[Any], Any],
    ) -> None:
        self.api_url = api_url.rstrip("/")
        self._token = token
        self._session = session
        self._clock = clock
        self._patience = patience
        self._log = log
        self._clean = clean

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.api_url!r})"

    def send(
        self,
        method: str,
        path: str,
        *,
        needs: str = "",
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
        **options: Any,  # noqa: ANN401 - data, headers and stream, as requests takes them
    ) -> requests.Response:
        """Send one request, with retries, and return the successful answer.

        ``path`` is relative to the API, or an address that the API gave; the token goes to GitHub's own hosts
        only. ``needs`` is the permission in workflow syntax (``checks: write``). Raises
        :class:`PlatformError` with the status, or without one if no answer came.
        """
        url = self._address(path)
        sent = {
            "json": None if body is None else _encodable(self._clean(body)),
            "params": params,
            "auth": self._sign,
            "timeout": _TIMEOUT,
            # A redirected POST would become a GET.
            "allow_redirects": method == "GET",
            **options,
        }
        sent["headers"] = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": f"speechops/{__version__}",
        } | options.get("headers", {})
        begun = self._clock.monotonic()
        for attempt in range(1, _ATTEMPTS + 1):
            answer = self._attempt(method, url, sent)
            pause = self._pause(method, answer, attempt)
            if pause is None:
                return self._accepted(method, url, answer, needs)
            ends = self._clock.monotonic() + pause - begun > self._patience
            if attempt == _ATTEMPTS or ends:
                raise self._exhausted(method, url, answer, pause)
            self._log(f"GitHub requests a pause: {_reason(answer)} Trying again in {pause:.0f} s.")
            self._clock.sleep(pause)
        raise AssertionError  # the loop returns or raises

    def json(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401 - JSON is of any form
        """Send one request and return the JSON of the answer. Raises as :meth:`send`."""
        return _json(self.send(method, path, **options), path)

    def pages(self, path: str, *, params: Mapping[str, str] | None = None, needs: str = "") -> Iterator[Any]:
        """Yield the JSON of every page of a listing. Raises as :meth:`send`."""
        url: str | None = path
        while url:
            answer = self.send("GET", url, params=params, needs=needs)
            yield _json(answer, path)
            url = answer.links.get("next", {}).get("url")
            params = None  # the address of the next page contains them

    def _address(self, path: str) -> str:
        if path.startswith("/"):
            return self.api_url + path
        target, own = urlsplit(path), urlsplit(self.api_url)
        upload_host = (
            own.netloc.replace("api.", "uploads.", 1) if own.netloc.startswith("api.") else own.netloc
        )
        if target.scheme != own.scheme or target.netloc not in {own.netloc, upload_host}:
            raise PlatformError(
                f"GitHub pointed to {target.scheme}://{target.netloc}, not to the server at {self.api_url}.",
                hint="The token is not sent there. Check GITHUB_API_URL.",
            )
        return path

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _attempt(
        self, method: str, url: str, sent: Mapping[str, Any]
    ) -> requests.Response | requests.RequestException:
        from requests import RequestException  # noqa: PLC0415 - whoever gave the session has imported it

        try:
            return self._session.request(method, url, **sent)
        except RequestException as error:
            return error

    def _pause(
        self, method: str, answer: requests.Response | requests.RequestException, attempt: int
    ) -> float | None:
        """Return the seconds to wait before another attempt, None if the answer is final."""
        if isinstance(answer, Exception):
            # It is unknown whether a POST without an answer took effect: its caller checks before it repeats.
            return 2.0**attempt if method in _REPEATABLE else None
        if _is_limited(answer):
            after = answer.headers.get("Retry-After", "")
            if after.isdigit():
                return max(float(after), 1.0)
            reset = answer.headers.get("X-RateLimit-Reset", "")
            if answer.headers.get("X-RateLimit-Remaining") == "0" and reset.isdigit():
                return max(float(reset) - self._time_of(answer), 0.0) + 1.0
            return _MINUTE * 2.0 ** (attempt - 1)
        if answer.status_code >= _FAULT and method in _REPEATABLE:
            return 2.0**attempt
        return None

    def _time_of(self, answer: requests.Response) -> float:
        """Return GitHub's own time, in seconds, so that a wrong local clock does not shorten a wait."""
        try:
            return parsedate_to_datetime(answer.headers["Date"]).timestamp()
        except (KeyError, TypeError, ValueError):
            return self._clock.now().timestamp()

    def _accepted(
        self, method: str, url: str, answer: requests.Response | requests.RequestException, needs: str
    ) -> requests.Response:
        if isinstance(answer, Exception):
            raise _unanswered(method, url, answer)
        if answer.status_code < 300:  # noqa: PLR2004 - the class of success
            return answer
        accepted = answer.headers.get("X-Accepted-GitHub-Permissions", "")
        raise PlatformError(
            f"GitHub refused {method} {urlsplit(url).path}: {_reason(answer)}",
            hint=_hint(answer.status_code, needs, accepted),
            status=answer.status_code,
            accepted=accepted,
        )

    def _exhausted(
        self, method: str, url: str, answer: requests.Response | requests.RequestException, pause: float
    ) -> PlatformError:
        if isinstance(answer, Exception):
            return _unanswered(method, url, answer)
        hint = "Run the job again; completed work is not repeated."
        if _is_limited(answer):
            free = datetime.fromtimestamp(self._time_of(answer) + pause, UTC)
            hint = f"The rate limit of the token ends at {free:%H:%M} UTC. Run the job again after that."
        return PlatformError(
            f"GitHub could not serve {method} {urlsplit(url).path}: {_reason(answer)}",
            hint=hint,
            status=answer.status_code,
        )


def _is_limited(answer: requests.Response) -> bool:
    if answer.status_code == _TOO_MANY:
        return True
    return answer.status_code == _FORBIDDEN and (
        "Retry-After" in answer.headers
        or answer.headers.get("X-RateLimit-Remaining") == "0"
        or "rate limit" in _reason(answer).casefold()
    )


def _unanswered(method: str, url: str, error: Exception) -> PlatformError:
    return PlatformError(
        f"GitHub gave no answer to {method} {urlsplit(url).path} ({type(error).__name__}).",
        hint="Check the connection to GITHUB_API_URL and run the job again.",
    )


def _permissions(accepted: str) -> str:
    """Return the alternatives of GitHub's header in workflow syntax, the smallest ones only."""
    alternatives = [alternative.strip().split(",") for alternative in accepted.split(";")]
    fewest = min(map(len, alternatives))
    words = [
        ", ".join(part.strip().replace("_", "-").replace("=", ": ") for part in alternative)
        for alternative in alternatives
        if len(alternative) == fewest
    ]
    return " or ".join(f"`permissions: {word}`" for word in words)


def _hint(status: int, needs: str, accepted: str) -> str:
    if status == _FORBIDDEN and "workflows=write" in accepted:
        return (
            f"GitHub accepts {accepted}: a job's token may set a tag or a release only on a commit whose "
            "files in .github/workflows match the head of a branch."
        )
    if status == 401:  # noqa: PLR2004 - Unauthorized
        return "The github-token is wrong or has expired."
    if status == _FORBIDDEN and (needs or accepted):
        granted = _permissions(accepted) if accepted else f"`permissions: {needs}`"
        return (
            f"Grant the job {granted}. On pull requests from forks and from Dependabot the "
            "token is always read-only: report from a workflow_run workflow instead."
        )
    if status == _NOT_FOUND:
        permission = f" with `{needs}`" if needs else ""
        return f"It does not exist, or the token may not see it{permission}."
    if 300 <= status < 400:  # noqa: PLR2004 - the class of redirects
        return "The repository was renamed or moved: use its new name."
    return ""


def _reason(answer: requests.Response | requests.RequestException) -> str:
    """Return GitHub's message, on one line, with the status."""
    if isinstance(answer, Exception):
        return f"no answer ({type(answer).__name__})."
    try:
        content = json_text.read(answer.content)
    except ValueError:
        content = {}
    if not isinstance(content, dict):
        content = {}
    words = [str(content.get("message", "")) or str(answer.reason)]
    for error in content.get("errors") or ():
        said = error if isinstance(error, str) else _error_words(error)
        words.append(said)
    return f"{answer.status_code} {'; '.join(' '.join(word.split()) for word in words if word)[:500]}."


def _error_words(error: object) -> str:
    """Return one entry of ``errors``: a message, or the resource, field and code of the failure."""
    if not isinstance(error, dict):
        return ""
    return str(
        error.get("message") or " ".join(str(error.get(key, "")) for key in ("resource", "field", "code"))
    )


def _json(answer: requests.Response, path: str) -> Any:  # noqa: ANN401 - JSON is of any form
    try:
        return json_text.read(answer.content)
    except ValueError as error:
        raise unreadable(path) from error


def unreadable(path: str) -> PlatformError:
    """Return the error for an answer of another form than the documented one."""
    return PlatformError(
        f"GitHub's answer to {path} does not have the documented form.",
        hint="Is GITHUB_API_URL the address of a GitHub API?",
    )


def _encodable(value: Any) -> Any:  # noqa: ANN401 - JSON is of any form
    if isinstance(value, str):
        return github_text.encodable(value)
    if isinstance(value, dict):
        return {key: _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value
