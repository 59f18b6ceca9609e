"""Summaries are what the documents say, whatever happens to the documents and to the summaries."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from speechops.errors import StoreError
from speechops.registry.documents import Release, ReleaseKind
from speechops.registry.folder import FolderStore
from speechops.registry.registry import RELEASES, TEST_RESULTS, Registry
from speechops.registry.summaries import ResultSummary
from tests.report.making import CANDIDATE, result

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.registry.documents import TestResult
    from speechops.registry.store import Blob

ROWS = [("take two tablets", "take to tablets", "take two tablets")] * 20
SUMMARIES = {RELEASES: "m.summaries-1.json", TEST_RESULTS: "m.summaries-1.json"}


class CountingStore(FolderStore):
    """Counts the documents that are read."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.reads: Counter[str] = Counter()

    def read(self, container: str, name: str) -> Blob | None:
        self.reads[container] += 1
        return super().read(container, name)


@pytest.fixture
def store(tmp_path: Path) -> CountingStore:
    return CountingStore(tmp_path)


def stored(number: int) -> TestResult:
    return replace(
        result(ROWS, model="m"), key=f"{number:08}" + "0" * 56, created=f"2026-01-01T00:{number:02}:00Z"
    )


def release(number: int, *, owed: str = "") -> Release:
    version, moment = f"1.{number}.0", f"2026-01-01T00:{number:02}:00Z"
    return Release(
        version, "m", ReleaseKind.DEPLOY, moment, "7", "c" * 40, "e", CANDIDATE, 0.1, "better", "r", owed=owed
    )


def refused(recorded: Release) -> Release:
    return replace(recorded, owed="refused")


def fill(store: CountingStore, count: int, *, first: int = 0) -> None:
    registry = Registry(store)
    for number in range(first, first + count):
        registry.store_result(stored(number))
        registry.add_release(release(number))


def known(store: CountingStore) -> tuple[list[ResultSummary], list[Release]]:
    """Return what a new run knows of the documents."""
    registry = Registry(store)
    return registry.tests("m"), registry.releases("m")


def documents(count: int) -> tuple[list[ResultSummary], list[Release]]:
    """Return what the documents of :func:`fill` say."""
    return [ResultSummary.of(stored(number)) for number in range(count)], [
        release(number) for number in range(count)
    ]


@pytest.mark.parametrize("heard", ["take two tablets", None])
def test_summary__says_of_each_side_what_the_result_says(heard: str | None) -> None:
    tested = replace(
        result([("take two tablets", "take to tablets", heard)] * 3, model="m"),
        branch="topic",
        normalization="n",
    )
    summary, verdict = ResultSummary.of(tested), tested.verdict
    same = ("name", "cause", "commit", "run", "created", "branch", "test", "form", "normalization")
    both = ("benchmark", "candidate", "benchmark_counts", "candidate_counts")
    for name in (*same, *both):
        assert getattr(summary, name) == getattr(tested, name), name
    assert summary.utterances == 3
    assert summary.benchmark_counts.substitutions == 3
    assert (summary.candidate_counts is None) is (heard is None)
    found = (summary.outcome, summary.action, summary.interval)
    if verdict is None:
        assert found == (None, None, None)
    else:
        assert found == (verdict.outcome, verdict.action, verdict.comparison.interval)


@pytest.mark.parametrize(("count", "there"), [(12, False), (13, True)])
def test_summaries_are_written_once_there_are_many(store: CountingStore, count: int, *, there: bool) -> None:
    fill(store, count)
    known(store)
    for container, name in SUMMARIES.items():
        assert (store.read(container, name) is not None) is there


def test_documents_are_read_once(store: CountingStore) -> None:
    fill(store, 40)
    assert known(store) == documents(40)
    store.reads.clear()
    assert known(store) == documents(40)
    assert store.reads == {RELEASES: 1, TEST_RESULTS: 1}


def test_one_run_reads_what_is_new_alone(store: CountingStore) -> None:
    fill(store, 5)
    registry = Registry(store)
    registry.releases("m")
    registry.add_release(release(5))
    store.reads.clear()
    assert registry.releases("m") == [release(number) for number in range(6)]
    assert store.reads == {RELEASES: 1}


def test_release__keeps_what_each_of_two_updates_at_once_has_written(store: CountingStore) -> None:
    fill(store, 2)
    registry, tries = Registry(store), []

    def meanwhile(recorded: Release) -> Release:
        tries.append(recorded.tag)
        if len(tries) == 1:
            Registry(store).update_release(release(1), lambda release: replace(release, tag="v1.1.0"))
        return refused(recorded)

    updated = registry.update_release(release(1), meanwhile)
    assert tries == ["", "v1.1.0"]
    assert updated == registry.releases("m")[1] == replace(release(1), owed="refused", tag="v1.1.0")


def test_documents_that_changed_are_read_again(store: CountingStore) -> None:
    fill(store, 40)
    known(store)
    Registry(store).update_release(release(3), refused)
    store.delete(RELEASES, release(4).name)
    fill(store, 1, first=40)
    _, releases = documents(41)
    releases[3:5] = [release(3, owed="refused")]
    assert known(store)[1] == releases


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"m/1": ["a", {}]}', b"\xff", b'{"m/1": 5}'])
def test_damaged_summaries_are_made_again(store: CountingStore, damage: bytes) -> None:
    fill(store, 40)
    known(store)
    for container, name in SUMMARIES.items():
        assert store.read(container, name)
        store.write(container, name, damage)
    assert known(store) == documents(40)
    store.reads.clear()
    known(store)
    assert store.reads == {RELEASES: 1, TEST_RESULTS: 1}


def test_summaries_of_other_documents_are_not_believed(store: CountingStore) -> None:
    """Such as those of a copy of the store, in which every file is another."""
    fill(store, 40)
    known(store)
    registry = Registry(store)
    for number in range(40):
        registry.update_release(release(number), refused)
    assert {item.owed for item in known(store)[1]} == {"refused"}


def test_damaged_documents_are_reported_by_each_run(store: CountingStore) -> None:
    fill(store, 40)
    store.write(RELEASES, release(7).name, b"{}")
    known(store)
    said: list[str] = []
    registry = Registry(store, report=said.append)
    assert len(registry.releases("m")) == 39
    assert said
    assert release(7).name in said[0]


def test_store_that_cannot_be_written__is_read(store: CountingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_more: object) -> str:
        raise StoreError("The container may only be read.")

    fill(store, 40)
    monkeypatch.setattr(CountingStore, "write", refuse)
    assert known(store) == documents(40)
