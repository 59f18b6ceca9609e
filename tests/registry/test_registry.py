"""The registry: its pointer moves once for those who saw it, its documents overwrite nothing of others."""

from __future__ import annotations

import subprocess
import sys
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
from speechops.registry.registry import (
    CONFIGURATION,
    IDENTITY,
    OWNER,
    RELEASES,
    RUN_RECORDS,
    TEST_RESULTS,
    Registry,
    Repository,
    Unusable,
)
from speechops.registry.store import Conflict
from tests.report.making import result

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speechops.registry.documents import TestResult

BASE = Benchmark(
    "m", ModelReference("1", "base", base=True), "", 0.2, "t", "2026-01-07T12:00:00Z", "1", Cause.TEST_DATA
)


class Overtaken(FolderStore):
    """A store in which somebody else acts before the first write of this run."""

    def __init__(self, root: Path, act: Callable[[], object]) -> None:
        super().__init__(root)
        self._acts = [act]

    def write(self, container: str, name: str, data: bytes, **condition: Any) -> str:  # noqa: ANN401
        if self._acts:
            self._acts.pop()()
        return super().write(container, name, data, **condition)


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


def test_move_benchmark__counts_and_is_refused_to_whoever_saw_another_state(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    first = registry.move_benchmark(replace(BASE, revision=9), pointer=None)
    second = registry.move_benchmark(replace(BASE, error_rate=0.1), pointer=first)
    assert (first.benchmark.revision, second.benchmark.revision) == (1, 2)
    for seen in (None, first):
        with pytest.raises(Conflict):
            registry.move_benchmark(BASE, pointer=seen)
    assert registry.benchmark("m") == second
    assert registry.benchmark("m2") is None


def started(moment: str, **changes: Any) -> RunRecord:  # noqa: ANN401
    return replace(RECORD, started=f"2026-01-07T{moment}Z", **changes)


def stored(number: int, **changes: Any) -> TestResult:  # noqa: ANN401
    made = result([("take two", "take to", "take two")], model="m")
    return replace(made, **{"key": f"{number:08}" + "0" * 56, **changes})


def released(version: str) -> Release:
    model = ModelReference("2", "m", base=False)
    return Release(version, "m", ReleaseKind.DEPLOY, "", "7", "", "e", model, 0.1, "better", "")


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
    for there in (False, True):
        store = Overtaken(tmp_path, lambda: FolderStore(tmp_path).write(RUN_RECORDS, RECORD.name, newer))
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


def test_record__too_large_a_document_is_kept_and_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    registry = Registry(FolderStore(tmp_path), report=said.append)
    registry.record(RECORD)
    monkeypatch.setattr("speechops.registry.store.MAX_DOCUMENT", 3)
    registry.record(replace(RECORD, message="completed"))
    monkeypatch.undo()
    assert "is skipped" in said[0]
    assert list(registry.runs("m")) == [RECORD]


def test_record__is_written_without_secrets(tmp_path: Path) -> None:
    def clean(record: RunRecord) -> RunRecord:
        return replace(record, message=record.message.replace("secret", "***"))

    registry = Registry(FolderStore(tmp_path), clean=clean)
    for message in ("a secret", "another secret"):
        registry.record(replace(RECORD, message=message))
        assert registry.runs("m")[0].message == message.replace("secret", "***")


def test_runs__many_are_read_in_order(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    records = [replace(RECORD, started=f"2026-01-07T12:00:{second:02}.000000Z") for second in range(40)]
    for record in reversed(records):
        registry.record(record)
    assert list(registry.runs("m")) == records


def test_runs__since_a_moment_are_those_of_this_model_that_began_then_or_later(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    before, then, after = (started(f"12:00:0{second}") for second in (1.5, 2.0, 2.5))
    for record in (after, before, then, replace(then, model="m2")):
        registry.record(record)
    assert list(registry.runs("m")) == [before, then, after]
    assert list(registry.runs("m", since=datetime(2026, 1, 7, 12, 0, 2, tzinfo=UTC))) == [then, after]


def test_latest_runs__clocks_differ_by_up_to_an_hour_and_other_operations_do_not_count(
    tmp_path: Path,
) -> None:
    registry = Registry(FolderStore(tmp_path))
    past, near, far = (started(f"{moment}:00.000000") for moment in ("11:30", "12:59", "13:01"))
    others = [started("12:30:00.000000", operation=name) for name in ("test-data", "deploy")]
    other_id = started("12:31:00.000000", operation="compare", id="1-train-data-2")
    for record in (past, near, far, *others, other_id):
        registry.record(record)
    now = datetime(2026, 1, 7, 12, tzinfo=UTC)
    assert list(registry.latest_runs("m", "train-data", now=now)) == [near, past, far]


def test_attempts__are_those_of_one_run_and_operation_the_latest_first(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    registry = Registry(store)
    first, second = started("11:00:00.000000"), started("12:00:00.000000")
    others = [
        started("11:30:00.000000", operation="test-data"),
        started("11:31:00.000000", id="8"),
        started("11:32:00.000000", id="1-train-data-7", operation="compare"),
    ]
    for record in (first, second, *others):
        registry.record(record)
    store.write(RUN_RECORDS, started("12:30:00.000000").name, b"{")
    assert registry.attempts("m", "train-data", "7") == [second, first]


def test_trim__deletes_what_began_before_a_moment_with_its_result(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    limit = "12:00:00.000000"
    tests = [stored(number, created=f"2026-01-07T11:00:0{number}.000000Z") for number in range(3)]
    again = stored(3, created=f"2026-01-07T{limit}Z")
    for test in (*tests, again):
        registry.store_result(test)
    old, kept, stored_again, bare = (
        started(f"11:59:5{number}.000000", result=name)
        for number, name in enumerate((tests[0].name, tests[1].name, again.name, ""))
    )
    young = started(limit, result=tests[2].name)
    for record in (old, kept, stored_again, bare, young, replace(old, model="m2")):
        registry.record(record)
    before = datetime(2026, 1, 7, 12, tzinfo=UTC)
    assert registry.trim("m", before=before, keep=lambda test: test.name == tests[1].name) == 5
    assert list(registry.runs("m")) == [young]
    assert [test.name for test in registry.tests("m")] == [tests[1].name, tests[2].name, again.name]
    assert len(registry.runs("m2")) == 1


def test_recent__is_the_end_of_the_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speechops.registry.registry.RECENT", 2)
    registry = Registry(FolderStore(tmp_path))
    tests = [stored(number) for number in range(3)]
    records = [started(f"12:00:0{number}.000000", result=test.name) for number, test in enumerate(tests)]
    releases = [released(f"1.{number}.0") for number in range(3)]
    counts = []
    for test, record, release in zip(tests, records, releases, strict=True):
        registry.store_result(test)
        registry.record(record)
        registry.add_release(release)
        counts.append(registry.recent("m").earlier)
    recent = registry.recent("m")
    assert recent.runs == tuple(records[1:])
    assert [test.name for test in recent.tests] == [test.name for test in tests[1:]]
    assert recent.releases == tuple(releases[1:])
    assert counts == [0, 0, 1]


def test_results_of__have_the_whole_fingerprint(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    registry = Registry(store)
    wanted = [stored(1, cause=cause) for cause in (Cause.PULL_REQUEST, Cause.TRAIN_DATA)]
    others = [
        stored(1, cause=Cause.BASE_MODEL, key="00000001" + "f" * 56),
        stored(2),
        stored(1, test="e" * 64),
        stored(1, model="m2"),
    ]
    for test in (*wanted, *others):
        registry.store_result(test)
    store.write(TEST_RESULTS, stored(1, cause=Cause.BASE_MODEL, commit="0" * 40).name, b"{")
    assert list(registry.results_of("m", "f" * 64, wanted[0].key)) == wanted
    assert registry.result("m", "f" * 64, wanted[0].key) == wanted[0]
    assert registry.result("m", "f" * 64, stored(3).key) is None


def test_judgements__are_all_but_the_tests_of_the_benchmark_alone(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    for test in (
        stored(1),
        stored(1, cause=Cause.TRAIN_DATA),
        stored(2, cause=Cause.SCORE),
        stored(5, cause=Cause.BASE_MODEL),
        stored(3, cause=Cause.TEST_DATA),
        stored(4, test="e" * 64),
    ):
        registry.store_result(test)
    assert registry.judgements("m", "f" * 64) == {"00000001", "00000002", "00000005"}


def test_tests__are_in_order_of_their_creation(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    created = [f"2026-01-0{day}T00:00:00.000000Z" for day in (2, 3, 1)]
    for number, moment in enumerate(created):
        registry.store_result(stored(number, created=moment))
    assert [test.created for test in registry.tests("m")] == sorted(created)


def test_latest_runs__those_of_a_clock_ahead_come_last(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    moments = (
        "2026-01-07T12:00",
        "2026-01-08T12:00",
        "2026-01-09T00:40",
        "2027-01-08T12:00",
        "2028-01-08T12:00",
    )
    for moment in moments:
        registry.record(replace(RECORD, started=f"{moment}:00.000000Z"))
    now = datetime(2026, 1, 9, tzinfo=UTC)
    found = [record.started[:10] for record in registry.latest_runs("m", "train-data", now=now)]
    assert found == ["2026-01-09", "2026-01-08", "2026-01-07", "2028-01-08", "2027-01-08"]


def test_releases__are_in_order_of_their_version(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    for version in ("1.10.0", "1.9.0", "1.11.0"):
        registry.add_release(released(version))
    assert [release.version for release in registry.releases("m")] == ["1.9.0", "1.10.0", "1.11.0"]
    assert next(registry.latest_releases("m")).version == "1.11.0"
    registry.add_release(released("1.9.1"))
    assert [release.version for release in registry.releases("m")][:2] == ["1.9.0", "1.9.1"]
    assert registry.versions("m") == ["1.9.0", "1.9.1", "1.10.0", "1.11.0"]
    with pytest.raises(Conflict):
        registry.add_release(released("1.10.0"))


def test_releases__that_cannot_be_read_are_skipped_and_their_versions_taken(tmp_path: Path) -> None:
    said: list[str] = []
    store = FolderStore(tmp_path)
    registry = Registry(store, report=said.append)
    for version in ("1.0.0", "1.2.0"):
        registry.add_release(released(version))
    store.write(RELEASES, released("1.1.0").name, encode(replace(released("1.1.0"), version="one")))
    store.write(RELEASES, released("1.10.0").name, b"{")
    for name in ("m/notes.json", "m/1.0.1.json"):
        store.write(RELEASES, name, b"{}")
    assert [release.version for release in registry.latest_releases("m")] == ["1.2.0", "1.0.0"]
    assert len(said) == 4
    assert registry.versions("m") == ["1.0.0", "1.0.1", "1.1.0", "1.2.0", "1.10.0"]


def test_benchmark__pointer_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry(FolderStore(tmp_path))
    registry.move_benchmark(BASE, pointer=None)
    monkeypatch.setattr("speechops.registry.store.MAX_DOCUMENT", 3)
    with pytest.raises(Unusable, match="the limit is 3") as error:
        registry.benchmark("m")
    assert "docs/reliability.md" in error.value.hint


# --- whose store it is ---


@pytest.mark.parametrize(
    "damage", [b"", b" ", b"not hexadecimal", b"a" * 31, b"a" * 33, b"A" * 32, b"a" * 32 + b"\n"]
)
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


def test_identity__two_first_users_agree(tmp_path: Path) -> None:
    assert Registry(FolderStore(tmp_path)).known_identity() == ""
    other = Registry(FolderStore(tmp_path))
    assert Registry(Overtaken(tmp_path, other.identity)).identity() == other.identity()
    assert Registry(FolderStore(tmp_path)).known_identity() == other.identity()


def test_identity__deleted_at_once_is_an_error(tmp_path: Path) -> None:
    class Emptied(FolderStore):
        def write(self, *arguments: Any, **condition: Any) -> str:  # noqa: ANN401
            etag = super().write(*arguments, **condition)
            self.delete(CONFIGURATION, IDENTITY)
            return etag

    with pytest.raises(StoreError, match="just deleted"):
        Registry(Emptied(tmp_path)).identity()


@pytest.mark.parametrize("taken", [False, True])
def test_belong__two_that_claim_at_once__the_first_has_it(tmp_path: Path, *, taken: bool) -> None:
    mine, theirs = Repository("1", "one/data"), Repository("2", "two/data")
    other = Registry(FolderStore(tmp_path))

    def claim(repository: Repository) -> Callable[[], None]:
        return lambda: other.belong(repository, claim=True, take_over=True)

    if taken:
        claim(Repository("3", "three/data"))()
    with pytest.raises(UsageError, match="belongs to the repository two/data"):
        Registry(Overtaken(tmp_path, claim(theirs))).belong(mine, claim=True, take_over=taken)
    claim(Repository("4", "four/data"))()
    if not taken:
        FolderStore(tmp_path).delete(CONFIGURATION, OWNER)
    Registry(Overtaken(tmp_path, claim(mine))).belong(mine, claim=True, take_over=taken)
    other.belong(mine, claim=False, take_over=False)


def test_belong__store_changes_hands_only_for_a_run_that_may_claim_it(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    registry.belong(Repository("1", "one/data"), claim=True, take_over=False)
    with pytest.raises(UsageError, match="belongs to the repository one/data") as error:
        registry.belong(Repository("2", "two/data"), claim=False, take_over=True)
    assert error.value.place is not None
    assert error.value.place.input == "storage-account"
    registry.belong(Repository("1", "one/data"), claim=False, take_over=False)
    registry.belong(Repository("2", "two/data"), claim=True, take_over=True)
    with pytest.raises(UsageError, match="belongs to the repository two/data"):
        registry.belong(Repository("1", "one/data"), claim=True, take_over=False)


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
