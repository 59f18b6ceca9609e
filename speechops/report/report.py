"""The report of one model, as one frozen value that every renderer reads and none adds to.

It is built from records alone (:func:`of_result`, :func:`history`) and travels as JSON: what
:func:`to_json` wrote, :func:`from_json` reads strictly, so that a report of any origin can be rendered.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from speechops import scoring
from speechops.errors import DataError
from speechops.registry.documents import Cause, Ending, ReleaseKind
from speechops.scoring import Action, Counts, Outcome, Unit, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from speechops.registry.documents import Release, RunRecord, TestResult
    from speechops.scoring import Normaliser, Scores

SCHEMA = 1
MAX_JSON = 64 * 2**20
"""The largest report that is read, in bytes."""

_CONFUSIONS = 200


@dataclass(frozen=True, slots=True)
class Model:
    """One model in a test: its counts by our alignment, and the service's own rate as a fraction."""

    id: str
    name: str
    base: bool
    counts: Counts
    service_rate: float | None = None
    expires: str = ""

    @property
    def error_rate(self) -> float | None:
        """S + D + I over N."""
        return self.counts.error_rate


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance, as it was compared: normalised words joined by spaces, and the path of each alignment.

    ``candidate`` and its path are None where the benchmark was tested alone.
    """

    id: str
    reference: str
    benchmark: str
    benchmark_path: str
    candidate: str | None = None
    candidate_path: str | None = None
    group: str = ""

    @property
    def benchmark_counts(self) -> Counts:
        """The counts of the benchmark."""
        return Counts.of(self.benchmark_path)

    @property
    def candidate_counts(self) -> Counts:
        """The counts of the candidate."""
        return Counts.of(self.candidate_path or "")

    @property
    def change(self) -> int:
        """Errors of the candidate less those of the benchmark: negative is better."""
        if self.candidate_path is None:
            return 0
        return self.candidate_counts.errors - self.benchmark_counts.errors


@dataclass(frozen=True, slots=True)
class Confusion:
    """One kind of error and how often each model made it.

    A side without a word is empty: nothing was said (an insertion), or nothing was heard (a deletion).
    """

    said: str
    heard: str
    benchmark: int
    candidate: int


@dataclass(frozen=True, slots=True)
class Term:
    """A listed term: how often it was said; how often each model heard it, and found it where it was said."""

    name: str
    said: int
    benchmark_heard: int
    benchmark_found: int
    candidate_heard: int = 0
    candidate_found: int = 0

    @property
    def benchmark_recall(self) -> float | None:
        """The share of what was said that the benchmark found."""
        return _share(self.benchmark_found, self.said)

    @property
    def benchmark_precision(self) -> float | None:
        """The share of what the benchmark heard that was said."""
        return _share(self.benchmark_found, self.benchmark_heard)

    @property
    def candidate_recall(self) -> float | None:
        """The share of what was said that the candidate found."""
        return _share(self.candidate_found, self.said)

    @property
    def candidate_precision(self) -> float | None:
        """The share of what the candidate heard that was said."""
        return _share(self.candidate_found, self.candidate_heard)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Test:
    """One test result: both models, the verdict, and every utterance. Times are ISO 8601 in UTC."""

    name: str
    created: str
    cause: Cause
    commit: str
    run: str
    fingerprint: str
    unit: Unit
    benchmark: Model
    candidate: Model | None
    verdict: Verdict | None
    utterances: tuple[Utterance, ...]
    confusions: tuple[Confusion, ...] = ()
    terms: tuple[Term, ...] = ()
    missing: tuple[str, ...] = ()
    leaks: int = 0

    @property
    def terms_found(self) -> tuple[int, int, int]:
        """How often listed terms were said, and how often each model found them."""
        return (
            sum(term.said for term in self.terms),
            sum(term.benchmark_found for term in self.terms),
            sum(term.candidate_found for term in self.terms),
        )

    @property
    def tested(self) -> Model:
        """The model that the test is about: the candidate, or the benchmark where it was alone."""
        return self.candidate or self.benchmark

    @property
    def difference(self) -> float | None:
        """Candidate less benchmark, as a fraction; None where there is no such thing."""
        return self.verdict.comparison.difference if self.verdict else None

    def regressions(self, most: int) -> list[Utterance]:
        """Return the utterances that got worse, the worst first."""
        worse = [one for one in self.utterances if one.change > 0]
        return sorted(worse, key=lambda one: (-one.change, one.id))[:most]

    def improvements(self, most: int) -> list[Utterance]:
        """Return the utterances that improved, the most improved first."""
        better = [one for one in self.utterances if one.change < 0]
        return sorted(better, key=lambda one: (one.change, one.id))[:most]


@dataclass(frozen=True, slots=True)
class Point:
    """One test in the history: rates as fractions, and what became of it."""

    created: str
    cause: Cause
    commit: str
    run: str
    fingerprint: str
    utterances: int
    words: int
    benchmark: str
    benchmark_rate: float | None
    candidate: str = ""
    candidate_rate: float | None = None
    outcome: Outcome | None = None
    promoted: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """One release: what an endpoint serves since ``created``."""

    version: str
    kind: ReleaseKind
    created: str
    commit: str
    model: str
    error_rate: float | None
    outcome: str
    expires: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """Everything that is remembered of one model, oldest first.

    ``runs`` counts runs that have ended, ``refused`` those that ended in an error; ``trained`` the training
    runs that were paid for, ``saved`` those that reuse made unnecessary.
    """

    points: tuple[Point, ...] = ()
    releases: tuple[Served, ...] = ()
    runs: int = 0
    refused: int = 0
    trained: int = 0
    saved: int = 0
    benchmark: str = ""
    benchmark_rate: float | None = None
    benchmark_expires: str = ""
    frozen: str = ""  # the reason why nothing may be promoted


@dataclass(frozen=True, slots=True)
class Origin:
    """What made a report: the operation, its run and commit, and where GitHub shows them."""

    operation: str
    made: str
    run: str = ""
    commit: str = ""
    run_url: str = ""
    repository_url: str = ""
    pull_request: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All that is told of one model: the test at hand, if there is one, and the history before it."""

    model: str
    locale: str
    origin: Origin
    test: Test | None
    history: History
    schema: int = SCHEMA

    @property
    def verdict(self) -> Verdict | None:
        """The verdict on the candidate; None where there is no candidate."""
        return self.test.verdict if self.test else None


def of_result(
    result: TestResult,
    normaliser: Normaliser,
    groups: Mapping[str, str] | None = None,
    terms: Sequence[str] = (),
) -> Test:
    """Return a stored test with every utterance aligned.

    ``groups`` names the group of an utterance by id; of ``terms``, those that were said or heard are scored.
    """
    groups = groups or {}
    verdict = Verdict.from_json(result.verdict) if result.verdict else None
    benchmark, candidate = _scores(result, normaliser)
    utterances = tuple(_utterances(result, normaliser, benchmark, candidate, groups))
    before = verdict.comparison.benchmark if verdict else benchmark.total
    return Test(
        name=result.name,
        created=result.created,
        cause=result.cause,
        commit=result.commit,
        run=result.run,
        fingerprint=result.test,
        unit=normaliser.unit,
        benchmark=_model(result, "benchmark", before),
        candidate=_model(result, "candidate", verdict.comparison.candidate)
        if verdict and result.candidate
        else None,
        verdict=verdict,
        utterances=utterances,
        confusions=confusions(utterances),
        terms=tuple(_terms(result, normaliser, terms)),
        missing=result.missing,
        leaks=result.leaks,
    )


def _scores(result: TestResult, normaliser: Normaliser) -> tuple[Scores, Scores | None]:
    if result.candidate is None:
        texts = ((item.audio, item.reference, item.benchmark) for item in result.utterances)
        return scoring.score(texts, normaliser), None
    pairs = ((item.audio, item.reference, item.benchmark, item.candidate or "") for item in result.utterances)
    return scoring.score_pair(pairs, normaliser)


def _model(result: TestResult, role: str, counts: Counts) -> Model:
    reference = result.candidate if role == "candidate" and result.candidate else result.benchmark
    service = result.service.get(role)
    return Model(
        reference.id,
        reference.name,
        reference.base,
        counts,
        service.word_error_rate if service else None,
        reference.expires,
    )


def _utterances(
    result: TestResult,
    normaliser: Normaliser,
    benchmark: Scores,
    candidate: Scores | None,
    groups: Mapping[str, str],
) -> Iterable[Utterance]:
    paths = candidate.paths if candidate else (None,) * len(benchmark.paths)
    for one, before, after in zip(result.utterances, benchmark.paths, paths, strict=True):
        yield Utterance(
            one.audio,
            normaliser(one.reference),
            _counted(one.reference, one.benchmark, normaliser),
            before,
            None if after is None else _counted(one.reference, one.candidate or "", normaliser),
            after,
            groups.get(one.audio, ""),
        )


def _counted(reference: str, hypothesis: str, normaliser: Normaliser) -> str:
    return " ".join(scoring.counted_words(reference, hypothesis, normaliser))


def _terms(result: TestResult, normaliser: Normaliser, terms: Sequence[str]) -> Iterable[Term]:
    before = scoring.term_scores(
        (scoring.Utterance(one.audio, one.reference, one.benchmark) for one in result.utterances),
        normaliser,
        terms,
    )
    after = scoring.term_scores(
        (scoring.Utterance(one.audio, one.reference, one.candidate or "") for one in result.utterances),
        normaliser,
        terms,
    )
    for old, new in zip(before, after, strict=True):
        if old.said or old.heard or new.heard:
            yield Term(old.term, old.said, old.heard, old.found, new.heard, new.found)


def confusions(utterances: Iterable[Utterance], most: int = _CONFUSIONS) -> tuple[Confusion, ...]:
    """Return the most frequent errors of both models together, the most frequent first."""
    from speechops.scoring.alignment import columns  # noqa: PLC0415 - rapidfuzz is for those who score
    from speechops.scoring.counts import HIT  # noqa: PLC0415

    tallies: tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]] = (Counter(), Counter())
    for one in utterances:
        said = one.reference.split()
        for tally, path, heard in zip(
            tallies,
            (one.benchmark_path, one.candidate_path or ""),
            (one.benchmark, one.candidate or ""),
            strict=True,
        ):
            if path.strip(HIT):
                tally.update(
                    (column.reference, column.hypothesis)
                    for column in columns(path, said, heard.split())
                    if column.kind != HIT
                )
    before, after = tallies
    ranked = sorted((before + after).items(), key=lambda item: (-item[1], item[0]))
    return tuple(Confusion(*pair, before[pair], after[pair]) for pair, _ in ranked[:most])


def history(results: Iterable[TestResult], runs: Iterable[RunRecord], releases: Iterable[Release]) -> History:
    """Return the history of one model from its documents. ``results`` is read once, one at a time."""
    runs = tuple(runs)
    promoting = {run.result for run in runs if _promoted(run)}
    points = sorted((_point(result, promoting) for result in results), key=lambda point: point.created)
    ended = [run for run in runs if run.ending is not None]
    return History(
        points=tuple(points),
        releases=tuple(
            Served(
                one.version,
                one.kind,
                one.created,
                one.commit,
                one.reference.name,
                one.error_rate,
                one.outcome,
                one.reference.expires,
            )
            for one in sorted(releases, key=lambda one: one.created)
        ),
        runs=len(ended),
        refused=sum(run.ending is Ending.REFUSED for run in ended),
        trained=sum(run.trained for run in ended),
        saved=sum(_saved(run) for run in ended),
    )


def _promoted(run: RunRecord) -> bool:
    return run.operation == "train-data" and run.outputs.get("decision") == Action.PROMOTE


def _saved(run: RunRecord) -> bool:
    """Whether a run needed a candidate and found one."""
    wanted = run.operation in {"train-data", "compare"} and run.ending is not Ending.REFUSED
    return wanted and not run.trained


def _point(result: TestResult, promoting: set[str]) -> Point:
    judged = (result.verdict or {}).get("outcome")
    before, after = _counts(result.benchmark_counts), _counts(result.candidate_counts)
    return Point(
        created=result.created,
        cause=result.cause,
        commit=result.commit,
        run=result.run,
        fingerprint=result.test,
        utterances=len(result.utterances),
        words=before.reference_words,
        benchmark=result.benchmark.name,
        benchmark_rate=before.error_rate,
        candidate=result.candidate.name if result.candidate else "",
        candidate_rate=after.error_rate if result.candidate else None,
        outcome=Outcome(judged) if judged in set(Outcome) else None,
        promoted=result.name in promoting,
    )


def _counts(document: Mapping[str, int] | None) -> Counts:
    """Read the counts of an alignment as the documents keep them."""
    if not document:
        return Counts()
    substitutions, deletions = document["substitutions"], document["deletions"]
    hits = document["reference-words"] - substitutions - deletions
    return Counts(hits, substitutions, deletions, document["insertions"])


def to_json(report: Report) -> bytes:
    """Return the report as JSON: UTF-8, indented, without the pairs that the utterances already tell."""
    test = report.test
    if test is not None and test.verdict is not None:
        comparison = replace(test.verdict.comparison, pairs=())
        report = replace(report, test=replace(test, verdict=replace(test.verdict, comparison=comparison)))
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def from_json(data: bytes) -> Report:
    """Read a report of any origin: every type is checked, the size is bounded.

    Raises :class:`DataError` where it is not a report that this version can read.
    """
    if len(data) > MAX_JSON:
        raise DataError(f"The report is larger than {MAX_JSON >> 20} MB.")
    try:
        report = msgspec.json.decode(data, type=Report)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"The report cannot be read: {error}.") from error
    if report.schema != SCHEMA:
        raise DataError(f"The report has schema {report.schema}; this version reads {SCHEMA}.")
    return report
