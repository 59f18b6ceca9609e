from __future__ import annotations

import base64
import io
import threading
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.errors import DataError, ServiceError
from speechops.speech import Dataset, SpeechClient, Status
from speechops.speech import upload as module
from speechops.speech.client import CONNECTIONS
from speechops.speech.upload import Block, block_id, upload
from tests.speech.service import bare, dataset, identity, problem, sent_json, sent_query

if TYPE_CHECKING:
    from collections.abc import Sequence

    import requests
    import responses


class Shelf:
    """Keeps blocks; may fail at one, and notes how many are under way at a time."""

    def __init__(self, *, fail_at: int = -1) -> None:
        self.held: dict[str, bytes] = {}
        self.content: bytes | None = None
        self.puts = 0
        self.busiest = 0
        self._busy = 0
        self._fail_at = fail_at
        self._lock = threading.Lock()

    def blocks(self) -> Sequence[Block]:
        done = self.content is not None
        return [Block(name, len(data), committed=done) for name, data in self.held.items()]

    def put(self, block_id: str, data: bytes) -> None:
        with self._lock:
            self.puts += 1
            number = self.puts
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        try:
            if number == self._fail_at:
                raise ServiceError("no more")
            self.held[block_id] = bytes(data)
        finally:
            with self._lock:
                self._busy -= 1

    def commit(self, block_ids: Sequence[str]) -> None:
        self.content = b"".join(self.held[name] for name in block_ids)


def send(content: bytes, shelf: Shelf, *, connections: int = 4, slots: int = 4) -> list[int]:
    progress: list[int] = []
    upload(
        io.BytesIO(content),
        shelf,
        slots=threading.BoundedSemaphore(slots),
        connections=connections,
        progress=progress.append,
    )
    return progress


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(module, "BLOCK_SIZE", 10)
    return 10


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("size", [1, 9, 10, 11, 1_000, 1_005])
def test_upload__content_arrives_whole(size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    shelf = Shelf()
    progress = send(content, shelf)
    assert shelf.content == content
    assert shelf.busiest <= 4
    assert progress == sorted(progress)
    assert progress[-1] == size


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("fail_at", [1, 2, 50, 100])
def test_upload__goes_on_where_it_was_cut(fail_at: int) -> None:
    content = bytes(number % 251 for number in range(1_000))
    shelf = Shelf(fail_at=fail_at)
    with pytest.raises(ServiceError, match="no more"):
        send(content, shelf)
    assert shelf.content is None
    stored, sent = len(shelf.held), shelf.puts
    assert sent <= fail_at + 3  # others stop after the block they are at
    send(content, shelf)
    assert shelf.content == content
    assert shelf.puts - sent == 100 - stored


@pytest.mark.usefixtures("small_blocks")
def test_upload__takes_no_block_of_other_content(small_blocks: int) -> None:
    shelf = Shelf(fail_at=7)
    with pytest.raises(ServiceError):
        send(b"a" * 1_000, shelf)
    changed = b"a" * 500 + b"b" * 500
    send(changed, shelf)
    assert shelf.content == changed
    assert small_blocks == 10


def test_upload__block_that_arrived_in_part_is_sent_again(small_blocks: int) -> None:
    content = bytes(range(25))
    shelf = Shelf()
    shelf.held[block_id(0, content[:small_blocks])] = content[: small_blocks - 1]
    send(content, shelf)
    assert shelf.content == content
    assert shelf.puts == 3


def test_upload__committed_content_stays() -> None:
    shelf = Shelf()
    send(b"first", shelf)
    send(b"second", shelf)
    assert shelf.content == b"first"
    assert shelf.puts == 1


def test_upload__empty_content_is_refused() -> None:
    shelf = Shelf()
    with pytest.raises(DataError, match="empty"):
        send(b"", shelf)
    assert shelf.content is None


@pytest.mark.usefixtures("small_blocks")
def test_upload__shared_slots_bound_all_uploads(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf()
    monkeypatch.setattr(shelf, "blocks", list)  # three datasets, which share nothing but this busy shelf
    slots = threading.BoundedSemaphore(2)

    def one(letter: bytes) -> None:
        upload(io.BytesIO(letter * 500), shelf, slots=slots, connections=4, progress=lambda _: None)

    threads = [threading.Thread(target=one, args=(letter,)) for letter in (b"a", b"b", b"c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shelf.busiest <= 2
    assert shelf.puts == 150


@given(st.integers(0, 50_000), st.integers(0, 50_000), st.binary(max_size=50))
def test_block_id__has_one_length_and_is_valid(first: int, second: int, data: bytes) -> None:
    assert len(block_id(first, data)) == len(block_id(second, b"other"))
    assert len(base64.b64decode(block_id(first, data), validate=True)) <= 64


class Endless(io.RawIOBase):
    """A large file without a disk."""

    def __init__(self, size: int) -> None:
        self.size, self.at = size, 0

    def read(self, size: int = -1) -> bytes:
        size = min(size, self.size - self.at)
        self.at += size
        return bytes(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        del whence
        self.at = offset
        return offset


class Sink(Shelf):
    """Forgets what it is given."""

    def put(self, block_id: str, data: bytes) -> None:
        super().put(block_id, b"")
        del data

    def commit(self, block_ids: Sequence[str]) -> None:
        self.committed = len(block_ids)


def test_upload__memory_does_not_grow_with_the_content() -> None:
    sink = Sink()
    tracemalloc.start()
    try:
        upload(
            Endless(20 * module.BLOCK_SIZE),  # type: ignore[arg-type]
            sink,
            slots=threading.BoundedSemaphore(2),
            connections=2,
            progress=lambda _: None,
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sink.committed == 20
    assert peak < 4 * module.BLOCK_SIZE


# Through the client.

WAITING = Dataset(
    id=identity(1), display_name="d", locale="en-US", kind="Language", status=Status.NOT_STARTED
)
BLOCKS = bare(f"datasets/{identity(1)}/blocks")
COMMIT = f"{BLOCKS}:commit"
NONE: dict[str, Any] = {"committedBlocks": [], "uncommittedBlocks": []}


class Remote:
    """The service's side of a dataset's blocks."""

    def __init__(self, web: responses.RequestsMock) -> None:
        self.held: dict[str, bytes] = {}
        web.add_callback("PUT", BLOCKS, self.put)

    def put(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        body: Any = request.body
        data = body if isinstance(body, bytes) else b"".join(body)
        assert request.headers["Content-Type"] == "application/octet-stream"
        assert request.headers["Content-Length"] == str(len(data))
        self.held[sent_query(request)["blockid"]] = data
        return 201, {}, ""


@pytest.mark.parametrize("size", [5, module.BLOCK_SIZE + 5])
def test_client_upload__sends_blocks_and_commits_them_in_order(
    web: responses.RequestsMock, client: SpeechClient, size: int
) -> None:
    content = bytes(size - 5) + b"start"[::-1]
    web.get(BLOCKS, json=NONE)
    remote = Remote(web)
    web.post(COMMIT, status=200)
    client.upload(WAITING, io.BytesIO(content))
    entries = sent_json(next(call for call in web.calls if call.request.method == "POST"))
    assert {entry["kind"] for entry in entries} == {"Uncommitted"}
    assert b"".join(remote.held[entry["id"]] for entry in entries) == content


@pytest.mark.parametrize("status", [Status.RUNNING, Status.SUCCEEDED, Status.FAILED])
def test_client_upload__does_nothing_once_the_import_has_begun(
    web: responses.RequestsMock, client: SpeechClient, status: Status
) -> None:
    del web
    client.upload(Dataset(id="d", display_name="d", locale="l", kind="k", status=status), io.BytesIO(b"x"))


def test_client_upload__service_without_any_block_may_say_404(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    web.get(BLOCKS, status=404, json=problem("NotFound", "no blob"))
    remote = Remote(web)
    web.post(COMMIT, status=200)
    client.upload(WAITING, io.BytesIO(b"content"))
    assert list(remote.held.values()) == [b"content"]


def test_client_upload__other_refusals_to_list_blocks_are_errors(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    web.get(BLOCKS, status=403, json=problem("Forbidden", "Not yours."))
    with pytest.raises(ServiceError, match="Not yours"):
        client.upload(WAITING, io.BytesIO(b"content"))


def test_client_upload__block_is_repeated(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(BLOCKS, json=NONE)
    web.put(BLOCKS, status=503)
    web.put(BLOCKS, status=201)
    web.post(COMMIT, status=200)
    client.upload(WAITING, io.BytesIO(b"content"))
    assert [call.request.method for call in web.calls] == ["GET", "PUT", "PUT", "POST"]


def commit_statuses(web: responses.RequestsMock, *statuses: int) -> None:
    web.get(BLOCKS, json=NONE)
    web.put(BLOCKS, status=201)
    for status in statuses:
        web.post(COMMIT, status=status, json=problem("Conflict", "Not in the right state."))


def test_client_upload__lost_commit_that_began_the_import_is_fine(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    commit_statuses(web, 500)
    web.get(bare(f"datasets/{identity(1)}"), json=dataset(status="Running"))
    client.upload(WAITING, io.BytesIO(b"content"))


def test_client_upload__lost_commit_that_did_nothing_is_repeated(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    commit_statuses(web, 500, 200)
    web.get(bare(f"datasets/{identity(1)}"), json=dataset(status="NotStarted"))
    client.upload(WAITING, io.BytesIO(b"content"))


def test_client_upload__another_run_s_commit_is_fine(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    commit_statuses(web, 409)
    web.get(bare(f"datasets/{identity(1)}"), json=dataset(status="Running"))
    client.upload(WAITING, io.BytesIO(b"content"))


@pytest.mark.parametrize(("status", "commits"), [(400, 1), (500, 3)])
def test_client_upload__refused_commit_is_an_error(
    web: responses.RequestsMock, client: SpeechClient, status: int, commits: int
) -> None:
    commit_statuses(web, status)
    web.get(bare(f"datasets/{identity(1)}"), json=dataset(status="NotStarted"))
    with pytest.raises(ServiceError, match="Not in the right state"):
        client.upload(WAITING, io.BytesIO(b"content"))
    assert [call.request.method for call in web.calls].count("POST") == commits


def test_client__shares_its_connections_among_uploads(client: SpeechClient) -> None:
    assert client._slots._initial_value == CONNECTIONS  # type: ignore[attr-defined]
