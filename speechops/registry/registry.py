"""The typed documents over a store, and the rules by which they are replaced."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from speechops.errors import Place, StoreError, UsageError
from speechops.registry.documents import (
    Benchmark,
    Cause,
    Foreign,
    Newer,
    Release,
    RunRecord,
    TestResult,
    Vocabulary,
    decode,
)
from speechops.registry.store import Conflict, TooLarge
from speechops.registry.summaries import ResultSummary, Summaries
from speechops.registry.template import read_benchmark
from speechops.registry.typed_store import TypedStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from speechops.registry.store import Store
    from speechops.registry.template import TemplateBenchmark

CONFIGURATION = "configuration"
TEST_RESULTS = "test-results"
RUN_RECORDS = "run-records"
RELEASES = "releases"
VOCABULARIES = "vocabularies"
OWNER = "stores/repository"
IDENTITY = "stores/id"
CONTAINERS = (CONFIGURATION, TEST_RESULTS, RUN_RECORDS, RELEASES, VOCABULARIES)


RECENT = 50
"""Runs, with their results, and releases that an ordinary run reads of the past, however long that is."""

_CLOCKS_DIFFER = timedelta(hours=1)  # between a runner and the service, at most, if both are right


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository on GitHub: its id, which outlives a change of name, and its name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """A benchmark pointer and the ETag of the state it was read in, to move it from."""

    benchmark: Benchmark
    etag: str


@dataclass(frozen=True, slots=True)
class Recent:
    """The latest runs of a model with the tests that they name, and its latest releases, oldest first.

    ``earlier`` counts the runs before these.
    """

    runs: tuple[RunRecord, ...] = ()
    tests: tuple[ResultSummary, ...] = ()
    releases: tuple[Release, ...] = ()
    earlier: int = 0


class Unusable(StoreError):
    """A document without which nothing can be decided is damaged, or of a newer version."""


class Registry:
    """What is remembered about the models of one repository.

    ``report`` receives messages about skipped documents; ``clean`` removes secrets from what is written.
    """

    def __init__(
        self,
        store: Store,
        *,
        report: Callable[[str], None] = lambda _: None,
        clean: Callable[[Any], Any] = lambda document: document,
    ) -> None:
        self._store = store
        self._documents = TypedStore(store, report=report, clean=clean)
        self._identity = ""
        self._tests: dict[str, Summaries[ResultSummary]] = {}
        self._releases: dict[str, Summaries[Release]] = {}

    def identity(self) -> str:
        """Return the ID that the store got when it was first used.

        It distinguishes the entities of repositories that share a Speech resource.
        """
        if not self.known_identity():
            with contextlib.suppress(Conflict):
                self._store.write(CONFIGURATION, IDENTITY, uuid4().hex.encode(), if_absent=True)
            if not self.known_identity():
                raise StoreError(f"The store's ID, {CONFIGURATION}/{IDENTITY}, was just deleted.")
        return self._identity

    def known_identity(self) -> str:
        """Return the ID of the store, empty if it was never used; writes nothing."""
        if not self._identity:
            blob = self._store.read(CONFIGURATION, IDENTITY)
            name = blob.data.decode(errors="replace") if blob else ""
            if blob and not re.fullmatch(r"[0-9a-f]{32}", name):
                raise Unusable(
                    f"The store's ID in {CONFIGURATION}/{IDENTITY} is damaged.",
                    hint="Restore it from the property speechops-store of any model that SpeechOps trained.",
                )
            self._identity = name
        return self._identity

    def belong(self, repository: Repository, *, claim: bool, take_over: bool) -> None:
        """Check that the store belongs to ``repository``; with ``claim``, an unclaimed store becomes its own.

        Two repositories with a model of the same name would unknowingly share its benchmark. With
        ``take_over`` the store changes hands. Raises :class:`UsageError` if it is another repository's.
        """
        blob = self._store.read(CONFIGURATION, OWNER)
        if blob is None and not claim:
            return
        id_, _, name = blob.data.decode(errors="replace").partition(" ") if blob else ("", "", "")
        if id_ == repository.id:
            return
        if blob is not None and not (take_over and claim):
            raise UsageError(
                f"This store belongs to the repository {name}.",
                hint="Name another storage account. If that repository no longer uses it, run once with "
                "take-over-store: true.",
                place=Place(input="storage-account"),
            )
        content = f"{repository.id} {repository.name}".encode()
        try:
            self._store.write(
                CONFIGURATION,
                OWNER,
                content,
                if_match=blob.etag if blob else None,
                if_absent=blob is None,
            )
        except Conflict:  # another run was first: whose?
            self.belong(repository, claim=False, take_over=False)

    # --- the benchmark ---

    def benchmark(self, model: str) -> Pointer | None:
        """Return the benchmark pointer of ``model``, None before the first.

        Raises :class:`Unusable` if the pointer is damaged: nothing can be decided without it.
        """
        name = f"{model}.json"
        try:
            blob = self._store.read(CONFIGURATION, name)
            if blob is None:
                return None
            return Pointer(_decode_pointer(blob.data, model), blob.etag)
        except Newer as error:
            raise Unusable(
                f"The benchmark pointer {CONFIGURATION}/{name} cannot be read: {error}.",
                hint="A newer version of SpeechOps wrote it: use that version here too, and do not change "
                "the pointer.",
            ) from error
        except (Foreign, TooLarge) as error:
            raise Unusable(
                f"The benchmark pointer {CONFIGURATION}/{name} cannot be read: {error}.",
                hint="Restore its last version, or delete it and restore the last release with rollback: "
                "docs/reliability.md, A damaged pointer.",
            ) from error

    def move_benchmark(self, to: Benchmark, *, pointer: Pointer | None) -> Pointer:
        """Replace the pointer if it is still ``pointer`` (None: if there is none); count the revision.

        Raises :class:`~speechops.registry.store.Conflict` if another run moved it first.
        """
        to = replace(to, revision=pointer.benchmark.revision + 1 if pointer else 1)
        etag = self._documents.write(
            CONFIGURATION,
            f"{to.model}.json",
            to,
            if_match=pointer.etag if pointer else None,
            if_absent=pointer is None,
        )
        return Pointer(to, etag)

    def template_benchmark(self) -> TemplateBenchmark | None:
        """Return what Microsoft's template left behind as its benchmark, None if it left nothing.

        Raises :class:`StoreError` if that is damaged.
        """
        return read_benchmark(self._store)

    # --- test results ---

    def results_of(self, model: str, test: str, key: str) -> Iterator[TestResult]:
        """Yield the stored tests on the test data ``test`` with the fingerprint ``key``, with any cause."""
        for name in self._store.names(TEST_RESULTS, f"{model}/{test[:8]}/"):
            if name.endswith(f"-{key[:8]}.json"):
                result = self.result_named(name)
                if result is not None and result.key == key:
                    yield result

    def result(self, model: str, test: str, key: str) -> TestResult | None:
        """Return one stored test on the test data ``test`` with the fingerprint ``key``, None if absent."""
        return next(self.results_of(model, test, key), None)

    def result_named(self, name: str) -> TestResult | None:
        """Return the test result of this document name; None if it is absent or not ours."""
        return self._documents.read(TEST_RESULTS, name, TestResult)

    def judgements(self, model: str, test: str) -> set[str]:
        """Return the keys, cut to 8 digits, of all tests in which ``test`` judged a candidate."""
        names = (name.rpartition("/")[2] for name in self._store.names(TEST_RESULTS, f"{model}/{test[:8]}/"))
        return {
            name.removesuffix(".json").rpartition("-")[2]
            for name in names
            if not name.startswith(Cause.TEST_DATA)
        }

    def tests(self, model: str) -> list[ResultSummary]:
        """Return the stored tests of ``model``, without their texts, the oldest first."""
        if model not in self._tests:
            self._tests[model] = Summaries(
                self._store,
                TEST_RESULTS,
                model,
                ResultSummary,
                lambda names: self._documents.parts(TEST_RESULTS, names, TestResult, ResultSummary.of),
            )
        return sorted(self._tests[model].current(), key=lambda test: test.created)

    def store_result(self, result: TestResult) -> None:
        """Store a test; a second one with the same cause, commit and key replaces the first."""
        self._documents.replace(TEST_RESULTS, result.name, result)

    # --- what models were trained on ---

    def vocabulary(self, model: str, training: str) -> Vocabulary | None:
        """Return what the model with the fingerprint ``training`` was trained on; None if unknown."""
        if not training:
            return None
        return self._documents.read(VOCABULARIES, Vocabulary(model, training, {}).name, Vocabulary)

    def store_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Store what a model was trained on: the same training data gives the same document."""
        self._documents.replace(VOCABULARIES, vocabulary.name, vocabulary)

    # --- run records ---

    def record(self, run: RunRecord) -> None:
        """Write a run's record, or complete it."""
        self._documents.replace(RUN_RECORDS, run.name, run)

    def runs(self, model: str, *, since: datetime | None = None) -> list[RunRecord]:
        """Return the records of ``model`` in order of their start; all, or those since a moment."""
        names = self._store.names(RUN_RECORDS, f"{model}/")
        first = _at(model, since) if since else ""
        return self._documents.several(RUN_RECORDS, [name for name in names if name >= first], RunRecord)

    def latest_runs(self, model: str, operation: str, *, now: datetime) -> Iterator[RunRecord]:
        """Yield the records of one operation on ``model``, the latest first.

        Records that began after ``now``, the service's time, come last: their runner's clock was wrong,
        and coming first they would hide what really happened until that date.
        """
        limit = _at(model, now + _CLOCKS_DIFFER)
        names = list(self._store.names(RUN_RECORDS, f"{model}/"))
        past = [name for name in names if name <= limit]
        future = [name for name in names if name > limit]
        for name in (*reversed(past), *reversed(future)):
            if f"-{operation}-" in name.rpartition("/")[2]:
                record = self._documents.read(RUN_RECORDS, name, RunRecord)
                if record is not None and record.operation == operation:
                    yield record

    def trim(self, model: str, *, before: datetime, keep: Callable[[ResultSummary], bool]) -> int:
        """Delete the records of runs that began before a moment, with their results; count the documents.

        Results that ``keep`` names, and those that a later run stored again, stay. Only old records are read.
        """
        limit, oldest = _at(model, before), before.isoformat()
        names = [name for name in self._store.names(RUN_RECORDS, f"{model}/") if name < limit]
        records = self._documents.several(RUN_RECORDS, names, RunRecord)
        tests = {test.name: test for test in self.tests(model)} if records else {}
        removed = 0
        for record in records:
            test = tests.get(record.result)
            if test is not None and test.created < oldest and not keep(test):
                self._store.delete(TEST_RESULTS, test.name)
                removed += 1
            self._store.delete(RUN_RECORDS, record.name)
            removed += 1
        return removed

    def recent(self, model: str) -> Recent:
        """Return the latest :data:`RECENT` runs with their tests, and as many releases."""
        names = list(self._store.names(RUN_RECORDS, f"{model}/"))
        runs = self._documents.several(RUN_RECORDS, names[-RECENT:], RunRecord)
        named = {run.result for run in runs}
        return Recent(
            tuple(runs),
            tuple(test for test in self.tests(model) if test.name in named),
            tuple(self.releases(model)[-RECENT:]),
            max(0, len(names) - RECENT),
        )

    def attempts(self, model: str, operation: str, run: str) -> list[RunRecord]:
        """Return the records that the attempts of one run left of an operation, the latest first."""
        end = f"-{operation}-{run}.json"
        names = [name for name in self._store.names(RUN_RECORDS, f"{model}/") if name.endswith(end)]
        records = (self._documents.read(RUN_RECORDS, name, RunRecord) for name in reversed(names))
        return [record for record in records if record is not None and record.id == run]

    # --- releases ---

    def latest_releases(self, model: str) -> Iterator[Release]:
        """Yield the releases of ``model``, the latest first; each is read when it is asked for."""
        for name in reversed(list(self._store.names(RELEASES, f"{model}/"))):
            release = self._documents.read(RELEASES, name, Release)
            if release is not None:
                yield release

    def releases(self, model: str) -> list[Release]:
        """Return the releases of ``model`` in order of their version."""
        if model not in self._releases:
            self._releases[model] = Summaries(
                self._store,
                RELEASES,
                model,
                Release,
                lambda names: self._documents.several(RELEASES, names, Release),
            )
        return self._releases[model].current()

    def versions(self, model: str) -> list[str]:
        """Return the versions that are taken, in order, those of documents that cannot be read too."""
        names = (
            name.rpartition("/")[2].removesuffix(".json") for name in self._store.names(RELEASES, f"{model}/")
        )
        numbers = sorted(
            [int(part) for part in name.split(".")] for name in names if re.fullmatch(r"\d+\.\d+\.\d+", name)
        )
        return [".".join(str(part) for part in number) for number in numbers]

    def add_release(self, release: Release) -> None:
        """Write a release under a version that is not taken.

        Raises :class:`~speechops.registry.store.Conflict` if another run took the version first.
        """
        self._documents.write(RELEASES, release.name, release, if_absent=True)

    def update_release(self, release: Release, change: Callable[[Release], Release]) -> Release:
        """Write what ``change`` makes of the recorded form of a release, and return it.

        ``change`` is called again if another run has updated the release meanwhile.
        """
        return self._documents.update(RELEASES, release.name, release, change)


def _at(model: str, moment: datetime) -> str:
    """Return how the names of the records of runs begin that began at a moment."""
    return f"{model}/{moment:%Y%m%dT%H%M%S}"


def _decode_pointer(data: bytes, model: str) -> Benchmark:
    """Read the benchmark pointer of ``model``. Raises :class:`Foreign` as :func:`decode`, or if it is not."""
    benchmark = decode(data, Benchmark)
    if benchmark.model != model:
        raise Foreign(f"it is the pointer of the model {benchmark.model!r}")
    return benchmark
