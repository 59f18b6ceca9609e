"""What the blob store promises beyond every store: privacy, lost answers, and refusals that read well."""

from __future__ import annotations

import base64
import logging
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
import requests
import responses
from azure.storage.blob import (
    BlobServiceClient,
    PublicAccess,
    generate_account_sas,
    generate_container_sas,
)
from urllib3.exceptions import MaxRetryError, NameResolutionError, ProtocolError

from speechops.errors import SpeechOpsError, StoreError, UsageError
from speechops.redaction import redact
from speechops.registry import Blob, Conflict
from speechops.registry.blob import BlobStore
from tests.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.azurite import Azurite

KEY = base64.b64encode(b"a key that is marked as a secret").decode()
OURS = {"x-ms-version": "2026-02-06"}
ACCOUNT = "https://teststorage.blob.core.windows.net"


@pytest.fixture
def store(storage: Azurite, session: requests.Session) -> BlobStore:
    return BlobStore.with_connection_string(storage.connection_string, session=session, clock=FakeClock())


@pytest.fixture
def owner(storage: Azurite) -> Iterator[BlobServiceClient]:
    with BlobServiceClient.from_connection_string(storage.connection_string) as service:
        yield service


@pytest.fixture
def box() -> str:
    return f"box-{uuid.uuid4().hex}"


# --- privacy ---


def test_write__makes_the_container_private(store: BlobStore, owner: BlobServiceClient, box: str) -> None:
    store.write(box, "a", b"1")
    assert owner.get_container_client(box).get_container_properties().public_access is None
    assert box not in store.public_containers()


@pytest.mark.parametrize("access", [PublicAccess.BLOB, PublicAccess.CONTAINER])
def test_public_containers__finds_what_anyone_may_read(
    store: BlobStore, owner: BlobServiceClient, box: str, access: PublicAccess
) -> None:
    owner.create_container(box, public_access=access)
    assert box in store.public_containers()


def test_how_to_close__names_account_and_container(session: requests.Session) -> None:
    command = _open("key", session).how_to_close("test-results")
    assert "--account-name teststorage --name test-results --public-access off" in command


def test_delete__takes_the_snapshots_too(store: BlobStore, owner: BlobServiceClient, box: str) -> None:
    store.write(box, "a", b"1")
    owner.get_blob_client(box, "a").create_snapshot()
    store.delete(box, "a")
    assert not list(owner.get_container_client(box).list_blobs(include=["snapshots"]))


def test_connection_string__in_small_letters_is_of_a_key(session: requests.Session) -> None:
    text = f"accountname=teststorage;accountkey={KEY}"
    store = BlobStore.with_connection_string(text, session=session, clock=FakeClock())
    assert repr(store) == "BlobStore('teststorage.blob.core.windows.net', 'account key')"


def test_repr__names_host_and_kind_of_access_alone(storage: Azurite, store: BlobStore) -> None:
    assert repr(store) == "BlobStore('127.0.0.1', 'account key')"
    assert storage.key not in repr(vars(store))


# --- answers that are lost ---


class Lossy(requests.Session):
    """Sends each request, and loses the answers to the first ``losses`` that have this method."""

    def __init__(self, method: str, losses: int) -> None:
        super().__init__()
        self._method = method
        self._losses = losses
        self.sent: list[str] = []

    def request(self, method: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        response = super().request(method, *args, **kwargs)
        self.sent.append(f"{method!s} {response.status_code}")
        if method == self._method and self._losses:
            self._losses -= 1
            response.close()
            raise requests.ConnectionError(ProtocolError("Connection aborted."))
        return response


def _lossy(storage: Azurite, losses: int) -> Iterator[tuple[BlobStore, Lossy, FakeClock]]:
    clock = FakeClock()
    with Lossy("PUT", losses) as session:
        yield (
            BlobStore.with_connection_string(storage.connection_string, session=session, clock=clock),
            session,
            clock,
        )


@pytest.fixture
def lossy(storage: Azurite) -> Iterator[tuple[BlobStore, Lossy, FakeClock]]:
    yield from _lossy(storage, 1)


def test_write__answer_to_a_creation_lost__knows_its_own_document(
    lossy: tuple[BlobStore, Lossy, FakeClock], store: BlobStore, box: str
) -> None:
    weak, session, clock = lossy
    store.write(box, "other", b"")
    etag = weak.write(box, "a", b"1", if_absent=True)
    assert session.sent == ["PUT 201", "PUT 409", "HEAD 200"]
    assert len(clock.sleeps) == 1
    assert store.read(box, "a") == Blob(b"1", etag)


def test_write__answer_to_a_swap_lost__knows_its_own_document(
    lossy: tuple[BlobStore, Lossy, FakeClock], store: BlobStore, box: str
) -> None:
    weak, session, _ = lossy
    first = store.write(box, "a", b"1")
    second = weak.write(box, "a", b"2", if_match=first)
    assert session.sent == ["PUT 201", "PUT 412", "HEAD 200"]
    assert store.read(box, "a") == Blob(b"2", second)


def test_write__answer_lost_and_another_wrote_the_same_bytes__conflict(
    storage: Azurite, store: BlobStore, box: str
) -> None:
    """Equal bytes do not make the document ours: two runs must not both believe that they created it."""
    store.write(box, "a", b"1", if_absent=True)
    for weak, _, _ in _lossy(storage, 1):
        with pytest.raises(Conflict):
            weak.write(box, "a", b"1", if_absent=True)


def test_write__answers_lost_without_end__five_tries_and_one_line(
    storage: Azurite, store: BlobStore, box: str
) -> None:
    store.write(box, "other", b"")
    for weak, session, clock in _lossy(storage, 100):
        with pytest.raises(StoreError, match=f"write {box}/a: the connection broke in five attempts"):
            weak.write(box, "a", b"1", if_absent=True)
        assert session.sent == ["PUT 201"] + ["PUT 409"] * 4
        assert clock.slept < 60


# --- refusals, from Azurite ---


def _message(error: pytest.ExceptionInfo[SpeechOpsError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert error.value.hint
    return text


def test_read__wrong_key__one_line_without_the_key(
    storage: Azurite, session: requests.Session, box: str
) -> None:
    wrong = storage.connection_string.replace(storage.key, KEY)
    store = BlobStore.with_connection_string(wrong, session=session, clock=FakeClock())
    with pytest.raises(StoreError) as error:
        store.read(box, "a")
    text = _message(error)
    assert text.startswith(f"Storage 127.0.0.1 would not read {box}/a: the account key is wrong, ")
    assert KEY not in text


def _account_sas(storage: Azurite, permission: str, *, hours: float = 1, types: str = "sco") -> str:
    return generate_account_sas(
        storage.account,
        account_key=storage.key,
        resource_types=types,
        permission=permission,
        expiry=datetime.now(UTC) + timedelta(hours=hours),
        start=datetime.now(UTC) - timedelta(hours=2),
    )


@pytest.mark.parametrize("prefix", ["", "?", " ?"])
def test_sas__of_the_account__is_enough_for_everything(
    storage: Azurite, session: requests.Session, box: str, prefix: str
) -> None:
    sas = prefix + _account_sas(storage, "rwdlac")
    store = BlobStore.with_sas(storage.url, sas, session=session, clock=FakeClock())
    etag = store.write(box, "a", b"1", if_absent=True)
    assert store.read(box, "a") == Blob(b"1", etag)
    assert list(store.names(box)) == ["a"]
    assert box not in store.public_containers()
    store.delete(box, "a")


def test_sas__in_a_connection_string__is_enough(
    storage: Azurite, session: requests.Session, box: str
) -> None:
    text = f"BlobEndpoint={storage.url};SharedAccessSignature={_account_sas(storage, 'rwdlac')}"
    store = BlobStore.with_connection_string(text, session=session, clock=FakeClock())
    store.write(box, "a", b"1")
    assert repr(store) == "BlobStore('127.0.0.1', 'SAS')"


@pytest.mark.parametrize(
    ("permission", "hours", "types", "reason"),
    [
        ("rwdlac", -1, "sco", "the SAS is not valid, "),
        ("rl", 1, "sco", "the SAS does not allow it"),
        ("rwdlac", 1, "s", "the SAS does not cover this request"),
    ],
)
def test_sas__too_old_or_too_small__one_line_without_the_signature(
    storage: Azurite, session: requests.Session, permission: str, hours: float, types: str, reason: str
) -> None:
    sas = _account_sas(storage, permission, hours=hours, types=types)
    store = BlobStore.with_sas(storage.url, sas, session=session, clock=FakeClock())
    with pytest.raises(StoreError) as error:
        store.write("test-results", "a", b"1")
    text = _message(error)
    assert reason in text
    assert sas.partition("sig=")[2] not in text


def test_sas__of_one_container__other_containers_are_refused(
    storage: Azurite, store: BlobStore, session: requests.Session, box: str
) -> None:
    store.write(box, "a", b"1")
    sas = generate_container_sas(
        storage.account,
        box,
        account_key=storage.key,
        permission="rwdl",
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    narrow = BlobStore.with_sas(storage.url, sas, session=session, clock=FakeClock())
    assert narrow.read(box, "a") is not None
    with pytest.raises(StoreError, match="the SAS is not valid"):
        narrow.read(f"{box}-2", "a")


# --- refusals that Azurite never utters ---


@pytest.fixture
def refused() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def _refuse(
    mock: responses.RequestsMock, status: int, code: str, message: str = "", detail: str = ""
) -> None:
    more = f"<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail>" if detail else ""
    words = f"<Code>{code}</Code><Message>{message}\nRequestId:1</Message>{more}"
    body = f"<?xml version='1.0'?><Error>{words}</Error>"
    for method in ("GET", "PUT", "HEAD", "DELETE"):
        mock.add(
            method,
            url=re.compile(rf"{ACCOUNT}/.*"),
            status=status,
            body="" if method == "HEAD" else body,
            headers={"x-ms-error-code": code, "Content-Type": "application/xml"},
        )


class Tokens:
    """A sign-in whose tokens are numbered, and which counts how often it was asked for a new one."""

    def __init__(self) -> None:
        self.number = 1

    def token(self, scope: str) -> str:
        assert scope == "https://storage.azure.com/.default"
        return f"token-{self.number}"

    def renew(self) -> None:
        self.number += 1


def _open(access: str, session: requests.Session, clock: FakeClock | None = None) -> BlobStore:
    clock = clock or FakeClock()
    match access:
        case "sign-in":
            return BlobStore.signed_in("teststorage", Tokens(), session=session, clock=clock)
        case "SAS":
            return BlobStore.with_sas("teststorage", f"sv=1&sig={KEY}", session=session, clock=clock)
        case _:
            text = f"AccountName=teststorage;AccountKey={KEY}"
            return BlobStore.with_connection_string(text, session=session, clock=clock)


@pytest.mark.parametrize(
    ("access", "status", "code", "reason"),
    [
        ("sign-in", 403, "AuthorizationPermissionMismatch", "--role 'Storage Blob Data Contributor'"),
        ("sign-in", 403, "InsufficientAccountPermissions", "--role 'Storage Blob Data Contributor'"),
        ("sign-in", 403, "AuthorizationFailure", "Allow the runner in the account's Networking page"),
        ("sign-in", 401, "InvalidAuthenticationInfo", "Check that azure-tenant-id is the tenant"),
        ("sign-in", 401, "", "Check that azure-tenant-id is the tenant"),
        ("SAS", 403, "AuthorizationPermissionMismatch", "permissions rwdlac"),
        ("SAS", 403, "AuthorizationServiceMismatch", "services b"),
        ("SAS", 403, "AuthorizationSourceIPMismatch", "without an IP range"),
        ("SAS", 403, "AuthenticationFailed", "Create a new one"),
        ("key", 403, "AuthenticationFailed", "Copy the connection string from the portal again"),
        ("key", 403, "KeyBasedAuthenticationNotPermitted", "Remove storage-connection-string"),
        ("key", 403, "AccountIsDisabled", "Check the subscription's state"),
        ("key", 409, "BlobImmutableDueToPolicy", "Remove the policy"),
        ("key", 409, "ContainerBeingDeleted", "Run the job again in a minute"),
        ("key", 412, "LeaseIdMissing", "Break the lease"),
        ("sign-in", 403, "AuthorizationProtocolMismatch", "Name the account by its https:// address"),
        ("SAS", 403, "AuthorizationFailure", "Create a new SAS if it has expired"),
        ("SAS", 403, "AuthorizationResourceTypeMismatch", "resource types sco"),
        ("key", 403, "AuthorizationFailure", "Copy the connection string from the portal again"),
        ("key", 403, "AuthorizationPermissionMismatch", "--role 'Storage Blob Data Contributor'"),
        ("key", 409, "AccountBeingCreated", "the account is still being created"),
        ("key", 409, "BlobArchived", "hot or cool tier"),
        ("key", 409, "BlobBeingRehydrated", "still being restored"),
        ("key", 409, "ContainerDisabled", "Enable it in the portal"),
        *((access, 418, "Unheard", "status 418, Unheard, Signature") for access in ("key", "SAS")),
    ],
)
def test_write__refused__one_line_with_the_fix_and_one_try(
    refused: responses.RequestsMock,
    session: requests.Session,
    access: str,
    status: int,
    code: str,
    reason: str,
) -> None:
    _refuse(refused, status, code, f"Signature {KEY}")
    clock = FakeClock()
    with pytest.raises(StoreError) as error:
        _open(access, session, clock).write("test-results", "a", b"1", if_absent=True)
    text = _message(error)
    assert text.startswith("Storage teststorage.blob.core.windows.net would not write test-results/a: ")
    assert reason in text
    assert KEY not in text
    assert clock.sleeps == []


def test_write__refused_for_an_unknown_reason__its_first_line_is_cut(
    refused: responses.RequestsMock, session: requests.Session
) -> None:
    _refuse(refused, 418, "Unheard", "word " * 200)
    with pytest.raises(StoreError) as error:
        _open("key", session).write("test-results", "a", b"1")
    text = _message(error)
    assert "activity log" in text
    assert "RequestId" not in text
    assert 300 < len(text) < 500


@pytest.mark.parametrize(
    ("condition", "status", "code"),
    [({"if_absent": True}, 409, "BlobAlreadyExists"), ({"if_match": '"0x1"'}, 412, "ConditionNotMet")],
)
def test_write__condition_not_met__conflict(
    refused: responses.RequestsMock,
    session: requests.Session,
    condition: dict[str, Any],
    status: int,
    code: str,
) -> None:
    blob = f"{ACCOUNT}/test-results/a"
    refused.put(blob, status=status, headers={**OURS, "x-ms-error-code": code})
    refused.head(blob, status=404, headers={**OURS, "x-ms-error-code": "BlobNotFound"})
    with pytest.raises(Conflict):
        _open("key", session).write("test-results", "a", b"1", **condition)


@pytest.mark.parametrize(
    "detail",
    [
        "Request date header too old: 'Fri, 27 Nov 2026 18:02:12 GMT'",
        "The key is not yet valid at Fri, 27 Nov 2026 18:02:12 GMT",
    ],
)
@pytest.mark.parametrize("access", ["sign-in", "SAS", "key"])
def test_read__refused_for_the_time_of_the_signature__names_the_clock(
    refused: responses.RequestsMock, session: requests.Session, access: str, detail: str
) -> None:
    _refuse(refused, 403, "AuthenticationFailed", "Server failed to authenticate the request.", detail)
    with pytest.raises(StoreError, match="this machine's clock is wrong") as error:
        _open(access, session).read("test-results", "a")
    assert "Set the clock" in _message(error)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (500, ""),
        (500, "InternalError"),
        (500, "OperationTimedOut"),
        (502, ""),
        (503, "ServerBusy"),
        (504, ""),
    ],
)
def test_read__busy__five_tries_and_one_line(
    refused: responses.RequestsMock, session: requests.Session, status: int, code: str
) -> None:
    _refuse(refused, status, code)
    clock = FakeClock()
    with pytest.raises(StoreError, match="busy in five attempts") as error:
        _open("key", session, clock).read("test-results", "a")
    _message(error)
    assert len(refused.calls) == 5
    assert clock.sleeps == pytest.approx([3, 5, 9, 17], abs=1)


def test_read__busy_at_first__goes_on(refused: responses.RequestsMock, session: requests.Session) -> None:
    url = f"{ACCOUNT}/test-results/a"
    refused.get(url, status=503)
    refused.get(url, status=500)
    refused.get(url, body=b"1", headers={**OURS, "ETag": '"0x1"', "Content-Range": "bytes 0-0/1"}, status=206)
    clock = FakeClock()
    assert _open("sign-in", session, clock).read("test-results", "a") == Blob(b"1", '"0x1"')
    assert len(clock.sleeps) == 2


NO_SUCH_HOST = requests.ConnectionError(
    MaxRetryError(cast("Any", None), "/", NameResolutionError("h", cast("Any", None), cast("Any", "unknown")))
)


def test_write__another_run_makes_the_container_first__goes_on(
    refused: responses.RequestsMock, session: requests.Session
) -> None:
    blob = f"{ACCOUNT}/test-results/a"
    refused.put(blob, status=404, headers={**OURS, "x-ms-error-code": "ContainerNotFound"})
    refused.put(
        f"{ACCOUNT}/test-results", status=409, headers={**OURS, "x-ms-error-code": "ContainerAlreadyExists"}
    )
    refused.put(blob, status=201, headers={**OURS, "ETag": '"0x1"'})
    assert _open("key", session).write("test-results", "a", b"1", if_absent=True) == '"0x1"'


def test_write__container_is_being_deleted__one_line(
    refused: responses.RequestsMock, session: requests.Session
) -> None:
    refused.put(
        f"{ACCOUNT}/test-results/a", status=404, headers={**OURS, "x-ms-error-code": "ContainerNotFound"}
    )
    refused.put(
        f"{ACCOUNT}/test-results", status=409, headers={**OURS, "x-ms-error-code": "ContainerBeingDeleted"}
    )
    with pytest.raises(StoreError, match="container is being deleted"):
        _open("key", session).write("test-results", "a", b"1")


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (NO_SUCH_HOST, "the host does not exist"),
        (requests.exceptions.SSLError("certificate verify failed"), "its certificate is not trusted"),
        (requests.exceptions.ProxyError("Cannot connect to proxy"), "it cannot be reached"),
        (requests.ConnectTimeout("timed out"), "it cannot be reached"),
        (requests.ReadTimeout("timed out"), "the connection broke in five attempts"),
        (requests.ConnectionError(ProtocolError("reset")), "the connection broke in five attempts"),
    ],
)  # fmt: skip
def test_names__no_answer__one_line(
    refused: responses.RequestsMock, session: requests.Session, failure: Exception, reason: str
) -> None:
    refused.get(re.compile(".*"), body=failure)
    with pytest.raises(StoreError) as error:
        list(_open("SAS", session).names("test-results"))
    assert f"would not list test-results: {reason}" in _message(error)


def test_names__page_of_a_proxy_instead_of_a_listing__one_line(
    refused: responses.RequestsMock, session: requests.Session
) -> None:
    refused.get(re.compile(".*"), body="<html>Sign in to the network<br></html>", content_type="text/html")
    with pytest.raises(StoreError, match="not from a storage account") as error:
        list(_open("key", session).names("test-results"))
    _message(error)


# --- tokens ---


@pytest.mark.parametrize(
    ("status", "code"), [(401, "InvalidAuthenticationInfo"), (403, "AuthenticationFailed")]
)
def test_signed_in__token_refused_midway__renewed_once_and_sent_again(
    refused: responses.RequestsMock, session: requests.Session, status: int, code: str
) -> None:
    url = f"{ACCOUNT}/test-results/a"
    refused.put(url, status=201, headers={**OURS, "ETag": '"0x1"'})
    refused.put(url, status=status, headers={"x-ms-error-code": code})
    refused.put(url, status=201, headers={**OURS, "ETag": '"0x2"'})
    store = _open("sign-in", session)
    store.write("test-results", "a", b"first")
    assert store.write("test-results", "a", b"second") == '"0x2"'
    sent = [(call.request.headers["Authorization"], _body(call.request)) for call in refused.calls]
    assert sent == [
        ("Bearer token-1", b"first"),
        ("Bearer token-1", b"second"),
        ("Bearer token-2", b"second"),
    ]


def _body(request: requests.PreparedRequest) -> bytes:
    body: Any = request.body
    return cast("bytes", body.read() if hasattr(body, "read") else body)


def test_signed_in__new_token_refused_too__one_line_after_two_tries(
    refused: responses.RequestsMock, session: requests.Session
) -> None:
    _refuse(refused, 401, "InvalidAuthenticationInfo")
    with pytest.raises(StoreError, match="the token was rejected"):
        _open("sign-in", session).read("test-results", "a")
    assert [call.request.headers["Authorization"] for call in refused.calls] == [
        "Bearer token-1",
        "Bearer token-2",
    ]


def test_signed_in__role_missing__token_is_not_renewed(
    refused: responses.RequestsMock, session: requests.Session
) -> None:
    _refuse(refused, 403, "AuthorizationPermissionMismatch")
    with pytest.raises(StoreError):
        _open("sign-in", session).read("test-results", "a")
    assert len(refused.calls) == 1


def test_signed_in__without_tls__refused_before_a_token_is_sent(session: requests.Session) -> None:
    with pytest.raises(UsageError, match="in the clear") as error:
        BlobStore.signed_in("http://127.0.0.1:1/account", Tokens(), session=session, clock=FakeClock())
    assert _input(error) == "storage-account"


# --- inputs ---


def _input(error: pytest.ExceptionInfo[UsageError]) -> str:
    """Return the input that an error is about."""
    assert error.value.place is not None
    return error.value.place.input


@pytest.mark.parametrize(
    "account", ["", "ab", "Account", "acc_ount", "ftp://x", "https://", f"https://h/?sig={KEY}"]
)
def test_account__not_one__says_what_is_wanted(session: requests.Session, account: str) -> None:
    with pytest.raises(UsageError, match="is not a valid storage account") as error:
        BlobStore.signed_in(account, Tokens(), session=session, clock=FakeClock())
    assert KEY not in str(error.value)
    assert _input(error) == "storage-account"


def test_account__address_with_a_slash_at_its_end(
    refused: responses.RequestsMock, session: requests.Session
) -> None:
    refused.get(f"{ACCOUNT}/test-results/a", status=404, headers={**OURS, "x-ms-error-code": "BlobNotFound"})
    store = BlobStore.signed_in(f"{ACCOUNT}/", Tokens(), session=session, clock=FakeClock())
    assert store.read("test-results", "a") is None
    assert store.host == "teststorage.blob.core.windows.net"


@pytest.mark.parametrize("sas", ["", "?", "sv=2024&se=2026", KEY])
def test_sas__without_signature__says_so_and_shows_none_of_it(session: requests.Session, sas: str) -> None:
    with pytest.raises(UsageError, match="no signature") as error:
        BlobStore.with_sas("teststorage", sas, session=session, clock=FakeClock())
    assert KEY not in str(error.value)
    assert _input(error) == "storage-sas"


@pytest.mark.parametrize("text", ["", "nonsense", f"AccountKey={KEY}", f"AccountName=a;AccountKey={KEY};x"])
def test_connection_string__not_one__says_so_and_shows_none_of_it(
    session: requests.Session, text: str
) -> None:
    with pytest.raises(UsageError, match="cannot be read") as error:
        BlobStore.with_connection_string(text, session=session, clock=FakeClock())
    assert KEY not in str(error.value)
    assert _input(error) == "storage-connection-string"


# --- logs ---


@pytest.mark.parametrize("access", ["key", "SAS"])
def test_any__at_debug_level__no_secret_in_redacted_logs(
    storage: Azurite, session: requests.Session, box: str, access: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    clock = FakeClock()
    sas = _account_sas(storage, "rwdlac")
    if access == "key":
        store = BlobStore.with_connection_string(storage.connection_string, session=session, clock=clock)
    else:
        store = BlobStore.with_sas(storage.url, sas, session=session, clock=clock)
    store.write(box, "a", b"1")
    store.read(box, "a")
    list(store.names(box))
    wrong = storage.connection_string.replace(storage.key, KEY)
    with pytest.raises(StoreError):
        BlobStore.with_connection_string(wrong, session=session, clock=clock).read(box, "a")
    assert box in caplog.text
    text = redact(caplog.text)
    for secret in (storage.key, KEY, sas.partition("sig=")[2].partition("&")[0]):
        assert secret not in text
