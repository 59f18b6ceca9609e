"""What every store has to do: one suite, run on the folder store and on the blob store with Azurite."""

from __future__ import annotations

import multiprocessing
import uuid
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import requests
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from speechops.clock import SystemClock
from speechops.errors import StoreError
from speechops.registry import MAX_DOCUMENT, Blob, Conflict, FolderStore, Store
from speechops.registry.blob import BlobStore
from speechops.registry.store import check_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.azurite import Azurite


@dataclass(frozen=True)
class Place:
    """Where a store keeps its documents; each process opens it for itself."""

    folder: Path | None = None
    connection_string: str = ""

    @contextmanager
    def opened(self) -> Iterator[Store]:
        if self.folder is not None:
            yield FolderStore(self.folder)
            return
        with requests.Session() as session:
            yield BlobStore.with_connection_string(
                self.connection_string, session=session, clock=SystemClock()
            )


@pytest.fixture(params=["folder", "blob"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return Place(folder=tmp_path / "not" / "there yet")
    azurite: Azurite = request.getfixturevalue("storage")
    return Place(connection_string=azurite.connection_string)


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with place.opened() as store:
        yield store


@pytest.fixture
def box() -> str:
    """Return the name of a container that no other test uses."""
    return f"box-{uuid.uuid4().hex}"


def test_read__absent__none(store: Store, box: str) -> None:
    assert store.read(box, "a.json") is None
    store.write(box, "b.json", b"{}")
    assert store.read(box, "a.json") is None


def test_write__then_read__same_bytes_and_etag(store: Store, box: str) -> None:
    data = bytes(range(256)) * 1000
    etag = store.write(box, "a.bin", data)
    assert store.read(box, "a.bin") == Blob(data, etag)
    assert repr(data[:3]) not in repr(store.read(box, "a.bin"))


def test_write__empty_document__is_a_document(store: Store, box: str) -> None:
    etag = store.write(box, "a", b"")
    assert store.read(box, "a") == Blob(b"", etag)


def test_write__again__replaces_and_changes_the_etag(store: Store, box: str) -> None:
    first = store.write(box, "a", b"a much longer first document")
    second = store.write(box, "a", b"2")
    assert first != second
    assert store.read(box, "a") == Blob(b"2", second)


def test_write__if_absent__once(store: Store, box: str) -> None:
    etag = store.write(box, "a", b"1", if_absent=True)
    with pytest.raises(Conflict) as conflict:
        store.write(box, "a", b"1", if_absent=True)
    assert (conflict.value.container, conflict.value.name) == (box, "a")
    assert store.read(box, "a") == Blob(b"1", etag)


def test_write__if_absent_after_delete__writes(store: Store, box: str) -> None:
    store.write(box, "a", b"1", if_absent=True)
    store.delete(box, "a")
    etag = store.write(box, "a", b"2", if_absent=True)
    assert store.read(box, "a") == Blob(b"2", etag)


def test_write__if_match__only_on_the_state_read(store: Store, box: str) -> None:
    first = store.write(box, "a", b"1")
    second = store.write(box, "a", b"2", if_match=first)
    with pytest.raises(Conflict):
        store.write(box, "a", b"3", if_match=first)
    assert store.read(box, "a") == Blob(b"2", second)


@pytest.mark.parametrize("container_exists", [True, False])
def test_write__if_match_on_absent_document__conflict(
    store: Store, box: str, *, container_exists: bool
) -> None:
    etag = store.write(box, "a", b"1") if container_exists else '"0x1"'
    if container_exists:
        store.delete(box, "a")
    with pytest.raises(Conflict):
        store.write(box, "a", b"2", if_match=etag)
    assert list(store.names(box)) == []


def test_delete__absent_or_twice__does_nothing(store: Store, box: str) -> None:
    store.delete(box, "a")
    store.write(box, "a", b"1")
    store.delete(box, "a")
    store.delete(box, "a")
    assert store.read(box, "a") is None


NAMES = [
    "A.json",
    "a",
    "a.json",
    "a/b",
    "a/b/c.json",
    "a b%20c.json",
    "con/.hidden",
    "en-US/train-data-0123abc-89ab.json",
    "q?x=1&y=2#z",
    "x" * 1024,
    "ångström/データ.json",
    "\uff41",  # a full-width a
    "🎧/é",
]


def test_states__change_with_their_document_alone(store: Store, box: str) -> None:
    assert store.states(box) == {}
    for name in ("m/b", "m/a", "other"):
        store.write(box, name, b"1")
    before = store.states(box, "m/")
    assert list(before) == ["m/a", "m/b"]
    assert store.states(box, "m/") == before
    store.write(box, "m/a", b"2")
    after = store.states(box, "m/")
    assert after["m/a"] != before["m/a"]
    assert after["m/b"] == before["m/b"]
    store.write(box, "m/a", b"1")
    assert store.states(box, "m/")["m/a"] != after["m/a"]
    store.delete(box, "m/b")
    assert list(store.states(box, "m/")) == ["m/a"]


def test_names__sorted_and_exact(store: Store, box: str) -> None:
    assert list(store.names(box)) == []
    for name in NAMES:
        store.write(box, name, name.encode())
    assert list(store.names(box)) == sorted(NAMES)
    assert list(store.names(box, "a")) == sorted(name for name in NAMES if name.startswith("a"))
    assert list(store.names(box, "a/b")) == ["a/b", "a/b/c.json"]
    assert list(store.names(box, "nothing")) == []
    for name in NAMES:
        blob = store.read(box, name)
        assert blob is not None
        assert blob.data.decode() == name


@pytest.mark.parametrize(
    "name",
    ["", "/", "a/", "/a", "a//b", ".", "..", "../b/c", "a/../../b", "a/./b", "a.", "a./b", "a\\b", "..\\b",
     "a\nb", "a\x00", "\ud800", "x" * 1025],
)  # fmt: skip
def test_any__name_that_could_leave_or_change__refused(store: Store, box: str, name: str) -> None:
    for act in (
        lambda: store.read(box, name),
        lambda: store.write(box, name, b""),
        lambda: store.delete(box, name),
    ):
        with pytest.raises(StoreError, match="is not a valid document name"):
            act()


@pytest.mark.parametrize(
    "container", ["", "ab", "A-b", "a--b", "-ab", "ab-", "../..", "a/b", ".lock", "x" * 64]
)
def test_any__container_that_azure_refuses__refused(store: Store, container: str) -> None:
    for act in (
        lambda: store.read(container, "a"),
        lambda: store.write(container, "a", b""),
        lambda: list(store.names(container)),
        lambda: store.delete(container, "a"),
    ):
        with pytest.raises(StoreError, match="is not a valid container name"):
            act()


def test_write__document_too_large__refused(store: Store, box: str) -> None:
    with pytest.raises(StoreError, match="limit is 67,108,864"):
        store.write(box, "a", bytes(MAX_DOCUMENT + 1))
    assert store.read(box, "a") is None


def test_read__document_too_large__refused(store: Store, box: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write(box, "a", b"1234")
    monkeypatch.setattr("speechops.registry.store.MAX_DOCUMENT", 3)
    with pytest.raises(StoreError, match="has 4 bytes; the limit is 3"):
        store.read(box, "a")


def test_any__document_of_the_largest_size__kept(
    store: Store, box: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speechops.registry.store.MAX_DOCUMENT", 4)
    etag = store.write(box, "a", b"1234")
    assert store.read(box, "a") == Blob(b"1234", etag)


@pytest.mark.parametrize("container", ["abc", "x" * 63, "a-b-1"])
def test_any__container_that_azure_takes__taken(store: Store, container: str) -> None:
    assert store.read(container, "a") is None


# --- races ---


def _increment(place: Place, box: str, times: int) -> list[str]:
    """Add one ``times`` times by compare-and-swap; return the ETags of the states it made."""
    made: list[str] = []
    with place.opened() as store:
        while len(made) < times:
            blob = store.read(box, "counter")
            assert blob is not None
            with suppress(Conflict):
                made.append(store.write(box, "counter", b"%d" % (int(blob.data) + 1), if_match=blob.etag))
    return made


def _claim(place: Place, box: str, claims: int) -> list[int]:
    """Try to be the first to create each document; return those that it created."""
    won = []
    with place.opened() as store:
        for claim in range(claims):
            with suppress(Conflict):
                store.write(box, f"claim-{claim}", b"the same bytes", if_absent=True)
                won.append(claim)
    return won


@pytest.mark.parametrize("executor", ["processes", "threads"])
def test_write__race_of_increments__none_is_lost(place: Place, store: Store, box: str, executor: str) -> None:
    store.write(box, "counter", b"0")
    workers, times = 3, 20
    with _pool(executor, workers) as pool:
        made = [pool.submit(_increment, place, box, times) for _ in range(workers)]
        etags = [etag for future in made for etag in future.result()]
    blob = store.read(box, "counter")
    assert blob is not None
    assert blob.data == b"%d" % (workers * times)
    assert len(set(etags)) == workers * times


def test_write__race_of_creators__each_document_has_one(place: Place, box: str) -> None:
    workers, claims = 3, 20
    with _pool("processes", workers) as pool:
        made = [pool.submit(_claim, place, box, claims) for _ in range(workers)]
        won = [claim for future in made for claim in future.result()]
    assert sorted(won) == list(range(claims))


def _pool(executor: str, workers: int) -> ProcessPoolExecutor | ThreadPoolExecutor:
    if executor == "threads":
        return ThreadPoolExecutor(workers)
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))


# --- against a model ---


def _fits(name: str) -> bool:
    try:
        check_name(name)
    except StoreError:
        return False
    return True


names = st.one_of(
    st.sampled_from(["a", "A", "a/b", "a/B", "a+b", "a%2fb", "x" * 201, "x" * 200 + "+/y"]),
    st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=30).filter(
        _fits
    ),
)


class StoreMachine(RuleBasedStateMachine):
    """Any sequence of operations leaves the store as it would leave a dictionary."""

    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.box = f"box-{uuid.uuid4().hex}"
        self.model: dict[str, Blob] = {}
        self.stale = ""

    @rule(name=names, data=st.binary(max_size=40))
    def write(self, name: str, data: bytes) -> None:
        self.keep(name, data, self.store.write(self.box, name, data))

    @rule(name=names, data=st.binary(max_size=40))
    def create(self, name: str, data: bytes) -> None:
        if name in self.model:
            with pytest.raises(Conflict):
                self.store.write(self.box, name, data, if_absent=True)
        else:
            self.keep(name, data, self.store.write(self.box, name, data, if_absent=True))

    @precondition(lambda self: self.model)
    @rule(draw=st.data(), data=st.binary(max_size=40))
    def swap(self, draw: st.DataObject, data: bytes) -> None:
        name = draw.draw(st.sampled_from(sorted(self.model)))
        self.keep(name, data, self.store.write(self.box, name, data, if_match=self.model[name].etag))

    @precondition(lambda self: self.stale)
    @rule(name=names)
    def swap_stale(self, name: str) -> None:
        if name in self.model and self.stale == self.model[name].etag:
            return  # the folder's ETags come back with the bytes
        with pytest.raises(Conflict):
            self.store.write(self.box, name, b"stale", if_match=self.stale)

    @rule(name=names)
    def delete(self, name: str) -> None:
        self.store.delete(self.box, name)
        self.model.pop(name, None)

    @rule(prefix=st.sampled_from(["", "a", "A", "a/", "x" * 200, "%", "é"]))
    def listing(self, prefix: str) -> None:
        expected = sorted(name for name in self.model if name.startswith(prefix))
        assert list(self.store.names(self.box, prefix)) == expected

    @invariant()
    def same_as_the_model(self) -> None:
        assert list(self.store.names(self.box)) == sorted(self.model)
        assert {name: self.store.read(self.box, name) for name in self.model} == self.model

    def keep(self, name: str, data: bytes, etag: str) -> None:
        if name in self.model:
            self.stale = self.model[name].etag
        self.model[name] = Blob(data, etag)


def test_store__any_operations__as_a_dictionary(store: Store) -> None:
    class Machine(StoreMachine):
        pass

    Machine.store = store
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=20, stateful_step_count=15, deadline=None)
    )
