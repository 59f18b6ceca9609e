"""Sends a request until it is answered: signed, paced, repeated where that is safe, bounded in time and size.

The caller knows whether a request may be repeated (:attr:`Call.repeatable`). One that may not, and
whose answer is lost after it may have been carried out, ends in :class:`AnswerLost`: the caller then looks
for what it may have done.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import requests
import requests.adapters
import urllib3

import speechops
from speechops import json_text
from speechops.errors import ServiceError, ServiceUnavailable
from speechops.redaction import Redactor
from speechops.speech.credential import RenewableCredential
from speechops.speech.failures import is_html, read_problem
from speechops.speech.pacing import Pacer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from speechops.clock import Clock
    from speechops.speech.credential import Credential

ATTEMPTS = 8
"""The maximum number of times that a request is sent; the pauses between them add up to about a minute."""

PATIENCE = 300.0
"""The longest pause in seconds that the service may request, between attempts or reads of its work."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds; doubled with each attempt
_TIMEOUTS = (30.0, 100.0)  # seconds to connect or to send a piece; to receive a piece
_BODY_SECONDS, _BODY_RATE = 120, 1 << 20  # a body may take two minutes, and one second more for each MiB
_LONGEST_ANSWER = 64 << 20  # bytes
_LONGEST_PROBLEM = 1 << 20  # bytes
_PIECE = 512 << 10  # bytes, sent or received at once
_MOST_CONNECTIONS = 32
_CLOCKS_DIFFER = timedelta(minutes=5)  # more than delays and ordinary drift explain


class AnswerLost(ServiceUnavailable):
    """The service may have carried out a request that must not be repeated blindly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. ``action`` completes "The speech service refused to ..." in messages."""

    action: str
    method: str
    url: str = field(repr=False)  # may carry the signature of a SAS
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    repeatable: bool = True
    signed: bool = True  # with the credential, and counted by the pacer; not so for Blob storage
    wants_json: bool = True
    raw: bool = False  # the body of a success is a file's, which may be a page of HTML
    limit: int = _LONGEST_ANSWER
    objection: Callable[[object], str] = lambda _data: ""  # why the JSON of a success is not the expected one


@dataclass(frozen=True, slots=True)
class Answer:
    """A success, with its body. ``data`` is the JSON in it, None if none is wanted."""

    headers: Mapping[str, str]
    body: bytes
    data: object = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class _Refusal:
    """An attempt that failed: why, whether waiting helps, and whether the service may have acted on it."""

    error: ServiceError
    passes: bool
    may_have_acted: bool
    pause: float | None = None


def open_session() -> requests.Session:
    """Create a session that one client may use from many threads, with up to 32 connections open per host.

    A session's shared state is its cookies, its redirects and its pools of connections. This one accepts no
    cookies, the client follows no redirects, and the pools are made for threads, so one session is safe and
    its connections are used again by whichever thread comes next.
    """
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = f"speechops/{speechops.__version__}"
    for scheme in ("https://", "http://"):
        session.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=_MOST_CONNECTIONS))
    return session


class _Pieces:
    """A body that is sent in pieces: the time-out applies to each, so slow connections do not fail."""

    def __init__(self, body: bytes) -> None:
        self._body = memoryview(body)

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self), _PIECE):
            yield cast("bytes", self._body[start : start + _PIECE])  # a view of them: nothing is copied


class Transport:
    """Sends calls through a session, from any thread."""

    def __init__(
        self,
        session: requests.Session,
        *,
        credential: Credential,
        clock: Clock,
        log: Callable[[str], None],
    ) -> None:
        self._session = session
        self._credential = credential
        self._clock = clock
        self._write = log
        self._pacer = Pacer(clock)
        self._ahead = timedelta()
        self._redact = Redactor()
        self._signature: Mapping[str, str] = {}
        self._routes: dict[tuple[str, ...], Mapping[str, Any]] = {}
        self._renewal = threading.Lock()
        self._random = random.Random()  # noqa: S311 - spreads retries, guards nothing

    def log(self, text: str) -> None:
        """Log one line, without secrets."""
        self._write(self._redact(text))

    def now(self) -> datetime:
        """Return the time by the service's clock, as far as its answers reveal it.

        Entities are dated by that clock: with a wrong clock here, ages and expiry would be wrong.
        """
        return self._clock.now() - self._ahead

    def _compare_clocks(self, headers: Mapping[str, str]) -> None:
        try:
            ahead = self._clock.now() - parsedate_to_datetime(headers["Date"])
        except (KeyError, TypeError, ValueError):
            return
        wrong = abs(ahead) > _CLOCKS_DIFFER
        if wrong and not self._ahead:
            self.log(
                f"This machine's clock is {abs(ahead)} {'ahead of' if ahead > timedelta() else 'behind'} "
                "the speech service's clock, which is used instead. Set the clock."
            )
        self._ahead = ahead if wrong else timedelta()

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        self._clock.sleep(seconds)

    def send(self, call: Call) -> Answer:
        """Send a call, repeated if that is safe and may help, and return the successful answer.

        Raises :class:`AnswerLost` if the service may have carried out a call that is not repeatable,
        :class:`ServiceUnavailable` if all attempts failed, and :class:`ServiceError` or
        :class:`QuotaExceeded` if the service refused.
        """
        may_renew = call.signed
        attempt = 1
        while True:
            signature = self._sign() if call.signed else {}
            outcome = self._attempt(call, signature)
            if isinstance(outcome, Answer):
                return outcome
            if outcome.error.status == requests.codes.unauthorized and may_renew:
                may_renew = False
                if self._renewed(signature):
                    self.log(f"{call.action}: the token was rejected; trying a new one.")
                    continue
            if outcome.may_have_acted and not call.repeatable:
                lost = outcome.error
                raise AnswerLost(lost.message, hint=lost.hint, status=lost.status, code=lost.code)
            if not outcome.passes or attempt == ATTEMPTS:
                raise outcome.error
            if outcome.pause is not None and outcome.pause > PATIENCE:
                outcome.error.hint = f"It requests a pause of {outcome.pause:.0f} s: run again after that."
                raise outcome.error
            pause = self._pause_after(outcome, attempt)
            if outcome.error.status == requests.codes.too_many_requests:
                self._pacer.slow_down(pause)
            attempt += 1
            self.log(f"{outcome.error.message} Trying again in {pause:.1f} s ({attempt} of {ATTEMPTS}).")
            self._clock.sleep(pause)

    def _pause_after(self, refusal: _Refusal, attempt: int) -> float:
        """Return the seconds to wait: at least what the service requests, longer each time, with jitter."""
        backoff = min(_FIRST_PAUSE * 2.0 ** (attempt - 1), _LONGEST_PAUSE) * self._random.uniform(0.5, 1.0)
        return max(backoff, (refusal.pause or 0.0) * self._random.uniform(1.0, 1.1))

    def _sign(self) -> Mapping[str, str]:
        signature = dict(self._credential.headers())
        if signature != self._signature:
            self._redact.learn(*(value.split()[-1] for value in signature.values() if value.strip()))
            self._signature = signature
        return signature

    def _renewed(self, refused: Mapping[str, str]) -> bool:
        """Tell whether there is a newer signature than the rejected one; only one thread renews it."""
        with self._renewal:
            if dict(self._credential.headers()) != refused:
                return True
            if not isinstance(self._credential, RenewableCredential):
                return False
            self._credential.renew()
            return True

    def _attempt(self, call: Call, signature: Mapping[str, str]) -> Answer | _Refusal:
        if call.signed:
            self._pacer.wait()
        request = requests.Request(
            call.method,
            call.url,
            headers={**call.headers, **signature},
            data=_Pieces(call.body) if call.body and len(call.body) > _PIECE else call.body,
            auth=_keep_headers,
        )
        try:
            prepared = self._session.prepare_request(request)
            route = self._route(prepared)
            with self._session.send(prepared, timeout=_TIMEOUTS, allow_redirects=False, **route) as response:
                if call.signed:
                    self._compare_clocks(response.headers)
                return self._read(call, response)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            return self._silence(call, _explain(error))

    def _route(self, request: requests.PreparedRequest) -> Mapping[str, Any]:
        """Return proxies and certificates for a host, looked up in the environment once."""
        host = urlsplit(request.url or "")[:2]
        if host not in self._routes:
            options = self._session.merge_environment_settings(request.url, {}, True, None, None)
            self._routes[host] = dict(options)
        return self._routes[host]

    def _read(self, call: Call, response: requests.Response) -> Answer | _Refusal:
        if response.status_code // 100 != 2:  # noqa: PLR2004 - the class of successes
            body = b"".join(self._pieces(response, _LONGEST_PROBLEM, cut=True))
            return self._refusal(call, response, body)
        retry_after = seconds_to_wait(response.headers, self._clock.now())
        body = b"".join(self._pieces(response, call.limit))
        if not call.raw and is_html(body):
            return self._refusal(call, response, body)
        data: object = None
        if call.wants_json:
            try:
                data = json_text.read(body)
            except ValueError:
                return self._silence(call, _Silence("its answer is not JSON, or was truncated"))
            if objection := call.objection(data):
                return self._silence(call, _Silence(self._redact(objection)))
        return Answer(response.headers, body, data, retry_after)

    def _pieces(self, response: requests.Response, limit: int, *, cut: bool = False) -> Iterator[bytes]:
        """Yield the body as it arrives, so that neither a slow nor an endless one blocks the run for long."""
        began = self._clock.monotonic()
        allowed = _BODY_SECONDS + limit / _BODY_RATE
        size = 0
        while piece := response.raw.read1(_PIECE, decode_content=True):
            size += len(piece)
            if size > limit:
                if cut:
                    return
                raise _Unreadable(f"its answer is larger than {limit} bytes")
            if self._clock.monotonic() - began > allowed:
                raise _Unreadable(f"its answer did not end within {allowed:.0f} s")
            yield piece

    def _refusal(self, call: Call, response: requests.Response, body: bytes) -> _Refusal:
        problem = read_problem(response.status_code, body)
        problem = replace(problem, code=self._redact(problem.code), words=self._redact(problem.words))
        return _Refusal(
            problem.error(call.action),
            passes=problem.passes,
            may_have_acted=problem.passes and problem.status != requests.codes.too_many_requests,
            pause=seconds_to_wait(response.headers, self._clock.now()),
        )

    def _silence(self, call: Call, silence: _Silence) -> _Refusal:
        sort = ServiceUnavailable if silence.passes else ServiceError
        host = urlsplit(call.url).hostname or "no host"
        message = f"The speech service could not {call.action}: {silence.reason} ({host})."
        return _Refusal(
            sort(message, hint=silence.hint), passes=silence.passes, may_have_acted=silence.may_have_acted
        )


@dataclass(frozen=True, slots=True)
class _Silence:
    """Why there was no usable answer."""

    reason: str
    hint: str = "Check the network and the endpoint, then run again."
    passes: bool = True
    may_have_acted: bool = True


class _Unreadable(requests.RequestException):
    """A body that exceeds our limits."""


def _keep_headers(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from using credentials in ``.netrc`` instead of ours."""
    return request


def seconds_to_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return what ``Retry-After`` asks for, in seconds; None if it is absent or malformed.

    A date is relative to the service's own ``Date``, if present, so that a wrong clock on
    either side does not matter.
    """
    text = headers.get("Retry-After", "").strip()
    try:
        if text.replace(".", "", 1).isdigit():
            return float(text)
        then = parsedate_to_datetime(text)
        start = parsedate_to_datetime(headers["Date"]) if "Date" in headers else now
        return max(0.0, (then - start).total_seconds())
    except (TypeError, ValueError):
        return None


_UNTRUSTED = _Silence(
    "its certificate is not trusted",
    "If a proxy uses its own certificate, set REQUESTS_CA_BUNDLE to it.",
    passes=False,
    may_have_acted=False,
)
_SILENCES: tuple[tuple[tuple[type[Exception], ...], _Silence], ...] = (
    (
        (urllib3.exceptions.NameResolutionError,),
        _Silence("its name cannot be resolved", may_have_acted=False),
    ),
    (
        (
            requests.exceptions.ProxyError,
            requests.ConnectTimeout,
            urllib3.exceptions.ConnectTimeoutError,
            urllib3.exceptions.NewConnectionError,
        ),
        _Silence("no connection to it", may_have_acted=False),
    ),
    ((requests.Timeout, urllib3.exceptions.TimeoutError), _Silence("it did not answer in time")),
    # The base class of all errors of requests about an address or a header.
    ((ValueError,), _Silence("its address is wrong", passes=False, may_have_acted=False)),
    ((Exception,), _Silence("the connection broke")),
)


def _explain(error: Exception) -> _Silence:
    """Return why there is no answer. Errors of requests wrap one of urllib3, which says more."""
    if isinstance(error, _Unreadable):
        return _Silence(str(error))
    if "CERTIFICATE" in str(error):
        return _UNTRUSTED
    cause = error.args[0] if error.args else None
    errors = (error, cause, getattr(cause, "reason", None))
    return next(silence for sorts, silence in _SILENCES if any(isinstance(found, sorts) for found in errors))
