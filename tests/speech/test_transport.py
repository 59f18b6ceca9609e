from __future__ import annotations

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
import requests

from speechops.errors import QuotaExceeded, ServiceError, ServiceUnavailable, UsageError
from speechops.speech import AnswerLost, KeyCredential, Model, NewModel, SpeechClient, open_session
from speechops.speech.entities import ModelReference
from speechops.speech.transport import ATTEMPTS, Call, seconds_to_wait
from tests.clock import FakeClock
from tests.speech.rough import Script, cut, garbage, hang_up, reply, reset, rough_server
from tests.speech.service import HOST, KEY, bare, entity, identity, problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import responses

    from tests.speech.conftest import Connect

MODEL = bare(f"models/{identity(1)}")
OK = {"json": entity("models")}
DRAFT = NewModel(
    display_name="m", locale="en-US", base_model=ModelReference("b", base=True), dataset_ids=("d",)
)


def read(client: SpeechClient) -> Model:
    return client.model(identity(1))


# Faults that pass, and how long they hold up.


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("times", [1, ATTEMPTS - 1])
def test_read__passing_refusals_end_in_success(
    web: responses.RequestsMock, client: SpeechClient, clock: FakeClock, status: int, times: int
) -> None:
    for _ in range(times):
        web.get(MODEL, status=status, json=problem("ServiceUnavailable", "not now"))
    web.get(MODEL, **OK)
    assert read(client).id == identity(1)
    assert len(web.calls) == times + 1
    assert 0.25 * times <= clock.slept <= 90


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError("Connection reset by peer"),
        requests.ConnectTimeout("slow"),
        requests.ReadTimeout("slow"),
        requests.exceptions.ProxyError("proxy"),
        requests.exceptions.ChunkedEncodingError("cut"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_read__passing_outages_end_in_success(
    web: responses.RequestsMock, client: SpeechClient, error: requests.RequestException
) -> None:
    web.get(MODEL, body=error)
    web.get(MODEL, **OK)
    assert read(client).id == identity(1)


def test_read__gives_up_in_bounded_time_with_one_clear_line(
    web: responses.RequestsMock, client: SpeechClient, clock: FakeClock, log: list[str]
) -> None:
    web.get(MODEL, status=503, json=problem("ServiceUnavailable", "We are down for maintenance."))
    with pytest.raises(ServiceUnavailable) as caught:
        read(client)
    assert len(web.calls) == ATTEMPTS
    assert clock.slept <= 90
    assert str(caught.value).startswith(
        f"The speech service could not read the model {identity(1)}: We are down for maintenance. "
    )
    assert caught.value.hint
    assert len(log) == ATTEMPTS - 1


def test_read__pauses_grow_and_are_spread(web: responses.RequestsMock, connect: Connect) -> None:
    web.get(MODEL, status=500)
    runs = []
    for _ in range(2):
        clock = FakeClock()
        with pytest.raises(ServiceUnavailable):
            read(connect(clock=clock))
        runs.append(clock.sleeps)
    assert runs[0] != runs[1]
    for pauses in runs:
        for doubling, pause in enumerate(pauses):
            most = min(0.5 * 2**doubling, 30.0)
            assert most / 2 <= pause <= most


@pytest.mark.parametrize("status", [429, 503])
def test_read__waits_as_long_as_the_service_asks(
    web: responses.RequestsMock, client: SpeechClient, clock: FakeClock, status: int
) -> None:
    web.get(MODEL, status=status, headers={"Retry-After": "17"})
    web.get(MODEL, **OK)
    read(client)
    assert 17 <= clock.slept <= 17 * 1.1


def test_read__does_not_wait_for_hours(
    web: responses.RequestsMock, client: SpeechClient, clock: FakeClock
) -> None:
    web.get(MODEL, status=503, headers={"Retry-After": "86400"})
    with pytest.raises(ServiceUnavailable, match="HTTP 503") as caught:
        read(client)
    assert "86400 s" in caught.value.hint
    assert clock.slept == 0


@pytest.mark.parametrize("status", [429, 503])
def test_read__pause_at_the_bound_is_granted_whatever_the_spread(
    web: responses.RequestsMock, client: SpeechClient, status: int
) -> None:
    web.get(MODEL, status=status, headers={"Retry-After": "300"})
    web.get(MODEL, **OK)
    read(client)


NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "3"}, 3.0),
        ({"Retry-After": " 1.5 "}, 1.5),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": format_datetime(NOW + timedelta(seconds=20), usegmt=True)}, 20.0),
        ({"Retry-After": format_datetime(NOW - timedelta(seconds=20), usegmt=True)}, 0.0),
        # The service's clock is an hour ahead of ours: its own Date counts.
        (
            {
                "Date": format_datetime(NOW + timedelta(hours=1), usegmt=True),
                "Retry-After": format_datetime(NOW + timedelta(hours=1, seconds=20), usegmt=True),
            },
            20.0,
        ),
        ({"Date": "yesterday", "Retry-After": format_datetime(NOW, usegmt=True)}, None),
    ],
)
def test_seconds_to_wait(headers: Mapping[str, str], seconds: float | None) -> None:
    assert seconds_to_wait(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(minutes=5), ""),
        (timedelta(minutes=-5), ""),
        (timedelta(minutes=5, seconds=1), "0:05:01 ahead of"),
        (timedelta(minutes=-5, seconds=-1), "0:05:01 behind"),
        (timedelta(days=400), "400 days, 0:00:00 ahead of"),
        (timedelta(days=-400), "400 days, 0:00:00 behind"),
    ],
)
def test_now__is_the_services_once_ours_differs_by_more_than_five_minutes(
    web: responses.RequestsMock,
    client: SpeechClient,
    clock: FakeClock,
    log: list[str],
    ahead: timedelta,
    said: str,
) -> None:
    ours = clock.now()
    theirs = {"Date": format_datetime(ours - ahead, usegmt=True)}
    answers = [web.get(MODEL, **OK, headers=theirs) for _ in range(2)]
    for _ in answers:
        read(client)
        assert client.now() == (ours - ahead if said else ours)
    assert [f"clock is {said} the speech service's clock" in line for line in log] == [True] * bool(said)
    web.get(MODEL, **OK, headers={"Date": format_datetime(ours, usegmt=True)})
    read(client)
    assert client.now() == ours  # somebody has set the clock


def test_entity__carries_the_pause_that_the_service_asks_for(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    web.get(MODEL, **OK, headers={"Retry-After": "30"})
    assert read(client).retry_after == 30.0


def test_entity__pause_is_bounded_and_said_while_its_work_is_under_way(
    web: responses.RequestsMock, client: SpeechClient, log: list[str]
) -> None:
    working = OK | {"json": {**OK["json"], "status": "Running"}}
    web.get(MODEL, **working, headers={"Retry-After": "100000"})
    assert read(client).retry_after == 300.0
    assert "100000 s" in log[0]


def test_429__slows_the_whole_client_down(
    web: responses.RequestsMock, client: SpeechClient, clock: FakeClock
) -> None:
    web.get(MODEL, status=429)
    web.get(MODEL, **OK)
    for _ in range(60):
        read(client)
    assert clock.monotonic() >= 10.0  # 60 requests would have passed at once


# Refusals that do not pass.


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 415, 422])
def test_read__other_refusals_are_not_repeated(
    web: responses.RequestsMock, client: SpeechClient, status: int
) -> None:
    web.get(MODEL, status=status, json=problem("InvalidRequest", "No."))
    with pytest.raises(ServiceError) as caught:
        read(client)
    assert type(caught.value) is ServiceError
    assert caught.value.status == status
    assert len(web.calls) == 1


def test_429__for_a_full_quota_is_not_repeated(web: responses.RequestsMock, client: SpeechClient) -> None:
    body = problem("TooManyRequests", "no", "QuotaViolation", "Only 2 datasets are allowed.")
    web.post(bare("models"), status=429, json=body)
    with pytest.raises(QuotaExceeded, match=r"Only 2 datasets are allowed."):
        client.entities.create(Model, DRAFT)
    assert len(web.calls) == 1


def test_redirect__is_not_followed(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(MODEL, status=302, headers={"Location": "https://elsewhere.example/login"})
    with pytest.raises(ServiceError) as caught:
        read(client)
    assert "speech-endpoint" in caught.value.hint
    assert len(web.calls) == 1


def test_refusal__with_an_endless_body_is_cut(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(MODEL, status=400, body=b"words " * 1_000_000)
    with pytest.raises(ServiceError, match="words words") as caught:
        read(client)
    assert len(str(caught.value)) < 1_000


def test_page_of_html__in_place_of_success_is_named(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    web.get(MODEL, body="<html><title>Corporate proxy</title></html>", content_type="text/html")
    with pytest.raises(ServiceError, match="HTML page titled 'Corporate proxy'"):
        read(client)
    assert len(web.calls) == 1


def test_page_of_html__of_a_gateway_that_fails_passes(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    web.get(MODEL, status=502, body="<html><h1>Bad Gateway</h1></html>", content_type="text/html")
    web.get(MODEL, **OK)
    assert read(client).id == identity(1)


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", ""])
def test_json__is_read_whatever_its_content_type(
    web: responses.RequestsMock, client: SpeechClient, kind: str
) -> None:
    web.get(MODEL, body=json.dumps(entity("models")), content_type=kind)
    assert read(client).id == identity(1)


@pytest.mark.parametrize("body", [b"", b"OK", b'{"self": "https://x/mod', b"[" * 100_000])
def test_json__that_is_none_passes(web: responses.RequestsMock, client: SpeechClient, body: bytes) -> None:
    web.get(MODEL, body=body)
    web.get(MODEL, **OK)
    assert read(client).id == identity(1)


def test_address__that_is_wrong_is_refused_at_once(client: SpeechClient, clock: FakeClock) -> None:
    transport = client._transport
    with pytest.raises(ServiceError, match="its address is wrong"):
        transport.send(Call(action="give the file f", method="GET", url="gopher://x/", signed=False))
    assert clock.slept == 0


# Requests that must not be repeated blindly.


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_create__is_not_repeated_after_a_doubtful_refusal(
    web: responses.RequestsMock, client: SpeechClient, status: int
) -> None:
    web.post(bare("models"), status=status, json=problem("InternalServerError", "Oops."))
    with pytest.raises(AnswerLost, match=r"Oops."):
        client.entities.create(Model, DRAFT)
    assert len(web.calls) == 1


@pytest.mark.parametrize(
    "error", [requests.ConnectionError("reset"), requests.ReadTimeout("slow")], ids=["reset", "time-out"]
)
def test_create__is_not_repeated_after_a_lost_answer(
    web: responses.RequestsMock, client: SpeechClient, error: Exception
) -> None:
    web.post(bare("models"), body=error)
    with pytest.raises(AnswerLost):
        client.entities.create(Model, DRAFT)
    assert len(web.calls) == 1


def test_create__without_an_id_in_the_answer_is_lost(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    web.post(bare("models"), status=201, json={"displayName": "m"})
    with pytest.raises(AnswerLost, match="returned no ID"):
        client.entities.create(Model, DRAFT)


@pytest.mark.parametrize("body", [b"", b'{"self": "https'])
def test_create__with_half_an_answer_is_lost(
    web: responses.RequestsMock, client: SpeechClient, body: bytes
) -> None:
    web.post(bare("models"), status=201, body=body)
    with pytest.raises(AnswerLost):
        client.entities.create(Model, DRAFT)
    assert len(web.calls) == 1


def test_create__is_repeated_when_it_was_refused_for_its_pace(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    web.post(bare("models"), status=429)
    web.post(bare("models"), status=201, **OK)
    assert client.entities.create(Model, DRAFT).id == identity(1)


@pytest.mark.parametrize(
    "error",
    [requests.ConnectTimeout("slow"), requests.exceptions.ProxyError("refused")],
    ids=["connect", "proxy"],
)
def test_create__is_repeated_when_it_was_never_sent(
    web: responses.RequestsMock, client: SpeechClient, error: Exception
) -> None:
    web.post(bare("models"), body=error)
    web.post(bare("models"), status=201, **OK)
    assert client.entities.create(Model, DRAFT).id == identity(1)


# Below HTTP, over real connections.


MODEL_BYTES = json.dumps(entity("models")).encode()
GOOD = reply(MODEL_BYTES)


@pytest.mark.parametrize(
    "fault",
    [
        reset,
        hang_up,
        garbage,
        reply(MODEL_BYTES[:50], length=len(MODEL_BYTES)),
        cut(MODEL_BYTES[:50]),
        reply(b"\x1f\x8b broken", headers=("Content-Encoding: gzip",)),
    ],
    ids=["reset", "hang-up", "garbage", "truncated", "truncated without length", "broken encoding"],
)
def test_connection__faults_end_in_success(connect: Connect, fault: Callable[[socket.socket], None]) -> None:
    with rough_server(fault, GOOD) as server:
        client = rough(connect, server.url)
        assert read(client).id == identity(1)
        assert len(server.requests) == 2


@pytest.mark.parametrize("fault", [reset, hang_up, cut(b'{"se')], ids=["reset", "hang-up", "truncated"])
def test_connection__faults_lose_the_answer_to_a_create(connect: Connect, fault: Script) -> None:
    with rough_server(fault) as server:
        with pytest.raises(AnswerLost):
            rough(connect, server.url).entities.create(Model, DRAFT)
        assert len(server.requests) == 1


def test_connection__refused_is_tried_again_and_then_said(connect: Connect, clock: FakeClock) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(ServiceUnavailable, match=r"no connection to it \(127.0.0.1\)"):
        rough(connect, f"http://127.0.0.1:{port}").entities.create(Model, DRAFT)
    assert len(clock.sleeps) == ATTEMPTS - 1


def test_connection__unknown_host_is_named(connect: Connect) -> None:
    with pytest.raises(ServiceUnavailable, match=r"its name cannot be resolved \(nowhere.invalid\)"):
        read(rough(connect, "https://nowhere.invalid"))


def test_body__that_dribbles_is_cut_off(connect: Connect, clock: FakeClock) -> None:
    def dribble(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")
        while not done.is_set():
            connection.sendall(b" ")
            clock.advance(30)
            time.sleep(0.001)

    done = threading.Event()
    with rough_server(dribble, GOOD) as server:
        try:
            assert read(rough(connect, server.url)).id == identity(1)
        finally:
            done.set()


def test_body__that_is_too_large_is_refused(connect: Connect) -> None:
    with rough_server(reply(b"x" * 100_000)) as server:
        transport = rough(connect, server.url)._transport
        call = Call(action="give it", method="GET", url=server.url, signed=False, raw=True, limit=50_000)
        with pytest.raises(ServiceUnavailable, match="larger than 50000 bytes"):
            transport.send(call)


def test_file__is_requested_again_after_a_cut(connect: Connect) -> None:
    with rough_server(reply(b"abc", length=10), reply(b"0123456789")) as server:
        transport = rough(connect, server.url)._transport
        call = Call(action="give it", method="GET", url=server.url, signed=False, raw=True, wants_json=False)
        assert transport.send(call).body == b"0123456789"


def test_certificate__that_is_not_trusted_is_no_passing_fault(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    web.get(MODEL, body=requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"))
    with pytest.raises(ServiceError) as caught:
        read(client)
    assert "REQUESTS_CA_BUNDLE" in caught.value.hint
    assert len(web.calls) == 1


def test_session__takes_no_cookies_and_says_who_it_is(connect: Connect) -> None:
    with rough_server(reply(MODEL_BYTES, headers=("Set-Cookie: a=b",))) as server:
        session = open_session()
        read(rough(connect, server.url, session=session))
        assert not session.cookies
        assert str(session.headers["User-Agent"]).startswith("speechops/")


# Signing.


class Rotating:
    """A credential whose token changes with each renewal."""

    def __init__(self, *refused: str) -> None:
        self.number = 0
        self.renewals = 0
        self.refused = refused

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer token-number-{self.number}"}

    def renew(self) -> None:
        self.renewals += 1
        self.number += 1


def demand(token: str) -> Callable[[requests.PreparedRequest], tuple[int, dict[str, str], str]]:
    """Answer 401 to any other token."""

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        if request.headers["Authorization"] == f"Bearer {token}":
            return 200, {}, json.dumps(entity("models"))
        return 401, {}, json.dumps(problem("Unauthorized", "The token has expired."))

    return answer


def test_401__brings_a_new_token_once(
    web: responses.RequestsMock, connect: Connect, clock: FakeClock
) -> None:
    web.add_callback("GET", MODEL, demand("token-number-1"))
    credential = Rotating()
    assert read(connect(credential=credential)).id == identity(1)
    assert credential.renewals == 1
    assert clock.slept == 0


def test_401__twice_is_an_error(web: responses.RequestsMock, connect: Connect) -> None:
    web.add_callback("GET", MODEL, demand("another"))
    credential = Rotating()
    with pytest.raises(ServiceError, match=r"The token has expired.") as caught:
        read(connect(credential=credential))
    assert credential.renewals == 1
    assert caught.value.status == 401
    assert len(web.calls) == 2


def test_401__to_many_threads_brings_one_new_token(web: responses.RequestsMock, connect: Connect) -> None:
    web.add_callback("GET", MODEL, demand("token-number-1"))
    credential = Rotating()
    client = connect(credential=credential)
    barrier = threading.Barrier(8)

    def ask(_: int) -> Model:
        barrier.wait()
        return read(client)

    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(ask, range(8)))) == 8
    assert credential.renewals == 1


def test_401__to_a_token_that_was_replaced_meanwhile_needs_no_new_one(
    web: responses.RequestsMock, connect: Connect
) -> None:
    credential = Rotating()

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        credential.number = 1  # as another thread's renewal
        return demand("token-number-1")(request)

    web.add_callback("GET", MODEL, answer)
    assert read(connect(credential=credential)).id == identity(1)
    assert credential.renewals == 0


def test_401__with_a_key_is_an_error_with_a_next_step(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    body = '{"error": {"code": "401", "message": "Access denied due to invalid subscription key."}}'
    web.get(MODEL, status=401, body=body, content_type="text/plain")
    with pytest.raises(ServiceError, match="invalid subscription key") as caught:
        read(client)
    assert "Check the key" in caught.value.hint
    assert len(web.calls) == 1


def test_create__is_repeated_with_a_new_token(web: responses.RequestsMock, connect: Connect) -> None:
    web.post(bare("models"), status=401)
    web.post(bare("models"), status=201, **OK)
    assert connect(credential=Rotating()).entities.create(Model, DRAFT).id == identity(1)


def test_token__is_asked_for_with_each_request(web: responses.RequestsMock, connect: Connect) -> None:
    web.get(MODEL, **OK)
    credential = Rotating()
    client = connect(credential=credential)
    for _ in range(2):
        read(client)
        credential.number += 1
    assert [call.request.headers["Authorization"][-1] for call in web.calls] == ["0", "1"]


def test_netrc__does_not_replace_our_sign_in(
    web: responses.RequestsMock, client: SpeechClient, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{tmp_path}/netrc"
    with open(path, "w", encoding="utf-8") as netrc:  # noqa: PTH123 - requests takes the name
        netrc.write("machine name.cognitiveservices.azure.com login a password b\n")
    monkeypatch.setenv("NETRC", path)
    web.get(MODEL, **OK)
    read(client)
    assert "Authorization" not in web.calls[0].request.headers
    assert web.calls[0].request.headers["Ocp-Apim-Subscription-Key"] == KEY


@pytest.mark.parametrize("key", ["", "  ", "with blank", "ünï", "line\n"])
def test_key_credential__refuses_what_cannot_be_a_key(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        KeyCredential(key)
    assert caught.value.place is not None
    assert caught.value.place.input == "speech-key"


def test_key_credential__hides_its_key() -> None:
    assert KEY not in repr(KeyCredential(KEY))


# Secrets.


def test_secrets__appear_in_no_message_and_no_log(
    web: responses.RequestsMock, connect: Connect, log: list[str]
) -> None:
    sas = f"{HOST}/c/f.json?sv=1&sig=SIGNATURE%2Fx&se=2"
    echo = f"Bad request {sas} with {KEY} and Bearer token-number-0 of {sas}"
    for credential in (KeyCredential(KEY), Rotating()):
        client = connect(credential=credential)
        web.get(MODEL, status=500, json=problem("InternalServerError", echo, KEY, echo))
        with pytest.raises(ServiceUnavailable) as caught:
            read(client)
        web.reset()
        told = "\n".join([str(caught.value), repr(caught.value), caught.value.code, *log])
        assert "SIGNATURE" not in told
        assert KEY not in told or isinstance(credential, Rotating)
        assert "token-number-0" not in told or isinstance(credential, KeyCredential)
        log.clear()


def test_secrets__are_hidden_when_the_network_fails(
    web: responses.RequestsMock, client: SpeechClient, log: list[str]
) -> None:
    url = "https://acct.blob.core.windows.net/c/f.json?sig=SIGNATURE"
    web.get(url, body=requests.ConnectionError(f"cannot reach {url}"))
    with pytest.raises(ServiceUnavailable) as caught:
        client._transport.send(Call(action="give the file f", method="GET", url=url, signed=False))
    assert "SIGNATURE" not in str(caught.value) + "".join(log)
    assert "SIGNATURE" not in repr(Call(action="a", method="GET", url=url))


def test_storage__gets_neither_key_nor_pacing_and_sets_no_clock(
    web: responses.RequestsMock, client: SpeechClient, clock: FakeClock
) -> None:
    url = "https://acct.blob.core.windows.net/c/f.json"
    web.get(url, json={}, headers={"Date": format_datetime(NOW - timedelta(days=1), usegmt=True)})
    client._transport.send(Call(action="give the file f", method="GET", url=url, signed=False))
    assert not {"Ocp-Apim-Subscription-Key", "Authorization"} & web.calls[0].request.headers.keys()
    assert client.now() == clock.now()


def rough(connect: Connect, url: str, **options: object) -> SpeechClient:
    """A client of a rough server."""
    client = connect(**options)
    client.entities.base_url = url
    return client
