"""The registry: its pointer moves once for those who saw it, its documents overwrite nothing of others."""

from __future__ import annotations

import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from speechops.errors import StoreError, UsageError
from speechops.registry.documents import (
    Benchmark,
    Cause,
    ModelReference,
    Release,
    ReleaseKind,
    RunRecord,
    encode,
)
from speechops.registry.folder import FolderStore
from speechops.registry.registry import CONFIGURATION, IDENTITY, RUN_RECORDS, Registry, Repository, Unusable
from speechops.registry.store import Conflict

if TYPE_CHECKING:
    from pathlib import Path

BASE = Benchmark(
    "m", ModelReference("1", "base", base=True), "", 0.2, "t", "2026-01-07T12:00:00Z", "1", Cause.TEST_DATA
)


def test_move_benchmark__away_and_back_is_a_move(tmp_path: Path) -> None:
    """As ``maintain`` does, which names the models that it deletes, and takes the names away again."""
    registry = Registry(FolderStore(tmp_path))
    seen = registry.move_benchmark(BASE, pointer=None)
    away = registry.move_benchmark(replace(BASE, pending_deletion=("2",)), pointer=seen)
    back = registry.move_benchmark(replace(BASE, pending_deletion=()), pointer=away)
    assert replace(back.benchmark, revision=seen.benchmark.revision) == seen.benchmark
    with pytest.raises(Conflict):
        registry.move_benchmark(
            replace(BASE, reference=ModelReference("2", "deleted", base=False)), pointer=seen
        )
    assert registry.benchmark("m") == back


RECORD = RunRecord("7", "train-data", "m", "a" * 40, "2026-01-07T12:00:00.000000Z")


@pytest.mark.parametrize("damage", [b"{", b'{"schema": 99}', b'{"schema": 1}', b"\xff"])
def test_record__never_overwrites_what_is_not_ours(tmp_path: Path, damage: bytes) -> None:
    said: list[str] = []
    store = FolderStore(tmp_path)
    store.write(RUN_RECORDS, RECORD.name, damage)
    Registry(store, report=said.append).record(RECORD)
    blob = store.read(RUN_RECORDS, RECORD.name)
    assert blob is not None
    assert blob.data == damage
    assert "is skipped" in said[0]


def test_record__never_overwrites_what_comes_while_it_looks(tmp_path: Path) -> None:
    newer = b'{"schema": 99}'

    class Overtaken(FolderStore):
        """Between the first look and the write another version writes."""

        late = True

        def write(self, container: str, name: str, data: bytes, **condition: Any) -> str:  # noqa: ANN401
            if self.late:
                self.late = False
                FolderStore(tmp_path).write(container, name, newer)
            return super().write(container, name, data, **condition)

    for there in (False, True):
        store = Overtaken(tmp_path)
        if there:
            store.delete(RUN_RECORDS, RECORD.name)
            Registry(FolderStore(tmp_path)).record(RECORD)
        Registry(store).record(replace(RECORD, message="completed"))
        blob = store.read(RUN_RECORDS, RECORD.name)
        assert blob is not None
        assert blob.data == newer


def test_record__conflict_that_never_ends_is_an_error_in_bounded_tries(tmp_path: Path) -> None:
    class Contested(FolderStore):
        """Somebody else always writes first."""

        tries = 0

        def write(self, container: str, name: str, *_: object, **__: object) -> str:
            self.tries += 1
            raise Conflict(container, name)

    store = Contested(tmp_path)
    with pytest.raises(StoreError, match="failed 12 times"):
        Registry(store).record(RECORD)
    assert store.tries == 12


def test_runs__many_are_read_in_order(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    records = [replace(RECORD, started=f"2026-01-07T12:00:{second:02}.000000Z") for second in range(40)]
    for record in reversed(records):
        registry.record(record)
    assert list(registry.runs("m")) == records


def test_latest_runs__those_of_a_clock_ahead_come_last(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    for moment in ("2026-01-07T12:00", "2026-01-08T12:00", "2026-01-09T00:40", "2027-01-08T12:00"):
        registry.record(replace(RECORD, started=f"{moment}:00.000000Z"))
    now = datetime(2026, 1, 9, tzinfo=UTC)
    found = [record.started[:10] for record in registry.latest_runs("m", "train-data", now=now)]
    assert found == ["2026-01-09", "2026-01-08", "2026-01-07", "2027-01-08"]


def test_attempts__of_one_run_and_operation_the_latest_first(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    for minute in (1, 3, 2):
        registry.record(replace(RECORD, started=f"2026-01-07T12:0{minute}:00.000000Z", message=str(minute)))
    registry.record(replace(RECORD, id="17"))
    registry.record(replace(RECORD, operation="test-data"))
    found = registry.attempts("m", "train-data", "7")
    assert [record.message for record in found] == ["3", "2", "1"]


@pytest.mark.parametrize("damage", [b"", b" ", b"not hexadecimal", b"a" * 31, b"A" * 32, b"a" * 32 + b"\n"])
def test_identity__that_is_damaged_is_no_new_one(tmp_path: Path, damage: bytes) -> None:
    store = FolderStore(tmp_path)
    first = Registry(store).identity()
    assert Registry(store).identity() == first
    store.write(CONFIGURATION, IDENTITY, damage)
    with pytest.raises(Unusable, match="is damaged"):
        Registry(store).identity()
    blob = store.read(CONFIGURATION, IDENTITY)
    assert blob is not None
    assert blob.data == damage


def test_releases__are_in_order_of_their_version(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    model = ModelReference("2", "m", base=False)
    for version in ("1.10.0", "1.9.0", "1.11.0"):
        release = Release(version, "m", ReleaseKind.DEPLOY, "", "7", "", "e", model, 0.1, "better", "")
        registry.add_release(release)
    assert [release.version for release in registry.releases("m")] == ["1.9.0", "1.10.0", "1.11.0"]
    assert next(registry.latest_releases("m")).version == "1.11.0"


def test_belong__store_changes_hands_only_for_a_run_that_may_claim_it(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    registry.belong(Repository("1", "one/data"), claim=True, take_over=False)
    with pytest.raises(UsageError, match="belongs to the repository one/data"):
        registry.belong(Repository("2", "two/data"), claim=False, take_over=True)
    registry.belong(Repository("1", "one/data"), claim=False, take_over=False)
    registry.belong(Repository("2", "two/data"), claim=True, take_over=True)
    with pytest.raises(UsageError, match="belongs to the repository two/data"):
        registry.belong(Repository("1", "one/data"), claim=True, take_over=False)


@pytest.mark.parametrize(("winner", "refused"), [("1", True), ("2", False)])
def test_belong__of_two_first_runs_the_later_checks_whose_the_store_is(
    tmp_path: Path, winner: str, refused: bool
) -> None:
    class Overtaken(FolderStore):
        """Between the look and the claim another run claims the store."""

        def write(self, container: str, name: str, data: bytes, **condition: Any) -> str:  # noqa: ANN401
            Registry(FolderStore(tmp_path)).belong(
                Repository(winner, "first/data"), claim=True, take_over=False
            )
            return super().write(container, name, data, **condition)

    with pytest.raises(UsageError, match="first/data") if refused else nullcontext():
        Registry(Overtaken(tmp_path)).belong(Repository("2", "two/data"), claim=True, take_over=False)


_TWO_READERS = """
import threading
import msgspec._utils
from speechops.registry.documents import Release, decode

annotations, begun, over = msgspec._utils.get_class_annotations, threading.Event(), threading.Event()

def slowly(kind):
    if kind is not Release:  # but a type of its fields
        begun.set()
        over.wait(2)
    return annotations(kind)

def read():
    decode(document, Release)
    begun.set()

document = b'''{DOCUMENT}'''
msgspec._utils.get_class_annotations = slowly
first = threading.Thread(target=read)
first.start()
begun.wait(10)
decode(document, Release)
over.set()
first.join()
"""


def test_document__is_read_by_two_threads_that_are_the_first_to_read_one() -> None:
    """As two targets do: what one of them learns of a type must not be used by the other half done."""
    release = Release(
        "1.0.0",
        "m",
        ReleaseKind.DEPLOY,
        "2026-01-01T00:00:00Z",
        "7",
        "c" * 40,
        "e",
        BASE.reference,
        0.1,
        "",
        "r",
    )
    program = _TWO_READERS.replace("{DOCUMENT}", encode(release).decode())
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
